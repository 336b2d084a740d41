/**
 * libsvm (SVMlight) files, streamed: `label index:value index:value …`, one example a line, `#` starting a comment. The features of
 * a line may be in any order; they come out rising. A `qid:n` is kept as the line's query.
 */
import { float32Column, int32Column } from '../base/column.ts';
import { RialtoError } from '../base/errors.ts';
import type { SparseRows } from '../learning/examples.ts';
import { type OnRead, openBytes } from './byte-source.ts';
import { textLines } from './text-lines.ts';

export interface LibsvmFile {
  readonly labels: Float32Array; // [rows]
  readonly sparse: SparseRows;
  /** Where each query's rows start, by `qid`; absent where no line has one. [queries + 1] */
  readonly groups?: Int32Array;
}

const INDEX_MAX = 0x7fffffff;
/** Of what is kept in 32 bits. */
const FLOAT_MAX = 3.4028234663852886e38;

export interface LibsvmOptions {
  /** The label of a line; throws what says `where`. */
  readonly label: (text: string, where: string) => number;
  /** Lines of a query must stand together, and each must have one where any has. False: a `qid:n` is passed over. */
  readonly queries?: boolean;
  readonly onRead?: OnRead | undefined;
}

/** All files as one. Throws `bad-file` with path and line at what is no such line. */
export async function readLibsvm(paths: readonly string[], options: LibsvmOptions): Promise<LibsvmFile> {
  const reader = new LibsvmReader(options);
  for (const path of paths) {
    let line = 0;
    for await (const text of textLines(await openBytes(path, options.onRead)))
      reader.add(text, `${path}, line ${++line}`);
  }
  return reader.done();
}

class LibsvmReader {
  readonly #labels = float32Column();
  readonly #starts = int32Column();
  readonly #indices = int32Column();
  readonly #values = float32Column();
  readonly #groups = int32Column();
  readonly #options: LibsvmOptions;
  readonly #queries = new Set<string>();
  #query: string | undefined;

  constructor(options: LibsvmOptions) {
    this.#options = options;
    this.#starts.push(0);
  }

  add(text: string, where: string): void {
    const comment = text.indexOf('#');
    const end = comment < 0 ? text.length : comment;
    let from = tokenFrom(text, 0, end);
    if (from === end) return;
    let to = tokenEnd(text, from, end);
    const label = this.#options.label(text.slice(from, to), where);
    const first = this.#indices.length;
    let query: string | undefined;
    for (;;) {
      from = tokenFrom(text, to, end);
      if (from === end) break;
      to = tokenEnd(text, from, end);
      if (query === undefined && text.startsWith('qid:', from)) query = text.slice(from + 'qid:'.length, to);
      else this.#cell(text, from, to, where);
    }
    if (this.#options.queries === true) this.#ofQuery(query, where);
    this.#sortFrom(first, where);
    this.#starts.push(this.#indices.length);
    this.#labels.push(label);
  }

  #cell(text: string, from: number, to: number, where: string): void {
    let index = 0;
    let colon = from;
    for (; colon < to; colon++) {
      const digit = text.charCodeAt(colon) - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      index = 10 * index + digit;
    }
    const isPair = colon > from && colon + 1 < to && text.charCodeAt(colon) === COLON;
    const value = isPair ? numberAt(text, colon + 1, to) : Number.NaN;
    if (index > INDEX_MAX || !(Math.abs(value) <= FLOAT_MAX)) throw notACell(text.slice(from, to), where);
    if (value === 0) return;
    this.#indices.push(index);
    this.#values.push(value);
  }

  #ofQuery(query: string | undefined, where: string): void {
    const refuse = (what: string): never => {
      throw new RialtoError('bad-file', `${where}: ${what}`);
    };
    if (this.#labels.length > 0 && (query === undefined) !== (this.#query === undefined))
      refuse(query === undefined ? 'the line has no qid:n, which those before it have' : 'the first line with a qid:n');
    if (query === undefined || query === this.#query) return;
    if (query === '') refuse('the qid has no value');
    if (this.#queries.has(query))
      refuse(`the query ${query} comes again: its documents must stand together; sort the lines by qid`);
    this.#queries.add(query);
    this.#groups.push(this.#labels.length);
    this.#query = query;
  }

  #sortFrom(first: number, where: string): void {
    const indices = this.#indices.view().subarray(first);
    const values = this.#values.view().subarray(first);
    let rising = true;
    for (let i = 1; i < indices.length; i++) rising &&= indices[i]! > indices[i - 1]!;
    if (rising) return;
    const cells = Array.from(indices, (index, i) => ({ index, value: values[i]! })).sort((a, b) => a.index - b.index);
    cells.forEach(({ index, value }, i) => {
      if (i > 0 && cells[i - 1]!.index === index)
        throw new RialtoError('bad-file', `${where}: the feature ${index} is there twice`);
      indices[i] = index;
      values[i] = value;
    });
  }

  done(): LibsvmFile {
    const sparse = { starts: this.#starts.take(), indices: this.#indices.take(), values: this.#values.take() };
    const labels = this.#labels.take();
    if (this.#groups.length === 0) return { labels, sparse };
    this.#groups.push(labels.length);
    return { labels, sparse, groups: this.#groups.take() };
  }
}

function notACell(part: string, where: string): RialtoError {
  const hint = /^\d+:\d+:/.test(part) ? "; libffm's field:index:value is not read" : '';
  return new RialtoError(
    'bad-file',
    `${where}: "${part}" is not index:value with a whole index and a finite value of at most ±3.4e38${hint}`,
  );
}

const COLON = 58;
const POINT = 46;
const isSpace = (code: number): boolean => code <= 32 || code === 0xa0;

/** Where the next token begins, or `end`. */
function tokenFrom(text: string, at: number, end: number): number {
  let from = at;
  while (from < end && isSpace(text.charCodeAt(from))) from++;
  return from;
}

function tokenEnd(text: string, from: number, end: number): number {
  let to = from;
  while (to < end && !isSpace(text.charCodeAt(to))) to++;
  return to;
}

/** Whole numbers so far, and powers of ten, are exact: their quotient is what Number makes of the text. */
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, power) => 10 ** power);

/** The number in `text` from `from` to `to`; a short decimal without making a string of it. */
function numberAt(text: string, from: number, to: number): number {
  let mantissa = 0;
  let point = -1;
  if (to - from > EXACT_DIGITS) return Number(text.slice(from, to));
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === POINT && point < 0 && to - from > 1) point = at;
    else if (code >= 48 && code <= 57) mantissa = 10 * mantissa + code - 48;
    else return Number(text.slice(from, to));
  }
  return point < 0 ? mantissa : mantissa / POWERS[to - point - 1]!;
}
