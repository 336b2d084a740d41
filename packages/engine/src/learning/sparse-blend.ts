/**
 * The lists of a blend of recommenders over a large catalogue, of which each buyer's items speak for few: what a
 * BlendedRecommender ranks, without a look at the items that nothing speaks for. Those are equal but for popularity, so that
 * of them only the most popular can be on a list.
 *
 *     score(j) = Σ_parts w s(j) / σ + (ε + w_popularity) z_popularity(j),   σ the deviation over the items that are new to the buyer
 *
 * orders items as the standardised scores do. Not for recommenders that say something of every item (factors, EASE).
 */
import { type BlendPart, TIE_WEIGHT } from './blended-recommender.ts';
import { type GraphRecommender, isGraph, knownItems } from './recommender.ts';
import { columnCounts, type SparseMatrix } from './sparse-matrix.ts';
import { type Moments, momentsOf, SparseScores } from './sparse-scores.ts';
import { topScores } from './top-scores.ts';

export class ItemPopularity {
  readonly counts: Int32Array; // [items]
  /** The most met first. [items] */
  readonly order: Int32Array;
  readonly #sum: number;
  readonly #squares: number;

  constructor(matrix: SparseMatrix) {
    const counts = columnCounts(matrix);
    this.counts = counts;
    this.order = Int32Array.from({ length: counts.length }, (_, i) => i).sort(
      (a, b) => counts[b]! - counts[a]! || a - b,
    );
    this.#sum = counts.reduce((sum, count) => sum + count, 0);
    this.#squares = counts.reduce((sum, count) => sum + count ** 2, 0);
  }

  /** Over all items but `known`. */
  moments(known: Int32Array): Moments {
    let [sum, squares] = [this.#sum, this.#squares];
    for (const item of known) {
      sum -= this.counts[item]!;
      squares -= this.counts[item]! ** 2;
    }
    return momentsOf(sum, squares, this.counts.length - known.length);
  }
}

export class SparseBlend {
  readonly #parts: readonly { readonly weight: number; readonly model: GraphRecommender }[];
  readonly #popularity: ItemPopularity;
  readonly #popularityWeight: number;
  readonly #one: SparseScores;
  readonly #all: SparseScores;
  #popular: Moments = { mean: 0, scale: 0 };

  constructor(parts: readonly BlendPart[], popularity: ItemPopularity) {
    this.#parts = parts.flatMap(({ weight, model }) => (isGraph(model) ? [{ weight, model }] : []));
    this.#popularity = popularity;
    this.#popularityWeight = parts.reduce(
      (sum, { kind, weight }) => (kind === 'popularity' ? sum + weight : sum),
      TIE_WEIGHT,
    );
    this.#one = new SparseScores(popularity.counts.length);
    this.#all = new SparseScores(popularity.counts.length);
  }

  /** The best that are not in `history`, which is ascending, best first, into `out`; gives how many. */
  top(history: Int32Array, k: number, out: Int32Array): number {
    const items = this.#popularity.counts.length;
    const known = knownItems(history, items);
    this.#popular = this.#popularity.moments(known);
    this.#gather(known);
    for (const item of known) if (!this.#all.has(item)) this.#all.add(item, 0);
    const spoken = this.#all.count;
    const candidates = new Int32Array(Math.min(items, spoken + k));
    candidates.set(this.#all.touched.subarray(0, spoken));
    let size = spoken;
    for (let i = 0; size < candidates.length; i++) {
      const item = this.#popularity.order[i]!;
      if (!this.#all.has(item)) candidates[size++] = item;
    }
    // Among equals the lower item comes first, as in a list of all.
    candidates.sort();
    const scores = Float32Array.from(candidates, (item) => this.scoreOf(item));
    let next = 0;
    for (const item of known) {
      next = candidates.indexOf(item, next);
      scores[next] = Number.NEGATIVE_INFINITY;
    }
    const found = topScores(scores, k, out);
    for (let i = 0; i < found; i++) out[i] = candidates[out[i]!]!;
    return found;
  }

  /** Of any item, for the last history that `top` was asked for. */
  scoreOf(item: number): number {
    const { mean, scale } = this.#popular;
    return this.#all.values[item]! + this.#popularityWeight * scale * (this.#popularity.counts[item]! - mean);
  }

  #gather(known: Int32Array): void {
    this.#all.clear();
    for (const { weight, model } of this.#parts) {
      model.addScores(known, this.#one);
      const factor = weight * this.#one.moments(known).scale;
      for (let t = 0; t < this.#one.count; t++) {
        const item = this.#one.touched[t]!;
        this.#all.add(item, factor * this.#one.values[item]!);
      }
      this.#one.clear();
    }
  }
}
