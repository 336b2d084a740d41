/** Bids for several slots against the best of a fine grid, and plans against the truth that they should find. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { type BidLandscape, bestBid, expectedCost, LandscapeSamples } from './bid-landscape.ts';
import { spendAt, spendCurve } from './spend-curve.ts';
import { plannedWorth, type Stage } from './spend-plan.ts';

const EXPOSURES = [1, 0.8, 0.6];

/** Slot prices of one opportunity around 1, falling. */
const pricesOf = (rng: Rng): number[] =>
  [rng, rng, rng].map((one) => Math.exp(0.4 * one.normal())).sort((a, b) => b - a);

const slotAt = (p: readonly number[], bid: number): number =>
  bid > p[0]! ? 0 : bid > p[1]! ? 1 : bid > p[2]! ? 2 : -1;

function sampled(seed: number, n: number): { landscape: BidLandscape; opportunities: number[][] } {
  const rng = new Rng(seed);
  const samples = new LandscapeSamples(EXPOSURES);
  const opportunities = Array.from({ length: n }, () => pricesOf(rng));
  for (const prices of opportunities) samples.add(prices, 1);
  return { landscape: samples.landscape(), opportunities };
}

/** Mean of exposure × (worth − price), and of cost, over opportunities. */
function outcome(opportunities: readonly number[][], bid: number, worth: number) {
  let gain = 0;
  let cost = 0;
  for (const prices of opportunities) {
    const slot = slotAt(prices, bid);
    if (slot < 0) continue;
    gain += (EXPOSURES[slot]! * (worth - prices[slot]!)) / opportunities.length;
    cost += (EXPOSURES[slot]! * prices[slot]!) / opportunities.length;
  }
  return { gain, cost };
}

test('bids as well as the best of all bids, and less than the worth', () => {
  const { landscape, opportunities } = sampled(1, 1500);
  for (const worth of [0.6, 1, 1.5, 2.5, 4]) {
    const bid = bestBid(landscape, worth);
    let best = 0;
    for (let other = 0.1; other < 6; other += 0.05) best = Math.max(best, outcome(opportunities, other, worth).gain);
    const own = outcome(opportunities, bid, worth);
    expect(own.gain).toBeGreaterThan(0.97 * best);
    expect(expectedCost(landscape, worth)).toBeCloseTo(own.cost, 1.3);
    expect(bid).toBeLessThanOrEqual(1.05 * worth);
  }
  expect(outcome(opportunities, bestBid(landscape, 4), 4).gain).toBeGreaterThan(outcome(opportunities, 4, 4).gain);
});

test('with one slot the worth itself is bid: second prices are truthful', () => {
  const rng = new Rng(2);
  const samples = new LandscapeSamples([1]);
  for (let i = 0; i < 20_000; i++) samples.add([Math.exp(0.4 * rng.normal())], 1);
  const landscape = samples.landscape();
  for (const worth of [0.6, 1, 1.7]) expect(bestBid(landscape, worth) / worth).toBeCloseTo(1, 1.2);
});

test('bids nothing for nothing', () => {
  const { landscape } = sampled(3, 500);
  for (const worth of [0, -1, Number.NaN]) expect(bestBid(landscape, worth)).toBe(0);
});

test('the spend curve is the mean cost over normal values', () => {
  const { landscape } = sampled(4, 4000);
  const curve = spendCurve(landscape);
  const rng = new Rng(5);
  for (const [mean, spread] of [
    [0.8, 0.5],
    [1.5, 0.25],
    [0.4, 0.9],
  ] as const) {
    let cost = 0;
    const n = 40_000;
    for (let i = 0; i < n; i++) cost += expectedCost(landscape, mean * (1 + spread * rng.normal())) / n;
    expect(spendAt(curve, mean, spread)).toBeCloseTo(cost, 1.7);
  }
});

test('the planned worth spends what is left by the end, neither more nor less', () => {
  const curve = spendCurve(sampled(6, 4000).landscape);
  const stages: Stage[] = [
    { opportunities: 1000, price: 0.1, meanValue: 0.001, spread: 0.5 },
    { opportunities: 3000, price: 0.07, meanValue: 0.002, spread: 0.4 },
  ];
  const worth = plannedWorth({ curve, futures: [stages], remaining: 90 });
  const cost = stages.reduce(
    (sum, { opportunities, price, meanValue, spread }) =>
      sum + opportunities * price * spendAt(curve, (worth * meanValue) / price, spread),
    0,
  );
  expect(cost).toBeCloseTo(90, 0);
});

test('between two futures the shadow prices are averaged', () => {
  const curve = spendCurve(sampled(7, 2000).landscape);
  const now: Stage = { opportunities: 100, price: 1, meanValue: 0.01, spread: 0.5 };
  const poor = [now, { ...now, opportunities: 1000 }];
  const rich = [now, { ...now, opportunities: 5000 }];
  const worthOf = (futures: Stage[][]) => plannedWorth({ curve, futures, remaining: 400 });
  expect(1 / worthOf([poor, rich])).toBeCloseTo((1 / worthOf([poor]) + 1 / worthOf([rich])) / 2, 5);
  expect(worthOf([])).toBe(0);
  expect(plannedWorth({ curve, futures: [poor], remaining: 0 })).toBe(0);
});
