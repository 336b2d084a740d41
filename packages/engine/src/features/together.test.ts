import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, readerOf, sectionsOf } from '../base/snapshot.fixture.ts';
import { Together } from './together.ts';

const KEPT = 64;

/** Neighbours with their counts, in the order in which they lie. */
function neighboursOf(together: Together, listing: number): [number, number][] {
  const start = together.start(listing);
  return Array.from({ length: together.size(listing) }, (_, i) => [
    together.cells[start + 2 * i]!,
    together.cells[start + 2 * i + 1]!,
  ]);
}

function reloaded(together: Together): Together {
  const loaded = new Together();
  loaded.load(
    readerOf((out) => together.save(out, 't')),
    't',
  );
  return loaded;
}

/** Pairs from many listings to few and to many neighbours, some of them often. */
const meetings = fc.array(
  fc.tuple(fc.nat(3), fc.oneof(fc.nat(5), fc.nat(40), fc.nat(150))).filter(([a, b]) => a !== b),
  { maxLength: 1500, size: 'max' },
);

describe('Together', () => {
  it('keeps at most 64 neighbours, sorted, and undercounts one by no more than came while it was full (seed 52)', () => {
    let overflows = 0;
    fc.assert(
      fc.property(meetings, (sequence) => {
        const together = new Together();
        const truth = new Map<string, number>();
        const refused = new Map<number, number>();
        for (const [listing, neighbour] of sequence) {
          const known = neighboursOf(together, listing);
          if (known.length === KEPT && !known.some(([other]) => other === neighbour))
            refused.set(listing, (refused.get(listing) ?? 0) + 1);
          together.addOneWay(listing, neighbour);
          truth.set(`${listing},${neighbour}`, (truth.get(`${listing},${neighbour}`) ?? 0) + 1);
        }
        for (let listing = 0; listing < 4; listing++) {
          const kept = neighboursOf(together, listing);
          const missed = refused.get(listing) ?? 0;
          const counts = new Map(kept);
          expect(kept.length).toBeLessThanOrEqual(KEPT);
          expect(counts.size).toBe(kept.length);
          for (let i = 1; i < kept.length; i++) expect(kept[i - 1]![1]).toBeGreaterThanOrEqual(kept[i]![1]);
          for (const [pair, met] of truth) {
            const [from, to] = pair.split(',').map(Number);
            if (from !== listing) continue;
            const count = counts.get(to!) ?? 0;
            expect(count).toBeLessThanOrEqual(met);
            expect(count).toBeGreaterThanOrEqual(met - missed);
          }
          overflows += missed;
        }
      }),
      { seed: 52, numRuns: 40 },
    );
    expect(overflows).toBeGreaterThan(100);
  });

  it('is the same after being saved and loaded, while lists move about (seed 53)', () => {
    fc.assert(
      fc.property(meetings, meetings, (before, after) => {
        const together = new Together();
        for (const [a, b] of before) together.add(a, b);
        const loaded = reloaded(together);
        for (const [a, b] of after) for (const each of [together, loaded]) each.add(a, b);
        expect(fingerprint((out) => loaded.save(out, 't'))).toEqual(fingerprint((out) => together.save(out, 't')));
      }),
      { seed: 53, numRuns: 20 },
    );
  });

  it('does not let those that met once push out what meets often', () => {
    const together = new Together();
    for (let i = 0; i < 50; i++) together.addOneWay(0, 1);
    for (let i = 0; i < 5000; i++) together.addOneWay(0, 1000 + i);
    expect(neighboursOf(together, 0)[0]).toEqual([1, 50]);
  });

  it('lets in a newcomer that keeps coming', () => {
    const together = new Together();
    for (let i = 0; i < KEPT; i++) for (let times = 0; times < 3; times++) together.addOneWay(0, 100 + i);
    for (let i = 0; i < 10; i++) together.addOneWay(0, 7);
    expect(new Map(neighboursOf(together, 0)).get(7)).toBeGreaterThan(5);
  });

  it('counts both ways, and one way', () => {
    const together = new Together();
    together.add(1, 2);
    together.addOneWay(3, 2);
    expect([1, 2, 3].map((listing) => neighboursOf(together, listing))).toEqual([[[2, 1]], [[1, 1]], [[2, 1]]]);
    expect([together.start(9), together.size(9), together.size(0)]).toEqual([-1, 0, 0]);
  });

  it('gives the places of lists that moved to others', () => {
    const together = new Together();
    for (let listing = 0; listing < 200; listing++) for (let i = 0; i < 9; i++) together.addOneWay(listing, 1000 + i);
    // 9 neighbours need room for 16, of two cells each; without reuse each would also hold its 4 and its 8.
    const pool = sectionsOf((out) => together.save(out, 't')).find(({ name }) => name === 't.pool')!;
    expect(pool.bytes.length / 4).toBeLessThan(200 * 2 * 17);
    for (let listing = 0; listing < 200; listing++)
      expect(neighboursOf(together, listing)).toEqual(Array.from({ length: 9 }, (_, i) => [1000 + i, 1]));
  });
});
