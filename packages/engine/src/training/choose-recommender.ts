/**
 * Chooses how to recommend, on hold-outs of the interactions: every kind is tried with its start settings; those that a blend
 * of them trusts are improved by climbing along their axes; they are blended anew, and fitted on everything. What is tried
 * follows from the data's size and from what was measured, never from a clock, so that the same data gives the same model.
 */
import { BlendedRecommender } from '../learning/blended-recommender.ts';
import { type Blend, learnBlend } from '../learning/blender.ts';
import { fitPopularity } from '../learning/popularity.ts';
import { RECOMMENDER_KINDS, type RecommenderOptions, type RecommenderSpec } from '../learning/recommender-kinds.ts';
import type { SparseMatrix } from '../learning/sparse-matrix.ts';
import { climb } from './climb.ts';
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
  /** The catalogue is too large for a look at all items. */
  readonly sparse: boolean;
}

export async function chooseRecommender(matrix: SparseMatrix, options: ChoiceOptions): Promise<Choice> {
  const { k, seed, threads, onProgress } = options;
  const plan = searchPlan(matrix, seed);
  const trialsOptions = { matrix, holdOuts: plan.holdOuts, k, sparse: plan.sparse };
  const trials = threads === 0 ? trialsHere(trialsOptions) : trialsInThreads(trialsOptions, threads);
  try {
    const all = plan.searches.reduce((sum, { triesMax }) => sum + triesMax, 0);
    let done = 0;
    const measured = async (spec: RecommenderSpec): Promise<Found> => {
      onProgress?.(++done, all, `trying ${spec.kind}`);
      return { spec, goal: await trials.measure(spec) };
    };
    const blended = async (found: readonly Found[]): Promise<Blend> =>
      learnBlend(await trials.examples(found.map(({ spec }) => spec)), { k });
    const found: Found[] = [];
    for (const { kind, start } of plan.searches)
      found.push(await measured({ kind, options: { ...RECOMMENDER_KINDS[kind].start, ...start } }));
    const first = await blended(found);
    for (const [i, { triesMax }] of plan.searches.entries()) {
      if (first.weights[i] === 0) continue;
      const { kind, options } = found[i]!.spec;
      const { axes, grown } = RECOMMENDER_KINDS[kind];
      const measure = async (tried: RecommenderOptions): Promise<number> =>
        (await measured({ kind, options: tried })).goal;
      const best = await climb({ options, goal: found[i]!.goal }, { axes, grown, triesMax: triesMax - 1, measure });
      found[i] = { spec: { kind, options: best.options }, goal: best.goal };
    }
    const blend = await blended(found);
    onProgress?.(0, 0, 'fitting what was chosen on everything');
    return await fitted({ matrix, found, blend, trials, sparse: plan.sparse });
  } finally {
    await trials.close();
  }
}

interface Found {
  readonly spec: RecommenderSpec;
  readonly goal: number;
}

interface ToFit {
  readonly matrix: SparseMatrix;
  readonly found: readonly Found[];
  readonly blend: Blend;
  readonly trials: TopNTrials;
  readonly sparse: boolean;
}

async function fitted({ matrix, found, blend, trials, sparse }: ToFit): Promise<Choice> {
  const parts = found.map(({ spec, goal }, i) => ({ ...spec, goal, weight: blend.weights[i]! }));
  const used = parts.filter(({ weight }) => weight > 0);
  const bytes = await trials.fit(used);
  const models = used.map(({ kind, weight }, i) => ({ kind, weight, model: RECOMMENDER_KINDS[kind].load(bytes[i]!) }));
  return { model: new BlendedRecommender(models, fitPopularity(matrix)), parts, goal: blend.goal, sparse };
}
