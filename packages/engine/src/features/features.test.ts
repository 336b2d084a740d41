/** What must hold of every feature, in any state: values in [0, 1], nothing where nothing is known, and no look ahead. */
import type { DecideRequest, Listing } from '@rialto/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MILLIS_PER_HOUR, type Millis, millis } from '../base/units.ts';
import { Market } from '../market/market.ts';
import { Candidates } from './candidates.ts';
import { FEATURES } from './catalogue.ts';
import { Evidence } from './evidence.ts';
import type { FeatureInput } from './feature.ts';
import { resolveMoment } from './moment.ts';
import { Signals } from './signals.ts';

const DAY = 86_400_000;
const START = 1_700_000_000_000;
const LISTINGS = 10;

interface World {
  readonly market: Market;
  readonly signals: Signals;
}

type Act =
  | 'purchase'
  | 'view'
  | 'click'
  | 'impression'
  | 'cartAdd'
  | 'cartRemove'
  | 'hide'
  | 'returned'
  | 'review'
  | 'reprice';
interface Happening {
  readonly act: Act;
  readonly buyer: number;
  readonly listing: number;
  readonly order: number;
  readonly quantity: number;
  readonly priceMicros: number;
  readonly country: number;
  readonly at: Millis;
}

const listingOf = (i: number, priceMicros: number): Listing => ({
  id: `l${i}`,
  title: `thing ${i}`,
  priceMicros,
  ...(i % 3 > 0 && { category: `c${i % 3}` }),
});

function newWorld(): World {
  const world = { market: new Market(), signals: new Signals() };
  for (let i = 0; i < LISTINGS; i++)
    world.signals.listed(world.market, world.market.listings.put(listingOf(i, i * i * 1_000_000), START));
  return world;
}

function happen(
  { market, signals }: World,
  { act, buyer, listing, at, quantity, priceMicros, order, country }: Happening,
) {
  const who = market.buyers.put(`b${buyer}`, millis(0));
  if (country < 3) market.buyers.setCountry(who, `country${country}`);
  if (act === 'purchase') {
    signals.purchase(market, { buyer: who, listing, at, order: `o${order}`, quantity, priceMicros });
  } else if (act === 'review') {
    const review = { id: `r${order}`, listing: `l${listing}`, rating: 1 + (quantity % 9) / 2 };
    for (const row of market.reviews.put(review, market.listingOf)) signals.reviewed(market, row);
  } else if (act === 'reprice') signals.listed(market, market.listings.put(listingOf(listing, priceMicros), at));
  else if (act === 'impression') signals.impression(listing, at);
  else if (act === 'returned') signals.returned(listing, at, quantity);
  else if (act === 'hide' || act === 'cartRemove') signals[act](market, who, listing);
  else signals[act](market, who, listing, at);
}

const happening: fc.Arbitrary<Happening> = fc.record({
  act: fc.constantFrom<Act>(
    ...(['purchase', 'purchase', 'purchase', 'view', 'view', 'click', 'impression', 'cartAdd'] as const),
    ...(['cartRemove', 'hide', 'returned', 'review', 'reprice'] as const),
  ),
  buyer: fc.nat(3),
  listing: fc.nat(LISTINGS - 2), // the last one stays untouched
  order: fc.nat(30),
  quantity: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(1_000_000)),
  priceMicros: fc.oneof(fc.nat(30_000_000), fc.constantFrom(0, 1e15)),
  country: fc.nat(4),
  at: fc.nat(400 * DAY).map((offset) => millis(START + offset)),
});
const past = fc.array(happening, { maxLength: 120, size: 'max' });

const request: fc.Arbitrary<DecideRequest> = fc
  .record({
    buyer: fc.constantFrom('b0', 'b1', 'b3', 'stranger', undefined),
    context: fc
      .record({
        listing: fc.constantFrom('l1', 'l9', 'gone', undefined),
        category: fc.constantFrom('c1', 'nowhere', undefined),
        cart: fc.constantFrom(['l2', 'l9', 'gone'], undefined),
        country: fc.constantFrom('country0', 'Atlantis', undefined),
      })
      .map(defined),
  })
  .map((value) => ({ placements: ['p'], ...defined(value) }) as DecideRequest);

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

