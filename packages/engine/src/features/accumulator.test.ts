import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Accumulator } from './accumulator.ts';
import { ENTRIES_MAX, Shortlist } from './shortlist.ts';

const LISTINGS = 40;
const round = fc.array(fc.tuple(fc.nat(LISTINGS - 1), fc.integer({ min: 1, max: 8 })), { maxLength: 80, size: 'max' });
const rounds = fc.array(fc.tuple(round, round), { maxLength: 6 });
const shortlist = new Shortlist();
const accumulators = [new Accumulator(shortlist), new Accumulator(shortlist)];

describe('Accumulator', () => {
  it('sums each round by itself, whatever was there before and what others sum (seed 54)', () => {
    fc.assert(
      fc.property(rounds, (all) => {
        for (const both of all) {
          for (const sums of accumulators) sums.begin();
          shortlist.begin();
          both.forEach((round, which) => {
            const sums = accumulators[which]!;
            const model = new Map<number, number>();
            for (const [listing, value] of round) {
              sums.add(listing, value);
              model.set(listing, (model.get(listing) ?? 0) + value);
            }
            const touched = Array.from(sums.touched.subarray(0, sums.size), (entry) => shortlist.listing[entry]);
            expect(touched).toEqual([...model.keys()]);
            for (let listing = 0; listing < LISTINGS; listing++)
              expect(sums.get(listing)).toBe(model.get(listing) ?? 0);
          });
        }
      }),
      { seed: 54, numRuns: 50 },
    );
  });

  it('leaves out what the shortlist has no room for', () => {
    const [sums] = accumulators as [Accumulator];
    const listings = ENTRIES_MAX + 10;
    sums.begin();
    shortlist.begin();
    for (let listing = 0; listing < listings; listing++) sums.add(listing, listing + 1);
    expect([sums.size, shortlist.size]).toEqual([ENTRIES_MAX, ENTRIES_MAX]);
    expect([sums.get(ENTRIES_MAX - 1), sums.get(ENTRIES_MAX), sums.get(listings - 1)]).toEqual([ENTRIES_MAX, 0, 0]);
    sums.begin();
    shortlist.begin();
    expect([sums.size, sums.get(0), sums.get(ENTRIES_MAX - 1)]).toEqual([0, 0, 0]);
  });
});
