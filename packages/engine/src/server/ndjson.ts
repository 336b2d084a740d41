/**
 * A stream of bytes as numbered lines of JSON. Memory is bounded by one chunk and one line: a line above the limit is
 * skipped to its end and reported. Reading stops while the consumer works, which is what slows the sender down.
 */
import type { Readable } from 'node:stream';
import { RialtoError } from '../base/errors.ts';
import { parseJson } from './json-body.ts';

export interface JsonLine {
  /** 1-based. */
  readonly line: number;
  /** Absent where there is a problem. */
  readonly value?: unknown;
  readonly problem?: RialtoError;
}

const NEWLINE = 0x0a;

class LineSplitter {
  readonly #limitBytes: number;
  #line = 0;
  #rest: Buffer[] = [];
  #restBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Whole lines that end in `chunk`; blank ones are left out. */
  split(chunk: Buffer): JsonLine[] {
    const lines: JsonLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#finish(lines);
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** The last line, where it has no line break. */
  end(): JsonLine[] {
    const lines: JsonLine[] = [];
    this.#finish(lines);
    return lines;
  }

  /** Beyond the limit only the length is kept. */
  #keep(bytes: Buffer): void {
    this.#restBytes += bytes.length;
    if (this.#restBytes > this.#limitBytes) this.#rest = [];
    else if (bytes.length > 0) this.#rest.push(bytes);
  }

  #finish(lines: JsonLine[]): void {
    const line = ++this.#line;
    const length = this.#restBytes;
    const bytes = this.#rest.length === 1 ? this.#rest[0]! : Buffer.concat(this.#rest);
    this.#rest = [];
    this.#restBytes = 0;
    if (length > this.#limitBytes) {
      const message = `the line is ${length} bytes long; the limit is ${this.#limitBytes}`;
      lines.push({ line, problem: new RialtoError('body-too-large', message) });
    } else if (!isBlank(bytes)) lines.push(parsed(line, bytes));
  }
}

const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

function parsed(line: number, bytes: Buffer): JsonLine {
  try {
    return { line, value: parseJson(bytes, 'line') };
  } catch (error) {
    return { line, problem: error as RialtoError };
  }
}

/** The lines, chunk by chunk. The stream is not destroyed when the consumer stops early: an answer has still to be sent over it. */
export async function* jsonLines(stream: Readable, lineLimitBytes: number): AsyncGenerator<readonly JsonLine[]> {
  const splitter = new LineSplitter(lineLimitBytes);
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield splitter.split(chunk as Buffer);
  yield splitter.end();
}
