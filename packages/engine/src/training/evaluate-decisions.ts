/**
 * How good decisions would have been: the log is split by orders in time; the ranker is trained on the first part; then each
 * order of the second part by a buyer with history is predicted from the state just before it, by the same `decide` that serves.
 *
 *     recall@k = mean over orders of  hits / min(k, distinct listings bought)
 *
 * `recallNew` is the same for listings that the buyer had not bought before: predicted with the rule "not what the buyer
 * already bought", over the orders that have such listings. The baselines see exactly the same state.
 */
import type { Source } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { PURCHASES } from '../features/listing-counters.ts';
import { type PairedDifference, paired } from './gates.ts';
import { type Basket, basketsOf, type History } from './history.ts';
import { recallAt } from './recall.ts';
import { Replay } from './replay.ts';
import { type RankerLearner, trainRanker } from './train-ranker.ts';

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
  const { split, until = 1, k, seed, learners, onProgress } = options;
  const all = basketsOf(history);
  const baskets = all.slice(0, Math.floor(all.length * until));
  const cut = Math.floor(baskets.length * split);
  if (cut === 0 || cut === baskets.length)
    throw new RialtoError(
      'no-data',
      `${baskets.length} orders of known buyers cannot be split at ${split}: import purchases with a buyer first`,
    );
  const replay = new Replay(history);
  const sources = options.sources ?? replay.sources();
  const progress = onProgress && { onProgress };
  const trained = trainRanker(replay, baskets.slice(0, cut), { seed, learners, sources, ...progress });
  const tried = trained.map(({ learner, bytes }) => {
    replay.serve(`ranker:${learner}`, bytes);
    const mixed = { id: `evaluation-${learner}`, slots: k, sources, ranker: learner } as const;
    const newOnly = { ...mixed, id: `evaluation-new-${learner}`, rules: [{ rule: 'not-bought' }] } as const;
    replay.place(mixed);
    replay.place(newOnly);
    return { learner, mixed: mixed.id, newOnly: newOnly.id, recalls: [] as number[], recallsNew: [] as number[] };
  });
  const test = baskets.slice(cut);
  const scores = new Scores(k, tried);
  test.forEach((basket, i) => {
    replay.upTo(basket.first);
    scores.add(replay, basket);
    if (i % 100 === 0) onProgress?.(i, test.length, 'predicting');
  });
  return { ...scores.means(), sources };
}

interface Tried {
  readonly learner: RankerLearner;
  /** Placements that it ranks. */
  readonly mixed: string;
  readonly newOnly: string;
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

  add(replay: Replay, basket: Basket): void {
    const { market } = replay.state;
    const buyer = market.buyers.keys.find(basket.buyer);
    if (buyer < 0 || market.buyers.orders.data[buyer] === 0) return;
    const own = ownByFrequency(replay, buyer);
    const popular = mostBought(replay, this.#k + own.length);
    const sums = this.#sums;
    const bought = new Set(basket.listings);
    for (const { mixed, recalls } of this.#tried) recalls.push(recallAt(this.#k, replay.decide(basket, mixed), bought));
    sums.popularity += recallAt(this.#k, popular, bought);
    sums.repeat += recallAt(this.#k, [...own, ...popular.filter((id) => !own.includes(id))], bought);
    const owned = new Set(own);
    const fresh = new Set(basket.listings.filter((id) => !owned.has(id)));
    if (fresh.size === 0) return;
    for (const { newOnly, recallsNew } of this.#tried)
      recallsNew.push(recallAt(this.#k, replay.decide(basket, newOnly), fresh));
    sums.popularityNew += recallAt(
      this.#k,
      popular.filter((id) => !owned.has(id)),
      fresh,
    );
  }

  means(): Omit<DecisionQuality, 'sources'> {
    const { popularity, repeat, popularityNew } = this.#sums;
    const [first, ...others] = this.#tried;
    const { learner, recalls, recallsNew } = first!;
    const compared = others.map((other) => ({
      learner: other.learner,
      recall: meanOf(other.recalls),
      recallNew: meanOf(other.recallsNew),
      difference: {
        recall: differenceOf(other.recalls, recalls),
        recallNew: differenceOf(other.recallsNew, recallsNew),
      },
    }));
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
