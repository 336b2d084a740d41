import { GrowthBook } from '@growthbook/growthbook';
import type { Experiment } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { Documents } from '../market/documents.ts';
import { assign, explainAssignment } from './assign.ts';
import { bucketOf, bucketOfNumber, layerBucketOf, layerBucketOfNumber, seedState } from './bucket-hash.ts';
import { ExperimentRegistry } from './experiment-registry.ts';
import { featurePayload, nextChange } from './feature-payload.ts';
import type { Subject } from './subject.ts';

const AT = Date.UTC(2026, 4, 1);

function registryOf(...experiments: Experiment[]): ExperimentRegistry {
  const documents = new Documents<Experiment>('experiments', { keepParsed: true });
  const registry = new ExperimentRegistry(documents, () => 1);
  for (const experiment of experiments) documents.put(experiment.id, experiment);
  registry.changed(AT);
  return registry;
}

function subjectOf(buyer: string | number | undefined, attributes: Record<string, unknown> = {}, at = AT): Subject {
  const units = {
    session: undefined,
    shop: undefined,
    listing: undefined,
    campaign: undefined,
    'region-time': undefined,
    'two-sided': undefined,
  };
  return { at, units: { ...units, buyer }, attributes: { buyer, ...attributes } };
}

const halves = (id: string, more: Partial<Experiment> = {}): Experiment => ({
  id,
  status: 'running',
  unit: 'buyer',
  variants: [
    { name: 'control', weight: 0.5 },
    { name: 'treatment', weight: 0.5 },
  ],
  ...more,
});

const buyers = Array.from({ length: 2_000 }, (_, i) => `buyer-${i}`);
const variantOf = (registry: ExperimentRegistry, id: string, subject: Subject): string | null => {
  const compiled = registry.find(id)!;
  const variant = assign(compiled, subject, registry.sticky);
  return variant < 0 ? null : compiled.experiment.variants[variant]!.name;
};

/** What GrowthBook's own SDK makes of the payload. */
function official(registry: ExperimentRegistry, feature: string, buyer: string, attributes = {}, at = AT): unknown {
  const growthbook = new GrowthBook({ attributes: { buyer, ...attributes } });
  growthbook.initSync({ payload: featurePayload(registry.all(), at, AT) as never });
  return growthbook.evalFeature(feature).value;
}

describe('hashing', () => {
  test('has the values that GrowthBook publishes for version 2', () => {
    // cases.json of its SDKs, "hash": [seed, value, version, expected]
    const cases = [
      ['seed', 'a', 505],
      ['seed', 'b', 2696],
      ['foo', 'ab', 2575],
      ['foo', 'def', 2019],
    ] as const;
    for (const [seed, unit, bucket] of cases) expect(bucketOf(seedState(seed), unit)).toBe(bucket);
  });

  test('of numbers is that of their digits', () => {
    const seed = seedState('numbers');
    for (const number of [0, 7, 10, 99_999, 100_000, 1_000_003, 4_294_967_295, 2 ** 53 - 1]) {
      expect(bucketOfNumber(seed, number)).toBe(bucketOf(seed, String(number)));
      expect(layerBucketOfNumber('__layer', number)).toBe(layerBucketOf('__layer', String(number)));
    }
  });
});

describe('the official SDK and this engine agree on', () => {
  const agree = (name: string, id: string, experiments: Experiment[], least: number): void =>
    test(name, () => {
      const registry = registryOf(...experiments);
      const seen = new Map<unknown, number>();
      for (const [i, buyer] of buyers.entries()) {
        const attributes = { country: ['DE', 'FR', 'US'][i % 3], device: i % 2 === 0 ? 'mobile' : 'desktop' };
        const ours = variantOf(registry, id, subjectOf(buyer, attributes));
        expect(ours, buyer).toBe(official(registry, id, buyer, attributes));
        seen.set(ours, (seen.get(ours) ?? 0) + 1);
      }
      expect(seen.size).toBeGreaterThanOrEqual(least);
    });

  agree('halves', 'plain', [halves('plain')], 2);
  agree(
    'uneven weights, a seed and coverage',
    'uneven',
    [
      halves('uneven', {
        seed: 'another',
        coverage: 0.37,
        variants: [
          { name: 'a', weight: 0.1 },
          { name: 'b', weight: 0.2 },
          { name: 'c', weight: 0.7 },
        ],
      }),
    ],
    4,
  );
  agree('layers', 'layered', [halves('layered', { layer: { name: 'ads', from: 0.25, to: 0.613 } })], 3);
  agree(
    'conditions',
    'targeted',
    [halves('targeted', { condition: { country: { $in: ['DE', 'FR'] }, $not: { device: 'mobile' } } })],
    3,
  );
  const holdout = halves('holdout', {
    holdsOut: 'out',
    variants: [
      { name: 'out', weight: 0.2 },
      { name: 'open', weight: 0.8 },
    ],
  });
  agree('global holdouts', 'held', [holdout, halves('held')], 3);
  const shipped = halves('shipped', { status: 'stopped', ship: 'treatment' });
  agree('what was shipped, which a global holdout does without', 'shipped', [holdout, shipped], 2);
  agree('what was shipped, once the holdout has ended', 'shipped', [{ ...holdout, status: 'stopped' }, shipped], 1);
  agree(
    'prerequisites',
    'child',
    [halves('parent'), halves('child', { prerequisites: [{ experiment: 'parent', variants: ['treatment'] }] })],
    3,
  );
  agree(
    'overrides',
    'overridden',
    [halves('overridden', { coverage: 0, overrides: [{ unit: 'buyer-3', variant: 'treatment' }] })],
    2,
  );
  agree(
    'flags in a layer',
    'flag',
    [halves('flag', { variants: [{ name: 'on', weight: 1 }], coverage: 0.4, layer: { name: 'ui', from: 0, to: 0.5 } })],
    2,
  );
  agree(
    'what was shipped',
    'shipped',
    [halves('shipped', { status: 'stopped', ship: 'treatment', condition: { country: 'DE' } })],
    2,
  );
  agree('drafts', 'draft', [halves('draft', { status: 'draft' })], 1);
  agree(
    'prerequisites that go round',
    'a',
    [
      halves('a', { prerequisites: [{ experiment: 'b', variants: ['control'] }] }),
      halves('b', { prerequisites: [{ experiment: 'a', variants: ['control'] }] }),
    ],
    1,
  );
});

