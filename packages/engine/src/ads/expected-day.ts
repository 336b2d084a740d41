/**
 * The auctions of one day to come: the traffic forecast of each segment, by the auctions logged there. Each logged auction stands for
 * as many of the coming ones as the segment's forecast has more requests than the log. What a bid or budget would bring of them is
 * the matter of `outcome-curve.ts`.
 */
import type { LoggedAuctions } from './outcome-curve.ts';
import type { TotalForecast } from './traffic-forecast.ts';

export interface SegmentTraffic {
  /** Requests to come on one day. */
  readonly daily: TotalForecast;
  /** Requests of the segment that its auctions were logged on, those without an auction included. */
  readonly requestsLogged: number;
  readonly auctions: LoggedAuctions;
}

/** All segments' auctions as those of one day to come. */
export function expectedDay(all: readonly SegmentTraffic[], traffic: (daily: TotalForecast) => number): LoggedAuctions {
  const segments = all.filter(({ requestsLogged, auctions }) => requestsLogged > 0 && auctions.days.length > 0);
  const slots = segments.reduce((most, { auctions }) => Math.max(most, auctions.slots), 1);
  const joined = (of: (segment: SegmentTraffic) => Float64Array): Float64Array => concatenated(segments.map(of));
  const weights = joined(({ daily, requestsLogged, auctions }) =>
    Float64Array.from(auctions.days, (_, i) => (traffic(daily) / requestsLogged) * (auctions.weights?.[i] ?? 1)),
  );
  return {
    slots,
    weights,
    days: new Int32Array(weights.length),
    billing: segments[0]?.auctions.billing ?? 'click',
    clickRates: joined(({ auctions }) => auctions.clickRates),
    conversionRates: joined(({ auctions }) => auctions.conversionRates),
    prices: joined(({ auctions }) => widened(auctions.prices, auctions.slots, slots, Number.POSITIVE_INFINITY)),
    exposures: joined(({ auctions }) => widened(auctions.exposures, auctions.slots, slots, 0)),
    ...optional('costs', (auctions) => widened(auctions.costs ?? auctions.prices, auctions.slots, slots, Infinity)),
    ...optional('attention', ({ attention, prices, slots: own }) =>
      widened(attention ?? new Float64Array(prices.length).fill(1), own, slots, 1),
    ),
    ...optional('bidCosts', ({ bidCosts, days }) => bidCosts ?? new Float64Array(days.length)),
    ...optional('orderValues', ({ orderValues, days }) => orderValues ?? new Float64Array(days.length)),
  };

  function optional(
    name: 'costs' | 'attention' | 'bidCosts' | 'orderValues',
    of: (auctions: LoggedAuctions) => Float64Array,
  ): Partial<LoggedAuctions> {
    if (segments.every(({ auctions }) => auctions[name] === undefined)) return {};
    return { [name]: joined(({ auctions }) => of(auctions)) };
  }
}

/** Slots that a segment does not have are put above its own, where no bid reaches them. */
function widened(values: Float64Array, from: number, to: number, missing: number): Float64Array {
  if (from === to) return values;
  const out = new Float64Array((values.length / from) * to).fill(missing);
  for (let i = 0; i < values.length / from; i++) out.set(values.subarray(i * from, (i + 1) * from), i * to + to - from);
  return out;
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
