import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import { campaignSchema } from '../wire/campaign-schema.ts';
import { listingSchema } from '../wire/listing-schema.ts';
import { reviewSchema } from '../wire/review-schema.ts';
import { shopSchema } from '../wire/shop-schema.ts';
import { Agenda } from './agenda.ts';
import { CATEGORIES } from './categories.ts';
import { Latency } from './latency.ts';
import { Arrivals, rhythm } from './rhythm.ts';
import { generateWorld } from './world.ts';

const world = generateWorld({ listings: 3000, buyers: 2000 }, 4);

test('a world is valid by the same schemas as everybody’s data', () => {
  for (const { entity } of world.listings) listingSchema.parse(entity);
  for (const shop of world.shops) shopSchema.parse(shop);
  for (const campaign of world.campaigns) campaignSchema.parse(campaign);
  for (const review of world.reviews) reviewSchema.parse(review);
});

test('one seed makes one world', () => {
  expect(generateWorld({ listings: 200, buyers: 50 }, 8)).toEqual(generateWorld({ listings: 200, buyers: 50 }, 8));
  expect(generateWorld({ listings: 200, buyers: 50 }, 9).listings).not.toEqual(
    generateWorld({ listings: 200, buyers: 50 }, 8).listings,
  );
});

test('prices are log-normal about the median of their category', () => {
  CATEGORIES.forEach(({ priceMedian }, category) => {
    const prices = Array.from(world.ofCategory[category], (row) => world.listings[row].entity.priceMicros / 1e6).sort(
      (a, b) => a - b,
    );
    if (prices.length < 60) return;
    expect(Math.abs(Math.log(prices[prices.length >> 1] / priceMedian))).toBeLessThan(0.35);
    expect(prices[0]).toBeLessThan(priceMedian);
  });
});

test('titles read like titles, in four languages', () => {
  const titles = world.listings.map(({ entity }) => entity.title);
  expect(titles).toContainEqual(expect.stringMatching(/^Hand-thrown stoneware mug, \w/));
  expect(titles).toContainEqual(expect.stringMatching(/^Becher aus Steinzeug, \w/));
  expect(new Set(world.listings.map(({ language }) => language)).size).toBe(4);
  expect(titles.join(' ')).not.toMatch(/undefined|null|NaN/);
});

test('some shops are much larger than others, and campaigns advertise their own shop’s listings', () => {
  const sizes = world.shops
    .map(({ id }) => world.listings.filter(({ entity }) => entity.shop === id).length)
    .sort((a, b) => b - a);
  expect(sizes[0]).toBeGreaterThan(5 * Math.max(1, sizes[sizes.length >> 1]));
  expect(world.campaigns.length).toBeGreaterThan(5);
  for (const { shop, listings } of world.campaigns) {
    for (const id of listings) expect(world.listings[world.listingIndex.get(id)!].entity.shop).toBe(shop);
  }
});

test('the rhythm of a week has a mean of 1, its height in the evening', () => {
  const week = Array.from({ length: 168 }, (_, hour) => rhythm(hour));
  expect(week.reduce((sum, factor) => sum + factor, 0) / 168).toBeCloseTo(1, 2);
  expect(rhythm(20)).toBeGreaterThan(3 * rhythm(8));
});

test('arrivals come as often as asked for', () => {
  const rng = new Rng(1);
  const arrivals = new Arrivals(world.buyers, 500);
  const start = 1_767_571_200_000;
  let visits = 0;
  for (let at = arrivals.next(start, rng); at < start + 14 * MILLIS_PER_DAY; at = arrivals.next(at, rng)) {
    visits++;
    expect(arrivals.who(at, rng)).toBeLessThan(world.buyers.length);
  }
  expect(Math.abs(visits - 7000)).toBeLessThan(4 * Math.sqrt(7000));
});

test('an agenda gives back by time, and in order of addition at one time', () => {
  const agenda = new Agenda<number>();
  const rng = new Rng(3);
  const added = Array.from({ length: 500 }, (_, i) => ({ at: rng.below(40), i }));
  for (const { at, i } of added) agenda.add(at, i);
  const expected = [...added].sort((a, b) => a.at - b.at || a.i - b.i).map(({ i }) => i);
  expect(Array.from(added, () => agenda.take())).toEqual(expected);
  expect(agenda.take()).toBeUndefined();
});

test('latency quantiles are within 5 % of the truth, and of a window', () => {
  const latency = new Latency();
  for (let i = 1; i <= 1000; i++) latency.add(i / 1000);
  expect(Math.abs(Math.log(latency.quantileMicroseconds(0.5) / 500))).toBeLessThan(0.06);
  expect(Math.abs(Math.log(latency.quantileMicroseconds(0.99) / 990))).toBeLessThan(0.06);
  const before = latency.copy();
  for (let i = 0; i < 10; i++) latency.add(50);
  expect(latency.since(before).count).toBe(10);
  expect(Math.abs(Math.log(latency.since(before).quantileMicroseconds(0.5) / 50_000))).toBeLessThan(0.06);
  expect(new Latency().quantileMicroseconds(0.5)).toBe(0);
});
