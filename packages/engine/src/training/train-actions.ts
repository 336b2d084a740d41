/** Trains what is predicted of each action on decisions that were served and what became of them. */

import { applyRecord } from '../delivery/apply.ts';
import { rebuild } from '../delivery/rebuild.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { type ActionModel, packActions } from '../learning/action-model.ts';
import { type TrainedAction, trainAction } from '../learning/action-trainer.ts';
import type { AdditiveModel } from '../learning/additive-model.ts';
import type { CheckpointStore } from '../log/checkpoint.ts';
import type { Log } from '../log/log.ts';
import { ACTIONS, type Action } from '../ranking/value-expression.ts';
import { CollectedExamples } from './shown-examples.ts';

/** The latest decisions, and how many of them are made again: more would only cost time. */
const DECISIONS_MAX = 100_000;
const SAMPLED_MAX = 15_000;

export interface ActionTraining {
  readonly log: Log;
  readonly checkpoints?: CheckpointStore;
  /** Where every head begins: the ranker. */
  readonly start: AdditiveModel;
  readonly seed: number;
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

export interface TrainedActions {
  readonly bytes: Uint8Array;
  readonly card: ActionCard;
}

export interface ActionCard {
  readonly decisions: number;
  readonly items: number;
  /** Of actions with enough examples; the others have their priors. */
  readonly heads: Readonly<Partial<Record<Action, Pick<TrainedAction, 'positives' | 'holdout'>>>>;
}

/** Undefined where no action has enough examples. */
export async function trainActions(training: ActionTraining): Promise<TrainedActions | undefined> {
  const { start, seed, onProgress } = training;
  const collected = await collect(training);
  if (collected === undefined) return undefined;
  const { examples, labels, decisions } = collected;
  const heads = new Map<Action, TrainedAction>();
  for (const action of ACTIONS) {
    onProgress?.(heads.size, ACTIONS.length, `training on ${examples.gates.length} items shown: ${action}`);
    const trained = trainAction(start, examples, labels.get(action)!, seed);
    if (trained) heads.set(action, trained);
  }
  if (heads.size === 0) return undefined;
  const models = new Map<string, ActionModel>(heads);
  const described = [...heads].map(([action, { positives, holdout }]) => [action, { positives, holdout }] as const);
  return {
    bytes: packActions(models, FEATURE_NAMES),
    card: { decisions, items: examples.gates.length, heads: Object.fromEntries(described) },
  };
}

async function collect({ log, checkpoints, onProgress }: ActionTraining) {
  const end = log.end()[0]!;
  const offsets: number[] = [];
  let offset = 0;
  for await (const { records } of log.read(0, 0, end))
    for (const record of records) {
      if (record.kind === 'decision') offsets.push(offset);
      offset++;
    }
  if (offsets.length === 0) return undefined;
  const from = offsets[Math.max(0, offsets.length - DECISIONS_MAX)]!;
  const state = await rebuild({ log, ...(checkpoints && { checkpoints }), offset: from });
  const collected = new CollectedExamples(SAMPLED_MAX / Math.min(offsets.length, DECISIONS_MAX));
  for await (const { records } of log.read(0, from, end)) {
    for (const record of records) {
      if (record.kind === 'decision') collected.decided(state, record);
      applyRecord(state, record);
      if (record.kind === 'event') collected.happened(record);
    }
    onProgress?.(state.offset - from, end - from, 'deciding again what was shown');
  }
  return { ...collected.examples(state.logTime), decisions: collected.decisions };
}
