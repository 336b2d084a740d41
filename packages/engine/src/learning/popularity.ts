/** The most met items first, whoever asks: the baseline, and the answer for a buyer without history. */
import { packModel, unpackModel } from './model-file.ts';
import type { Recommender } from './recommender.ts';
import { columnCounts, type SparseMatrix } from './sparse-matrix.ts';

const KIND = 'popularity';
const VERSION = 1;

class Popularity implements Recommender {
  readonly itemCount: number;
  readonly #counts: Float32Array;

  constructor(counts: Float32Array) {
    this.#counts = counts;
    this.itemCount = counts.length;
  }

  score(_history: Int32Array, scores: Float32Array): void {
    scores.set(this.#counts);
  }

  pack(): Uint8Array {
    return packModel({ kind: KIND, version: VERSION, info: {}, arrays: { counts: this.#counts } });
  }
}

export const fitPopularity = (matrix: SparseMatrix): Recommender =>
  new Popularity(Float32Array.from(columnCounts(matrix)));

export const loadPopularity = (bytes: Uint8Array): Recommender =>
  new Popularity(unpackModel(bytes, KIND, VERSION).arrays['counts'] as Float32Array);
