/** A worker thread that tries recommenders on its share of the hold-outs, and fits them. */
import { parentPort, workerData } from 'node:worker_threads';
import { OwnTrials, type TrialCall, type TrialsOptions } from './top-n-trials.ts';

const trials = new OwnTrials(workerData as TrialsOptions);

function answerTo(asked: TrialCall): unknown {
  if (asked.call === 'measures') return trials.measures(asked.spec, asked.best);
  if (asked.call === 'examples') return trials.examples(asked.specs, asked.from);
  return trials.fit(asked.spec);
}

parentPort!.on('message', (asked: TrialCall) => parentPort!.postMessage(answerTo(asked)));
