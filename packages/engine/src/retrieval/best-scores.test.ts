import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { BestScores } from './best-scores.ts';

it('keeps what sorting everything would put first (seed 31)', () => {
  const scores = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 60 });
  fc.assert(
    fc.property(scores, fc.nat(20), (all, limit) => {
      const best = new BestScores();
      const outListings = new Int32Array(limit);
      const outScores = new Float32Array(limit);
      best.reset(outListings, outScores, limit);
      all.forEach((score, i) => {
        best.offer((i * 37) % 61, score);
      });
      const count = best.sort();
      const expected = all
        .map((score, i) => ({ listing: (i * 37) % 61, score }))
        .sort((a, b) => b.score - a.score || b.listing - a.listing)
        .slice(0, limit);
      const actual = Array.from({ length: count }, (_, i) => ({ listing: outListings[i]!, score: outScores[i]! }));
      expect(actual).toEqual(expected);
    }),
    { seed: 31, numRuns: 500 },
  );
});

it('says when it is full of scores at or above a bound', () => {
  const best = new BestScores();
  best.reset(new Int32Array(2), new Float32Array(2), 2);
  best.offer(1, 1.5);
  expect(best.isFullAbove(1)).toBe(false);
  best.offer(2, 0.5);
  expect(best.isFullAbove(1)).toBe(false);
  best.offer(3, 1);
  expect(best.isFullAbove(1)).toBe(true);
});
