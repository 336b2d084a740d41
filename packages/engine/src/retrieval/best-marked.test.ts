import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { BestMarked } from './best-marked.ts';
import { ListingMarks, MARKS_MAX } from './listing-marks.ts';

const bits = fc.integer({ min: 1, max: 12 });
const listing = fc.oneof(fc.nat(30), fc.nat(2 ** 26 - 1));

/** Marks that score alike, and in no order of theirs. */
const scoreOf = (mark: number): number => (mark * 5) % 7;

function mark(marks: ListingMarks, all: readonly (readonly [number, number])[]): void {
  for (const [of, added] of all) {
    const slot = marks.find(of);
    if (slot >= 0) marks.add(slot, of, added);
  }
}

it('takes what sorting everything would put first, again and again (seed 31)', () => {
  const marks = new ListingMarks();
  const best = new BestMarked();
  fc.assert(
    fc.property(fc.array(fc.tuple(listing, bits), { maxLength: 60 }), fc.nat(20), (all, limit) => {
      mark(marks, all);
      const listings = new Int32Array(limit);
      const scores = new Float32Array(limit);
      const count = best.take(marks, scoreOf, limit, listings, scores);
      marks.clear();
      const markOf = new Map<number, number>();
      for (const [of, added] of all) markOf.set(of, (markOf.get(of) ?? 0) | added);
      const expected = [...markOf]
        .map(([of, gathered]) => ({ listing: of, score: scoreOf(gathered) }))
        .sort((a, b) => b.score - a.score || b.listing - a.listing)
        .slice(0, limit);
      expect(Array.from({ length: count }, (_, i) => ({ listing: listings[i]!, score: scores[i]! }))).toEqual(expected);
    }),
    { seed: 31, numRuns: 500 },
  );
});

it('marks as many listings as there is room for, and goes on to add to these', () => {
  const marks = new ListingMarks();
  const best = new BestMarked();
  for (let round = 0; round < 2; round++) {
    mark(
      marks,
      Array.from({ length: MARKS_MAX + 10 }, (_, i) => [1_000_000 - i, 1] as const),
    );
    expect(marks.count).toBe(MARKS_MAX);
    mark(marks, [
      [1_000_000, 4],
      [7, 4],
    ]);
    const listings = new Int32Array(MARKS_MAX);
    const scores = new Float32Array(MARKS_MAX);
    expect(best.take(marks, (gathered) => gathered, MARKS_MAX, listings, scores)).toBe(MARKS_MAX);
    expect([listings[0], scores[0]]).toEqual([1_000_000, 5]);
    expect([listings[1], listings.at(-1)]).toEqual([999_999, 1_000_000 - MARKS_MAX + 1]);
    marks.clear();
    expect(marks.count).toBe(0);
    expect(marks.find(1_000_000)).toBeGreaterThanOrEqual(0);
  }
});
