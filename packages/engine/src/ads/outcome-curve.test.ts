import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { bidForShare, gainOf, type LoggedAuctions, outcomeCurve, pricesToWin, replayBid } from './outcome-curve.ts';

function market(seed: number, auctions: number, slots: number, billing: 'click' | 'view' = 'click'): LoggedAuctions {
  const rng = new Rng(seed);
  const draw = (n: number, value: (i: number) => number) => Float64Array.from({ length: n }, (_, i) => value(i));
  const qualities = draw(auctions, () => 0.2 + rng.unit());
  const scores = draw(auctions * slots, () => 0);
  for (let i = 0; i < auctions; i++) {
    const rivals = Array.from({ length: slots }, () => 1000 * rng.exponential()).sort((a, b) => b - a);
    scores.set(rivals, i * slots);
  }
  return {
    slots,
    billing,
    days: Int32Array.from({ length: auctions }, (_, i) => 100 + (i % 3)),
    clickRates: draw(auctions, () => 0.2 * rng.unit()),
    conversionRates: draw(auctions, () => 0.1 * rng.unit()),
    prices: pricesToWin(scores, qualities, slots, 50),
    exposures: draw(auctions * slots, (i) => [1, 0.8, 0.6][i % slots]!),
  };
}

/** What one bid brings on one day, counted naively. */
function byHand({ slots, prices, exposures, clickRates, days }: LoggedAuctions, bid: number, day: number) {
  let visits = 0;
  let spend = 0;
  for (let i = 0; i < days.length; i++) {
    if (days[i] !== day) continue;
    const slot = Array.from({ length: slots }, (_, s) => s).find((s) => prices[i * slots + s]! <= bid);
    if (slot === undefined) continue;
    const clicks = exposures[i * slots + slot]! * clickRates[i]!;
    visits += clicks;
    spend += clicks * prices[i * slots + slot]!;
  }
  return { visits, spend };
}

describe.each([1, 3])('auctions for %i slots (seed 11)', (slots) => {
  const auctions = market(11, 600, slots);
  const budgets = Array.from({ length: 40 }, (_, i) => 250 * i);
  const curve = outcomeCurve(auctions, budgets);

  test('a bid without a budget brings what replaying each auction brings', () => {
    for (const bid of [0, 49, 50, 300, 1000, 5000, 1e9]) {
      const days = [100, 101, 102].map((day) => byHand(auctions, bid, day));
      const outcome = replayBid(auctions, bid);
      expect(outcome.visits).toBeCloseTo(days.reduce((sum, { visits }) => sum + visits, 0) / 3, 9);
      expect(outcome.spendMicros).toBeCloseTo(days.reduce((sum, { spend }) => sum + spend, 0) / 3, 6);
      const unlimited = outcomeCurve(auctions, [Number.POSITIVE_INFINITY], bid)[0]!;
      expect(unlimited.visits).toBeCloseTo(outcome.visits, 9);
      expect(unlimited.spendMicros).toBeCloseTo(outcome.spendMicros, 6);
      expect(unlimited.orders).toBeCloseTo(outcome.orders, 9);
    }
  });

  test('a budget brings between what two neighbouring bids bring, day by day', () => {
    const day = { ...auctions, days: auctions.days.map(() => 100) };
    const bids = [...new Set(day.prices)].sort((a, b) => a - b);
    for (const budgetMicros of [0, 400, 3000, 9000]) {
      const { visits, spendMicros } = outcomeCurve(day, [budgetMicros])[0]!;
      const under = bids.filter((bid) => byHand(day, bid, 100).spend <= budgetMicros);
      const below = byHand(day, under.at(-1) ?? 0, 100);
      const above = byHand(day, bids[under.length] ?? Number.POSITIVE_INFINITY, 100);
      expect(visits).toBeGreaterThanOrEqual(below.visits - 1e-9);
      expect(visits).toBeLessThanOrEqual(above.visits + 1e-9);
      expect(spendMicros).toBeCloseTo(budgetMicros, 6);
    }
  });

  test('more budget never brings less, and never spends more than it is', () => {
    curve.forEach((point, i) => {
      expect(point.spendMicros).toBeLessThanOrEqual(point.budgetMicros + 1e-6);
      if (i === 0) return;
      expect(point.visits).toBeGreaterThanOrEqual(curve[i - 1]!.visits - 1e-12);
      expect(point.bidMicros).toBeGreaterThanOrEqual(curve[i - 1]!.bidMicros);
    });
  });

  test('each further amount brings less, over wide steps', () => {
    const gains = [0, 1, 2, 3].map((i) => curve[10 * i + 9]!.visits - curve[10 * i]!.visits);
    for (let i = 1; i < gains.length; i++) expect(gains[i]!).toBeLessThan(gains[i - 1]!);
  });
});

