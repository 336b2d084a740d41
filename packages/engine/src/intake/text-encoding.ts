/**
 * Bytes of a text file to UTF-8, in a stream. A byte order mark decides; without one the text is UTF-8 until bytes come that
 * cannot be. If nothing but ASCII came before them the rest is read as Windows-1252 (Latin-1 with the curly quotes); if
 * proper UTF-8 came before, the file is damaged UTF-8, and the bad bytes become U+FFFD. Either is said once.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { RialtoError } from '../base/errors.ts';
import type { ByteSource } from './byte-source.ts';

type Warn = (message: string) => void;

/** UTF-8 without a byte order mark, whatever the encoding of the file. */
export function toUtf8(file: ByteSource, warn: Warn): AsyncIterable<Buffer> {
  const encoding = markedEncoding(file.head);
  if (encoding !== undefined) return transcode(file.bytes(), encoding);
  if (file.head.subarray(0, 4096).includes(0)) {
    const message = `${file.path} is not text: it holds zero bytes. If it is UTF-16, it needs a byte order mark`;
    throw new RialtoError('bad-file', message, { path: file.path });
  }
  return repair(file.bytes(), warn);
}

/** The head of a text file as text: for guessing its format. */
export function headText(head: Buffer): string {
  return new TextDecoder(
    markedEncoding(head) ?? (isUtf8(head.subarray(0, wholeLength(head))) ? 'utf-8' : 'windows-1252'),
  ).decode(head);
}

function markedEncoding(head: Buffer): string | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

async function* transcode(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of bytes) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}

async function* repair(bytes: AsyncIterable<Buffer>, warn: Warn): AsyncGenerator<Buffer> {
  let carry: Buffer = Buffer.alloc(0);
  let started = false;
  let sawUtf8 = false;
  let decoder: TextDecoder | undefined;
  for await (const chunk of bytes) {
    let whole = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    if (!started && whole.length < 3) {
      carry = whole;
      continue;
    }
    if (!started && whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf) whole = whole.subarray(3);
    started = true;
    carry = Buffer.alloc(0);
    if (decoder === undefined) {
      const length = wholeLength(whole);
      const body = whole.subarray(0, length);
      if (isUtf8(body)) {
        sawUtf8 ||= !isAscii(body);
        carry = Buffer.from(whole.subarray(length));
        yield body;
        continue;
      }
      decoder = decoderFor(body, sawUtf8, warn);
    }
    yield Buffer.from(decoder.decode(whole, { stream: true }));
  }
  decoder ??= isUtf8(carry) ? new TextDecoder() : decoderFor(carry, sawUtf8, warn);
  yield Buffer.from(decoder.decode(carry));
}

function decoderFor(body: Buffer, sawUtf8: boolean, warn: Warn): TextDecoder {
  const asUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  const text = asUtf8.decode(body);
  const bad = text.split('\ufffd').length - 1;
  const proper = (text.match(/[^\0-\x7f\ufffd]/gu) ?? []).length;
  if (sawUtf8 || proper > bad) {
    warn('The file is UTF-8 with damaged bytes; each became the replacement character U+FFFD.');
    return new TextDecoder('utf-8', { ignoreBOM: true });
  }
  warn('The file is not UTF-8; it is read as Windows-1252 (Latin-1).');
  return new TextDecoder('windows-1252');
}

/** The length without a last character whose bytes are cut off. */
function wholeLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}
