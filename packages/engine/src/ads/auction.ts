/**
 * The auction for a placement's ad slots: generalised second price (Edelman, Ostrovsky and Schwarz 2007; Varian 2007),
 * Vickrey–Clarke–Groves, or first price, in one walk down the scores.
 *
 *     score_i = bid_i × weight_i + bonus_i                 (entrants.ts)
 *     α_1 ≥ … ≥ α_K                                        how likely slot k is looked at; a view, click or order scales with it
 *     slot k   goes to the best score left, one ad a shop and one a thing shown, where it reaches floor_k: what the slot is worth
 *              without an ad
 *
 * To take slot j an entrant must reach a threshold: the score that would have the slot if its shop were not there, the slot's
 * floor, or its own reserve, whichever is most.
 *
 *     T_j   = max(rival's score_j, floor_j, reserve × weight + bonus)
 *     GSP     pays T_k                                      the least that keeps the slot
 *     VCG     pays Σ_(j ≥ k) T_j × (α_j − α_(j+1)) / α_k    what its shop's presence costs the others (Myerson 1981's payments)
 *     price = (T − bonus) / weight, rounded up to a coin, never above the bid; first price: the bid
 *
 * So only one who could have had the slot sets its price; a shop never bids against itself. Where each thing shown is one shop's,
 * the allocation is the most valuable one and VCG is truthful for whole shops; where two shops advertise the same thing, the
 * walk is greedy, and truthful still for shops with one entrant, as each pays its thresholds.
 *
 * Linear in entrants, quadratic in the few slots; nothing is allocated. Not for slots whose effects differ by entrant.
 */
import type { AuctionFormat, DropReason } from '@rialto/sdk';
import { assert } from '../base/assert.ts';
import type { Entrants } from './entrants.ts';
import { RankedScores } from './ranked-scores.ts';

export interface AuctionTerms {
  readonly format: AuctionFormat;
  /** In (0, 1], none above the one before. [slots] */
  readonly slotEffects: Float64Array;
  /** Scores that the slots' ads must reach, none above the one before; none where absent. [slots] */
  readonly slotFloors?: Float64Array | undefined;
  /** Lower qualities take no part. */
  readonly qualityMin: number;
  /** Who is not let in after all: asked of those alone on whom the outcome hangs, and always with the same answer. All are where absent. */
  readonly admits?: (entrant: number) => boolean;
}

/** One threshold of a price: what was to be beaten for a slot, and which share of the price it is. */
export interface PriceStep {
  readonly slot: number;
  readonly setBy: 'rival' | 'reserve' | 'organic';
  /** The entrant that would have had the slot; -1 where none. */
  readonly rival: number;
  /** The threshold in micros per impression. */
  readonly score: number;
  /** (α_j − α_(j+1)) / α_k; 1 in a second-price auction. */
  readonly share: number;
}

const LOST = 0;
const WON = 1;
const BELOW_RESERVE = 2;
const BUDGET_GONE = 3;
const CAPPED = 4;
const LOW_QUALITY = 5;
const ADMISSION: readonly (DropReason | null)[] = [
  null,
  null,
  'below-reserve',
  'budget-exhausted',
  'frequency-capped',
  'low-quality',
];
/** Floats that differ by less are the same: .25 may arrive as .25000000000000003, which must not cost another cent. */
const SLACK = 8 * Number.EPSILON;

/** The auction and its memory, which the next run reuses. */
export class Auction {
  /** How many slots were won. */
  won = 0;
  /** Entrants, in rank order; valid in [0, won). */
  winner = new Int32Array(0);
  /** Their slots, ascending; without floors the same as their ranks. [won] */
  slot = new Int32Array(0);
  /** What one billing event costs, integers. [won] */
  priceMicros = new Float64Array(0);
  #rankOf = new Int32Array(0); // where in the order each winner stands. [won]
  #price = 0;
  #scores = new Float64Array(0);
  #outcomes = new Uint8Array(0);
  readonly #ranked = new RankedScores();
  #taken = new Int32Array(0);
  // The thresholds of the price that was made last.
  #steps = 0;
  #stepRival = new Int32Array(0);
  #stepScore = new Float64Array(0);
  #stepShare = new Float64Array(0);
  #entrants: Entrants | undefined;
  #terms: AuctionTerms | undefined;

