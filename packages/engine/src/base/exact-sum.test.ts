import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addExact, exactly, nearest } from './exact-sum.ts';

describe('an exact sum', () => {
  const seed = 53;
  it(`is what BigInt says, of any safe integers (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { maxLength: 50 }), (amounts) => {
        const cells = new Float64Array(4);
        let sum = 0n;
        for (const amount of amounts) {
          addExact(cells, 2, amount);
          sum += BigInt(amount);
          expect(exactly(cells, 2)).toBe(sum);
          expect(nearest(cells, 2)).toBe(Number(sum));
        }
        expect(cells.subarray(0, 2)).toEqual(new Float64Array(2));
      }),
      { seed, numRuns: 300 },
    );
  });

  it('goes on exactly where doubles stop', () => {
    const cells = new Float64Array(2);
    for (let i = 0; i < 1000; i++) addExact(cells, 0, Number.MAX_SAFE_INTEGER);
    addExact(cells, 0, 1);
    expect(exactly(cells, 0)).toBe(1000n * BigInt(Number.MAX_SAFE_INTEGER) + 1n);
  });

  it('takes only safe integers', () => {
    expect(() => addExact(new Float64Array(2), 0, 0.5)).toThrow(/safe integers/);
    expect(() => addExact(new Float64Array(2), 0, 2 ** 53)).toThrow(/safe integers/);
  });
});
