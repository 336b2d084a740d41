/**
 * The claims that can be made of a listing at a moment, and why the others cannot. A claim says no more than its evidence: what
 * cannot be known (events ahead of the clock, a return whose piece may be on the shelf again) makes it smaller or refuses it.
 *
 * Strength orders claims of different kinds, in (0, 1): n / (n + h) for counts, with h where a count is half as strong as can be;
 * 1 / (1 + left / 2); the share that the price fell by, doubled.
 */
import type { UrgencyClaim, UrgencyRefusal } from '@rialto/sdk';
import { MILLIS_PER_DAY, MILLIS_PER_HOUR } from '../base/units.ts';
import type { ClaimBook } from './claim-book.ts';
import { CART_LIFE_MS } from './live-carts.ts';
import { WEEK_MS } from './recent-sales.ts';

const CARTS_MIN = 3;
const SOLD_MIN = 10;
const LEFT_MAX = 5;
/** Of the former price. */
const DROP_SHARE_MIN = 0.05;
const DROP_LIFE_MS = 14 * MILLIS_PER_DAY;
/** A former price is one that held for a while. */
const PRICED_FOR_MS_MIN = 7 * MILLIS_PER_DAY;
/** Somebody may empty a cart or buy the last piece meanwhile. */
const NOW_LIFE_MS = 600_000;
const HALF_CARTS = 10;
const HALF_SOLD = 40;

interface ClaimInput {
  readonly book: ClaimBook;
  readonly listing: number;
  /** When the page is decided. */
  readonly at: number;
  /** Holders that are who looks: their own cart is no news. */
  readonly viewer: readonly number[];
  readonly available: boolean;
  readonly priceMicros: number;
}

export type Verdict = UrgencyClaim | UrgencyRefusal;

/** One verdict a kind, in a fixed order. */
export function judgeClaims(input: ClaimInput): Verdict[] {
  if (!input.available)
    return (['in-carts', 'only-left', 'sold-this-week', 'price-dropped'] as const).map((signal) =>
      refuse(signal, 'unavailable'),
    );
  return [judgeCarts(input), judgeStock(input), judgeSales(input), judgePrice(input)];
}

const refuse = (signal: UrgencyRefusal['signal'], refused: UrgencyRefusal['refused']): UrgencyRefusal => ({
  signal,
  refused,
});

function judgeCarts({ book, listing, at, viewer }: ClaimInput): Verdict {
  const { carts, oldestAt } = book.carts.count(listing, at, viewer);
  if (carts < CARTS_MIN) return refuse('in-carts', 'too-few-carts');
  return {
    signal: 'in-carts',
    value: carts,
    strength: carts / (carts + HALF_CARTS),
    since: oldestAt,
    expiresAt: Math.min(at + NOW_LIFE_MS, oldestAt + CART_LIFE_MS),
  };
}

function judgeStock({ book, listing, at }: ClaimInput): Verdict {
  const report = book.stock(listing);
  if (!report) return refuse('only-left', 'stock-unknown');
  if (report.at > at || report.at <= at - WEEK_MS) return refuse('only-left', 'stock-out-of-date');
  const { pieces, returned } = book.sales.since(listing, report.at);
  if (returned) return refuse('only-left', 'stock-uncertain');
  const left = report.quantity - pieces;
  if (left < 1) return refuse('only-left', 'stock-uncertain');
  if (left > LEFT_MAX) return refuse('only-left', 'enough-left');
  return {
    signal: 'only-left',
    value: left,
    strength: 1 / (1 + left / 2),
    since: report.at,
    expiresAt: Math.min(at + NOW_LIFE_MS, report.at + WEEK_MS),
  };
}

function judgeSales({ book, listing, at }: ClaimInput): Verdict {
  const { sold, oldestAt } = book.sales.week(listing, at);
  if (sold < SOLD_MIN) return refuse('sold-this-week', 'too-few-sales');
  return {
    signal: 'sold-this-week',
    value: sold,
    strength: sold / (sold + HALF_SOLD),
    since: at - WEEK_MS,
    expiresAt: Math.min(at + MILLIS_PER_HOUR, oldestAt + WEEK_MS),
  };
}

function judgePrice({ book, listing, at, priceMicros }: ClaimInput): Verdict {
  const drop = book.prices.drop(listing);
  if (!drop || drop.priceMicros !== priceMicros || drop.droppedAt > at) return refuse('price-dropped', 'no-price-drop');
  if (drop.droppedAt <= at - DROP_LIFE_MS) return refuse('price-dropped', 'drop-too-old');
  if (drop.pricedForMs < PRICED_FOR_MS_MIN) return refuse('price-dropped', 'former-price-too-new');
  const share = (drop.formerMicros - priceMicros) / drop.formerMicros;
  if (share < DROP_SHARE_MIN) return refuse('price-dropped', 'drop-too-small');
  return {
    signal: 'price-dropped',
    value: priceMicros,
    formerMicros: drop.formerMicros,
    strength: Math.min(0.99, 2 * share),
    since: drop.droppedAt,
    expiresAt: Math.min(at + MILLIS_PER_HOUR, drop.droppedAt + DROP_LIFE_MS),
  };
}
