import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Accumulator } from './accumulator.ts';

const LISTINGS = 40;
const round = fc.array(fc.tuple(fc.nat(LISTINGS - 1), fc.integer({ min: 1, max: 8 })), { maxLength: 80, size: 'max' });
const rounds = fc.array(round, { maxLength: 6 });

describe('Accumulator', () => {
  it('sums each round by itself, whatever was there before (seed 54)', () => {
    fc.assert(
      fc.property(rounds, (all) => {
        const sums = new Accumulator();
        for (const [i, round] of all.entries()) {
          sums.begin(i % 2 === 0 ? LISTINGS : 2 * LISTINGS);
          const model = new Map<number, number>();
          for (const [listing, value] of round) {
            sums.add(listing, value);
            model.set(listing, (model.get(listing) ?? 0) + value);
          }
          expect([...sums.touched.subarray(0, sums.size)]).toEqual([...model.keys()]);
          for (let listing = 0; listing < LISTINGS; listing++) expect(sums.get(listing)).toBe(model.get(listing) ?? 0);
        }
      }),
      { seed: 54, numRuns: 50 },
    );
  });

  it('holds more listings than it first had room for', () => {
    const sums = new Accumulator();
    sums.begin(5000);
    for (let listing = 0; listing < 5000; listing++) sums.add(listing, listing + 1);
    expect(sums.size).toBe(5000);
    expect([sums.touched[4999], sums.get(4999)]).toEqual([4999, 5000]);
    sums.begin(100_000);
    expect([sums.size, sums.get(4999), sums.get(99_999)]).toEqual([0, 0, 0]);
  });
});
