import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectTopByKey, sortTop } from './select-top.ts';

/** Few distinct keys, so that there are many ties. */
const keysOf = fc.array(fc.oneof(fc.nat(3), fc.float({ noNaN: true })), { maxLength: 200, size: 'max' });
const shuffled = (n: number) =>
  fc.shuffledSubarray(
    Array.from({ length: n }, (_, i) => i),
    { minLength: n, maxLength: n },
  );
const inputs = keysOf.chain((keys) => fc.tuple(fc.constant(keys), shuffled(keys.length), fc.nat(keys.length + 3)));

const ranked = (keys: Float32Array | Float64Array): number[] =>
  Array.from(keys.keys()).sort((a, b) => keys[b]! - keys[a]! || (keys[a] === keys[b] ? a - b : 0));

describe('the first of many', () => {
  it('are those that sorting would put first, ties by the smaller item (seed 55)', () => {
    fc.assert(
      fc.property(inputs, ([values, items, k]) => {
        const keys = Float64Array.from(values);
        const expected = ranked(keys).slice(0, k);
        const sorted = Int32Array.from(items);
        expect(sortTop(sorted, items.length, k, keys)).toBe(expected.length);
        expect([...sorted.subarray(0, expected.length)]).toEqual(expected);
        expect([...sorted].sort((a, b) => a - b)).toEqual(items.toSorted((a, b) => a - b));
      }),
      { seed: 55, numRuns: 300, endOnFailure: true },
    );
  });

  it('are the same where the keys move along with the items (seed 56)', () => {
    fc.assert(
      fc.property(inputs, ([values, items, k]) => {
        const byItem = Float32Array.from(values);
        const chosen = Int32Array.from(items);
        const keys = Float32Array.from(items, (item) => byItem[item]!);
        const n = selectTopByKey(chosen, keys, items.length, k);
        expect([...chosen.subarray(0, n)].sort((a, b) => a - b)).toEqual(
          ranked(byItem)
            .slice(0, k)
            .sort((a, b) => a - b),
        );
        expect([...keys]).toEqual(Array.from(chosen, (item) => byItem[item]!));
      }),
      { seed: 56, numRuns: 300, endOnFailure: true },
    );
  });

  it('touch only the part that is asked about', () => {
    const items = Int32Array.of(3, 1, 2, 0, 4);
    sortTop(items.subarray(1, 4), 3, 3, Float64Array.of(1, 2, 3, 9, 9));
    expect([...items]).toEqual([3, 2, 1, 0, 4]);
  });
});
