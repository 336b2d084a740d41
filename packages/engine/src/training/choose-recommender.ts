/**
 * Chooses how to recommend, on hold-outs of the interactions: every kind is tried with its start settings; those that a blend
 * of them trusts are improved by climbing along their axes; they are blended anew, and fitted on everything. What is tried
 * follows from the data's size and from what was measured, never from a clock, so that the same data gives the same model.
 */
import { BlendedRecommender } from '../learning/blended-recommender.ts';
import { type Blend, learnBlend } from '../learning/blender.ts';
import { fitPopularity } from '../learning/popularity.ts';
import { RECOMMENDER_KINDS, type RecommenderSpec } from '../learning/recommender-kinds.ts';
import type { SparseMatrix } from '../learning/sparse-matrix.ts';
import { searchPlan } from './search-plan.ts';
import { type TopNTrials, trialsHere, trialsInThreads } from './top-n-trials.ts';

export interface ChoiceOptions {
  readonly k: number;
  readonly seed: number;
  /** 0: everything in this thread. */
  readonly threads: number;
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

export interface ChosenPart extends RecommenderSpec {
  /** Its share of the blend; 0 where it does not help. */
  readonly weight: number;
  /** ½ (recall@k + nDCG@k) on the hold-outs, alone. */
  readonly goal: number;
}

export interface Choice {
  readonly model: BlendedRecommender;
  readonly parts: readonly ChosenPart[];
  /** ½ (recall@k + nDCG@k) on the hold-outs. */
  readonly goal: number;
}

export async function chooseRecommender(matrix: SparseMatrix, options: ChoiceOptions): Promise<Choice> {
  const { k, seed, threads, onProgress } = options;
  const plan = searchPlan(matrix, seed);
  const trialsOptions = { matrix, holdOuts: plan.holdOuts, k };
  const trials = threads === 0 ? trialsHere(trialsOptions) : trialsInThreads(trialsOptions, threads);
  try {
    const all = plan.searches.reduce((sum, { triesMax }) => sum + triesMax, 0);
    let done = 0;
    const measured = async (spec: RecommenderSpec): Promise<Found> => {
      onProgress?.(++done, all, `trying ${spec.kind}`);
      return { spec, goal: await trials.measure(spec) };
    };
    const blended = async (found: readonly Found[]): Promise<Blend> =>
      learnBlend(await trials.examples(found.map(({ spec }) => spec)), k);
    const found: Found[] = [];
    for (const { kind } of plan.searches) found.push(await measured({ kind, options: RECOMMENDER_KINDS[kind].start }));
    const first = await blended(found);
    for (const [i, { triesMax }] of plan.searches.entries()) {
      if (first.weights[i]! > 0) found[i] = await climb(found[i]!, triesMax - 1, measured);
    }
    const blend = await blended(found);
    return await fitted(matrix, found, blend, trials);
  } finally {
    await trials.close();
  }
}

interface Found {
  readonly spec: RecommenderSpec;
  readonly goal: number;
}

/** Along each axis, up and then down, while it helps; then grown. */
async function climb(
  start: Found,
  triesMax: number,
  measured: (spec: RecommenderSpec) => Promise<Found>,
): Promise<Found> {
  const { kind } = start.spec;
  let left = triesMax;
  let best = start;
  for (const { name, values } of RECOMMENDER_KINDS[kind].axes) {
    for (const direction of [1, -1]) {
      for (;;) {
        const next = values[nearestIndex(values, best.spec.options[name]!) + direction];
        if (next === undefined || left-- <= 0) break;
        const one = await measured({ kind, options: { ...best.spec.options, [name]: next } });
        if (one.goal <= best.goal) break;
        best = one;
      }
      if (best.spec.options[name] !== start.spec.options[name]) break;
    }
  }
  const { grown } = RECOMMENDER_KINDS[kind];
  if (grown === undefined || triesMax === 0) return best;
  const large = await measured({ kind, options: { ...best.spec.options, ...grown } });
  return large.goal > best.goal ? large : best;
}

function nearestIndex(values: readonly number[], value: number): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]! - value) < Math.abs(values[best]! - value)) best = i;
  return best;
}

async function fitted(
  matrix: SparseMatrix,
  found: readonly Found[],
  blend: Blend,
  trials: TopNTrials,
): Promise<Choice> {
  const parts = found.map(({ spec, goal }, i) => ({ ...spec, goal, weight: blend.weights[i]! }));
  const used = parts.filter(({ weight }) => weight > 0);
  const bytes = await trials.fit(used);
  const models = used.map(({ kind, weight }, i) => ({ kind, weight, model: RECOMMENDER_KINDS[kind].load(bytes[i]!) }));
  return { model: new BlendedRecommender(models, fitPopularity(matrix)), parts, goal: blend.goal };
}
