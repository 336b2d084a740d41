/** All folds of a click evaluation, in worker threads that share the examples. */
import { availableParallelism } from 'node:os';
import { RialtoError } from '../base/errors.ts';
import { workerUrl } from '../base/worker-url.ts';
import { inWorker } from '../delivery/in-worker.ts';
import { type ClickLearner, stepsOf } from '../learning/click-learners.ts';
import type { LabelledExamples } from '../learning/examples.ts';
import { leakingFeature } from '../learning/leak.ts';
import { requireLearnable } from '../learning/learner.ts';
import { type ClickQuality, type FoldResult, summarise } from './evaluate-ctr.ts';
import { shareExamples } from './shared-examples.ts';

export interface ClickEvaluationOptions {
  readonly folds: number;
  readonly seed: number;
  readonly learner: ClickLearner;
  /** Go on where a feature tells the label. */
  readonly allowLeaks: boolean;
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

/** Throws `bad-training-data` where there is too little of a class for the folds, or a feature leaks. */
export async function evaluateClicks(
  examples: LabelledExamples,
  { folds, seed, learner, allowLeaks, onProgress }: ClickEvaluationOptions,
): Promise<ClickQuality> {
  requireLearnable(examples);
  requireFeatures(examples);
  requireFolds(examples, folds);
  const leak = allowLeaks ? undefined : leakingFeature(examples);
  if (leak !== undefined) {
    throw new RialtoError(
      'bad-training-data',
      `${leak.name} alone tells clicks from the rest (AUC ${leak.auc.toFixed(4)}): it seems to be known only after the click. Leave it out, or say that it is right with --allow-leaks`,
    );
  }
  const shared = shareExamples(examples);
  const threads = Math.min(folds, availableParallelism());
  const steps = folds * stepsOf(learner, examples);
  let done = 0;
  onProgress?.(0, steps, `steps of ${folds} folds`);
  const results = await Promise.all(
    Array.from({ length: threads }, (_, thread) => {
      const mine = Array.from({ length: folds }, (_, fold) => fold).filter((fold) => fold % threads === thread);
      const workerData = { examples: shared, folds, seed, learner, mine };
      return inWorker<FoldResult[]>(workerUrl(import.meta.url, './evaluate-ctr-worker.ts'), workerData, () =>
        onProgress?.(++done, steps, `steps of ${folds} folds`),
      );
    }),
  );
  return summarise(examples, results.flat());
}

function requireFeatures({ numbers, categories, sparse }: LabelledExamples): void {
  if (numbers.length + categories.length > 0 || (sparse !== undefined && sparse.indices.length > 0)) return;
  throw new RialtoError(
    'bad-training-data',
    'no feature tells one example from another: beside the label there are no columns, or only such as hold one value, or a different text in each row',
  );
}

/** Each fold must hold both classes, and so must each fold of what is left to train on. */
function requireFolds({ rows, labels }: LabelledExamples, folds: number): void {
  let clicks = 0;
  for (const label of labels) clicks += label;
  const least = Math.min(clicks, rows - clicks);
  if (least >= 2 * folds) return;
  throw new RialtoError(
    'bad-training-data',
    `the rarer class has ${least} of ${rows} examples; ${folds} folds need at least ${2 * folds} of each`,
  );
}
