/**
 * Vectors of items from the company they keep: skip-gram with negative sampling (Mikolov et al., NIPS 2013) over baskets, as
 * item2vec (Barkan and Koenigstein, 2016), where an item's input vector is the mean of its own and of its words' vectors
 * (fastText's subwords; Bojanowski et al., TACL 2017). So an item that was never bought has a vector too, from its words.
 *
 *     x_i = (v_i + Σ_w u_w) / (1 + |w|),   maximise  ln σ(x_i · c_j) + Σ_k ln σ(−x_i · c_k)
 *
 * for items i, j of one basket and k drawn by count^¾.
 */
import { Rng } from '../base/rng.ts';

export interface Item2vecInput {
  readonly items: number;
  /** Items of all baskets, one basket after the other. */
  readonly baskets: Int32Array;
  /** Where each basket starts; the last entry is the length of `baskets`. [baskets + 1] */
  readonly basketStarts: Int32Array;
  readonly words: number;
  /** Words of all items, one item after the other. */
  readonly itemWords: Int32Array;
  readonly itemWordStarts: Int32Array; // [items + 1]
}

export interface Item2vecOptions {
  readonly dimensions: number;
  readonly epochs: number;
  /** Company drawn for each item of a basket and epoch. */
  readonly contexts: number;
  readonly negatives: number;
  readonly rate: number;
  readonly seed: number;
}

export const DEFAULT_ITEM2VEC: Item2vecOptions = {
  dimensions: 32,
  epochs: 4,
  contexts: 4,
  negatives: 5,
  rate: 0.05,
  seed: 1,
};

const NEGATIVE_TABLE = 1 << 18;
const SIGMOID_MAX = 8;

/** Unit vectors, zeros for an item without baskets and words. [items × dimensions] */
export function trainItem2vec(input: Item2vecInput, options: Item2vecOptions = DEFAULT_ITEM2VEC): Float32Array {
  const trainer = new Trainer(input, options);
  for (let epoch = 0; epoch < options.epochs; epoch++) trainer.epoch(epoch);
  return trainer.vectors();
}

class Trainer {
  readonly #input: Item2vecInput;
  readonly #options: Item2vecOptions;
  readonly #rng: Rng;
  readonly #counts: Int32Array; // [items]
  readonly #table: Int32Array; // [NEGATIVE_TABLE]
  readonly #own: Float32Array; // [items × dimensions]
  readonly #words: Float32Array; // [words × dimensions]
  readonly #context: Float32Array; // [items × dimensions]
  readonly #x: Float32Array; // [dimensions]
  readonly #gradient: Float32Array; // [dimensions]

  constructor(input: Item2vecInput, options: Item2vecOptions) {
    const { dimensions } = options;
    this.#input = input;
    this.#options = options;
    this.#rng = new Rng(options.seed);
    this.#counts = new Int32Array(input.items);
    for (const item of input.baskets) this.#counts[item]!++;
    this.#table = negativeTable(this.#counts);
    this.#own = Float32Array.from({ length: input.items * dimensions }, () => (this.#rng.unit() - 0.5) / dimensions);
    this.#words = Float32Array.from({ length: input.words * dimensions }, () => (this.#rng.unit() - 0.5) / dimensions);
    this.#context = new Float32Array(input.items * dimensions);
    this.#x = new Float32Array(dimensions);
    this.#gradient = new Float32Array(dimensions);
  }

  epoch(epoch: number): void {
    const { baskets, basketStarts } = this.#input;
    const { contexts, epochs, rate } = this.#options;
    const all = basketStarts.length - 1;
    for (let basket = 0; basket < all; basket++) {
      const start = basketStarts[basket]!;
      const size = basketStarts[basket + 1]! - start;
      if (size < 2) continue;
      const step = rate * Math.max(0.05, 1 - (epoch + basket / all) / epochs);
      for (let i = start; i < start + size; i++) {
        this.#compose(baskets[i]!);
        this.#gradient.fill(0);
        const draws = Math.min(contexts, size - 1);
        for (let draw = 0; draw < draws; draw++) {
          const other = baskets[start + this.#rng.below(size)]!;
          if (other !== baskets[i]) this.#learn(other, step);
        }
        this.#spread(baskets[i]!);
      }
    }
  }

  /** Sets `#x` to the item's input vector. */
  #compose(item: number): void {
    const { dimensions } = this.#options;
    const { itemWords, itemWordStarts } = this.#input;
    const own = this.#counts[item]! > 0 ? 1 : 0;
    const from = itemWordStarts[item]!;
    const to = itemWordStarts[item + 1]!;
    const parts = own + to - from;
    for (let d = 0; d < dimensions; d++) {
      let sum = own * this.#own[item * dimensions + d]!;
      for (let w = from; w < to; w++) sum += this.#words[itemWords[w]! * dimensions + d]!;
      this.#x[d] = parts === 0 ? 0 : sum / parts;
    }
  }

  /** One true companion and some drawn ones: moves their context vectors and gathers the gradient of `#x`. */
  #learn(companion: number, step: number): void {
    const { dimensions, negatives } = this.#options;
    for (let draw = 0; draw <= negatives; draw++) {
      const target = draw === 0 ? companion : this.#table[this.#rng.below(NEGATIVE_TABLE)]!;
      if (draw > 0 && target === companion) continue;
      const at = target * dimensions;
      let dot = 0;
      for (let d = 0; d < dimensions; d++) dot += this.#x[d]! * this.#context[at + d]!;
      const predicted = dot > SIGMOID_MAX ? 1 : dot < -SIGMOID_MAX ? 0 : 1 / (1 + Math.exp(-dot));
      const error = step * ((draw === 0 ? 1 : 0) - predicted);
      for (let d = 0; d < dimensions; d++) {
        this.#gradient[d]! += error * this.#context[at + d]!;
        this.#context[at + d]! += error * this.#x[d]!;
      }
    }
  }

  #spread(item: number): void {
    const { dimensions } = this.#options;
    const { itemWords, itemWordStarts } = this.#input;
    for (let d = 0; d < dimensions; d++) this.#own[item * dimensions + d]! += this.#gradient[d]!;
    for (let w = itemWordStarts[item]!; w < itemWordStarts[item + 1]!; w++) {
      const at = itemWords[w]! * dimensions;
      for (let d = 0; d < dimensions; d++) this.#words[at + d]! += this.#gradient[d]!;
    }
  }

  vectors(): Float32Array {
    const { dimensions } = this.#options;
    const vectors = new Float32Array(this.#input.items * dimensions);
    for (let item = 0; item < this.#input.items; item++) {
      this.#compose(item);
      let norm = 0;
      for (const x of this.#x) norm += x * x;
      if (norm > 0) for (let d = 0; d < dimensions; d++) vectors[item * dimensions + d] = this.#x[d]! / Math.sqrt(norm);
    }
    return vectors;
  }
}

/** Items as often as their share of count^¾. */
function negativeTable(counts: Int32Array): Int32Array {
  const table = new Int32Array(NEGATIVE_TABLE);
  let total = 0;
  for (const count of counts) total += count ** 0.75;
  let slot = 0;
  let sum = 0;
  for (let item = 0; item < counts.length; item++) {
    sum += (counts[item]! ** 0.75 / total) * NEGATIVE_TABLE;
    while (slot < sum && slot < NEGATIVE_TABLE) table[slot++] = item;
  }
  return table;
}
