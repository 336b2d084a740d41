/** Slot effects recovered from clicks of a simulated page whose effects are known. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { fitPositions, type PositionCounts } from './position-model.ts';

const TRUTH = [1, 0.62, 0.4, 0.31];
const USUAL = Float64Array.of(1, 0.9, 0.8, 0.7);

/** Good ads stand above more often than bad ones; with `mixing` 0 each ad always in one slot. */
function draw(rng: Rng, views: number, mixing: number): PositionCounts {
  const ads = 60;
  const appeal = Float64Array.from({ length: ads }, () => 0.03 * Math.exp(0.8 * rng.normal()))
    .sort()
    .reverse();
  const counts = { slot: [] as number[], ad: [] as number[], views: [] as number[], clicks: [] as number[] };
  const cells = new Map<number, [number, number]>();
  for (let n = 0; n < views; n++) {
    const ad = rng.below(ads);
    const home = Math.floor((ad / ads) * TRUTH.length);
    const slot = rng.unit() < mixing ? rng.below(TRUTH.length) : home;
    const cell = cells.get(ad * 10 + slot) ?? [0, 0];
    cell[0]++;
    if (rng.unit() < Math.min(1, TRUTH[slot]! * appeal[ad]!)) cell[1]++;
    cells.set(ad * 10 + slot, cell);
  }
  for (const [key, [seen, clicked]] of cells) {
    counts.slot.push(key % 10);
    counts.ad.push(Math.floor(key / 10));
    counts.views.push(seen);
    counts.clicks.push(clicked);
  }
  return {
    slot: Int32Array.from(counts.slot),
    ad: Int32Array.from(counts.ad),
    views: Float64Array.from(counts.views),
    clicks: Float64Array.from(counts.clicks),
    ads,
  };
}

/** Click rates of slots as they are counted, whatever ad stood there. */
function rawRates({ slot, views, clicks }: PositionCounts): number[] {
  const sums = TRUTH.map(() => [0, 0]);
  slot.forEach((k, cell) => {
    sums[k]![0]! += clicks[cell]!;
    sums[k]![1]! += views[cell]!;
  });
  return sums.map(([c, v]) => c! / v! / (sums[0]![0]! / sums[0]![1]!));
}

describe('slot effects', () => {
  it.each([1, 2, 3])('are found though good ads stand above, where ads move between slots (seed %d)', (seed) => {
    const counts = draw(new Rng(seed), 400_000, 0.5);
    const fitted = fitPositions(counts, USUAL);
    for (const [slot, effect] of TRUTH.entries()) expect(Math.abs(fitted[slot]! - effect)).toBeLessThan(0.08);
    // The click rates alone would say that the lower slots are looked at far less.
    expect(rawRates(counts)[3]).toBeLessThan(0.22);
  });

  it('stay near the usual shape where ads keep to their slots, and there is none to tell', () => {
    const none = {
      slot: new Int32Array(0),
      ad: new Int32Array(0),
      views: new Float64Array(0),
      clicks: new Float64Array(0),
      ads: 0,
    };
    expect([...fitPositions(none, USUAL)].map((effect) => effect.toFixed(6))).toEqual(
      [...USUAL].map((effect) => effect.toFixed(6)),
    );
    const few = fitPositions(draw(new Rng(4), 200, 0.5), USUAL);
    for (const [slot, effect] of USUAL.entries()) expect(Math.abs(few[slot]! - effect)).toBeLessThan(0.25);
  });

  it('never rise, however few the clicks', () => {
    for (let seed = 0; seed < 50; seed++) {
      const fitted = fitPositions(draw(new Rng(seed), 1_000, 0.3), USUAL);
      expect(fitted[0]).toBe(1);
      for (const [slot, effect] of fitted.entries()) expect(effect).toBeLessThanOrEqual(fitted[slot - 1] ?? 1);
      expect(fitted.at(-1)).toBeGreaterThan(0);
    }
  });
});
