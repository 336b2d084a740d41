/**
 * Who takes part in an auction, in columns: filled candidate by candidate, reused from one auction to the next.
 *
 * A bid is for a thousand views, for a click or for an order. What makes them comparable is the value of one impression. With `rate`
 * how likely an impression brings what the bid is for once it is looked at (1 / 1000, pClick, pClick × pOrder), and `relevance` how
 * well the listing suits the page,
 *
 *     weight = anchor × (rate × relevance / anchor)^s        s = squashing exponent, 1 = none (Lahaie and Pennock 2007)
 *     score  = bid × weight + bonus                          bonus = what showing it is worth beside the money, in micros
 *
 * s < 1 draws the qualities together, so that bids count for more and rivals press prices harder; s = 0 ranks by bid alone. The
 * anchor is a usual quality of that kind: an entrant of usual quality keeps its score, so squashing favours no kind.
 *
 * Nothing here knows slots or prices: the auction does.
 */
import { assert } from '../base/assert.ts';

/** Codes of what is paid for, as in `BILLINGS`. */
export const VIEW = 0;
export const CLICK = 1;
export const ORDER = 2;
/** Bids by view are for so many. */
const MILLE = 1000;

export class Entrants {
  size = 0;
  /** The most that a thousand views, a click or an order may cost, integers. [entrants] */
  readonly bidMicros: Float64Array;
  /** Pacing's or bidding's share of the bid to put in. [entrants] */
  readonly multiplier: Float64Array;
  /** What one micro of bid is worth per impression. [entrants] */
  readonly weight: Float64Array;
  /** Micros per impression beside the bid. [entrants] */
  readonly bonus: Float64Array;
  /** The least that it may cost, integers. [entrants] */
  readonly reserveMicros: Float64Array;
  /** Prices are whole multiples of it, but where the bid is the price. [entrants] */
  readonly coinMicros: Float64Array;
  /** pClick × relevance, to be held against a least quality. [entrants] */
  readonly quality: Float64Array;
  /** 1 where the price is agreed: it pays its bid, whatever the format. [entrants] */
  readonly paysBid: Uint8Array;
  /** What its campaign may still spend. [entrants] */
  readonly leftMicros: Float64Array;
  /** How often this buyer has seen its campaign, and may at most. [entrants] */
  readonly seen: Uint32Array;
  readonly seenMax: Uint32Array;
  /** Who pays: one ad each, and nobody bids against himself. -1: a stranger to all. [entrants] */
  readonly shop: Int32Array;
  /** What would be shown, once only. -1: like nothing else. [entrants] */
  readonly item: Int32Array;
  /** Between equal scores the higher goes first, then the lower index. [entrants] */
  readonly priority: Uint32Array;

  constructor(max: number) {
    const floats = (): Float64Array => new Float64Array(max);
    this.bidMicros = floats();
    this.multiplier = floats();
    this.weight = floats();
    this.bonus = floats();
    this.reserveMicros = floats();
    this.coinMicros = floats();
    this.quality = floats();
    this.leftMicros = floats();
    this.paysBid = new Uint8Array(max);
    this.seen = new Uint32Array(max);
    this.seenMax = new Uint32Array(max);
    this.shop = new Int32Array(max);
    this.item = new Int32Array(max);
    this.priority = new Uint32Array(max);
    // As `open` leaves them, for who fills the other columns at once.
    this.multiplier.fill(1);
    this.leftMicros.fill(Number.POSITIVE_INFINITY);
    this.seenMax.fill(0xffffffff);
  }

  get max(): number {
    return this.bidMicros.length;
  }

  /** A further entrant: a stranger without limits, whose bid and weight are for the caller to set. */
  open(): number {
    assert(this.size < this.max, 'more entrants than there are places for', this.max);
    const entrant = this.size++;
    this.bidMicros[entrant] = 0;
    this.multiplier[entrant] = 1;
    this.weight[entrant] = 1;
    this.bonus[entrant] = 0;
    this.reserveMicros[entrant] = 0;
    this.coinMicros[entrant] = 1;
    this.quality[entrant] = 1;
    this.leftMicros[entrant] = Number.POSITIVE_INFINITY;
    this.paysBid[entrant] = 0;
    this.seen[entrant] = 0;
    this.seenMax[entrant] = 0xffffffff;
    this.shop[entrant] = -1;
    this.item[entrant] = -1;
    this.priority[entrant] = 0;
    return entrant;
  }
}

/** The weight of a bid. `rate` and `relevance` lie in (0, 1]. */
export function weigh(rate: number, relevance: number, exponent: number, anchor: number): number {
  const quality = rate * relevance;
  assert(quality > 0 && quality <= 1, 'a quality must lie in (0, 1]', quality);
  return exponent === 1 ? quality : anchor * (quality / anchor) ** exponent;
}

/** How likely one impression that is looked at brings what a bid is for; for bids by view, its share of a thousand. */
export function rateOf(paid: number, pClick: number, pOrder: number): number {
  if (paid === VIEW) return 1 / MILLE;
  return paid === CLICK ? pClick : pClick * pOrder;
}

/**
 * The least price of a click as that of what a bid is for, so that an impression brings no less by it: whole micros, rounded up.
 */
export function reserveFor(paid: number, reserveMicros: number, pClick: number, pOrder: number): number {
  if (paid === CLICK) return reserveMicros;
  return Math.ceil((reserveMicros * pClick) / rateOf(paid, pClick, pOrder));
}
