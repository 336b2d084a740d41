import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitSet } from './bit-set.ts';
import { readerOf } from './snapshot.fixture.ts';

describe('BitSet', () => {
  it('is what a set of numbers would be, before and after a reload (seed 30)', () => {
    const change = fc.record({ row: fc.nat(200), member: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const bits = new BitSet();
        const model = new Set<number>();
        for (const { row, member } of changes) {
          bits.set(row, member);
          if (member) model.add(row);
          else model.delete(row);
        }
        const loaded = new BitSet();
        loaded.load(
          readerOf((out) => bits.save(out, 'x')),
          'x',
        );
        // Rows that were never named, far past the end among them, are no members.
        for (const row of [...Array(260).keys(), 100_000]) {
          expect(bits.has(row)).toBe(model.has(row));
          expect(loaded.has(row)).toBe(model.has(row));
        }
      }),
      { seed: 30 },
    );
  });
});
