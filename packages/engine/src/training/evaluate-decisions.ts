/**
 * How good decisions would have been: the log is split by orders in time; the ranker is trained on the first part; then each
 * order of the second part by a buyer with history is predicted from the state just before it, by the same `decide` that serves.
 *
 *     recall@k = mean over orders of  hits / min(k, distinct listings bought)
 *
 * `recallNew` is the same for listings that the buyer had not bought before: predicted with the rule "not what the buyer
 * already bought", over the orders that have such listings. The baselines see exactly the same state.
 *
 * Where it is asked for, the same again with candidate sources that were learned on the first part, from its latest orders; or as it
 * is decided in brief, while requests wait for each other.
 */
import type { Rule, Source } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { PURCHASES } from '../features/listing-counters.ts';
import { placesOf, scaledTo } from '../retrieval/learned-sources.ts';
import { type PairedDifference, paired } from './gates.ts';
import { type Basket, basketsOf, type History } from './history.ts';
import { recallAt } from './recall.ts';
import { Replay } from './replay.ts';
import { type StudiedPlacement, studyOrders } from './study-placements.ts';
import { learnListings, type RankerLearner, trainRanker } from './train-ranker.ts';

export interface EvaluationOptions {
  /** The share of orders that is trained on. */
  readonly split: number;
  /** The share of orders, from the first on, that is looked at at all; 1 where absent. */
  readonly until?: number;
  /** Where candidates come from; as on the personal page where absent. */
  readonly sources?: readonly Source[];
  readonly k: number;
  readonly seed: number;
  /** The first is what the figures are of; the others are compared with it. */
  readonly learners: readonly RankerLearner[];
  /** Compare with learned candidate sources, too. */
  readonly learnSources?: boolean;
  /** Compare with decisions made in brief, too. */
  readonly brownout?: boolean;
  /** Candidate places in all; as many as the personal page has where absent. */
  readonly places?: number;
  /** Gain that a candidate has to bring where sources are learned; 0 where absent. */
  readonly cost?: number;
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

export interface DecisionQuality {
  readonly recall: number;
  readonly recallNew: number;
  /** The most bought listings. */
  readonly popularity: number;
  /** The buyer's own listings by how often they were bought, the latest first among equals, then the most bought ones. */
  readonly repeat: number;
  readonly popularityNew: number;
  readonly orders: number;
  readonly ordersWithNew: number;
  readonly learner: RankerLearner;
  readonly sources: readonly Source[];
  /** Of the other learners, where there are any. */
  readonly others?: readonly OtherQuality[];
  /** Of the first learner with learned candidate sources, where they were asked for. */
  readonly learnedSources?: SourcesQuality;
  /** Of the first learner in brief, where it was asked for. */
  readonly brownout?: Omit<OtherQuality, 'learner'>;
}

export interface SourcesQuality extends Omit<OtherQuality, 'learner'> {
  /** Places in all. */
  readonly places: number;
  /** How they were learned for what is shown, and for what is new to the buyer. */
  readonly studies: readonly StudiedPlacement[];
}

export interface OtherQuality {
  readonly learner: RankerLearner;
  readonly recall: number;
  readonly recallNew: number;
  /** Less the first learner's, on the same orders. */
  readonly difference: { readonly recall: PairedDifference; readonly recallNew: PairedDifference };
}

/** Throws `no-data` where there are too few orders. */
export function evaluateDecisions(history: History, options: EvaluationOptions): DecisionQuality {
  const { split, until = 1, k, seed, learners, learnSources, places, onProgress } = options;
  const all = basketsOf(history);
  const baskets = all.slice(0, Math.floor(all.length * until));
  const cut = Math.floor(baskets.length * split);
  if (cut === 0 || cut === baskets.length)
    throw new RialtoError(
      'no-data',
      `${baskets.length} orders of known buyers cannot be split at ${split}: import purchases with a buyer first`,
    );
  const replay = new Replay(history);
  const given = options.sources ?? replay.sources();
  const sources = places === undefined ? given : scaledTo(given, places);
  const progress = onProgress && { onProgress };
  const trained = trainRanker(replay, baskets.slice(0, cut), { seed, learners, sources, ...progress });
  const tried = trained.map(({ learner, bytes }) => {
    replay.serve(`ranker:${learner}`, bytes);
    return placed(replay, { learner, id: 'evaluation', sources: [sources, sources] }, k);
  });
  const studies =
    learnSources === true
      ? studiedBefore(history, { baskets: baskets.slice(0, cut), sources, ranker: trained[0]!.bytes }, options)
      : [];
  if (studies.length > 0) {
    learnListings(replay, baskets.slice(0, cut), seed, true);
    const lists = studies.map(({ after }) => after);
    tried.push(placed(replay, { learner: trained[0]!.learner, id: 'evaluation-learned', sources: lists }, k));
  }
  const inBrief = tried.length;
  if (options.brownout === true) tried.push({ ...tried[0]!, brownout: true, recalls: [], recallsNew: [] });
  const test = baskets.slice(cut);
  const scores = new Scores(k, tried);
  test.forEach((basket, i) => {
    replay.upTo(basket.first);
    scores.add(replay, basket);
    if (i % 100 === 0) onProgress?.(i, test.length, 'predicting');
  });
  if (scores.orders === 0)
    throw new RialtoError(
      'no-data',
      `none of the ${test.length} orders after the split is by a buyer with an order before it: split earlier, or import more of the past`,
    );
  return {
    ...scores.means(trained.length),
    sources,
    ...(studies.length > 0 && {
      learnedSources: { ...scores.against(trained.length), places: placesOf(sources), studies },
    }),
    ...(options.brownout === true && { brownout: scores.against(inBrief) }),
  };
}

const NEW_ONLY: readonly Rule[] = [{ rule: 'not-bought' }];

/** A ranker's two placements: of anything, and of what is new to the buyer. sources: of either */
function placed(
  replay: Replay,
  {
    learner,
    id,
    sources,
  }: { readonly learner: RankerLearner; readonly id: string; readonly sources: readonly (readonly Source[])[] },
  k: number,
): Tried {
  const [mixed, newOnly] = [`${id}-${learner}`, `${id}-new-${learner}`] as const;
  replay.place({ id: mixed, slots: k, sources: sources[0]!, ranker: learner });
  replay.place({ id: newOnly, slots: k, sources: sources[1]!, ranker: learner, rules: NEW_ONLY });
  return { learner, mixed, newOnly, recalls: [], recallsNew: [] };
}

function studiedBefore(
  history: History,
  {
    baskets,
    sources,
    ranker,
  }: { readonly baskets: readonly Basket[]; readonly sources: readonly Source[]; readonly ranker: Uint8Array },
  { k, seed, cost = 0, onProgress }: EvaluationOptions,
): StudiedPlacement[] {
  const page = { slots: k, sources };
  const placements = [
    { id: 'mixed', ...page },
    { id: 'new-only', ...page, rules: NEW_ONLY },
  ];
  const stopwatch = (): number => 1_000 * performance.now();
  const input = { serving: new Map(), cost, stopwatch, seed, ranker, ...(onProgress && { onProgress }) };
  return studyOrders(new Replay(history), baskets, placements, input);
}

interface Tried {
  readonly learner: RankerLearner;
  /** Placements that it ranks. */
  readonly mixed: string;
  readonly newOnly: string;
  readonly brownout?: boolean;
  /** By order. */
  readonly recalls: number[];
  readonly recallsNew: number[];
}

class Scores {
  readonly #k: number;
  readonly #tried: readonly Tried[];
  readonly #sums = { popularity: 0, repeat: 0, popularityNew: 0 };

