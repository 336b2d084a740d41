/**
 * Cells of a table kept as strings: the reader makes a new one of each cell, and of those that are alike one is kept. What they take is counted, so
 * that a table too large for Node's heap is refused in words, not by the end of the process.
 */
import { getHeapStatistics } from 'node:v8';
import { RialtoError } from '../base/errors.ts';

/** Beyond so many different ones a column is of ids or of numbers, and each is mostly met once. */
const DISTINCT_MAX = 1 << 20;
/** Of the heap; the rest is for what is made of the cells. */
const HEAP_SHARE = 0.5;
/** Bytes of a reference, and of a string and of a place in a map beside their letters. */
const REFERENCE = 8;
const STRING = 24;
const PLACE = 48;

export class KeptText {
  readonly #path: string;
  readonly #bytesMax: number;
  readonly #kept = new Map<string, string>();
  #bytes = 0;

  constructor(path: string, bytesMax: number = HEAP_SHARE * getHeapStatistics().heap_size_limit) {
    this.#path = path;
    this.#bytesMax = bytesMax;
  }

  /** The same text. Throws `bad-file` where all that was kept needs more than the bytes allowed. */
  keep(text: string, line: number): string {
    const known = this.#kept.get(text);
    this.#bytes += REFERENCE;
    if (known === undefined) {
      this.#bytes += STRING + text.length;
      if (this.#kept.size < DISTINCT_MAX) {
        this.#kept.set(text, text);
        this.#bytes += PLACE;
      }
    }
    if (this.#bytes > this.#bytesMax) throw this.#tooLarge(line);
    return known ?? text;
  }

  #tooLarge(line: number): RialtoError {
    const megabytes = Math.ceil(this.#bytesMax / 1e6);
    return new RialtoError(
      'bad-file',
      `${this.#path}, line ${line}: the columns up to here take ${megabytes} MB, half of what Node may use; give it more with NODE_OPTIONS=--max-old-space-size=MB, or take fewer rows`,
      { path: this.#path, line },
    );
  }
}
