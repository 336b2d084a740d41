/**
 * Learns how much to trust each of several recommenders: non-negative weights that maximise what is hit on held-out
 * interactions, by greedy ensemble selection (Caruana et al., ICML 2004). Starting from nothing, the recommender whose
 * addition helps most is added, again and again, with replacement; the weights are the shares of the best step. Few degrees
 * of freedom, so that a small validation set is enough, and a recommender that never helps gets no weight.
 *
 *     goal = mean over buyers of ½ (recall@k + gain@k),   gain@k = Σ_hits δ(position) / Σ_{p < min(k, wanted)} δ(p)
 *
 * With the default δ(p) = 1 / log₂(p + 2) the gain is nDCG; with 1 / (p + 1) and one item wanted it is the reciprocal rank.
 */

export interface BlendExamples {
  readonly models: number;
  /** Standardised scores of the candidates of all buyers, one after the other. [candidates × models] */
  readonly scores: Float32Array;
  /** 1 = held out, so to be found. [candidates] */
  readonly labels: Uint8Array;
  /** Where each buyer's candidates start. [buyers + 1] */
  readonly starts: Int32Array;
  /** How many were held out, among the candidates or not. [buyers] */
  readonly wanted: Int32Array;
}

export interface Blend {
  /** They add up to 1. [models] */
  readonly weights: Float64Array;
  readonly goal: number;
}

export interface BlendOptions {
  readonly k: number;
  /** δ, by position from 0. */
  readonly discount?: (position: number) => number;
}

const STEPS_MAX = 16;
/** Steps without gain before giving up. */
const PATIENCE = 3;
const GAIN_MIN = 1e-6;

export function learnBlend(examples: BlendExamples, { k, discount = logDiscount }: BlendOptions): Blend {
  const { models, starts } = examples;
  const counts = new Float64Array(models);
  const sums = new Float64Array(starts.at(-1)!);
  const judge = new Judge(examples, k, discount);
  let best = { weights: new Float64Array(models), goal: Number.NEGATIVE_INFINITY };
  let idle = 0;
  for (let step = 1; step <= STEPS_MAX && idle < PATIENCE; step++) {
    let chosen = 0;
    let goal = Number.NEGATIVE_INFINITY;
    for (let model = 0; model < models; model++) {
      const reached = judge.goal(sums, model);
      if (reached > goal + GAIN_MIN) {
        goal = reached;
        chosen = model;
      }
    }
    counts[chosen]!++;
    for (let c = 0; c < sums.length; c++) sums[c]! += examples.scores[c * models + chosen]!;
    idle++;
    if (goal > best.goal + GAIN_MIN) {
      best = { weights: counts.map((count) => count / step), goal };
      idle = 0;
    }
  }
  return best;
}

const logDiscount = (position: number): number => 1 / Math.log2(position + 2);

class Judge {
  readonly #examples: BlendExamples;
  readonly #k: number;
  readonly #discounts: Float64Array; // [k]
  readonly #ideal: Float64Array; // [k + 1]
  readonly #scores: Float64Array; // [k]
  readonly #labels: Uint8Array; // [k]

  constructor(examples: BlendExamples, k: number, discount: (position: number) => number) {
    this.#examples = examples;
    this.#k = k;
    this.#discounts = Float64Array.from({ length: k }, (_, position) => discount(position));
    this.#ideal = new Float64Array(k + 1);
    for (let n = 0; n < k; n++) this.#ideal[n + 1] = this.#ideal[n]! + this.#discounts[n]!;
    this.#scores = new Float64Array(k);
    this.#labels = new Uint8Array(k);
  }

  /** The goal of `sums` with `model` added once. */
  goal(sums: Float64Array, model: number): number {
    const { starts, wanted } = this.#examples;
    const buyers = wanted.length;
    let total = 0;
    for (let buyer = 0; buyer < buyers; buyer++) {
      const size = this.#top(sums, model, starts[buyer]!, starts[buyer + 1]!);
      let hits = 0;
      let gain = 0;
      for (let position = 0; position < size; position++) {
        if (this.#labels[position] === 0) continue;
        hits++;
        gain += this.#discounts[position]!;
      }
      total += 0.5 * (hits / wanted[buyer]! + gain / this.#ideal[Math.min(this.#k, wanted[buyer]!)]!);
    }
    return total / Math.max(1, buyers);
  }

  /** Labels of the best candidates in order, by insertion; gives how many. */
  #top(sums: Float64Array, model: number, from: number, to: number): number {
    const { models, scores, labels } = this.#examples;
    let size = 0;
    for (let c = from; c < to; c++) {
      const score = sums[c]! + scores[c * models + model]!;
      if (size === this.#k && score <= this.#scores[size - 1]!) continue;
      let at = size < this.#k ? size++ : size - 1;
      while (at > 0 && this.#scores[at - 1]! < score) {
        this.#scores[at] = this.#scores[at - 1]!;
        this.#labels[at] = this.#labels[at - 1]!;
        at--;
      }
      this.#scores[at] = score;
      this.#labels[at] = labels[c]!;
    }
    return size;
  }
}
