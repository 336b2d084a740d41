/** What a blend of recommenders is learned from: each one's best candidates for a buyer, what all say of them, and which were held out. */
import { momentsOver } from '../learning/blended-recommender.ts';
import type { BlendExamples } from '../learning/blender.ts';
import type { Recommender } from '../learning/recommender.ts';
import type { SparseBlend } from '../learning/sparse-blend.ts';
import { topScores } from '../learning/top-scores.ts';

class ExampleColumns {
  readonly #models: number;
  readonly #scores: number[] = [];
  readonly #labels: number[] = [];
  readonly #starts: number[] = [0];
  readonly #wanted: number[] = [];

  constructor(models: number) {
    this.#models = models;
  }

  add(candidates: Iterable<number>, heldOut: Int32Array, scoreOf: (model: number, item: number) => number): void {
    const wanted = new Set(heldOut);
    for (const item of candidates) {
      this.#labels.push(wanted.has(item) ? 1 : 0);
      for (let model = 0; model < this.#models; model++) this.#scores.push(scoreOf(model, item));
    }
    this.#starts.push(this.#labels.length);
    this.#wanted.push(heldOut.length);
  }

  examples(): BlendExamples {
    return {
      models: this.#models,
      scores: Float32Array.from(this.#scores),
      labels: Uint8Array.from(this.#labels),
      starts: Int32Array.from(this.#starts),
      wanted: Int32Array.from(this.#wanted),
    };
  }
}

export class ExampleGatherer {
  readonly #models: readonly Recommender[];
  readonly #depth: number;
  readonly #all: readonly Float32Array[]; // [models][items]
  readonly #top: Int32Array; // [depth]
  readonly #columns: ExampleColumns;

  constructor(models: readonly Recommender[], depth: number) {
    const items = models[0]!.itemCount;
    this.#models = models;
    this.#depth = depth;
    this.#all = models.map(() => new Float32Array(items));
    this.#top = new Int32Array(depth);
    this.#columns = new ExampleColumns(models.length);
  }

  add(history: Int32Array, heldOut: Int32Array): void {
    const candidates = new Set<number>();
    const moments = this.#models.map((model, m) => {
      const scores = this.#all[m]!;
      model.score(history, scores);
      const found = momentsOver(scores, history);
      for (const item of history) scores[item] = Number.NEGATIVE_INFINITY;
      const size = topScores(scores, this.#depth, this.#top);
      for (let i = 0; i < size; i++) candidates.add(this.#top[i]!);
      return found;
    });
    this.#columns.add(
      candidates,
      heldOut,
      (model, item) => (this.#all[model]![item]! - moments[model]!.mean) * moments[model]!.scale,
    );
  }

  examples(): BlendExamples {
    return this.#columns.examples();
  }
}

/** The same without a look at all items. Scores are moved by a constant for a buyer and a model, which orders nothing otherwise. */
export class SparseExampleGatherer {
  readonly #lists: readonly SparseBlend[];
  readonly #top: Int32Array; // [depth]
  readonly #columns: ExampleColumns;

  /** One of each model. */
  constructor(lists: readonly SparseBlend[], depth: number) {
    this.#lists = lists;
    this.#top = new Int32Array(depth);
    this.#columns = new ExampleColumns(lists.length);
  }

  add(history: Int32Array, heldOut: Int32Array): void {
    const candidates = new Set<number>();
    for (const list of this.#lists) {
      const size = list.top(history, this.#top.length, this.#top);
      for (let i = 0; i < size; i++) candidates.add(this.#top[i]!);
    }
    this.#columns.add(candidates, heldOut, (model, item) => this.#lists[model]!.scoreOf(item));
  }

  examples(): BlendExamples {
    return this.#columns.examples();
  }
}
