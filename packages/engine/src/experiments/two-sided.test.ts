/** Two-sided and ghost-ad estimators against outcomes whose effects are built in. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { ghostAdEffect } from './ghost-ads.ts';
import { twoSidedEffect } from './two-sided.ts';

describe('two-sided', () => {
  /** Direct +30 %; a page with all rivals treated takes 10 %, a listing whose buyers are all treated has 8 % less for others. */
  const rng = new Rng(11);
  const listings = 400;
  const listingTreated = Uint8Array.from({ length: listings }, (_, i) => i % 2);
  const before = Float64Array.from({ length: listings }, () => Math.exp(rng.normal()));
  const outcomes = (effect: number) => {
    const noisy = (share: number, size: number, i: number): number =>
      share * before[i]! * size * (1 + 0.02 * rng.normal());
    const control = before.map((_, i) => noisy(0.5, 1 - effect * (listingTreated[i] === 1 ? 0.08 * 0.5 : 0), i));
    const treated = before.map((_, i) =>
      noisy(0.5, 1 - effect * (0.1 * 0.5 - (listingTreated[i] === 1 ? 0.3 - 0.08 * 0.5 : 0)), i),
    );
    return { control, treated, buyerShare: 0.5, listingTreated, before };
  };

  test('the effect of treating all is found from a quarter of the pairs', () => {
    const { relative, direct, throughListings, throughBuyers, ci } = twoSidedEffect(outcomes(1), 0.05);
    expect(relative).toBeCloseTo(0.12, 1);
    expect(direct).toBeCloseTo(0.3, 1);
    expect(Math.abs(throughListings + 0.1)).toBeLessThan(0.03);
    expect(Math.abs(throughBuyers + 0.08)).toBeLessThan(0.03);
    expect(ci[0]).toBeLessThan(0.12);
    expect(ci[1]).toBeGreaterThan(0.12);
  });

  test('no effect: the interval holds zero; one arm alone is refused', () => {
    const { ci } = twoSidedEffect(outcomes(0), 0.05);
    expect(ci[0] < 0 && ci[1] > 0).toBe(true);
    const none = { ...outcomes(0), listingTreated: new Uint8Array(listings) };
    expect(() => twoSidedEffect(none, 0.05)).toThrow(/0 of 400 listings/);
  });
});

describe('ghost ads', () => {
  const rng = new Rng(12);
  const buyers = 20_000;
  const treated = Uint8Array.from({ length: buyers }, () => rng.below(2));
  const reached = Uint8Array.from({ length: buyers }, () => (rng.unit() < 0.2 ? 1 : 0));
  const outcome = Float64Array.from(treated, (arm, i) =>
    rng.unit() < (reached[i] === 1 ? 0.1 + 0.04 * arm : 0.3) ? 1 : 0,
  );

  test('the effect is that on the reached', () => {
    const { effect, exposed, incremental, reachP } = ghostAdEffect({ treated, reached, outcome }, 0.05);
    expect(effect.ci[0]).toBeLessThan(0.04);
    expect(effect.ci[1]).toBeGreaterThan(0.04);
    expect(effect.p).toBeLessThan(0.01);
    expect(incremental).toBeCloseTo(effect.absolute * exposed, 9);
    expect(reachP).toBeGreaterThan(0.01);
  });

  test('arms that were reached unlike are told', () => {
    const uneven = reached.map((one, i) => (treated[i] === 1 && i % 3 === 0 ? 0 : one));
    expect(ghostAdEffect({ treated, reached: uneven, outcome }, 0.05).reachP).toBeLessThan(1e-6);
    expect(() => ghostAdEffect({ treated, reached: new Uint8Array(buyers), outcome }, 0.05)).toThrow(/0 treated/);
  });
});