  run(entrants: Entrants, terms: AuctionTerms): void {
    this.#entrants = entrants;
    this.#terms = terms;
    this.#makeRoom(entrants.size, terms.slotEffects.length);
    this.#admit(entrants, terms.qualityMin);
    this.#ranked.rank(this.#scores, entrants.priority, entrants.size);
    this.#allocate(entrants, terms);
    for (let rank = 0; rank < this.won; rank++) this.priceMicros[rank] = this.#priceOf(rank);
  }

  /** Why an entrant did not win; null for a winner. */
  dropReason(entrant: number): DropReason | null {
    const outcome = this.#outcomes[entrant]!;
    if (outcome !== LOST) return ADMISSION[outcome]!;
    const { shop, item } = this.#entrants!;
    for (let rank = 0; rank < this.won; rank++) {
      const winner = this.winner[rank]!;
      if (shop[entrant]! >= 0 && shop[entrant] === shop[winner]) return 'shop-has-ad';
      if (item[entrant]! >= 0 && item[entrant] === item[winner]) return 'shown-elsewhere';
    }
    const slots = this.#terms!.slotEffects.length;
    const lastFilled = slots === 0 || (this.won > 0 && this.slot[this.won - 1] === slots - 1);
    return lastFilled ? 'outbid' : 'organic-better';
  }

  /** Bid × weight + bonus in micros per impression; -∞ for one that was not let in. */
  score(entrant: number): number {
    return this.#scores[entrant]!;
  }

  /** The thresholds behind a winner's price; none in a first-price auction. */
  steps(rank: number): PriceStep[] {
    this.#priceOf(rank);
    const winner = this.winner[rank]!;
    const reserve = this.#reserveScore(winner);
    return Array.from({ length: this.#steps }, (_, i) => {
      const rival = this.#stepRival[i]!;
      const score = this.#stepScore[i]!;
      const byRival = rival >= 0 && score === this.#scores[rival];
      return {
        slot: this.slot[rank]! + i,
        setBy: byRival ? 'rival' : score === reserve ? 'reserve' : 'organic',
        rival,
        score,
        share: this.#stepShare[i]!,
      };
    });
  }

  /** A winner's price before it was rounded. */
  exactPrice(rank: number): number {
    this.#priceOf(rank);
    return this.#price;
  }

