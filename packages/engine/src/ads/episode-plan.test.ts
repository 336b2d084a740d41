/** Plans of an episode against a plain dynamic programme and against play; prices learned from censored auctions. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { planEpisode, plannedBid } from './episode-plan.ts';
import { observePrice, priceShares, startPrices } from './price-distribution.ts';

const PRICES = Float64Array.of(0, 0.1, 0.2, 0.3, 0.1, 0.2, 0.1);
const WORTHS = Float64Array.of(0.5, 1, 2);

/** The same by its definition: for every price and worth, win or not, whichever brings more. */
function byDefinition(auctions: number, budget: number): number {
  let before = new Float64Array(budget + 1);
  for (let t = 1; t <= auctions; t++) {
    const now = new Float64Array(budget + 1);
    for (let b = 0; b <= budget; b++) {
      for (let price = 0; price < PRICES.length; price++) {
        for (const worth of WORTHS) {
          const won = price <= b ? worth + before[b - price]! : 0;
          now[b]! += (PRICES[price]! / WORTHS.length) * Math.max(before[b]!, won);
        }
      }
    }
    before = now;
  }
  return before[budget]!;
}

const endValue = ({ values, points }: { values: Float32Array; points: number }, auctions: number): number =>
  values[auctions * points + points - 1]!;

test.each([
  [1, 3],
  [5, 8],
  [20, 30],
  [40, 25],
])('%i auctions and a budget of %i are worth what the definition says', (auctions, budget) => {
  const plan = planEpisode({ auctions, budget, prices: PRICES, worths: WORTHS });
  expect(endValue(plan, auctions)).toBeCloseTo(byDefinition(auctions, budget), 2);
});

test('playing the plan earns its value', () => {
  const auctions = 30;
  const budget = 40;
  const plan = planEpisode({ auctions, budget, prices: PRICES, worths: WORTHS });
  const rng = new Rng(9);
  let earned = 0;
  const episodes = 1000;
  for (let episode = 0; episode < episodes; episode++) {
    let remaining = budget;
    for (let left = auctions; left > 0; left--) {
      const worth = WORTHS[rng.below(3)]!;
      let price = 0;
      for (let u = rng.unit(); price < PRICES.length - 1 && u >= PRICES[price]!; price++) u -= PRICES[price]!;
      const bid = plannedBid(plan, { left, remaining, worth });
      expect(bid).toBeLessThanOrEqual(remaining);
      if (bid < price) continue;
      remaining -= price;
      earned += worth;
    }
  }
  expect(earned / episodes / endValue(plan, auctions)).toBeCloseTo(1, 1.7);
});

test('a large budget is planned on a grid, nearly as well', () => {
  const prices = new Float64Array(301).fill(1 / 300, 1);
  const worths = Float64Array.of(1);
  const fine = planEpisode({ auctions: 30, budget: 4000, prices, worths });
  const coarse = planEpisode({ auctions: 30, budget: 12_000, prices, worths });
  expect(fine.step).toBe(1);
  expect(coarse.step).toBe(3);
  expect(endValue(coarse, 30)).toBeCloseTo(30, 0); // everything can be afforded
  const bids = [fine, coarse].map((plan) => plannedBid(plan, { left: 30, remaining: 4000, worth: 1 }));
  expect(Math.abs(bids[0]! - bids[1]!)).toBeLessThanOrEqual(6);
});

test('no budget bids nothing', () => {
  const plan = planEpisode({ auctions: 5, budget: 0, prices: PRICES, worths: WORTHS });
  expect(plannedBid(plan, { left: 5, remaining: 0, worth: 9 })).toBe(0);
});

test('without auctions of its own the prices are the training histogram', () => {
  const shares = priceShares(startPrices([0, 2, 1, 0, 1]), 100);
  expect(Array.from(shares)).toEqual([0, 0.5, 0.25, 0, 0.25]);
});

test('learns the true prices from wins and losses, below what it ever bid', () => {
  const truth = Float64Array.of(0, 0.4, 0.1, 0.1, 0.1, 0.3);
  const prices = startPrices([0, 1, 1, 1, 1, 1]);
  const rng = new Rng(4);
  for (let i = 0; i < 30_000; i++) {
    let price = 0;
    for (let u = rng.unit(); price < 5 && u >= truth[price]!; price++) u -= truth[price]!;
    const bid = rng.below(4);
    observePrice(prices, bid, bid >= price ? price : undefined);
  }
  const shares = priceShares(prices, 50);
  for (const price of [1, 2, 3]) expect(shares[price]).toBeCloseTo(truth[price]!, 1.5);
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
});
