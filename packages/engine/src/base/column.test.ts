import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, float64Column, int32Column, uint8Column } from './column.ts';
import { readerOf, sectionsOf } from './snapshot.fixture.ts';

const FILL = -7;
type Step = { readonly op: 'push' | 'resize' | 'extend' | 'clear' | 'reload'; readonly n: number };
const steps = fc.array(
  fc.record({
    op: fc.constantFrom<Step['op']>('push', 'push', 'resize', 'extend', 'clear', 'reload'),
    n: fc.nat(60),
  }),
);

function reloaded(column: Column<Int32Array>): Column<Int32Array> {
  const loaded = int32Column(FILL);
  loaded.load(
    readerOf((out) => column.save(out, 'x')),
    'x',
  );
  return loaded;
}

describe('Column', () => {
  it('is what an array would be, whatever grows, clears or reloads it (seed 15)', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        let column = int32Column(FILL);
        let model: number[] = [];
        for (const { op, n } of sequence) {
          if (op === 'push') expect(column.push(n)).toBe(model.push(n) - 1);
          if (op === 'extend') {
            expect(column.extend(n)).toBe(model.length);
            model.push(...new Array<number>(n).fill(FILL));
          }
          if (op === 'resize') {
            column.resize(n);
            while (model.length < n) model.push(FILL);
          }
          if (op === 'clear') {
            column.clear();
            model = [];
          }
          if (op === 'reload') column = reloaded(column);
          expect(column.length).toBe(model.length);
        }
        expect([...column.view()]).toEqual(model);
      }),
      { seed: 15, numRuns: 300 },
    );
  });

  it('fills new cells with 0 unless told otherwise', () => {
    const column = float64Column();
    column.push(5);
    column.clear();
    column.resize(3);
    expect([...column.view()]).toEqual([0, 0, 0]);
  });

  it('saves only what is valid, and refuses a section of another type', () => {
    const column = int32Column();
    column.push(1);
    expect(sectionsOf((out) => column.save(out, 'x'))[0]!.bytes.length).toBe(4);
    const reader = readerOf((out) => column.save(out, 'x'));
    expect(() => uint8Column().load(reader, 'x')).toThrow('section x should be Uint8Array: Int32Array');
  });

  it('grows a column that was loaded empty', () => {
    const loaded = reloaded(int32Column());
    for (let i = 0; i < 1000; i++) loaded.push(i);
    expect(loaded.data[999]).toBe(999);
  });

  it('gives what it holds away, and begins anew', () => {
    const column = int32Column();
    for (let i = 0; i < 20; i++) column.push(i);
    const taken = column.take();
    expect([taken.length, taken.buffer.byteLength, taken[19]]).toEqual([20, 80, 19]);
    column.push(7);
    expect([...column.view()]).toEqual([7]);
    expect(taken[0]).toBe(0);
  });
});
