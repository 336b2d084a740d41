/**
 * How good decisions would have been: the log is split by orders in time; the ranker is trained on the first part; then each
 * order of the second part by a buyer with history is predicted from the state just before it, by the same `decide` that serves.
 *
 *     recall@k = mean over orders of  hits / min(k, distinct listings bought)
 *
 * `recallNew` is the same for listings that the buyer had not bought before: predicted with the rule "not what the buyer
 * already bought", over the orders that have such listings. The baselines see exactly the same state.
 */
import { RialtoError } from '../base/errors.ts';
import { PURCHASES } from '../features/listing-counters.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { type Basket, basketsOf, type History } from './history.ts';
import { recallAt } from './recall.ts';
import { Replay } from './replay.ts';
import { trainRanker } from './train-ranker.ts';

export interface EvaluationOptions {
  /** The share of orders that is trained on. */
  readonly split: number;
  readonly k: number;
  readonly seed: number;
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
}

const MIXED = 'evaluation';
const NEW_ONLY = 'evaluation-new';

/** Throws `no-data` where there are too few orders. */
export function evaluateDecisions(history: History, options: EvaluationOptions): DecisionQuality {
  const { split, k, seed, onProgress } = options;
  const baskets = basketsOf(history);
  const cut = Math.floor(baskets.length * split);
  if (cut === 0 || cut === baskets.length)
    throw new RialtoError(
      'no-data',
      `${baskets.length} orders of known buyers cannot be split at ${split}: import purchases with a buyer first`,
    );
  const replay = new Replay(history);
  const model = trainRanker(replay, baskets.slice(0, cut), { seed, ...(onProgress && { onProgress }) });
  const sources = replay.sources();
  replay.place({ id: MIXED, slots: k, sources });
  replay.place({ id: NEW_ONLY, slots: k, sources, rules: [{ rule: 'not-bought' }] });
  replay.serve('ranker', packAdditive(model));
  const test = baskets.slice(cut);
  const scores = new Scores(k);
  test.forEach((basket, i) => {
    replay.upTo(basket.first);
    scores.add(replay, basket);
    if (i % 100 === 0) onProgress?.(i, test.length, 'predicting');
  });
  return scores.means();
}

class Scores {
  readonly #k: number;
  readonly #sums = { recall: 0, recallNew: 0, popularity: 0, repeat: 0, popularityNew: 0 };
  #orders = 0;
  #ordersWithNew = 0;

  constructor(k: number) {
    this.#k = k;
  }

  add(replay: Replay, basket: Basket): void {
    const { market } = replay.state;
    const buyer = market.buyers.keys.find(basket.buyer);
    if (buyer < 0 || market.buyers.orders.data[buyer] === 0) return;
    const own = ownByFrequency(replay, buyer);
    const popular = mostBought(replay, this.#k + own.length);
    const sums = this.#sums;
    const bought = new Set(basket.listings);
    this.#orders++;
    sums.recall += recallAt(this.#k, replay.decide(basket, MIXED), bought);
    sums.popularity += recallAt(this.#k, popular, bought);
    sums.repeat += recallAt(this.#k, [...own, ...popular.filter((id) => !own.includes(id))], bought);
    const owned = new Set(own);
    const fresh = new Set(basket.listings.filter((id) => !owned.has(id)));
    if (fresh.size === 0) return;
    this.#ordersWithNew++;
    sums.recallNew += recallAt(this.#k, replay.decide(basket, NEW_ONLY), fresh);
    sums.popularityNew += recallAt(
      this.#k,
      popular.filter((id) => !owned.has(id)),
      fresh,
    );
  }

  means(): DecisionQuality {
    const { recall, recallNew, popularity, repeat, popularityNew } = this.#sums;
    const perOrder = (sum: number): number => sum / this.#orders;
    const perNew = (sum: number): number => sum / this.#ordersWithNew;
    return {
      recall: perOrder(recall),
      recallNew: perNew(recallNew),
      popularity: perOrder(popularity),
      repeat: perOrder(repeat),
      popularityNew: perNew(popularityNew),
      orders: this.#orders,
      ordersWithNew: this.#ordersWithNew,
    };
  }
}

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
