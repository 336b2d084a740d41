/**
 * A recommender that is a graph of items: each item names neighbours with weights, and a buyer's items add up what they point
 * to. The form in which item-kNN, RP3β and the neighbourhood ridge serve.
 *
 *     score(j) = Σ_{i ∈ history} w_ij
 */

import { packModel, unpackModel } from './model-file.ts';
import { type GraphRecommender, knownItems } from './recommender.ts';
import { columnCounts, type SparseMatrix } from './sparse-matrix.ts';
import type { SparseScores } from './sparse-scores.ts';

const VERSION = 1;

export interface ItemEdges {
  /** Where each item's edges start. [items + 1] */
  readonly starts: Int32Array;
  readonly targets: Int32Array; // [edges]
  readonly weights: Float32Array; // [edges]
}

export class ItemGraph implements GraphRecommender {
  readonly itemCount: number;
  readonly #kind: string;
  readonly #edges: ItemEdges;

  constructor(kind: string, edges: ItemEdges) {
    this.#kind = kind;
    this.#edges = edges;
    this.itemCount = edges.starts.length - 1;
  }

  static load(bytes: Uint8Array, kind: string): ItemGraph {
    const { starts, targets, weights } = unpackModel(bytes, kind, VERSION).arrays;
    return new ItemGraph(kind, {
      starts: starts as Int32Array,
      targets: targets as Int32Array,
      weights: weights as Float32Array,
    });
  }

  score(history: Int32Array, scores: Float32Array): void {
    const { starts, targets, weights } = this.#edges;
    scores.fill(0);
    for (const item of knownItems(history, this.itemCount))
      for (let e = starts[item]!; e < starts[item + 1]!; e++) scores[targets[e]!]! += weights[e]!;
  }

  addScores(history: Int32Array, scores: SparseScores): void {
    const { starts, targets, weights } = this.#edges;
    for (const item of history)
      for (let e = starts[item]!; e < starts[item + 1]!; e++) scores.add(targets[e]!, weights[e]!);
  }

  pack(): Uint8Array {
    return packModel({ kind: this.#kind, version: VERSION, info: {}, arrays: { ...this.#edges } });
  }
}

/** The edges of incoming lists: `lists` name for each item those that point to it. */
export function edgesFromIncoming(itemCount: number, incoming: ItemEdges): ItemEdges {
  const { starts, targets: sources, weights } = incoming;
  const matrix: SparseMatrix = { rowCount: itemCount, columnCount: itemCount, starts, columns: sources };
  const out = new Int32Array(itemCount + 1);
  const counts = columnCounts(matrix);
  for (let item = 0; item < itemCount; item++) out[item + 1] = out[item]! + counts[item]!;
  const at = out.slice(0, itemCount);
  const edges = { starts: out, targets: new Int32Array(sources.length), weights: new Float32Array(sources.length) };
  for (let item = 0; item < itemCount; item++) {
    for (let e = starts[item]!; e < starts[item + 1]!; e++) {
      const slot = at[sources[e]!]!++;
      edges.targets[slot] = item;
      edges.weights[slot] = weights[e]!;
    }
  }
  return edges;
}

/** Grows lists item by item. */
export class EdgeWriter {
  readonly #starts: Int32Array;
  #targets = new Int32Array(1024);
  #weights = new Float32Array(1024);
  #size = 0;
  #item = 0;

  constructor(itemCount: number) {
    this.#starts = new Int32Array(itemCount + 1);
  }

  add(target: number, weight: number): void {
    if (this.#size === this.#targets.length) {
      const targets = new Int32Array(2 * this.#size);
      const weights = new Float32Array(2 * this.#size);
      targets.set(this.#targets);
      weights.set(this.#weights);
      this.#targets = targets;
      this.#weights = weights;
    }
    this.#targets[this.#size] = target;
    this.#weights[this.#size++] = weight;
  }

  /** The edges of the next item follow. */
  next(): void {
    this.#starts[++this.#item] = this.#size;
  }

  edges(): ItemEdges {
    return {
      starts: this.#starts,
      targets: this.#targets.slice(0, this.#size),
      weights: this.#weights.slice(0, this.#size),
    };
  }
}
