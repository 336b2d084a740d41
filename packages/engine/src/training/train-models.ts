/**
 * Trains what serves: the embedding and the ranker, on all the past but its end. The end tells whether they may serve: against what
 * the features say untrained, and against what serves now. Nothing is published here.
 */
import { RialtoError } from '../base/errors.ts';
import { type ListingRows, listingRows } from '../delivery/listing-rows.ts';
import { digestOf } from '../delivery/model-bytes.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { Embedding } from '../features/embedding.ts';
import { packAdditive } from '../learning/additive-model.ts';
import type { Distribution } from '../learning/drift.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { type FeatureEffect, featureEffects } from './feature-effects.ts';
import { FeatureSample } from './feature-sample.ts';
import { type GateResult, judgeGates } from './gates.ts';
import type { GraphFit } from './graph-fit.ts';
import { type Basket, basketsOf, type History } from './history.ts';
import { type Contender, type Judgement, judgeRankers } from './judge-rankers.ts';
import { type NetworkEffect, NetworkSample } from './network-sample.ts';
import { Replay } from './replay.ts';
import { learnGraphs, type RankerFit, type RankerLearner, type TrainedRanker, trainRanker } from './train-ranker.ts';

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

/** What a judgement says in a card. */
export type JudgedMetrics = Omit<Judgement, 'recalls' | 'losses'>;

/** What a ranker was made from, how it did, and whether it may serve. */
export interface ModelCard {
  readonly orders: number;
  /** Times of the first and the last order trained on. */
  readonly from: number;
  readonly to: number;
  /** Records of the log that there were. */
  readonly logOffset: number;
  readonly seed: number;
  readonly learner: RankerLearner;
  /** How its network or its trees were fitted, where it has some. */
  readonly fit?: RankerFit;
  readonly features: readonly string[];
  readonly holdoutOrders: number;
  /** Recall at 20 on the orders held out. */
  readonly recall: number;
  /** The same without training. */
  readonly recallUntrained: number;
  readonly metrics: JudgedMetrics;
  /** What features were worth on the orders held out. */
  readonly distributions: Readonly<Record<string, Distribution>>;
  /** What they were worth in the latest decisions when it was trained; absent where there were too few. */
  readonly traffic?: Readonly<Record<string, Distribution>>;
  readonly effects: readonly FeatureEffect[];
  /** What its network or its trees add to them, where it has some. */
  readonly networkEffects?: readonly NetworkEffect[];
  readonly untrained: Pick<Judgement, 'recall' | 'logLoss' | 'calibrationError'>;
  /** What served when it was trained, on the same orders. */
  readonly incumbent?: Pick<Judgement, 'recall' | 'logLoss' | 'calibrationError'> & { readonly digest: string };
  readonly gates: GateResult;
  /** How the graphs of listings were chosen that go with the embedding; absent where there were too few orders. */
  readonly graph?: GraphFit;
  /** Digest of the embedding that it was trained with. */
  readonly embedding: string;
  /** That the rows of the embedding are. */
  readonly listings: ListingRows;
}

export type TrainingProgress = (done: number, all: number, what: string) => void;

export interface TrainModelsOptions {
  readonly seed: number;
  /** Additive where absent. */
  readonly learner?: RankerLearner;
  /** What serves now: rankers by their models' names, and the embedding. */
  readonly serving?: ReadonlyMap<string, Uint8Array>;
  /** The model that the ranker is to replace; `ranker` where absent. */
  readonly model?: string;
  readonly onProgress?: TrainingProgress;
}

