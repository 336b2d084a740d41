/** A worker thread that studies the policies in one AuctionNet-form world. */
import { parentPort, workerData } from 'node:worker_threads';
import { answer } from '../delivery/worker-answer.ts';
import { type StudyOptions, studyPolicies } from './auctionnet-study.ts';

const options = workerData as StudyOptions;

await answer(parentPort!, async () =>
  studyPolicies({
    ...options,
    onProgress: (done, all) => parentPort!.postMessage({ progress: { done, all } }),
  }),
);
