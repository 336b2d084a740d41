/** A small text file that a person wrote: some editors and shells put a byte order mark before it, or write UTF-16. */
import { readFile } from 'node:fs/promises';
import { RialtoError } from '../base/errors.ts';

/** Throws `bad-file` where it cannot be read. */
export async function readTextFile(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: Error) => {
    throw new RialtoError('bad-file', `${path} cannot be read: ${error.message}`);
  });
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  return new TextDecoder(mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8').decode(bytes);
}
