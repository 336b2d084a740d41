/**
 * Trains the ranker on baskets of the past: rows from just before each basket, then an additive model fitted to them, and on top of that
 * a network or trees where they are asked for.
 */
import type { Placement, Source } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { type AdditiveModel, packAdditive } from '../learning/additive-model.ts';
import { DEFAULT_TRAINING, trainAdditive } from '../learning/additive-trainer.ts';
import { DEFAULT_DEEP_RANKING, type DeepFit, trainDeepRanking } from '../learning/deep-ranking.ts';
import { DEFAULT_TREE_RANKING, type TreeFit, trainTreeRanking } from '../learning/tree-ranking.ts';
import { packDeepRanker, RANKING_COLUMNS } from '../ranking/deep-ranker.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { packTreeRanker } from '../ranking/tree-ranker.ts';
import { BasketExamples } from './basket-examples.ts';
import type { GraphFit } from './graph-fit.ts';
import type { Basket } from './history.ts';
import type { Replay } from './replay.ts';
import { trainEmbedding } from './train-embedding.ts';
import { trainGraph } from './train-graph.ts';

/** Baskets at the start that are only folded: the counts have to fill before they say anything. */
const WARM_UP_SHARE = 0.08;
/** The latest baskets suffice; more would only cost memory. */
const BASKETS_MAX = 20_000;

/**
 * When, as shares of the baskets, the embedding is trained anew, and the graph where a source follows it: one that knew the very
 * basket would make its own evidence look better than it will be.
 */
const STAGES = [0.08, 0.3, 0.6];

/** What is fitted; `additive` is what marketplaces start with. */
export const RANKER_LEARNERS = ['additive', 'deep', 'trees'] as const;
export type RankerLearner = (typeof RANKER_LEARNERS)[number];

export interface RankerTraining {
  readonly seed: number;
  /** One or several, all of them on the same rows; the additive one where absent. */
  readonly learners?: readonly RankerLearner[];
  /** Of the candidates that are learned from; those of the personal page where absent. */
  readonly sources?: readonly Source[];
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

export type RankerFit = DeepFit | TreeFit;

export interface TrainedRanker {
  readonly learner: RankerLearner;
  readonly bytes: Uint8Array;
  /** The model, or its additive part. */
  readonly base: AdditiveModel;
  /** How what is on top of it was fitted, where there is something. */
  readonly fit?: RankerFit;
  /** How the graphs were chosen that its candidates came from, where they did. */
  readonly graph?: GraphFit;
}

/** In the order of `learners`. Plays `replay` up to the last of `baskets`. Throws `no-data` where nothing can be learned. */
export function trainRanker(
  replay: Replay,
  baskets: readonly Basket[],
  { seed, learners = ['additive'], sources = replay.sources(), onProgress }: RankerTraining,
): TrainedRanker[] {
  const examples = new BasketExamples(seed, { identified: learners.includes('deep') });
  const placement: Placement = { id: 'training', slots: 1, sources };
  const follows = sources.some(({ source }) => source === 'recommended');
  const start = Math.max(Math.floor(baskets.length * WARM_UP_SHARE), baskets.length - BASKETS_MAX);
  const stages = STAGES.map((share) => Math.floor(share * baskets.length));
  baskets.forEach((basket, i) => {
    replay.upTo(basket.first);
    if (stages.includes(i)) learnListings(replay, baskets.slice(0, i), seed, follows);
    if (i >= start) examples.add(replay, basket, placement);
    if (i % 100 === 0) onProgress?.(i, baskets.length, 'collecting examples');
  });
  if (examples.groups === 0)
    throw new RialtoError('no-data', `${baskets.length} orders give no training examples: import more purchases`);
  const graph = learnListings(replay, baskets, seed, follows);
  onProgress?.(baskets.length, baskets.length, `training on ${examples.groups} orders`);
  const rows = examples.examples();
  const base = trainAdditive(PRIOR_MODEL, rows, { ...DEFAULT_TRAINING, seed });
  return learners.map((learner) => {
    const common = { learner, base, ...(graph && { graph }) };
    if (learner === 'additive') return { ...common, bytes: packAdditive(base) };
    if (learner === 'trees') {
      const grown = (done: number, all: number): void => onProgress?.(done, all, 'growing trees');
      const { boosting } = DEFAULT_TREE_RANKING;
      const options = { ...DEFAULT_TREE_RANKING, boosting: { ...boosting, seed }, onProgress: grown };
      const trees = trainTreeRanking(base, rows, options);
      return { ...common, bytes: packTreeRanker(base, trees), fit: trees.fit };
    }
    const told = (done: number, all: number): void => onProgress?.(done, all, 'training the network');
    const ranking = trainDeepRanking(base, rows, RANKING_COLUMNS, { ...DEFAULT_DEEP_RANKING, seed, onProgress: told });
    return { ...common, bytes: packDeepRanker(base, ranking), fit: ranking.fit };
  });
}

/** Lets an embedding of the baskets serve, and graphs with it where they are followed: gives how these were chosen. */
export function learnListings(
  replay: Replay,
  baskets: readonly Basket[],
  seed: number,
  follows: boolean,
): GraphFit | undefined {
  replay.serve('embedding', trainEmbedding(replay.state.market, baskets, seed).pack());
  return follows ? learnGraphs(replay, baskets, { seed }) : undefined;
}

/** Lets graphs of the baskets serve with the embedding that does; undefined where there are too few. */
export function learnGraphs(
  { state, history, next: end }: Replay,
  baskets: readonly Basket[],
  { seed, onProgress }: Pick<RankerTraining, 'seed' | 'onProgress'>,
): GraphFit | undefined {
  const trained = trainGraph(state.market, { history, baskets, end, seed, ...(onProgress && { onProgress }) });
  if (trained === undefined) return undefined;
  Object.assign(state.signals.embedding, { graph: trained.graphs.past, pageGraph: trained.graphs.page });
  return trained.fit;
}
