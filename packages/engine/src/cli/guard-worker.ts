/** A worker thread that reads what guardrails are judged by. */
import { parentPort, workerData } from 'node:worker_threads';
import { answer } from '../delivery/worker-answer.ts';
import { guardReadings, type Watched } from './guard-readings.ts';

const { directory, watched } = workerData as { readonly directory: string; readonly watched: readonly Watched[] };

await answer(parentPort!, () => guardReadings(directory, watched));