/** Every feature of every listing, as training and serving see it. [features][listings] */
function featuresOf({ market, signals }: World, asked: DecideRequest, at: Millis): number[][] {
  const moment = resolveMoment(asked, at, signals.lastEventAt, market);
  const evidence = new Evidence();
  evidence.gather(moment, market, signals);
  evidence.search.add(3, 0.8);
  evidence.alike.add(4, 0.6);
  const candidates = new Candidates(evidence.shortlist);
  for (let listing = 0; listing < market.listings.size; listing++) {
    candidates.add(listing, 1);
    const own = market.interactions.find(moment.buyer, listing);
    if (own >= 0) candidates.setOwn(candidates.find(listing), own);
  }
  const input: FeatureInput = { moment, market, signals, evidence, candidates };
  const { statistics } = signals;
  const facts = {
    behind: statistics.counters.behind,
    front: statistics.counters.front,
    hour: Math.floor(moment.featureAt / MILLIS_PER_HOUR),
    purchases: statistics.purchasesRounded,
    listing: candidates.listing,
    size: candidates.size,
  };
  return FEATURES.map((feature) => {
    const out = new Float32Array(candidates.size);
    if (feature.scope === 'buyer') return new Array<number>(candidates.size).fill(feature.value(input));
    if (feature.scope === 'evidence') {
      feature.fill(input, out, new Int32Array(candidates.size));
      return [...out];
    }
    if (feature.scope === 'candidate') return feature.fill(input, out) ? [...out] : new Array(candidates.size).fill(0);
    if (feature.scope === 'listing') feature.fill(facts, out);
    else feature.fill(input, out);
    return [...out];
  });
}

/** Two clusters; the last listings came after training and have no vector. */
function embed({ signals: { embedding } }: World): void {
  const known = LISTINGS - 3;
  Object.assign(embedding, {
    dimensions: 2,
    neighboursPerListing: 2,
    vectors: Float32Array.from({ length: 2 * known }, (_, i) => (Math.floor(i / 2) % 2 === i % 2 ? 1 : 0)),
    neighbours: Int32Array.from({ length: 2 * known }, (_, i) => (i % 2 === 0 ? (Math.floor(i / 2) + 2) % known : -1)),
    similarities: new Float32Array(2 * known).fill(1),
  });
}

describe('every feature', () => {
  it.each([57, 58])('lies in [0, 1] in any state, empty ones too (seed %i)', (seed) => {
    fc.assert(
      fc.property(
        past,
        request,
        fc.boolean(),
        fc.integer({ min: -DAY, max: 800 * DAY }),
        (all, asked, trained, later) => {
          const world = newWorld();
          if (trained) embed(world);
          for (const one of all) happen(world, one);
          const values = featuresOf(world, asked, millis(START + later));
          for (const [i, column] of values.entries())
            for (const value of column)
              if (!(value >= 0 && value <= 1)) expect.fail(`${FEATURES[i]!.name} is ${value}`);
        },
      ),
      { seed, numRuns: 150 },
    );
  });

  it('is the same for two listings of which nothing is known but that they exist (seed 59)', () => {
    fc.assert(
      fc.property(past, (all) => {
        const world = newWorld();
        const twin = { ...listingOf(LISTINGS - 1, 81_000_000), id: 'twin' };
        world.signals.listed(world.market, world.market.listings.put(twin, START));
        for (const one of all) happen(world, one);
        const values = featuresOf(world, { buyer: 'b0', placements: ['p'] }, millis(START + 400 * DAY));
        for (const [i, column] of values.entries())
          expect(column[LISTINGS], FEATURES[i]!.name).toBe(column[LISTINGS - 1]);
      }),
      { seed: 59, numRuns: 50 },
    );
  });

  it('sees what has happened and nothing of what is to come: asked on the way or asked of that past alone (seed 60)', () => {
    fc.assert(
      fc.property(past, past, request, (before, after, asked) => {
        const all = [...before, ...after].sort((a, b) => a.at - b.at);
        const cut = before.length;
        const at = millis(cut === 0 ? START : all[cut - 1]!.at + 1);
        const alone = newWorld();
        for (const one of all.slice(0, cut)) happen(alone, one);
        const expected = featuresOf(alone, asked, at);
        const onTheWay = newWorld();
        for (const [i, one] of all.entries()) {
          if (i === cut) expect(featuresOf(onTheWay, asked, at)).toEqual(expected);
          happen(onTheWay, one);
        }
      }),
      { seed: 60, numRuns: 60 },
    );
  });

  it('has a name of its own, and moves in some state: none is dead', () => {
    expect(new Set(FEATURES.map(({ name }) => name)).size).toBe(FEATURES.length);
    const samples = fc.sample(past, { seed: 61, numRuns: 60 });
    const seen = FEATURES.map(() => new Set<number>());
    for (const all of samples) {
      const world = newWorld();
      embed(world);
      for (const one of all) happen(world, one);
      const asked = { buyer: 'b0', placements: ['p'], context: { category: 'c1', country: 'country1', cart: ['l2'] } };
      for (const context of [asked.context, {}])
        featuresOf(world, { ...asked, context }, millis(START + 401 * DAY)).forEach((column, i) => {
          for (const value of column) seen[i]!.add(value);
        });
    }
    const switches = FEATURES.filter((_, i) => seen[i]!.size < 3).map(({ name }) => name);
    expect(switches).toEqual(['own-cart', 'query-match', 'like-at-hand', 'same-category']);
    for (const values of seen) expect(values.size).toBeGreaterThanOrEqual(2);
  });
});
