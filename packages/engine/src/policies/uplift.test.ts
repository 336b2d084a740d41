/** Uplift curves by hand, and models against effects that are built in. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { upliftCurve } from './uplift-curve.ts';
import { tryUplift } from './uplift-trial.ts';

describe('the uplift curve', () => {
  test('four people, by hand', () => {
    // Order: treated 1, control 0, treated 0, control 1. u: .5, .5, .5, then (1 − 1·2/2) / 2 = 0.
    const curve = upliftCurve(Float64Array.of(4, 3, 2, 1), Uint8Array.of(1, 0, 1, 0), Float64Array.of(1, 0, 0, 1));
    expect(curve.auuc).toBeCloseTo((0.25 + 0.5 + 0.5 + 0.25) / 4, 12);
    expect(curve.random).toBe(0);
    expect(curve.qini).toBeCloseTo(0.375, 12);
    expect(curve.deciles[9]).toBeCloseTo(0, 12);
  });

  test('equal scores are the random line', () => {
    const treated = Uint8Array.from({ length: 100 }, (_, i) => i % 2);
    const outcomes = Float64Array.from(treated, (arm, i) => (i % 5 < 1 + arm ? 1 : 0));
    const curve = upliftCurve(new Float64Array(100), treated, outcomes);
    expect(curve.qini).toBeCloseTo(0, 12);
    expect(curve.deciles[4]).toBeCloseTo(curve.deciles[9]! / 2, 12);
  });

  test('one arm alone is refused', () => {
    expect(() => upliftCurve(new Float64Array(3), new Uint8Array(3), new Float64Array(3))).toThrow(/0 of 3/);
  });
});

test.each(['sparse', 's'] as const)(
  'seed 4: %s finds those whom the treatment moves, among those who come anyway',
  (learner) => {
    const rng = new Rng(4);
    const rows = 6000;
    const [mover, regular, noise] = [0, 1, 2].map(() => Float32Array.from({ length: rows }, () => rng.normal()));
    const treated = Uint8Array.from({ length: rows }, () => rng.below(2));
    const outcomes = Float64Array.from(treated, (arm, i) =>
      rng.unit() < 0.2 + (regular![i]! > 0 ? 0.3 : 0) + (arm === 1 && mover![i]! > 0.5 ? 0.3 : 0) ? 1 : 0,
    );
    const trial = tryUplift(
      { columns: [mover!, regular!, noise!], treated, outcomes },
      { splits: 2, folds: 2, seed: 1, learner },
    );
    // The best order takes the 31 % who are moved first: area .5 · (1 − .31) · .092.
    const best = 0.5 * 0.69 * 0.3 * 0.31;
    expect(trial.qini.mean).toBeGreaterThan(0.6 * best);
    expect(trial.qini.mean).toBeLessThan(1.4 * best);
    expect(trial.splitsAboveRandom).toBe(2);
    expect(Math.abs(trial.effect - 0.092)).toBeLessThan(0.04);
    if (learner === 'sparse') expect(trial.drivers.find(({ score }) => score === undefined)?.features).toEqual([0]);
  },
);
