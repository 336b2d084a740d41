/**
 * What every recommender is: fitted on who met what, it scores all items for a buyer given as the items met so far. Nobody's
 * number is needed, so a new event changes the next recommendation at once, and a buyer who came after the fit is served.
 * Each kind lives in its own file with `fit…` and `load…`; all of them pass recommender.contract.ts.
 */
import type { SparseScores } from './sparse-scores.ts';

export interface Recommender {
  readonly itemCount: number;
  /**
   * Sets the score of every item, higher is better; only their order within one call means something. `history` is ascending
   * without repeats; items that the model does not know are passed over. [itemCount]
   */
  score(history: Int32Array, scores: Float32Array): void;
  /** A model file's bytes; what is loaded from them scores the same. */
  pack(): Uint8Array;
}

/** A recommender whose score is 0 but for the few items that a history leads to: in large catalogues only those are looked at. */
export interface GraphRecommender extends Recommender {
  /** Adds what `score` would set. Only known items. */
  addScores(history: Int32Array, scores: SparseScores): void;
}

export const isGraph = (model: Recommender): model is GraphRecommender => 'addScores' in model;

/** The known part of a history, which is ascending. */
export function knownItems(history: Int32Array, itemCount: number): Int32Array {
  let size = history.length;
  while (size > 0 && history[size - 1]! >= itemCount) size--;
  let from = 0;
  while (from < size && history[from]! < 0) from++;
  return history.subarray(from, size);
}
