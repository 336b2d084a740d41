import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { Interactions } from './interactions.ts';

const BUYERS = 4;
const touches = fc.array(fc.record({ buyer: fc.nat(BUYERS - 1), listing: fc.nat(9) }), { maxLength: 200, size: 'max' });
type Touch = { readonly buyer: number; readonly listing: number };

function listOf(interactions: Interactions, buyer: number): number[] {
  const listings: number[] = [];
  for (let row = interactions.first(buyer); row >= 0; row = interactions.next.data[row]!)
    listings.push(interactions.listing.data[row]!);
  return listings;
}

/** Each buyer's listings, the latest touched first, as an array would have them. */
function touchAll(interactions: Interactions, model: number[][], sequence: readonly Touch[]): void {
  for (const { buyer, listing } of sequence) {
    const row = interactions.touch(buyer, listing);
    expect(interactions.find(buyer, listing)).toBe(row);
    interactions.views.data[row]!++;
    model[buyer] = [listing, ...model[buyer]!.filter((other) => other !== listing)];
  }
}

function expectLists(interactions: Interactions, model: readonly number[][]): void {
  for (let buyer = 0; buyer < BUYERS; buyer++) expect(listOf(interactions, buyer)).toEqual(model[buyer]);
}

describe('Interactions', () => {
  it("keeps each buyer's listings, the latest touched first, also when saved and loaded on the way (seed 17)", () => {
    fc.assert(
      fc.property(touches, touches, (before, after) => {
        const model: number[][] = Array.from({ length: BUYERS }, () => []);
        const interactions = new Interactions();
        touchAll(interactions, model, before);
        expectLists(interactions, model);
        const loaded = new Interactions();
        loaded.load(readerOf((out) => interactions.save(out)));
        touchAll(interactions, structuredClone(model), after);
        touchAll(loaded, model, after);
        expectLists(loaded, model);
        expect(fingerprint((out) => loaded.save(out))).toEqual(fingerprint((out) => interactions.save(out)));
        const touched = [...before, ...after].filter(({ buyer, listing }) => buyer === 0 && listing === 0).length;
        const row = loaded.find(0, 0);
        expect(row < 0 ? 0 : loaded.views.data[row]).toBe(touched);
      }),
      { seed: 17, numRuns: 100 },
    );
  });

  it("forgets one buyer's rows in slices, and gives them out again with nothing in them (seed 18)", () => {
    fc.assert(
      fc.property(touches, touches, fc.integer({ min: 1, max: 5 }), (before, after, slice) => {
        const model: number[][] = Array.from({ length: BUYERS }, () => []);
        const interactions = new Interactions();
        touchAll(interactions, model, before);
        const rows = interactions.size;
        const [own] = model.splice(0, 1, []);
        for (let left = own!.length; left > 0; left -= slice)
          expect(interactions.forget(0, slice)).toBe(Math.min(slice, left));
        expect(interactions.forget(0, slice)).toBe(0);
        expect(interactions.size).toBe(rows - own!.length);
        for (const listing of own!) expect(interactions.find(0, listing)).toBe(-1);
        expectLists(interactions, model);
        for (let i = 0; i < own!.length; i++) {
          const row = interactions.touch(BUYERS, i);
          const { purchases, pieces, lastOrder, views, carts, hidden, lastViewAt } = interactions;
          const cells = [purchases, pieces, lastOrder, views, carts, hidden, lastViewAt].map(({ data }) => data[row]);
          expect(cells).toEqual([0, 0, 0, 0, 0, 0, 0]);
          expect(row).toBeLessThan(rows);
        }
        touchAll(interactions, model, after);
        expectLists(interactions, model);
      }),
      { seed: 18, numRuns: 100 },
    );
  });

  it('knows nothing of buyers who did nothing, and of nobody', () => {
    const interactions = new Interactions();
    interactions.touch(3, 1);
    expect([interactions.first(-1), interactions.first(0), interactions.first(99)]).toEqual([-1, -1, -1]);
    expect([interactions.find(0, 1), interactions.find(3, 2), interactions.find(-1, 1)]).toEqual([-1, -1, -1]);
    expect(interactions.size).toBe(1);
  });

  it('counts more pieces than 32 bits hold', () => {
    const interactions = new Interactions();
    const row = interactions.touch(0, 0);
    for (let i = 0; i < 3000; i++) interactions.pieces.data[row]! += 1_000_000;
    expect(interactions.pieces.data[row]).toBe(3_000_000_000);
  });
});
