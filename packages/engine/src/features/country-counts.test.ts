import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { CountryCounts } from './country-counts.ts';

const COUNTRIES = 5;
const LISTINGS = 70;
const purchase = fc.tuple(fc.nat(COUNTRIES - 1), fc.nat(LISTINGS - 1));

const ROWS = Int32Array.from({ length: LISTINGS + 40 }, (_, listing) => listing);

/** Country by country, one more than there are. */
const allOf = (counts: CountryCounts): number[] =>
  Array.from({ length: COUNTRIES + 1 }, (_, country) => {
    const out = new Int32Array(ROWS.length).fill(7);
    counts.gather(country, ROWS, ROWS.length, out);
    return [...out];
  }).flat();

it('counts what was bought from each country, and none of what it was not told of (seed 91)', () => {
  fc.assert(
    fc.property(fc.array(purchase, { maxLength: 200, size: 'max' }), (purchases) => {
      const counts = new CountryCounts();
      const model = new Array<number>((COUNTRIES + 1) * ROWS.length).fill(0);
      for (const [country, listing] of purchases) {
        counts.add(country, listing);
        model[country * ROWS.length + listing]!++;
      }
      expect(allOf(counts)).toEqual(model);
      const snapshot = new SnapshotWriter();
      counts.save(snapshot, 'counts');
      const loaded = new CountryCounts();
      loaded.load(new SnapshotReader(snapshot.sections), 'counts');
      expect(allOf(loaded)).toEqual(model);
    }),
    { seed: 91, numRuns: 60 },
  );
});
