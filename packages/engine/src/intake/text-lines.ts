/** The lines of a text file, streamed, without their line ends: LF, CR LF, or CR alone where the file's beginning has no other. */
import { StringDecoder } from 'node:string_decoder';
import { RialtoError } from '../base/errors.ts';
import type { ByteSource } from './byte-source.ts';
import { toUtf8 } from './text-encoding.ts';

const LF = 10;
const CR = 13;
/** A line is a row: one that goes on for longer is no line, and joining its pieces would take for ever. */
const LINE_MAX = 1 << 24;

/** Throws `bad-file` where a line is longer than 16 million characters. */
export async function* textLines(file: ByteSource): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  const end = !file.head.includes(LF) && file.head.includes(CR) ? '\r' : '\n';
  let rest = '';
  let count = 0;
  for await (const chunk of toUtf8(file, () => {})) {
    const lines = (rest + decoder.write(chunk)).split(end);
    rest = lines.pop()!;
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    count += lines.length;
    if (rest.length <= LINE_MAX) continue;
    const message = `${file.path}, line ${count + 1}: the line is longer than ${LINE_MAX} characters: a row should be a line`;
    throw new RialtoError('bad-file', message, { path: file.path, line: count + 1 });
  }
  if (rest !== '') yield rest.endsWith('\r') ? rest.slice(0, -1) : rest;
}
