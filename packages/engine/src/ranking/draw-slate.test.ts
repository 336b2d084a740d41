/** Slates against closed forms: how often what is drawn comes out as its propensity says, and what diversity chooses by brute force. */
import type { Exploration } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { hash32 } from '../base/hash.ts';
import { Candidates, sourceBit } from '../features/candidates.ts';
import { Shortlist } from '../features/shortlist.ts';
import { drawSlate, type SlateInput } from './draw-slate.ts';
import type { CompiledRules } from './rules.ts';

const RULES: CompiledRules = {
  include: [],
  exclude: [],
  shift: [],
  pins: [],
  notBoughtMs: 0,
  maxPerShop: Number.POSITIVE_INFINITY,
};

function candidatesOf(values: readonly number[]): Candidates {
  const candidates = new Candidates(new Shortlist());
  values.forEach((value, listing) => {
    candidates.add(listing, sourceBit('popular'));
    candidates.score[listing] = value;
  });
  return candidates;
}

function draw(values: readonly number[], rest: Partial<SlateInput> = {}) {
  return drawSlate({
    candidates: candidatesOf(values),
    shops: new Int32Array(values.length).fill(-1),
    rules: RULES,
    pinned: new Map(),
    places: 3,
    diversity: 0,
    likeness: () => 0,
    exploration: undefined,
    seed: 1,
    ...rest,
  });
}

const VALUES = [0.9, 0.1, 0.5, 0.3, 0.7];
const DRAWS = 10_000;

describe.each<[Exploration]>([[{ method: 'plackett-luce', temperature: 0.4 }], [{ method: 'epsilon', epsilon: 0.3 }]])(
  '%j',
  (exploration) => {
    const slates = new Map<string, { times: number; probability: number }>();
    for (let i = 0; i < DRAWS; i++) {
      const { chosen, propensities } = draw(VALUES, { exploration, seed: hash32(`decision-${i}`) });
      const key = chosen.join();
      const probability = propensities.reduce((product, p) => product * p, 1);
      const known = slates.get(key) ?? { times: 0, probability };
      known.times++;
      slates.set(key, known);
    }

    test('every slate comes as often as the product of its propensities says', () => {
      let chiSquare = 0;
      let covered = 0;
      for (const { times, probability } of slates.values()) {
        chiSquare += (times - DRAWS * probability) ** 2 / (DRAWS * probability);
        covered += probability;
      }
      // 60 slates of three among five; the 99.99th percentile of chi-square with 59 degrees of freedom is 105.
      expect(slates.size).toBe(60);
      expect(covered).toBeCloseTo(1, 9);
      expect(chiSquare).toBeLessThan(105);
    });

    test('no two items of a slate are the same', () => {
      for (const key of slates.keys()) expect(new Set(key.split(',')).size).toBe(3);
    });
  },
);

test('Plackett and Luce: the first place by the softmax of values in units of their range', () => {
  const exploration = { method: 'plackett-luce', temperature: 0.4 } as const;
  const weights = VALUES.map((value) => Math.exp((value - 0.1) / 0.8 / 0.4));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  for (let seed = 0; seed < 50; seed++) {
    const { chosen, propensities } = draw(VALUES, { exploration, seed });
    expect(propensities[0]).toBeCloseTo(weights[chosen[0]!]! / sum, 12);
  }
});

describe('diversity', () => {
  const groups = [0, 0, 0, 1, 1];
  const likeness = (a: number, b: number): number => (groups[a] === groups[b] ? 1 : 0);
  const values = [1, 0.9, 0.8, 0.7, 0];

  test.each([0, 0.2, 0.5, 0.8, 1])('%d: each place goes to the largest marginal relevance', (diversity) => {
    const { chosen } = draw(values, { diversity, likeness, places: 5 });
    const left = new Set(values.keys());
    for (const [place, candidate] of chosen.entries()) {
      const worth = (one: number): number =>
        (1 - diversity) * values[one]! -
        diversity * Math.max(0, ...chosen.slice(0, place).map((shown) => likeness(shown, one)));
      const best = Math.max(...[...left].map(worth));
      expect(worth(candidate)).toBeCloseTo(best, 12);
      left.delete(candidate);
    }
    expect(left.size).toBe(0);
  });

  test('in between it mixes groups without losing the best', () => {
    expect(draw(values, { diversity: 0.5, likeness, places: 3 }).chosen).toEqual([0, 3, 1]);
    expect(draw(values, { places: 3 }).chosen).toEqual([0, 1, 2]);
  });
});

test('shops keep to their share, pins stay at their places, and what is drawn says so', () => {
  const exploration = { method: 'epsilon', epsilon: 1 } as const;
  for (let seed = 0; seed < 200; seed++) {
    const { chosen, propensities } = draw([5, 4, 3, 2, 1, 0], {
      exploration,
      seed,
      places: 4,
      shops: Int32Array.of(0, 0, 0, 1, 1, -1),
      rules: { ...RULES, maxPerShop: 1 },
      pinned: new Map([[1, 2]]),
    });
    expect(chosen[1]).toBe(2);
    expect(propensities[1]).toBe(1);
    // The pin is its shop's share: left are one of shop 1, and the one without a shop.
    expect([...chosen].sort()).toHaveLength(3);
    expect(chosen).not.toContain(0);
    expect(chosen).toContain(5);
  }
});

describe('newcomers, who are valued least', () => {
  const values = [...Array.from({ length: 40 }, (_, i) => 1 - i / 100), 0.02, 0.03, 0.01];
  const exploration: Exploration = { method: 'newcomers', share: 0.3, impressions: 100 };
  const isNewcomer = (listing: number) => listing >= 40;

  test('have their share of places by rank among them, each as often as its propensity says; all others go to the best', () => {
    const times = new Map<number, number>();
    const draws = 6_000;
    for (let i = 0; i < draws; i++) {
      const slate = draw(values, { exploration, isNewcomer, places: 4, seed: hash32(`decision-${i}`) });
      const [first] = slate.chosen;
      const known = first === 0 ? 0.7 : 0.3 * ({ 41: 6, 40: 3, 42: 2 }[first!]! / 11);
      expect(slate.propensities[0]).toBeCloseTo(known, 12);
      times.set(first!, (times.get(first!) ?? 0) + 1);
      const usual = slate.chosen.filter((candidate) => candidate < 40);
      expect(usual).toEqual(usual.map((_, place) => place));
      expect(new Set(slate.chosen).size).toBe(4);
    }
    for (const [first, p] of [
      [0, 0.7],
      [41, (0.3 * 6) / 11],
      [40, (0.3 * 3) / 11],
      [42, (0.3 * 2) / 11],
    ] as const)
      expect(Math.abs(times.get(first)! - p * draws)).toBeLessThan(4 * Math.sqrt(p * (1 - p) * draws));
  });

  test('where there are none, nothing is drawn', () => {
    const { chosen, propensities } = draw(values, { exploration, isNewcomer: () => false });
    expect(chosen).toEqual([0, 1, 2]);
    expect(propensities).toEqual([1, 1, 1]);
  });

  test('a slate that is followed has the propensities that it was drawn with', () => {
    for (let seed = 0; seed < 50; seed++) {
      const options = { exploration, isNewcomer, places: 6, seed: hash32(`${seed}`) };
      const { chosen, propensities } = draw(values, options);
      const follow = { listingAt: (place: number) => chosen[place] ?? -1, told: () => {} };
      expect(draw(values, { ...options, follow }).propensities).toEqual(propensities);
    }
  });
});
