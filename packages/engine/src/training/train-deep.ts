/**
 * Trains a network over embeddings on several threads, which work on one memory in step with each other: the model does not
 * depend on how many there are (see learning/deep-network.ts).
 */
import { availableParallelism } from 'node:os';
import { workerUrl } from '../base/worker-url.ts';
import { inWorker } from '../delivery/in-worker.ts';
import { DEFAULT_DEEP, type DeepModel, type DeepOptions, newDeepModel } from '../learning/deep-clicks.ts';
import type { Examples } from '../learning/examples.ts';
import { requireSchema, schemaOf } from '../learning/learner.ts';
import { SHARDS } from '../learning/network-layout.ts';
import { type Observation, requireObservations } from '../learning/observation.ts';
import { breakBarrier, newBarrier } from './barrier.ts';
import { shareFeatures, shareObservation } from './shared-examples.ts';
import type { TrainDeepWork } from './train-deep-worker.ts';

export interface TrainDeepOptions {
  readonly seed: number;
  readonly options?: DeepOptions;
  /** At most; by default as many as the machine runs at once. */
  readonly threads?: number;
  /** A model to go on from, which stays as it is. */
  readonly start?: DeepModel;
}

/** One pass; an observation for each head. Throws `bad-training-data`, or `bad-model` where `start` is of other features. */
export async function trainDeep(
  examples: Examples,
  observations: readonly Observation[],
  { seed, options = DEFAULT_DEEP, threads = availableParallelism(), start }: TrainDeepOptions,
): Promise<DeepModel> {
  const { heads } = start?.options ?? options;
  requireObservations(examples.rows, heads, observations);
  if (start !== undefined) requireSchema(start.schema, schemaOf(examples));
  const model = start?.copy() ?? newDeepModel(examples, observations, options, seed);
  const members = 2 ** Math.floor(Math.log2(Math.max(1, Math.min(threads, SHARDS))));
  const cells = newBarrier();
  const work: Omit<TrainDeepWork, 'member'> = {
    memory: model.network.memory,
    shape: model.network.shape,
    schema: model.schema,
    options: model.options,
    slots: model.slots,
    seed: model.seed,
    seen: model.seen,
    examples: shareFeatures(examples),
    observations: observations.map(shareObservation),
    members,
    cells,
  };
  const url = workerUrl(import.meta.url, './train-deep-worker.ts');
  const crew = Array.from({ length: members }, (_, member) => inWorker<null>(url, { ...work, member }));
  try {
    await Promise.all(crew);
  } catch (error) {
    breakBarrier(cells);
    throw error;
  }
  model.seen += examples.rows;
  return model;
}
