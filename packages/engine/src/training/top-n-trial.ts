/**
 * Recommenders tried on one hold-out: fitted on what was kept, asked to find what was held out among all items that the buyer
 * has not met. What it measures is the blender's goal, so that both choose by the same.
 */
import type { BlendExamples } from '../learning/blender.ts';
import type { Recommender } from '../learning/recommender.ts';
import { RECOMMENDER_KINDS, type RecommenderKind, type RecommenderSpec } from '../learning/recommender-kinds.ts';
import { ItemPopularity, SparseBlend } from '../learning/sparse-blend.ts';
import { rowOf, type SparseMatrix } from '../learning/sparse-matrix.ts';
import { topScores } from '../learning/top-scores.ts';
import { ExampleGatherer, SparseExampleGatherer } from './blend-examples.ts';
import { type HoldOut, type HoldOutOptions, holdOut } from './hold-out.ts';
import { type ListQuality, listQuality } from './list-quality.ts';

/** Candidates that each recommender brings to the blend, in units of k. */
const CANDIDATES_PER_PLACE = 4;
const CANDIDATES_MIN = 40;

interface Kept {
  readonly key: string;
  readonly model: Recommender;
}

export class TopNTrial {
  readonly #split: HoldOut;
  readonly #k: number;
  readonly #scores: Float32Array; // [items]
  /** Of each kind the last that was tried and the best before, so that a blend need not fit them again. */
  readonly #kept = new Map<RecommenderKind, readonly Kept[]>();
  /** Where lists are made without a look at all items. */
  readonly #popularity: ItemPopularity | undefined;

  /** `sparse`: lists are made without a look at items that nothing speaks for; all kinds tried must be graphs or popularity. */
  constructor(matrix: SparseMatrix, options: HoldOutOptions, k: number, sparse = false) {
    this.#split = holdOut(matrix, options);
    this.#k = k;
    this.#popularity = sparse ? new ItemPopularity(this.#split.kept) : undefined;
    this.#scores = new Float32Array(matrix.columnCount);
  }

  /** ½ (recall@k + nDCG@k), the mean over buyers. `best` is the best of the kind before. */
  measure(spec: RecommenderSpec, best?: RecommenderSpec): number {
    const { kept, heldOut, buyers } = this.#split;
    const model = RECOMMENDER_KINDS[spec.kind].fit(kept, spec.options);
    const top = new Int32Array(this.#k);
    const lists = this.#popularity && new SparseBlend([{ kind: spec.kind, weight: 1, model }], this.#popularity);
    let sum = 0;
    for (const buyer of buyers) {
      const history = rowOf(kept, buyer);
      const size = lists === undefined ? this.#listOf(model, history, top) : lists.top(history, this.#k, top);
      sum += goalOf(listQuality(top.subarray(0, size), rowOf(heldOut, buyer), this.#k));
    }
    const before = (this.#kept.get(spec.kind) ?? []).filter(({ key }) => best !== undefined && key === keyOf(best));
    this.#kept.set(spec.kind, [...before, { key: keyOf(spec), model }]);
    return sum / Math.max(1, buyers.length);
  }

  #listOf(model: Recommender, history: Int32Array, top: Int32Array): number {
    model.score(history, this.#scores);
    for (const item of history) this.#scores[item] = Number.NEGATIVE_INFINITY;
    return topScores(this.#scores, this.#k, top);
  }

  /** What a blend of these is learned from, of at most so many buyers. */
  examples(specs: readonly RecommenderSpec[], buyersMax: number): BlendExamples {
    const models = specs.map((spec) => this.#model(spec));
    const { kept, heldOut, buyers } = this.#split;
    const depth = Math.max(CANDIDATES_MIN, CANDIDATES_PER_PLACE * this.#k);
    const gatherer =
      this.#popularity === undefined
        ? new ExampleGatherer(models, depth)
        : new SparseExampleGatherer(
            models.map((model, m) => new SparseBlend([{ kind: specs[m]!.kind, weight: 1, model }], this.#popularity!)),
            depth,
          );
    const size = Math.min(buyers.length, buyersMax);
    for (let i = 0; i < size; i++) {
      const buyer = buyers[Math.floor((i * buyers.length) / size)]!;
      gatherer.add(rowOf(kept, buyer), rowOf(heldOut, buyer));
    }
    return gatherer.examples();
  }

  #model(spec: RecommenderSpec): Recommender {
    const known = this.#kept.get(spec.kind)?.find(({ key }) => key === keyOf(spec));
    return known?.model ?? RECOMMENDER_KINDS[spec.kind].fit(this.#split.kept, spec.options);
  }
}

const keyOf = (spec: RecommenderSpec): string => JSON.stringify([spec.kind, spec.options]);

const goalOf = ({ recall, ndcg }: ListQuality): number => 0.5 * (recall + ndcg);

/** Of all hold-outs, one after the other. */
export function joinedExamples(parts: readonly BlendExamples[]): BlendExamples {
  const candidates = parts.reduce((sum, part) => sum + part.labels.length, 0);
  const buyers = parts.reduce((sum, part) => sum + part.wanted.length, 0);
  const { models } = parts[0]!;
  const all = {
    models,
    scores: new Float32Array(candidates * models),
    labels: new Uint8Array(candidates),
    starts: new Int32Array(buyers + 1),
    wanted: new Int32Array(buyers),
  };
  let candidate = 0;
  let buyer = 0;
  for (const part of parts) {
    all.scores.set(part.scores, candidate * models);
    all.labels.set(part.labels, candidate);
    all.wanted.set(part.wanted, buyer);
    for (let b = 0; b < part.wanted.length; b++) all.starts[buyer + b + 1] = candidate + part.starts[b + 1]!;
    candidate += part.labels.length;
    buyer += part.wanted.length;
  }
  return all;
}