test('with one slot it is the best that any choice of auctions could do: the fractional knapsack (seed 12)', () => {
  const auctions = market(12, 200, 1);
  for (const budget of [100, 800, 3000]) {
    let best = 0;
    for (const day of [100, 101, 102]) {
      const items = [...auctions.days.keys()]
        .filter((i) => auctions.days[i] === day)
        .sort((a, b) => auctions.prices[a]! - auctions.prices[b]!);
      let left = budget;
      for (const i of items) {
        const take = Math.min(1, left / (auctions.prices[i]! * auctions.clickRates[i]!));
        best += take * auctions.clickRates[i]!;
        left -= take * auctions.prices[i]! * auctions.clickRates[i]!;
      }
    }
    expect(outcomeCurve(auctions, [budget])[0]!.visits).toBeCloseTo(best / 3, 9);
  }
  const curve = outcomeCurve(auctions, [0, 500, 1000, 1500, 2000, 2500]);
  const gains = curve.slice(1).map((point, i) => point.visits - curve[i]!.visits);
  for (let i = 1; i < gains.length; i++) expect(gains[i]!).toBeLessThanOrEqual(gains[i - 1]! + 1e-12);
});

test('says what more money a day would bring, worked by hand', () => {
  // Three auctions of one day with certain clicks at 1, 2 and 4: a budget of 3 buys two, 5 more buys the third for 4.
  const auctions: LoggedAuctions = {
    slots: 1,
    billing: 'click',
    days: Int32Array.of(1, 1, 1),
    clickRates: Float64Array.of(1, 1, 1),
    conversionRates: Float64Array.of(0.5, 0.5, 0.5),
    prices: Float64Array.of(4, 1, 2),
    exposures: Float64Array.of(1, 1, 1),
  };
  expect(gainOf(auctions, 3, 5)).toEqual({ impressions: 1, visits: 1, orders: 0.5, spendMicros: 4, valueMicros: 0 });
  expect(gainOf(auctions, 3, 2)).toEqual({
    impressions: 0.5,
    visits: 0.5,
    orders: 0.25,
    spendMicros: 2,
    valueMicros: 0,
  });
  expect(gainOf(auctions, 3, 5, 3).visits).toBe(0);
  expect(gainOf({ ...auctions, weights: Float64Array.of(10, 1, 1) }, 3, 4).visits).toBe(1);
  expect(outcomeCurve(auctions, [3], 9, 3)[0]).toMatchObject({ visits: 2 / 3, spendMicros: 1 });
});

test('views are billed by the thousand', () => {
  const clicks = market(13, 100, 2);
  const views: LoggedAuctions = { ...clicks, billing: 'view' };
  const { impressions, spendMicros } = replayBid(views, 1e9);
  const dearest = Math.max(...views.prices.filter((_, i) => i % 2 === 0));
  expect(spendMicros).toBeGreaterThan(0);
  expect(spendMicros).toBeLessThan((impressions * dearest) / 1000);
});

test('the bid for a share of the visits is the least that wins it (seed 14)', () => {
  const auctions = market(14, 400, 3);
  const all = replayBid(auctions, 1e12).visits;
  for (const share of [0.25, 0.5, 0.75]) {
    const bid = bidForShare(auctions, share);
    expect(replayBid(auctions, bid).visits).toBeGreaterThanOrEqual(share * all * (1 - 1e-9));
    expect(replayBid(auctions, bid * (1 - 1e-9)).visits).toBeLessThan(share * all);
  }
  const nobody = { ...auctions, prices: auctions.prices.map(() => Number.POSITIVE_INFINITY) };
  expect(bidForShare(nobody, 0.5)).toBeNaN();
  expect(replayBid(nobody, 1e12).visits).toBe(0);
});

test('a ladder of 20,000 auctions is climbed in well under a second of processor time', () => {
  const auctions = market(15, 20_000, 3);
  const started = process.cpuUsage().user;
  expect(
    outcomeCurve(
      auctions,
      Array.from({ length: 50 }, (_, i) => 5000 * i),
    ),
  ).toHaveLength(50);
  expect(process.cpuUsage().user - started).toBeLessThan(1_000_000);
});
