/**
 * The auction for a placement's ad slots: generalised second price with quality scores and a reserve
 * (Edelman, Ostrovsky and Schwarz 2007; Varian 2007).
 *
 *     score_i = bid_i × quality_i                          quality = pCTR × relevance, in (0, 1]
 *     rank     by score, the best of each shop only, the first `slots` win
 *     price_k  = max(reserve, score_(k+1) / quality_k), rounded up to a whole cent, never above bid_k
 *
 * The price is the least that would have kept the slot. So only a candidate that could have taken the slot sets it: one that
 * is left out because its shop is shown already can take nobody's slot, and sets no price. A shop therefore never bids
 * against itself, and a second listing of a shop above costs the shop between them nothing.
 *
 * Linear in candidates × slots, which beats sorting for the few slots of a page, and allocates a fixed number of arrays.
 */
import type { DropReason } from '@rialto/sdk';
import { assert } from '../base/assert.ts';
import { MICROS_PER_CENT } from '../base/units.ts';

export interface AuctionInput {
  /** The most that a click may cost, integers. [candidates] */
  readonly bidsMicros: Float64Array;
  /** pCTR × relevance, in (0, 1]. [candidates] */
  readonly qualities: Float64Array;
  /** -1 for a listing without a shop, which shares its slot with nobody. [candidates] */
  readonly shops: Int32Array;
  /** What would be shown: the same thing wins one slot only. All differ where absent. [candidates] */
  readonly items?: Int32Array;
  readonly slots: number;
  /** The lowest price of a click; a lower bid takes no part. */
  readonly reserveMicros: number;
  /** Between equal scores the higher goes first, then the lower index. [candidates] */
  readonly priorities?: Uint32Array;
  /** The currency's smallest coin: prices are whole multiples, but where the bid itself is the price. */
  readonly centMicros?: number;
}

export interface AuctionResult {
  /** Candidate indexes, in rank order. [won] */
  readonly winners: Int32Array;
  /** What a click costs, integers. [won] */
  readonly pricesMicros: Float64Array;
  /** Codes for `dropReason`. [candidates] */
  readonly outcomes: Uint8Array;
}

const OUTBID = 0; // also: not placed yet
const WON = 1;
const BELOW_RESERVE = 2;
const SHOP_HAS_AD = 3;
const ITEM_SHOWN = 4;
const REASONS: readonly (DropReason | null)[] = ['outbid', null, 'below-reserve', 'shop-has-ad', 'shown-elsewhere'];

/** Why a candidate did not win, from its code in `outcomes`; null for a winner. */
export function dropReason(outcome: number): DropReason | null {
  const reason = REASONS[outcome];
  assert(reason !== undefined, 'no such auction outcome', outcome);
  return reason;
}

export function runAuction(input: AuctionInput): AuctionResult {
  const { bidsMicros, qualities, shops, slots } = input;
  const outcomes = new Uint8Array(bidsMicros.length);
  const scores = scoreBids(input, outcomes);
  const places = Math.min(slots, bidsMicros.length);
  const winners = new Int32Array(places);
  const pricesMicros = new Float64Array(places);
  let won = 0;
  let next = bestOpen(scores, outcomes, input.priorities);
  while (won < places && next >= 0) {
    const winner = next;
    outcomes[winner] = WON;
    closeShop(shops, outcomes, shops[winner]!);
    next = bestOpen(scores, outcomes, input.priorities);
    const toBeat = next < 0 ? 0 : scores[next]! / qualities[winner]!;
    winners[won] = winner;
    pricesMicros[won] = price(toBeat, bidsMicros[winner]!, input);
    won++;
    // Only now: until here another campaign for the same thing could have had the slot, and so sets its price.
    closeItem(input.items, outcomes, winner);
    if (next >= 0 && outcomes[next] !== OUTBID) next = bestOpen(scores, outcomes, input.priorities);
  }
  return { winners: winners.subarray(0, won), pricesMicros: pricesMicros.subarray(0, won), outcomes };
}

function scoreBids({ bidsMicros, qualities, reserveMicros }: AuctionInput, outcomes: Uint8Array): Float64Array {
  const scores = new Float64Array(bidsMicros.length);
  for (let i = 0; i < scores.length; i++) {
    const quality = qualities[i]!;
    assert(quality > 0 && quality <= 1, 'a quality must lie in (0, 1]', quality);
    const bid = bidsMicros[i]!;
    if (bid > 0 && bid >= reserveMicros) scores[i] = bid * quality;
    else outcomes[i] = BELOW_RESERVE;
  }
  return scores;
}

/** The best candidate without an outcome, or -1. */
function bestOpen(scores: Float64Array, outcomes: Uint8Array, priorities: Uint32Array | undefined): number {
  let best = -1;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (score < bestScore || outcomes[i] !== OUTBID) continue;
    const tied = score === bestScore;
    if (tied && (priorities === undefined || priorities[i]! <= priorities[best]!)) continue;
    best = i;
    bestScore = score;
  }
  return best;
}

/** One ad per shop: what else it offered drops out. */
function closeShop(shops: Int32Array, outcomes: Uint8Array, shop: number): void {
  if (shop < 0) return;
  for (let i = 0; i < shops.length; i++) if (shops[i] === shop && outcomes[i] === OUTBID) outcomes[i] = SHOP_HAS_AD;
}

function closeItem(items: Int32Array | undefined, outcomes: Uint8Array, winner: number): void {
  if (items === undefined) return;
  for (let i = 0; i < items.length; i++)
    if (items[i] === items[winner] && outcomes[i] === OUTBID) outcomes[i] = ITEM_SHOWN;
}

/**
 * `toBeat` comes from a product and a quotient of floats, so .25 may arrive as .25000000000000003, which must not cost
 * another cent: a few units in the last place are let go before rounding up.
 */
function price(
  toBeatMicros: number,
  bidMicros: number,
  { reserveMicros, centMicros = MICROS_PER_CENT }: AuctionInput,
): number {
  const cents = Math.max(reserveMicros, toBeatMicros) / centMicros;
  const rounded = Math.ceil(cents * (1 - 4 * Number.EPSILON)) * centMicros;
  return Math.min(bidMicros, Math.max(reserveMicros, rounded));
}