test('a staged roll-out widens by the clock, and nobody changes sides', () => {
  const DAY = 86_400_000;
  const rollout = [
    { from: AT, coverage: 0.1 },
    { from: AT + DAY, coverage: 0.5 },
    { from: AT + 2 * DAY, coverage: 1 },
  ];
  const registry = registryOf(halves('staged', { rollout }));
  expect(buyers.every((buyer) => variantOf(registry, 'staged', subjectOf(buyer, {}, AT - 1)) === null)).toBe(true);
  for (const [stage, share] of [0.1, 0.5, 1].entries()) {
    const at = AT + stage * DAY;
    const now = buyers.map((buyer) => variantOf(registry, 'staged', subjectOf(buyer, {}, at)));
    expect(now.filter((variant) => variant !== null).length / buyers.length).toBeCloseTo(share, 1);
    const later = buyers.map((buyer) => variantOf(registry, 'staged', subjectOf(buyer, {}, at + DAY)));
    expect(now.every((variant, i) => variant === null || variant === later[i])).toBe(true);
    expect(buyers.slice(0, 300).map((buyer) => official(registry, 'staged', buyer, {}, at))).toEqual(now.slice(0, 300));
  }
  expect(nextChange(registry.all(), AT)).toBe(AT + DAY);
  expect(nextChange(registry.all(), AT + 2 * DAY)).toBeUndefined();
});

test('experiments of one layer share no unit where their ranges do not overlap, and together take all', () => {
  const registry = registryOf(
    halves('first', { layer: { name: 'search', from: 0, to: 0.4 } }),
    halves('second', { layer: { name: 'search', from: 0.4, to: 1 } }),
  );
  for (const buyer of buyers) {
    const inFirst = variantOf(registry, 'first', subjectOf(buyer)) !== null;
    expect(variantOf(registry, 'second', subjectOf(buyer)) !== null).toBe(!inFirst);
  }
});

test('weights are kept, and experiments are independent of each other', () => {
  const registry = registryOf(halves('one'), halves('two'));
  const ids = Array.from({ length: 40_000 }, (_, i) => i);
  const both = [0, 0, 0, 0];
  for (const id of ids) {
    const one = assign(registry.find('one')!, subjectOf(id));
    const two = assign(registry.find('two')!, subjectOf(id));
    both[2 * one + two]!++;
  }
  const chi2 = both.reduce((sum, count) => sum + (count - ids.length / 4) ** 2 / (ids.length / 4), 0);
  // 3 degrees of freedom: above it lies 1 in 1,000.
  expect(chi2).toBeLessThan(16.3);
});

test('a sticky unit stays, whatever becomes of weights and conditions; another seed deals anew', () => {
  const shifted = {
    variants: [
      { name: 'control', weight: 0 },
      { name: 'treatment', weight: 1 },
    ],
  };
  const before = registryOf(halves('sticky', { sticky: true }));
  const buyer = buyers.find((id) => variantOf(before, 'sticky', subjectOf(id)) === 'control')!;
  const after = registryOf(halves('sticky', { sticky: true, condition: { country: 'DE' }, ...shifted }));
  after.expose({ experiment: 'sticky', variant: 'control', version: 1, unit: buyer }, 0);
  expect(variantOf(after, 'sticky', subjectOf(buyer))).toBe('control');
  expect(explainAssignment(after.find('sticky')!, subjectOf(buyer), after.sticky)).toMatchObject({ reason: 'sticky' });
  const reseeded = registryOf(halves('sticky', { sticky: true, seed: 'new', ...shifted }));
  expect(variantOf(reseeded, 'sticky', subjectOf(buyer))).toBe('treatment');
});

test('a region keeps its variant for a period', () => {
  const registry = registryOf(halves('switchback', { unit: 'region-time', periodHours: 2 }));
  const at = (minutes: number): string | null => {
    const subject = subjectOf('buyer', {}, AT + minutes * 60_000);
    subject.units['region-time'] = 'Bavaria';
    return variantOf(registry, 'switchback', subject);
  };
  const periods = Array.from({ length: 200 }, (_, period) => at(120 * period));
  expect(Array.from({ length: 200 }, (_, period) => at(120 * period + 119))).toEqual(periods);
  const treated = periods.filter((variant) => variant === 'treatment').length;
  expect(treated).toBeGreaterThan(70);
  expect(treated).toBeLessThan(130);
});
