/** Trains the ranker on baskets of the past: rows from just before each basket, then an additive model fitted to them. */
import type { Placement } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import type { AdditiveModel } from '../learning/additive-model.ts';
import { DEFAULT_TRAINING, trainAdditive } from '../learning/additive-trainer.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { BasketExamples } from './basket-examples.ts';
import type { Basket } from './history.ts';
import type { Replay } from './replay.ts';
import { trainEmbedding } from './train-embedding.ts';

/** Baskets at the start that are only folded: the counts have to fill before they say anything. */
const WARM_UP_SHARE = 0.08;
/** The latest baskets suffice; more would only cost memory. */
const BASKETS_MAX = 20_000;

/**
 * When, as shares of the baskets, the embedding is trained anew: one that knew the very basket would make its own evidence
 * look better than it will be.
 */
const STAGES = [0.08, 0.3, 0.6];

export interface RankerTraining {
  readonly seed: number;
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

/** Plays `replay` up to the last of `baskets`. Throws `no-data` where nothing can be learned. */
export function trainRanker(
  replay: Replay,
  baskets: readonly Basket[],
  { seed, onProgress }: RankerTraining,
): AdditiveModel {
  const examples = new BasketExamples(seed);
  const placement: Placement = { id: 'training', slots: 1, sources: replay.sources() };
  const start = Math.max(Math.floor(baskets.length * WARM_UP_SHARE), baskets.length - BASKETS_MAX);
  const stages = STAGES.map((share) => Math.floor(share * baskets.length));
  baskets.forEach((basket, i) => {
    replay.upTo(basket.first);
    if (stages.includes(i))
      replay.serve('embedding', trainEmbedding(replay.state.market, baskets.slice(0, i), seed).pack());
    if (i >= start) examples.add(replay, basket, placement);
    if (i % 100 === 0) onProgress?.(i, baskets.length, 'collecting examples');
  });
  if (examples.groups === 0)
    throw new RialtoError('no-data', `${baskets.length} orders give no training examples: import more purchases`);
  replay.serve('embedding', trainEmbedding(replay.state.market, baskets, seed).pack());
  onProgress?.(baskets.length, baskets.length, `training on ${examples.groups} orders`);
  return trainAdditive(PRIOR_MODEL, examples.examples(), { ...DEFAULT_TRAINING, seed });
}