  #makeRoom(entrants: number, slots: number): void {
    if (this.#scores.length < entrants) {
      this.#scores = new Float64Array(2 * entrants);
      this.#outcomes = new Uint8Array(2 * entrants);
    }
    if (this.winner.length >= slots) return;
    this.winner = new Int32Array(slots);
    this.slot = new Int32Array(slots);
    this.priceMicros = new Float64Array(slots);
    this.#rankOf = new Int32Array(slots);
    this.#taken = new Int32Array(2 * slots);
    this.#stepRival = new Int32Array(slots);
    this.#stepScore = new Float64Array(slots);
    this.#stepShare = new Float64Array(slots);
  }

  #admit(entrants: Entrants, qualityMin: number): void {
    const { size, weight, bonus, reserveMicros, leftMicros, seen, seenMax, quality } = entrants;
    for (let i = 0; i < size; i++) {
      const bid = bidOf(entrants, i);
      let outcome = LOST;
      if (leftMicros[i]! <= 0) outcome = BUDGET_GONE;
      else if (seen[i]! >= seenMax[i]!) outcome = CAPPED;
      else if (quality[i]! < qualityMin) outcome = LOW_QUALITY;
      else if (!(bid > 0 && bid >= reserveMicros[i]!)) outcome = BELOW_RESERVE;
      this.#outcomes[i] = outcome;
      this.#scores[i] = outcome === LOST ? bid * weight[i]! + bonus[i]! : Number.NEGATIVE_INFINITY;
    }
  }

  #allocate(entrants: Entrants, { slotEffects, slotFloors }: AuctionTerms): void {
    this.won = 0;
    let at = 0;
    for (let slot = 0; slot < slotEffects.length; slot++) {
      const effect = slotEffects[slot]!;
      assert(effect > 0 && effect <= (slotEffects[slot - 1] ?? 1), 'slot effects must fall from 1, above 0', effect);
      at = this.#nextOpen(entrants, at, this.winner, this.won, -1);
      if (at < 0) return;
      const best = this.#ranked.order[at]!;
      if (slotFloors !== undefined && this.#scores[best]! < slotFloors[slot]!) continue;
      this.winner[this.won] = best;
      this.slot[this.won] = slot;
      this.#rankOf[this.won] = at++;
      this.#outcomes[best] = WON;
      this.won++;
    }
  }

  /** Where in the order, from `at` on, the first one stands that shares shop and thing with none of `taken`, and is not of `shop`. -1: nowhere. */
  #nextOpen(entrants: Entrants, at: number, taken: Int32Array, count: number, shop: number): number {
    const { shop: shops, item: items } = entrants;
    const { admits } = this.#terms!;
    for (let rank = at; this.#ranked.has(rank); rank++) {
      const entrant = this.#ranked.order[rank]!;
      const own = shops[entrant]!;
      const item = items[entrant]!;
      let open = own < 0 || own !== shop;
      for (let i = 0; open && i < count; i++) {
        const other = taken[i]!;
        open = (own < 0 || shops[other] !== own) && (item < 0 || items[other] !== item);
      }
      if (open && (admits === undefined || admits(entrant))) return rank;
    }
    return -1;
  }

  #reserveScore(winner: number): number {
    const { reserveMicros, weight, bonus } = this.#entrants!;
    return reserveMicros[winner]! * weight[winner]! + bonus[winner]!;
  }

  #priceOf(rank: number): number {
    const entrants = this.#entrants!;
    const { weight, bonus, reserveMicros, coinMicros } = entrants;
    const winner = this.winner[rank]!;
    const bid = bidOf(entrants, winner);
    this.#steps = 0;
    this.#price = bid;
    if (this.#terms!.format === 'first-price' || entrants.paysBid[winner] === 1) return bid;
    const score =
      this.#terms!.format === 'gsp' ? this.#threshold(rank, 1) : this.#threshold(rank, Number.POSITIVE_INFINITY);
    this.#price = Math.max(reserveMicros[winner]!, (score - bonus[winner]!) / weight[winner]!);
    const coin = coinMicros[winner]!;
    const noise = (SLACK * score) / weight[winner]!;
    const rounded = Math.ceil((this.#price - noise) / coin) * coin;
    return Math.min(bid, Math.max(reserveMicros[winner]!, rounded));
  }

  /** What the winner at `rank` would have had to beat: for its own slot, and for up to `stepsMax` slots from there on, by their effects. */
  #threshold(rank: number, stepsMax: number): number {
    const entrants = this.#entrants!;
    const { slotEffects, slotFloors } = this.#terms!;
    const winner = this.winner[rank]!;
    const shop = entrants.shop[winner]!;
    const item = entrants.item[winner]!;
    const first = this.slot[rank]!;
    const reserve = this.#reserveScore(winner);
    let taken = rank;
    for (let i = 0; i < rank; i++) this.#taken[i] = this.winner[i]!;
    let at = this.#rankOf[rank]! + 1;
    let sum = 0;
    for (let slot = first; slot < slotEffects.length && slot - first < stepsMax; slot++) {
      if (at >= 0) at = this.#nextOpen(entrants, at, this.#taken, taken, shop);
      const rival = at < 0 ? -1 : this.#ranked.order[at]!;
      const floor = slotFloors === undefined ? 0 : slotFloors[slot]!;
      const rivalScore = rival < 0 ? 0 : this.#scores[rival]!;
      const score = Math.max(reserve, floor, rivalScore);
      const takes = rival >= 0 && rivalScore >= floor;
      // A rival that shows the same thing leaves the winner nothing further down.
      const last =
        stepsMax === 1 || slot + 1 === slotEffects.length || (takes && item >= 0 && entrants.item[rival] === item);
      const share =
        stepsMax === 1 ? 1 : (slotEffects[slot]! - (last ? 0 : slotEffects[slot + 1]!)) / slotEffects[first]!;
      sum += score * share;
      this.#stepRival[this.#steps] = rival;
      this.#stepScore[this.#steps] = score;
      this.#stepShare[this.#steps++] = share;
      if (last) break;
      if (takes) {
        this.#taken[taken++] = rival;
        at++;
      }
    }
    return sum;
  }
}

/** What it puts in: its bid as pacing lets it, whole micros. */
function bidOf({ bidMicros, multiplier }: Entrants, entrant: number): number {
  const share = multiplier[entrant]!;
  return share === 1 ? bidMicros[entrant]! : Math.floor(bidMicros[entrant]! * share);
}
