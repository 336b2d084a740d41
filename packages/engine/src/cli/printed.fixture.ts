import { vi } from 'vitest';

/** What `run` writes to standard output, which stays silent meanwhile. */
export async function printedBy(run: () => Promise<unknown>): Promise<string> {
  let printed = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    await run();
  } finally {
    out.mockRestore();
  }
  return printed;
}
