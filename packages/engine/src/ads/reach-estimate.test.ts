import { describe, expect, test } from 'vitest';
import type { LoggedAuctions } from './outcome-curve.ts';
import { estimateReach, type SegmentTraffic } from './reach-estimate.ts';

/** Every request has an auction; prices to win 1 … 100 alike, so a bid b wins b % of them at a mean price of about b / 2. */
function segment(requests: number, slots = 1): SegmentTraffic {
  const n = 100;
  const auctions: LoggedAuctions = {
    slots,
    billing: 'click',
    days: Int32Array.from({ length: n }, (_, i) => i % 7),
    clickRates: new Float64Array(n).fill(0.1),
    conversionRates: new Float64Array(n).fill(0.02),
    prices: Float64Array.from({ length: n * slots }, (_, i) => 1 + Math.floor(i / slots)),
    exposures: new Float64Array(n * slots).fill(1),
  };
  return { auctions, requestsLogged: n, daily: { mean: requests, low: requests / 2, high: 2 * requests } };
}

describe('the estimate of a reach', () => {
  test('is traffic × what the bid wins × what is clicked', () => {
    const { mean, low, high, visitShare, suggestedBidMicros } = estimateReach([segment(5000)], { bidMicros: 40 });
    expect(mean.impressions).toBeCloseTo(2000, 6);
    expect(mean.visits).toBeCloseTo(200, 6);
    expect(mean.orders).toBeCloseTo(4, 6);
    expect(mean.spendMicros).toBeCloseTo(200 * 20.5, 4);
    expect(low.visits).toBeCloseTo(100, 6);
    expect(high.visits).toBeCloseTo(400, 6);
    expect(visitShare).toBeCloseTo(0.4, 9);
    expect(suggestedBidMicros).toEqual({ low: 25, mid: 50, high: 75 });
  });

  test('is held by the budget, which buys the cheapest', () => {
    const { mean, high } = estimateReach([segment(5000)], { bidMicros: 40, dailyBudgetMicros: 5 * 55 });
    // Five visits at each price: 5 · (1 + … + 10) = 275.
    expect(mean.spendMicros).toBeCloseTo(275, 6);
    expect(mean.visits).toBeCloseTo(50, 6);
    expect(high.spendMicros).toBeCloseTo(275, 6);
    expect(high.visits).toBeGreaterThan(mean.visits);
  });

  test('adds segments, whatever slots they have', () => {
    const one = estimateReach([segment(5000)], { bidMicros: 40 });
    const both = estimateReach([segment(5000, 3), segment(1000)], { bidMicros: 40 });
    expect(both.mean.visits).toBeCloseTo(1.2 * one.mean.visits, 6);
    expect(both.mean.spendMicros).toBeCloseTo(1.2 * one.mean.spendMicros, 4);
  });

  test('is nothing where nothing was logged', () => {
    const empty = { ...segment(5000), requestsLogged: 0 };
    const estimate = estimateReach([empty], { bidMicros: 40, dailyBudgetMicros: 10 });
    expect(estimate.mean).toEqual({ impressions: 0, visits: 0, orders: 0, spendMicros: 0, valueMicros: 0 });
    expect(estimate.visitShare).toBe(0);
    expect(estimate.suggestedBidMicros.mid).toBeNaN();
  });
});
