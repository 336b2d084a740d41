/** Doses by turns, and the curve through them. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { dosedEffect, doseOf, isDosed } from './dosed-items.ts';

const DOSES = [0.5, 0.75];
const days = (n: number): readonly number[] => Array.from({ length: n }, (_, day) => day);

test('in eight days every campaign is treated equally often in each dose, and a day has its dose', () => {
  const places = Array.from({ length: 400 }, (_, i) => (i + 0.5) / 400);
  for (const place of places)
    DOSES.forEach((dose, k) => {
      const treated = days(8).filter((day) => day % 2 === k && isDosed(DOSES, 1000 + day, place)).length;
      expect(treated).toBe(4 * dose);
    });
  for (const day of days(8))
    expect(places.filter((place) => isDosed(DOSES, day, place)).length).toBe(400 * doseOf(DOSES, day));
});

test('a curve without noise is found, and read at everything treated', () => {
  const doses = Float64Array.from(days(6), (day) => doseOf(DOSES, day));
  const control = Float64Array.from(days(6), (day) => 10 + day);
  const treated = control.map((value, day) => value * (1 + 0.1 * doses[day]! + 0.06 * doses[day]! ** 2));
  const { relative, linear, square, standardError } = dosedEffect({ doses, control, treated }, 0.05);
  expect(relative).toBeCloseTo(0.16, 10);
  expect([linear, square].map((value) => Number(value.toFixed(8)))).toEqual([0.1, 0.06]);
  expect(standardError).toBeLessThan(1e-9);
});

test('seed 7: intervals hold the truth as often as they say', () => {
  const rng = new Rng(7);
  let covered = 0;
  const runs = 2_000;
  for (let run = 0; run < runs; run++) {
    const doses = Float64Array.from(days(12), (day) => doseOf([0.5, 0.9], day));
    const control = new Float64Array(12).fill(5);
    const treated = doses.map((dose) => 5 * (1 + 0.1 * dose + 0.05 * dose * dose + 0.01 * rng.normal()));
    const [low, high] = dosedEffect({ doses, control, treated }, 0.05).ci;
    if (low <= 0.15 && 0.15 <= high) covered++;
  }
  expect(Math.abs(covered / runs - 0.95)).toBeLessThan(0.015);
});

test.each([
  ['one dose', [0.5, 0.5, 0.5, 0.5], [1, 1, 1, 1], /4 whole days with 1 doses/],
  ['three days', [0.5, 0.9, 0.5], [1, 1, 1], /3 whole days/],
  ['a day without anything', [0.5, 0.9, 0.5, 0.9], [1, 1, 0, 1], /day 3 of 4 has 0 on control/],
])('%s is refused', (_, doses, control, message) => {
  const input = {
    doses: Float64Array.from(doses),
    control: Float64Array.from(control),
    treated: Float64Array.from(control),
  };
  expect(() => dosedEffect(input, 0.05)).toThrow(message);
});
