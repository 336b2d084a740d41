/** Delays seen in part: the estimator against brute force and known delays, and a model that learns from fresh clicks. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { clickWorld } from './click-world.fixture.ts';
import { fitDelays, observeConversions, shareCome } from './conversion-delay.ts';
import { DEFAULT_DEEP, newDeepModel } from './deep-clicks.ts';
import { logLossOf } from './log-loss.ts';
import { sigmoid } from './logistic.ts';
import type { Observation } from './observation.ts';

/** Exponential delays with a mean of two days, up to ten; ages evenly up to ten days. */
function clicks(labels: Uint8Array, seed: number): { ages: Float32Array; delays: Float32Array } {
  const rng = new Rng(seed);
  const ages = new Float32Array(labels.length);
  const delays = new Float32Array(labels.length).fill(Number.NaN);
  labels.forEach((label, row) => {
    ages[row] = 10 * rng.unit();
    let delay = 2 * rng.exponential();
    while (delay > 10) delay = 2 * rng.exponential();
    if (label === 1 && delay <= ages[row]!) delays[row] = delay;
  });
  return { ages, delays };
}

describe('delays of conversions', () => {
  test('are those that clicks of all ages would show', () => {
    const curve = fitDelays(clicks(new Uint8Array(20_000).fill(1), 1));
    const truth = (t: number): number => (1 - Math.exp(-t / 2)) / (1 - Math.exp(-5));
    for (const age of [0.5, 1, 2, 4, 8]) expect(Math.abs(shareCome(curve, age) - truth(age))).toBeLessThan(0.02);
    expect(shareCome(curve, 0)).toBe(0);
    expect(shareCome(curve, 100)).toBe(1);
  });

  test('agree with the product written out, ties included', () => {
    const rng = new Rng(2);
    const ages = Float32Array.from({ length: 60 }, () => 1 + rng.below(9));
    const delays = ages.map((age) => 1 + rng.below(age));
    const curve = fitDelays({ ages, delays });
    for (let t = 1; t <= 9; t++) {
      let product = 1;
      for (let u = t + 1; u <= 9; u++) {
        const came = delays.filter((delay) => delay === u).length;
        const atRisk = delays.filter((delay, i) => delay <= u && ages[i]! >= u).length;
        if (came > 0) product *= 1 - came / atRisk;
      }
      expect(shareCome(curve, t), `F(${t})`).toBeCloseTo(product, 9);
    }
  });

  test('are refused where they cannot be', () => {
    const of = (age: number, delay: number) => ({ ages: Float32Array.of(age), delays: Float32Array.of(delay) });
    expect(() => fitDelays(of(1, 2))).toThrow(/came after 2, but its age is 1/);
    expect(() => fitDelays(of(1, -1))).toThrow(/from 0 to the age/);
    expect(() => fitDelays(of(1, Number.NaN))).toThrow(/no conversion/);
  });

  test('let a model learn from fresh clicks as if all were known', () => {
    const { examples } = clickWorld(30_000, 1);
    const fresh = clickWorld(10_000, 2).examples;
    const conversions = clicks(examples.labels, 3);
    const lossOf = (observation: Observation): number => {
      const model = newDeepModel(examples, [observation], { ...DEFAULT_DEEP, bits: 8 }, 1);
      model.learn(examples, [observation]);
      const out = new Float64Array(fresh.rows);
      model.score(fresh, out);
      return logLossOf(fresh.labels, out.map(sigmoid));
    };
    const all = lossOf(examples);
    const corrected = lossOf(observeConversions(conversions));
    const taken = lossOf({ labels: Uint8Array.from(conversions.delays, (d) => (Number.isNaN(d) ? 0 : 1)) });
    expect(corrected / all).toBeLessThan(1.02);
    expect(corrected).toBeLessThan(taken);
  });
});