/** Throws `no-data` where there are too few orders. Whether the models may serve is in the card. */
export function trainModels(history: History, options: TrainModelsOptions): TrainedModels {
  const { seed, learner = 'additive', onProgress } = options;
  const baskets = basketsOf(history);
  if (baskets.length < BASKETS_MIN) {
    throw new RialtoError(
      'no-data',
      `${baskets.length} orders of known buyers are too few to train on: at least ${BASKETS_MIN} are needed`,
    );
  }
  const cut = baskets.length - holdoutOf(baskets.length);
  const replay = new Replay(history);
  const learners = [learner];
  const [model] = trainRanker(replay, baskets.slice(0, cut), { seed, learners, ...(onProgress && { onProgress }) });
  const graph = model!.graph ?? learnGraphs(replay, baskets.slice(0, cut), options);
  const embedding = replay.state.signals.embedding.pack();
  const held = baskets.slice(cut);
  onProgress?.(cut, baskets.length, `judging on ${held.length} orders`);
  const card = cardOf({ replay, held, model: model!, options, trained: baskets.slice(0, cut), history });
  const { ids } = replay.state.market.listings;
  const listings = listingRows(ids, replay.state.signals.embedding.size);
  const described = { ...card, ...(graph && { graph }), embedding: digestOf(embedding), listings };
  return { ranker: model!.bytes, embedding, card: described };
}

interface CardInput {
  readonly replay: Replay;
  readonly trained: readonly Basket[];
  readonly held: readonly Basket[];
  readonly model: TrainedRanker;
  readonly options: TrainModelsOptions;
  readonly history: History;
}

function cardOf({
  replay,
  trained,
  held,
  model,
  options,
  history,
}: CardInput): Omit<ModelCard, 'embedding' | 'listings'> {
  const incumbent = incumbentOf(replay, options);
  const contenders: Contender[] = [{ ranker: model.bytes }, { ranker: packAdditive(PRIOR_MODEL) }];
  if (incumbent !== undefined) contenders.push(incumbent);
  const sample = new FeatureSample();
  const network = new NetworkSample();
  const [challenger, untrained, before] = judgeRankers(replay, held, contenders, { k: K, sample, network }) as [
    Judgement,
    Judgement,
    Judgement?,
  ];
  const { recalls: _, losses: __, ...metrics } = challenger;
  const distributions = sample.distributions();
  return {
    orders: trained.length,
    from: trained[0]!.at,
    to: trained.at(-1)!.at,
    logOffset: history.end,
    seed: options.seed,
    learner: model.learner,
    ...(model.fit && { fit: model.fit }),
    features: FEATURE_NAMES,
    holdoutOrders: held.length,
    recall: challenger.recall,
    recallUntrained: untrained.recall,
    metrics,
    distributions,
    effects: featureEffects(model.base, distributions),
    ...(model.fit && { networkEffects: network.effects() }),
    untrained: inShort(untrained),
    ...(before && { incumbent: { ...inShort(before), digest: digestOf(incumbent!.ranker) } }),
    gates: judgeGates({ challenger, untrained, incumbent: before, k: K }),
  };
}

const inShort = ({ recall, logLoss, calibrationError }: Judgement) => ({ recall, logLoss, calibrationError });

/** What serves, where this version can serve it. */
function incumbentOf(replay: Replay, { serving, model = 'ranker' }: TrainModelsOptions): Contender | undefined {
  const ranker = serving?.get(model);
  if (ranker === undefined) return undefined;
  try {
    replay.serve('ranker', ranker);
    const packed = serving?.get('embedding');
    // The rankers of one marketplace share an embedding; one by name was trained with what serves.
    if (packed === undefined) return { ranker };
    const embedding = new Embedding();
    embedding.unpack(packed, replay.state.market.listings.size);
    return { ranker, embedding };
  } catch (error) {
    if (error instanceof RialtoError && error.code === 'bad-model') return undefined;
    throw error;
  }
}

function holdoutOf(orders: number): number {
  const wanted = Math.min(HOLDOUT_MAX, Math.max(HOLDOUT_MIN, HOLDOUT_SHARE * orders));
  return Math.floor(Math.min(wanted, HOLDOUT_SHARE_MAX * orders));
}
