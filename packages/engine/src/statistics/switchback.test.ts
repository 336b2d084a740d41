import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { randomisationP, type SwitchbackCells, switchbackEffect } from './switchback.ts';

/** y = .5 T + region + season + noise, on numbers that Python makes again: OLS with dummies and cov_type HC1 (statsmodels 0.15.0). */
const CELLS: SwitchbackCells = (() => {
  const treated = Uint8Array.from({ length: 24 }, (_, i) => ((i * i + 3 * i) % 7 < 3 ? 1 : 0));
  const value = Float64Array.from(treated, (t, i) => {
    return (
      Math.round(1000 * (0.5 * t + 2 * Math.floor(i / 8) + Math.sin(i % 4) + 0.3 * Math.cos(i * 2.7) * (1 + t))) / 1000
    );
  });
  const region = Int32Array.from(value, (_, i) => Math.floor(i / 8));
  const season = Int32Array.from(value, (_, i) => i % 4);
  return { value, treated, region, season };
})();

describe('switchback', () => {
  test('is least squares with dummies and robust errors (statsmodels)', () => {
    const { absolute, standardError, df } = switchbackEffect(CELLS, 0.05);
    expect(absolute).toBeCloseTo(0.8580350877193007, 8);
    expect(standardError).toBeCloseTo(0.15978750202194633, 8);
    expect(df).toBe(17);
  });

  test('nothing to compare', () => {
    expect(() => switchbackEffect({ ...CELLS, treated: new Uint8Array(24) }, 0.05)).toThrow('leave nothing to compare');
  });

  test('blocks that were assigned together count once (seed 3)', () => {
    const once = noise(60, 3);
    const twice: SwitchbackCells = {
      value: Float64Array.from({ length: 120 }, (_, i) => once.value[i >> 1]!),
      treated: Uint8Array.from({ length: 120 }, (_, i) => once.treated[i >> 1]!),
      region: new Int32Array(120),
      season: new Int32Array(120),
      block: Int32Array.from({ length: 120 }, (_, i) => i >> 1),
    };
    const [single, blocks] = [switchbackEffect(once, 0.05), switchbackEffect(twice, 0.05)];
    expect(blocks.absolute).toBeCloseTo(single.absolute, 10);
    expect(blocks.standardError).toBeCloseTo(single.standardError, 10);
  });

  test('the randomisation test is right under the null, and sees an effect (seeds 10 to 209)', () => {
    const assign = (treated: Uint8Array, rng: Rng): void => {
      for (let i = 0; i < treated.length; i++) treated[i] = rng.below(2);
    };
    let below = 0;
    for (let seed = 10; seed < 210; seed++) {
      if (randomisationP(noise(20, seed), assign, { draws: 59, rng: new Rng(seed) }) <= 0.1) below++;
    }
    expect(below).toBeGreaterThan(8); // 20 expected, standard deviation 4.2
    expect(below).toBeLessThan(33);
    const cells = noise(40, 3);
    const value = cells.value.map((x, i) => x + 2 * cells.treated[i]!);
    expect(randomisationP({ ...cells, value }, assign, { draws: 99, rng: new Rng(4) })).toBe(0.01);
  });
});

function noise(cells: number, seed: number): SwitchbackCells {
  const rng = new Rng(seed);
  return {
    value: Float64Array.from({ length: cells }, () => rng.normal()),
    treated: Uint8Array.from({ length: cells }, () => rng.below(2)),
    region: new Int32Array(cells),
    season: new Int32Array(cells),
  };
}
