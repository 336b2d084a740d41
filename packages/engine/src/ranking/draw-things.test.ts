/** Slates of things: order, variety, and propensities against how often slates are drawn. */
import { describe, expect, test } from 'vitest';
import { drawThings, poolOf, type ThingSlateInput } from './draw-things.ts';

const VALUES = [1, 4, 3, 2];
const draw = (rest: Partial<ThingSlateInput> = {}) =>
  drawThings({
    values: VALUES,
    keys: VALUES.map((_, i) => 17 * i + 3),
    places: 3,
    diversity: 0,
    likeness: () => 0,
    exploration: undefined,
    seed: 1,
    ...rest,
  });

test('the best come first, of equals the first; nothing has nothing', () => {
  expect(draw()).toMatchObject({ chosen: [1, 2, 3], propensities: [1, 1, 1] });
  expect(draw({ values: [2, 2, 2], keys: [5, 4, 3] }).chosen).toEqual([0, 1, 2]);
  expect(draw({ values: [], keys: [] }).chosen).toEqual([]);
  const many = Array.from({ length: 100 }, (_, i) => i % 7);
  expect(new Set(draw({ values: many, keys: many, places: 90 }).chosen).size).toBe(90);
});

test('what is like one chosen falls behind, or out', () => {
  // Relevance is 1, ⅔ and ⅓ of the last three.
  const likeness = (a: number, b: number) => (Math.min(a, b) === 1 && Math.max(a, b) === 2 ? 0.9 : 0);
  expect(draw({ diversity: 0.3, likeness }).chosen).toEqual([1, 3, 2]);
  expect(draw({ likeness, likenessMax: 0.8 })).toMatchObject({ chosen: [1, 3, 0], alike: new Set([2]) });
});

describe('what is drawn', () => {
  test.each([
    ['plackett-luce', { method: 'plackett-luce', temperature: 0.5 }],
    ['epsilon', { method: 'epsilon', epsilon: 0.5 }],
  ] as const)('by %s: a slate comes as often as the product of its propensities says', (_, exploration) => {
    const times = new Map<string, { count: number; product: number }>();
    const draws = 4_000;
    for (let seed = 0; seed < draws; seed++) {
      const { chosen, propensities } = draw({ places: 2, exploration, seed: seed * 2_654_435 });
      const known = times.get(chosen.join()) ?? { count: 0, product: propensities.reduce((p, one) => p * one, 1) };
      times.set(chosen.join(), { ...known, count: known.count + 1 });
    }
    let sum = 0;
    for (const { count, product } of times.values()) {
      sum += product;
      expect(Math.abs(count / draws - product)).toBeLessThan(4.5 * Math.sqrt((product * (1 - product)) / draws));
    }
    expect(times.size).toBe(12);
    expect(sum).toBeCloseTo(1, 9);
  });

  test('comes from the pool of the best', () => {
    const values = Array.from({ length: 200 }, (_, i) => -i);
    const exploration = { method: 'epsilon', epsilon: 1 } as const;
    for (let seed = 0; seed < 50; seed++) {
      const { chosen, propensities } = draw({ values, keys: values, places: 1, exploration, seed });
      expect(chosen[0]).toBeLessThan(poolOf(1));
      expect(propensities[0]).toBeCloseTo(1 / poolOf(1), 12);
    }
  });
});
