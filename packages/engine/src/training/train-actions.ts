/** Trains what is predicted of each action on decisions that were served and what became of them. */

import { RialtoError } from '../base/errors.ts';
import { applyRecord } from '../delivery/apply.ts';
import { rebuild } from '../delivery/rebuild.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { type ActionModel, type ActionModels, packActions, unpackActions } from '../learning/action-model.ts';
import { trainActions as fitHeads, type TrainedAction } from '../learning/action-trainer.ts';
import type { AdditiveModel } from '../learning/additive-model.ts';
import type { CheckpointStore } from '../log/checkpoint.ts';
import type { Log } from '../log/log.ts';
import { ACTION_COLUMNS } from '../ranking/action-heads.ts';
import { ACTIONS, type Action } from '../ranking/value-expression.ts';
import { type HeadTrial, headReasons, tryHead } from './head-gates.ts';
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
  /** The heads that serve now. */
  readonly serving?: Uint8Array | undefined;
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

export interface TrainedActions {
  readonly bytes: Uint8Array;
  readonly card: ActionCard;
}

export interface ActionCard {
  readonly decisions: number;
  readonly items: number;
  /** Of actions with enough examples. */
  readonly heads: Readonly<Partial<Record<Action, HeadCard>>>;
  /** Too few examples now, but a head that serves: it is kept as it is. All other actions have their priors. */
  readonly kept: readonly Action[];
  readonly gates: { readonly reasons: readonly string[] };
}

export type HeadCard = Pick<TrainedAction, 'positives' | 'holdout'> & {
  /** How much of the network that all heads share is added to this one; 0 where it does not help. */
  readonly network: number;
  readonly trial: HeadTrial;
};

/** Undefined where no action has enough examples. */
export async function trainActions(training: ActionTraining): Promise<TrainedActions | undefined> {
  const { start, seed, onProgress } = training;
  const collected = await collect(training);
  if (collected === undefined) return undefined;
  const { examples, labels, decisions } = collected;
  const serving = servingHeads(training.serving);
  let done = 0;
  const onAction = (action: string): void =>
    onProgress?.(done++, ACTIONS.length + 1, `training on ${examples.gates.length} items shown: ${action}`);
  const heads = fitHeads(start, examples, labels, { seed, onAction }) as ReadonlyMap<Action, TrainedAction>;
  if (heads.size === 0) return undefined;
  const models = new Map<string, ActionModel>(heads);
  const kept = ACTIONS.filter((action) => !heads.has(action) && serving.has(action));
  for (const action of kept) models.set(action, serving.get(action)!);
  const described = [...heads].map(([action, trained]): readonly [Action, HeadCard] => {
    const { positives, holdout, network } = trained;
    const incumbent = serving.get(action);
    const trial = tryHead({ action, trained, examples, labels: labels.get(action)!, start, incumbent });
    return [action, { positives, holdout, network: network?.scale ?? 0, trial }];
  });
  const reasons = described.flatMap(([action, head]) => headReasons(action, head));
  return {
    bytes: packActions(models, FEATURE_NAMES),
    card: { decisions, items: examples.gates.length, heads: Object.fromEntries(described), kept, gates: { reasons } },
  };
}

/** None where this version cannot serve them. */
function servingHeads(bytes: Uint8Array | undefined): ActionModels {
  try {
    return bytes === undefined ? new Map() : unpackActions(bytes, ACTION_COLUMNS);
  } catch (error) {
    if (error instanceof RialtoError && error.code === 'bad-model') return new Map();
    throw error;
  }
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