  constructor(k: number, tried: readonly Tried[]) {
    this.#k = k;
    this.#tried = tried;
  }

  /** By buyers with a history. */
  get orders(): number {
    return this.#tried[0]!.recalls.length;
  }

  add(replay: Replay, basket: Basket): void {
    const { market } = replay.state;
    const buyer = market.buyers.keys.find(basket.buyer);
    if (buyer < 0 || market.buyers.orders.data[buyer] === 0) return;
    const own = ownByFrequency(replay, buyer);
    const popular = mostBought(replay, this.#k + own.length);
    const sums = this.#sums;
    const bought = new Set(basket.listings);
    for (const { mixed, brownout, recalls } of this.#tried)
      recalls.push(recallAt(this.#k, replay.decide(basket, mixed, brownout), bought));
    sums.popularity += recallAt(this.#k, popular, bought);
    sums.repeat += recallAt(this.#k, [...own, ...popular.filter((id) => !own.includes(id))], bought);
    const owned = new Set(own);
    const fresh = new Set(basket.listings.filter((id) => !owned.has(id)));
    if (fresh.size === 0) return;
    for (const { newOnly, brownout, recallsNew } of this.#tried)
      recallsNew.push(recallAt(this.#k, replay.decide(basket, newOnly, brownout), fresh));
    sums.popularityNew += recallAt(
      this.#k,
      popular.filter((id) => !owned.has(id)),
      fresh,
    );
  }

  /** Of one of those tried, against the first. */
  against(index: number): Omit<OtherQuality, 'learner'> {
    const first = this.#tried[0]!;
    const { recalls, recallsNew } = this.#tried[index]!;
    return {
      recall: meanOf(recalls),
      recallNew: meanOf(recallsNew),
      difference: {
        recall: differenceOf(recalls, first.recalls),
        recallNew: differenceOf(recallsNew, first.recallsNew),
      },
    };
  }

  /** learners: so many of those tried differ by their learner */
  means(learners: number): Omit<DecisionQuality, 'sources'> {
    const { popularity, repeat, popularityNew } = this.#sums;
    const [first, ...others] = this.#tried.slice(0, learners);
    const { learner, recalls, recallsNew } = first!;
    const compared = others.map((other, i) => ({ learner: other.learner, ...this.against(1 + i) }));
    return {
      recall: meanOf(recalls),
      recallNew: meanOf(recallsNew),
      popularity: popularity / recalls.length,
      repeat: repeat / recalls.length,
      popularityNew: popularityNew / recallsNew.length,
      orders: recalls.length,
      ordersWithNew: recallsNew.length,
      learner,
      ...(compared.length > 0 && { others: compared }),
    };
  }
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const differenceOf = (values: readonly number[], base: readonly number[]): PairedDifference =>
  paired(Float64Array.from(values), Float64Array.from(base));

function ownByFrequency({ state: { market } }: Replay, buyer: number): string[] {
  const { interactions, listings } = market;
  const rows: number[] = [];
  for (let row = interactions.first(buyer); row >= 0; row = interactions.next.data[row]!)
    if (interactions.purchases.data[row]! > 0) rows.push(row);
  rows.sort(
    (a, b) =>
      interactions.purchases.data[b]! - interactions.purchases.data[a]! ||
      interactions.lastPurchaseAt.data[b]! - interactions.lastPurchaseAt.data[a]!,
  );
  return rows.map((row) => listings.ids.text(interactions.listing.data[row]!));
}

function mostBought({ state: { market, signals } }: Replay, n: number): string[] {
  const bought = Int32Array.from({ length: market.listings.size }, (_, row) =>
    signals.statistics.counters.get(row, PURCHASES),
  );
  const order = Array.from(bought.keys()).sort((a, b) => bought[b]! - bought[a]!);
  return order.slice(0, n).map((listing) => market.listings.ids.text(listing));
}
