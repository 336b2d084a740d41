import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RankedScores } from './ranked-scores.ts';

const ranked = new RankedScores();

it('rank as sorting does, however far down one reads', () => {
  const score = fc.oneof(
    fc.constantFrom(0, 1, 2, Number.NEGATIVE_INFINITY),
    fc.double({ min: -5, max: 5, noNaN: true }),
  );
  const input = fc.tuple(fc.array(fc.tuple(score, fc.nat(3)), { maxLength: 900, size: 'max' }), fc.nat(1000));
  fc.assert(
    fc.property(input, ([given, depth]) => {
      const scores = Float64Array.from(given, ([value]) => value);
      const priorities = Uint32Array.from(given, ([, priority]) => priority);
      const sorted = [...scores.keys()]
        .filter((i) => scores[i]! > Number.NEGATIVE_INFINITY)
        .sort((a, b) => scores[b]! - scores[a]! || priorities[b]! - priorities[a]! || a - b);
      ranked.rank(scores, priorities, scores.length);
      const read: number[] = [];
      while (read.length < depth && ranked.has(read.length)) read.push(ranked.order[read.length]!);
      expect(read).toEqual(sorted.slice(0, depth));
    }),
    { seed: 5, numRuns: 200 },
  );
});
