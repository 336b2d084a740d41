import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PairIndex } from './pair-index.ts';
import { fingerprint, readerOf } from './snapshot.fixture.ts';

const number = fc.oneof(fc.nat(20), fc.nat(2_147_483_647));
const pairs = fc.array(fc.tuple(number, number), { maxLength: 300, size: 'max' });

function addAll(index: PairIndex, model: Map<string, number>, sequence: readonly (readonly [number, number])[]): void {
  for (const [a, b] of sequence) {
    if (model.has(`${a},${b}`)) continue;
    index.add(a, b, model.size);
    model.set(`${a},${b}`, model.size);
  }
}

function expectSame(
  index: PairIndex,
  model: ReadonlyMap<string, number>,
  asked: readonly (readonly [number, number])[],
) {
  expect(index.size).toBe(model.size);
  for (const [a, b] of asked) {
    expect(index.find(a, b)).toBe(model.get(`${a},${b}`) ?? -1);
    expect(index.find(b, a)).toBe(model.get(`${b},${a}`) ?? -1);
  }
}

describe('PairIndex', () => {
  it('finds what a map would, before and after it was saved and loaded (seed 13)', () => {
    fc.assert(
      fc.property(pairs, pairs, pairs, (before, after, others) => {
        const model = new Map<string, number>();
        const index = new PairIndex();
        addAll(index, model, before);
        expectSame(index, model, [...before, ...others]);
        const loaded = new PairIndex();
        loaded.load(
          readerOf((out) => index.save(out, 'x')),
          'x',
        );
        addAll(index, new Map(model), after);
        addAll(loaded, model, after);
        expectSame(loaded, model, [...before, ...after, ...others]);
        expect(fingerprint((out) => loaded.save(out, 'x'))).toEqual(fingerprint((out) => index.save(out, 'x')));
      }),
      { seed: 13, numRuns: 100 },
    );
  });

  it('finds what a map would while pairs come and go (seed 14)', () => {
    const close = fc.tuple(fc.nat(12), fc.nat(12));
    fc.assert(
      fc.property(fc.array(close, { maxLength: 600, size: 'max' }), (sequence) => {
        const model = new Map<string, number>();
        const index = new PairIndex();
        sequence.forEach(([a, b], row) => {
          if (model.delete(`${a},${b}`)) index.remove(a, b);
          else {
            index.add(a, b, row);
            model.set(`${a},${b}`, row);
          }
        });
        expectSame(index, model, sequence);
      }),
      { seed: 14, numRuns: 200 },
    );
    expect(() => new PairIndex().remove(1, 2)).toThrow('does not have the pair: 1 2');
  });

  it('finds each of 200,000 neighbouring pairs', () => {
    const index = new PairIndex();
    for (let i = 0; i < 200_000; i++) index.add(i % 400, Math.floor(i / 400), i);
    let wrong = 0;
    for (let i = 0; i < 200_000; i++) if (index.find(i % 400, Math.floor(i / 400)) !== i) wrong++;
    expect(wrong).toBe(0);
    expect(index.find(400, 0)).toBe(-1);
  });
});
