/** The command as a user meets it: options, totals, and the same seed twice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { simulateCommand } from './simulate.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<string> {
  let text = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    await simulateCommand.parseAsync(args, { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return text;
}

const small = ['--days', '0.5', '--listings', '300', '--buyers', '200', '--json'];
/** All but what a clock on the wall measured. */
function repeatable(json: string): Record<string, unknown> {
  const { seconds, decisionsPerSecond, p50Microseconds, p99Microseconds, ...rest } = JSON.parse(json);
  expect(seconds).toBeGreaterThan(0);
  expect(decisionsPerSecond).toBeGreaterThan(0);
  expect(p99Microseconds).toBeGreaterThanOrEqual(p50Microseconds);
  return rest;
}

test('prints one JSON object, the same for the same seed', async () => {
  const first = repeatable(await run('--seed', '5', ...small));
  expect(first).toMatchObject({ seed: 5, listings: 300, buyers: 200, rejectedEvents: 0, interrupted: false });
  expect(first['decisions']).toBeGreaterThan(50);
  expect(first['clicks']).toBeGreaterThan(0);
  expect(repeatable(await run('--seed', '5', ...small))).toEqual(first);
  expect(repeatable(await run('--seed', '6', ...small))['clicks']).not.toBe(first['clicks']);
});

test('goes on where a data directory ends', async () => {
  const data = mkdtempSync(join(tmpdir(), 'rialto-simulate-'));
  directories.push(data);
  const args = ['--seed', '5', '--days', '0.05', '--listings', '100', '--buyers', '200', '--json', '--data', data];
  const first = repeatable(await run(...args));
  const second = repeatable(await run(...args));
  expect(second['from']).toBeGreaterThan(first['from'] as number);
  expect(second['logRecords']).toBeGreaterThan(first['logRecords'] as number);
  expect(second['rejectedEvents']).toBe(0);
});

test('refuses a directory with somebody else’s marketplace', async () => {
  const data = mkdtempSync(join(tmpdir(), 'rialto-simulate-'));
  directories.push(data);
  const { openEngine } = await import('../../delivery/data-directory.ts');
  const engine = await openEngine(data);
  await engine.save('listing', [{ id: 'cup', title: 'A cup', priceMicros: 1 }], 'test');
  await engine.close();
  await expect(run(...small, '--data', data)).rejects.toMatchObject({ code: 'bad-request' });
});
