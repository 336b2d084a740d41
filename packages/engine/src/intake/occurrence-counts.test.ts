import fc from 'fast-check';
import { test } from 'vitest';
import { OccurrenceCounts } from './occurrence-counts.ts';

test('counts as a map does', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3_000), { maxLength: 5_000, size: 'max' }), (keys) => {
      const counts = new OccurrenceCounts();
      const reference = new Map<number, number>();
      return keys.every((key) => {
        const expected = (reference.get(key) ?? 0) + 1;
        reference.set(key, expected);
        return counts.add(`key ${key}`) === expected;
      });
    }),
    { seed: 1, numRuns: 20 },
  );
});
