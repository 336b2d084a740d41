/** A worker thread that judges its share of the lists. */
import { parentPort, workerData } from 'node:worker_threads';
import { answer } from '../delivery/worker-answer.ts';
import { BlendedRecommender } from '../learning/blended-recommender.ts';
import { type JudgeCall, judgeSlice } from './judge-lists.ts';

const TOLD_EVERY = 500;

const { model, from, to, ...options } = workerData as JudgeCall;

await answer(parentPort!, async () =>
  judgeSlice(BlendedRecommender.load(model), options, {
    from,
    to,
    onCase: (done) => {
      if (done % TOLD_EVERY === 0) parentPort!.postMessage({ progress: done });
    },
  }),
);
