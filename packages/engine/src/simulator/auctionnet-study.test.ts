/** The whole comparison at a small size: who comes out above whom, and the same figures for the same seeds. */
import { expect, test } from 'vitest';
import { studyPolicies } from './auctionnet-study.ts';

const SMALL = {
  world: { density: 'sparse', opportunities: 20_000 },
  seeds: [1, 2],
  pastPeriods: 6,
} as const;

test('our bidder comes nearest to the optimum and uses its budget; the same seeds give the same figures', () => {
  const steps: number[] = [];
  const result = studyPolicies({ ...SMALL, onProgress: (done, all) => steps.push(done / all) });
  const { rialto, ...baselines } = result.policies;
  expect(rialto.shareOfOptimum).toBeGreaterThan(0.8);
  expect(rialto.budgetUsed).toBeGreaterThan(0.95);
  for (const { shareOfOptimum, budgetUsed } of Object.values(baselines)) {
    expect(shareOfOptimum).toBeLessThan(rialto.shareOfOptimum);
    expect(budgetUsed).toBeLessThanOrEqual(1);
  }
  expect(result.optimum.score).toBeGreaterThan(rialto.score);
  expect(result.optimum.bound / result.optimum.score).toBeLessThan(1.01);
  expect(result.seeds.map(({ seed }) => seed)).toEqual([1, 2]);
  expect(steps.at(-1)).toBe(1);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(studyPolicies(SMALL)).toEqual(result);
});
