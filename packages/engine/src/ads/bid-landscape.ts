/**
 * What to bid for several slots under generalised second price, for an opportunity that is worth w to the bidder when it is
 * seen. Bidding w itself is not best: it takes the first slot, where the second would have cost far less and be seen nearly
 * as often (Edelman, Ostrovsky and Schwarz 2007). Prices are not known before, but past ones are. In units of a typical price m:
 *
 *     b*(w) = argmax_b  w E(b) - C(b)       E(b), C(b) the mean exposure and cost of bidding b, over past opportunities
 *
 * The table holds b* and C(b*) over a geometric grid of w. As E and C rise with b, so does b* with w. Nothing here follows
 * the market: the caller knows the present m. Not for first price, where the bid itself is paid.
 */
import { assert } from '../base/assert.ts';

export interface BidLandscape {
  /** The best bid in m, and C of it, at w = WORTH_FROM × WORTH_STEP^k. [WORTHS] */
  readonly bids: Float64Array;
  readonly costs: Float64Array;
}

const WORTH_FROM = 0.125;
const WORTH_STEP = 1.04;
const WORTHS = 160;
const LOG_STEP = Math.log(WORTH_STEP);
const BIDS_FROM = 0.05;
const BID_STEP = 1.02;
const BIDS = 320;

/** Sums over past opportunities, by bid. */
export class LandscapeSamples {
  readonly #exposures: readonly number[];
  readonly #gainedExposure = new Float64Array(BIDS + 1);
  readonly #gainedCost = new Float64Array(BIDS + 1);
  #weight = 0;

  /** @param exposures how often each slot is seen, falling. [slots] */
  constructor(exposures: readonly number[]) {
    assert(exposures.length > 0, 'a landscape needs a slot');
    this.#exposures = exposures;
  }

  /** `prices` are what more than must be bid for each slot, falling, and are paid; `typical` is m. [slots] */
  add(prices: ArrayLike<number>, typical: number, weight = 1): void {
    this.#weight += weight;
    let exposure = 0;
    let cost = 0;
    for (let slot = this.#exposures.length - 1; slot >= 0; slot--) {
      const price = prices[slot]! / typical;
      const at = Math.min(BIDS, Math.max(0, Math.ceil(Math.log(price / BIDS_FROM) / Math.log(BID_STEP))));
      const seen = this.#exposures[slot]!;
      this.#gainedExposure[at]! += weight * (seen - exposure);
      this.#gainedCost[at]! += weight * (seen * price - cost);
      exposure = seen;
      cost = seen * price;
    }
  }

  landscape(): BidLandscape {
    assert(this.#weight > 0, 'a landscape needs a sample');
    const exposures = runningMeans(this.#gainedExposure, this.#weight);
    const costs = runningMeans(this.#gainedCost, this.#weight);
    const table = {
      bids: new Float64Array(WORTHS),
      costs: new Float64Array(WORTHS),
    };
    for (let k = 0, best = 0; k < WORTHS; k++) {
      const worth = WORTH_FROM * WORTH_STEP ** k;
      for (let bid = best + 1; bid < BIDS; bid++)
        if (worth * exposures[bid]! - costs[bid]! > worth * exposures[best]! - costs[best]!) best = bid;
      const gains = worth * exposures[best]! - costs[best]! > 0;
      table.bids[k] = gains ? BIDS_FROM * BID_STEP ** best : 0;
      table.costs[k] = gains ? costs[best]! : 0;
    }
    return table;
  }
}

function runningMeans(gained: Float64Array, weight: number): Float64Array {
  let sum = 0;
  return gained.map((gain) => {
    sum += gain;
    return sum / weight;
  });
}

/** The grid's place of a worth in m, between its points; 0 and below is under the grid. */
const place = (worth: number): number => Math.log(worth / WORTH_FROM) / LOG_STEP;

function interpolate(table: Float64Array, worth: number): number {
  const at = place(worth);
  if (!(at > 0)) return 0;
  const k = Math.min(WORTHS - 2, Math.floor(at));
  const share = Math.min(1, at - k);
  return table[k]! * (1 - share) + table[k + 1]! * share;
}

/** The best bid, in m, for a worth in m. Beyond the grid the last bid, which takes the first slot of nearly everything. */
export const bestBid = ({ bids }: BidLandscape, worth: number): number => interpolate(bids, worth);

/** What the best bid costs on average, in m. */
export const expectedCost = ({ costs }: BidLandscape, worth: number): number => interpolate(costs, worth);
