import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { topScores, topSet } from './top-scores.ts';

test('is the head of the sorted list, ties by index, whatever k (seed 5)', () => {
  const rng = new Rng(5);
  for (let round = 0; round < 200; round++) {
    const size = rng.below(40);
    const k = rng.below(12);
    const scores = Float32Array.from({ length: size }, () =>
      rng.below(5) === 0 ? Number.NEGATIVE_INFINITY : rng.below(9),
    );
    const out = new Int32Array(k);
    const count = topScores(scores, k, out);
    const expected = [...scores.keys()]
      .filter((i) => scores[i]! > Number.NEGATIVE_INFINITY)
      .sort((a, b) => scores[b]! - scores[a]! || a - b)
      .slice(0, k);
    expect([...out.subarray(0, count)]).toEqual(expected);
  }
});

test('the set is what the ordered list holds, ties and all (seed 6)', () => {
  const rng = new Rng(6);
  for (let round = 0; round < 300; round++) {
    const size = rng.below(120);
    const k = rng.below(50);
    const values = 1 + rng.below(40);
    const scores = Float32Array.from({ length: size }, () =>
      rng.below(6) === 0 ? Number.NEGATIVE_INFINITY : rng.below(values),
    );
    const [ordered, set] = [new Int32Array(k), new Int32Array(k)];
    const count = topScores(scores, k, ordered);
    expect(topSet(scores, k, set, size, new Float32Array(size))).toBe(count);
    expect(set.subarray(0, count)).toEqual(ordered.slice(0, count).sort());
  }
});
