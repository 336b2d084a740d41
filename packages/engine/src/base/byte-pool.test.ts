import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BytePool } from './byte-pool.ts';
import { fingerprint, readerOf, sectionsOf } from './snapshot.fixture.ts';

interface Write {
  readonly row: number;
  readonly text: string;
  /** Large documents bring the pool to compaction. */
  readonly padding: number;
}

const writes = fc.array(
  fc.record({ row: fc.nat(8), text: fc.string({ unit: 'grapheme' }), padding: fc.constantFrom(0, 0, 10, 40_000) }),
  { maxLength: 40, size: 'max' },
);
const documentOf = ({ text, padding }: Write) => ({ text, padding: 'x'.repeat(padding) });

function expectSame(pool: BytePool, model: ReadonlyMap<number, object>): void {
  expect(pool.rows).toBe(Math.max(-1, ...model.keys()) + 1);
  for (let row = -1; row <= pool.rows; row++) {
    expect(pool.has(row)).toBe(model.has(row));
    if (model.has(row)) expect(pool.get(row)).toEqual(model.get(row));
  }
}

const sizeOf = (pool: BytePool): number => sectionsOf((out) => pool.save(out, 'x'))[0]!.bytes.length;

describe('BytePool', () => {
  it('gives back the latest document of each row through replacing, compacting, saving and loading (seed 14)', () => {
    let largest = 0;
    fc.assert(
      fc.property(writes, writes, (before, after) => {
        const model = new Map<number, object>();
        const pool = new BytePool();
        const write = (target: BytePool, one: Write) => target.set(one.row, documentOf(one));
        for (const one of before) {
          write(pool, one);
          model.set(one.row, documentOf(one));
        }
        expectSame(pool, model);
        const loaded = new BytePool();
        loaded.load(
          readerOf((out) => pool.save(out, 'x')),
          'x',
        );
        for (const one of after) {
          write(pool, one);
          write(loaded, one);
          model.set(one.row, documentOf(one));
        }
        expectSame(loaded, model);
        expect(fingerprint((out) => loaded.save(out, 'x'))).toEqual(fingerprint((out) => pool.save(out, 'x')));
        largest = Math.max(largest, before.filter(({ padding }) => padding > 10).length);
      }),
      { seed: 14, numRuns: 40 },
    );
    // So that compaction was among what was tried.
    expect(largest).toBeGreaterThan(8);
  });

  it('stays within twice its documents, and a little, however often they are replaced', () => {
    const pool = new BytePool();
    const document = { text: 'y'.repeat(1000) };
    for (let i = 0; i < 5000; i++) pool.set(i % 20, { ...document, i });
    expect(sizeOf(pool)).toBeLessThan(2 * 20 * 1100 + 2 * 65_536);
    expect(pool.get<{ i: number }>(7).i).toBe(4987);
  });
});
