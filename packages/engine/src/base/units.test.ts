import { describe, expect, it } from 'vitest';
import { dayOf, MILLIS_PER_DAY, micros, millis, probability } from './units.ts';

describe('units', () => {
  it.each([0, -5, 1_000_000, Number.MAX_SAFE_INTEGER])('takes %d micros and milliseconds', (value) => {
    expect(micros(value)).toBe(value);
    expect(millis(value)).toBe(value);
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'refuses %d as money and as time, naming it',
    (value) => {
      expect(() => micros(value)).toThrow(`integer number of micros: ${value}`);
      expect(() => millis(value)).toThrow(`integer number of milliseconds: ${value}`);
    },
  );

  it('takes probabilities from 0 to 1 and nothing else', () => {
    expect([0, 0.3, 1].map(probability)).toEqual([0, 0.3, 1]);
    for (const value of [-0.001, 1.001, Number.NaN]) expect(() => probability(value)).toThrow('must lie in [0, 1]');
  });

  it('finds the UTC day of a time, before 1970 too', () => {
    const days = [0, MILLIS_PER_DAY - 1, MILLIS_PER_DAY, -1].map((at) => dayOf(millis(at)));
    expect(days).toEqual([0, 0, 1, -1]);
    expect(dayOf(millis(Date.UTC(2011, 11, 9, 23, 59)))).toBe(Date.UTC(2011, 11, 9) / MILLIS_PER_DAY);
  });
});
