import { expect, it } from 'vitest';
import { rankShops, type ShopKnowledge } from './shop-shares.ts';

const knowledge = (rest: Partial<ShopKnowledge> = {}): ShopKnowledge => ({
  used: 0,
  seen: 0,
  expected: 0,
  isNew: false,
  draw: 0.5,
  ...rest,
});
const listings = [
  { shop: 0, listing: 10, score: 2 },
  { shop: 1, listing: 11, score: 1.5 },
  { shop: 1, listing: 12, score: 1.7 },
  { shop: 2, listing: 13, score: -1 },
  { shop: 0, listing: 14, score: -3 },
];

it('gives each shop the chance that a choice among all listings falls on it', () => {
  const ranked = rankShops(listings, () => knowledge());
  const total = listings.reduce((sum, { score }) => sum + Math.exp(score), 0);
  const shares = [0, 1, 2].map((shop) =>
    listings.reduce((sum, one) => sum + (one.shop === shop ? Math.exp(one.score) / total : 0), 0),
  );
  expect(ranked.map(({ shop }) => shop)).toEqual([1, 0, 2]);
  for (const { shop, factors } of ranked) expect(factors['share']).toBeCloseTo(shares[shop]!, 12);
  expect(ranked[0]!.listings).toEqual([12, 11]);
  expect(rankShops([], () => knowledge())).toEqual([]);
});

it('puts a shop down that is seen and not used, and helps a new one until it was seen for a while', () => {
  const first = (shop: number, rest: Partial<ShopKnowledge>) =>
    rankShops(listings, (one) => (one === shop ? knowledge(rest) : knowledge())).map((ranked) => ranked.shop);
  expect(first(1, { seen: 900, used: 0, expected: 18 })).toEqual([0, 1, 2]);
  expect(first(2, { isNew: true, draw: 0.95 }).indexOf(2)).toBeLessThan(2);
  expect(first(2, { isNew: true, draw: 0.95, seen: 5_000, expected: 100 })).toEqual([1, 0, 2]);
});
