import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { Advertised, clickRate } from './advertised.ts';
import { CLICKS, IMPRESSIONS, ListingCounters } from './listing-counters.ts';

const LISTINGS = 12;
const CATEGORIES = 3;

interface Truth {
  advertised: boolean;
  category: number;
}

const step = fc.record({
  listing: fc.nat(LISTINGS - 1),
  kind: fc.constantFrom('put', 'take-out', 'count', 'count', 'reload'),
  category: fc.integer({ min: -1, max: CATEGORIES - 1 }),
  impressions: fc.nat(300),
  clicks: fc.nat(40),
});

it('keeps the boards sorted by click rate and every draw possible, through changes and restarts (seed 55)', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let advertised = new Advertised();
      const counters = new ListingCounters();
      counters.grow(LISTINGS);
      const truth: Truth[] = Array.from({ length: LISTINGS }, () => ({ advertised: false, category: -1 }));
      for (const { listing, kind, category, impressions, clicks } of steps) {
        const is = truth[listing]!;
        if (kind === 'put') Object.assign(is, { advertised: true, category });
        if (kind === 'take-out') is.advertised = false;
        if (kind === 'count') {
          counters.add(listing, IMPRESSIONS, impressions);
          counters.add(listing, CLICKS, clicks);
          advertised.count(listing, counters);
        } else if (kind === 'reload') {
          const loaded = new Advertised();
          loaded.load(readerOf((out) => advertised.save(out)));
          expect(fingerprint((out) => loaded.save(out))).toEqual(fingerprint((out) => advertised.save(out)));
          advertised = loaded;
        } else advertised.put(listing, is, counters);
        check(advertised, truth, counters);
      }
    }),
    { seed: 55, numRuns: 150 },
  );
});

/** Levels are steps of 19 %: of two listings in a row the second is clicked at most so much more. */
const STEP = 2 ** (1 / 4);

function check(advertised: Advertised, truth: readonly Truth[], counters: ListingCounters): void {
  for (let category = -1; category < CATEGORIES; category++) {
    const expected = truth.flatMap((is, row) =>
      is.advertised && (category < 0 || is.category === category) ? [row] : [],
    );
    const out = new Int32Array(LISTINGS);
    const top = [...out.subarray(0, advertised.top(category, LISTINGS, out))];
    expect([...top].sort((a, b) => a - b)).toEqual(expected);
    expect(advertised.size(category)).toBe(expected.length);
    for (let i = 1; i < top.length; i++)
      expect(clickRate(counters, top[i]!)).toBeLessThan(clickRate(counters, top[i - 1]!) * STEP * 1.0001);
    const drawn = expected.map((_, i) => advertised.draw(category, (i + 0.5) / expected.length));
    expect([...drawn].sort((a, b) => a - b)).toEqual(expected);
    if (expected.length === 0) expect(advertised.draw(category, 0.5)).toBe(-1);
  }
}
