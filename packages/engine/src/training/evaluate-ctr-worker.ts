/** A worker thread that evaluates some folds of a click evaluation. */
import { parentPort, workerData } from 'node:worker_threads';
import { answer } from '../delivery/worker-answer.ts';
import type { ClickLearner } from '../learning/click-learners.ts';
import type { LabelledExamples } from '../learning/examples.ts';
import { evaluateFold } from './evaluate-ctr.ts';

const { examples, folds, seed, learner, mine } = workerData as {
  readonly examples: LabelledExamples;
  readonly folds: number;
  readonly seed: number;
  readonly learner: ClickLearner;
  readonly mine: readonly number[];
};

const onStep = (): void => parentPort!.postMessage({ progress: 1 });
await answer(parentPort!, async () =>
  mine.map((fold) => evaluateFold(examples, fold, { folds, seed, learner, onStep })),
);
