/** The lines of a text file, streamed, without their line ends. */
import { StringDecoder } from 'node:string_decoder';
import type { ByteSource } from './byte-source.ts';
import { toUtf8 } from './text-encoding.ts';

export async function* textLines(file: ByteSource): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of toUtf8(file, () => {})) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}
