/**
 * Trains what serves: the embedding and the ranker, on all the past but its end; the end tells whether they are better than
 * what the features say untrained. Nothing is published here.
 */
import { RialtoError } from '../base/errors.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { basketsOf, type History } from './history.ts';
import { recallBeforeEach } from './recall.ts';
import { Replay } from './replay.ts';
import { trainRanker } from './train-ranker.ts';

/** Fewer orders teach nothing worth serving. */
const BASKETS_MIN = 50;
/** Of the orders: enough to tell two rankers apart, and no more than that. */
const HOLDOUT_SHARE = 0.05;
const HOLDOUT_MIN = 50;
const HOLDOUT_MAX = 500;
const HOLDOUT_SHARE_MAX = 0.3;
const K = 20;

export interface TrainedModels {
  readonly ranker: Uint8Array;
  readonly embedding: Uint8Array;
  readonly card: ModelCard;
}

export interface ModelCard {
  readonly orders: number;
  readonly from: number;
  readonly to: number;
  readonly holdoutOrders: number;
  /** Recall at 20 on the orders held out. */
  readonly recall: number;
  /** The same without training. */
  readonly recallUntrained: number;
}

export type TrainingProgress = (done: number, all: number, what: string) => void;

/** Throws `no-data` where there are too few orders, or where training does not help. */
export function trainModels(
  history: History,
  { seed, onProgress }: { readonly seed: number; readonly onProgress?: TrainingProgress },
): TrainedModels {
  const baskets = basketsOf(history);
  if (baskets.length < BASKETS_MIN) {
    throw new RialtoError(
      'no-data',
      `${baskets.length} orders of known buyers are too few to train on: at least ${BASKETS_MIN} are needed`,
    );
  }
  const cut = baskets.length - holdoutOf(baskets.length);
  const replay = new Replay(history);
  const model = trainRanker(replay, baskets.slice(0, cut), { seed, ...(onProgress && { onProgress }) });
  const embedding = replay.state.signals.embedding.pack();
  const ranker = packAdditive(model);
  const [recallUntrained, recall] = recallBeforeEach(
    replay,
    baskets.slice(cut),
    [packAdditive(PRIOR_MODEL), ranker],
    K,
  ) as [number, number];
  const card = {
    orders: cut,
    from: baskets[0]!.at,
    to: baskets[cut - 1]!.at,
    holdoutOrders: baskets.length - cut,
    recall,
    recallUntrained,
  };
  if (recall < recallUntrained) {
    throw new RialtoError(
      'no-data',
      `training does not help yet: recall ${recall.toFixed(4)} on the latest ${card.holdoutOrders} orders, ${recallUntrained.toFixed(4)} untrained; what serves now stays`,
    );
  }
  return { ranker, embedding, card };
}

function holdoutOf(orders: number): number {
  const wanted = Math.min(HOLDOUT_MAX, Math.max(HOLDOUT_MIN, HOLDOUT_SHARE * orders));
  return Math.floor(Math.min(wanted, HOLDOUT_SHARE_MAX * orders));
}
