/** A worker thread that tries recommenders on its share of the hold-outs, and fits them. */
import { parentPort, workerData } from 'node:worker_threads';
import { type TrialCall, type TrialsOptions, trialsHere } from './top-n-trials.ts';

const trials = trialsHere(workerData as TrialsOptions);

async function answerTo(asked: TrialCall): Promise<unknown> {
  if (asked.call === 'measure') return trials.measure(asked.spec, asked.best);
  if (asked.call === 'examples') return trials.examples(asked.specs, asked.buyersMax);
  return (await trials.fit([asked.spec]))[0];
}

parentPort!.on('message', async (asked: TrialCall) => parentPort!.postMessage(await answerTo(asked)));
