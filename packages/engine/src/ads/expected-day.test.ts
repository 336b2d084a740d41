import { describe, expect, test } from 'vitest';
import { expectedDay, type SegmentTraffic } from './expected-day.ts';
import { bidForShare, type LoggedAuctions, outcomeCurve, replayBid, throttledCurve } from './outcome-curve.ts';

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

describe('the auctions of a day to come', () => {
  const day = expectedDay([segment(5000)], ({ mean }) => mean);

  test('bring traffic × what the bid wins × what is clicked', () => {
    const { impressions, visits, orders, spendMicros } = replayBid(day, 40, 1);
    expect(impressions).toBeCloseTo(2000, 6);
    expect(visits).toBeCloseTo(200, 6);
    expect(orders).toBeCloseTo(4, 6);
    expect(spendMicros).toBeCloseTo(200 * 20.5, 4);
    const low = expectedDay([segment(5000)], (daily) => daily.low);
    expect(replayBid(low, 40, 1).visits).toBeCloseTo(100, 6);
    expect([0.25, 0.5, 0.75].map((share) => bidForShare(day, share))).toEqual([25, 50, 75]);
  });

  test('are held by the budget: lower bids buy the cheapest, throttling buys a share of all', () => {
    // Five visits at each price: 5 · (1 + … + 10) = 275.
    const shaded = outcomeCurve(day, [275], 40, 1)[0]!;
    expect(shaded.spendMicros).toBeCloseTo(275, 6);
    expect(shaded.visits).toBeCloseTo(50, 6);
    const [throttled, whole] = throttledCurve(day, [0.25 * 4100, 5000], 40, 1);
    expect(throttled!.spendMicros).toBeCloseTo(0.25 * 4100, 6);
    expect(throttled!.visits).toBeCloseTo(50, 6);
    expect(whole!.visits).toBeCloseTo(200, 6);
  });

  test('cost the bid itself where that is the price: the highest bid that the budget covers is taken', () => {
    const auctions = { ...segment(5000).auctions, bidCosts: new Float64Array(100).fill(1) };
    const first = expectedDay([{ ...segment(5000), auctions }], ({ mean }) => mean);
    // A bid b wins 5 b visits at b each.
    expect(replayBid(first, 40, 1).spendMicros).toBeCloseTo(5 * 40 * 40, 4);
    const [point] = outcomeCurve(first, [5 * 20 * 20 + 1], 40, 1);
    expect(point!.bidMicros).toBe(20);
    expect(point!.visits).toBeCloseTo(100, 6);
  });

  test('are those of all segments, whatever slots they have', () => {
    const both = expectedDay([segment(5000, 3), segment(1000)], ({ mean }) => mean);
    expect(replayBid(both, 40, 1).visits).toBeCloseTo(1.2 * 200, 6);
    expect(replayBid(both, 40, 1).spendMicros).toBeCloseTo(1.2 * 200 * 20.5, 4);
  });

  test('are none where nothing was logged', () => {
    const none = expectedDay([{ ...segment(5000), requestsLogged: 0 }], ({ mean }) => mean);
    expect(replayBid(none, 40, 1)).toEqual({ impressions: 0, visits: 0, orders: 0, spendMicros: 0, valueMicros: 0 });
    expect(bidForShare(none, 0.5)).toBeNaN();
  });
});
