import type { Experiment } from '@rialto/sdk';
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { Documents } from '../market/documents.ts';
import { assign, counts } from './assign.ts';
import { ExperimentRegistry } from './experiment-registry.ts';
import type { Subject } from './subject.ts';

const AT = Date.UTC(2026, 4, 1);
const HOUR = 3_600_000;
const HERE = 'home';

function registryOf(experiments: readonly Experiment[]): ExperimentRegistry {
  const documents = new Documents<Experiment>('experiments', { keepParsed: true });
  const registry = new ExperimentRegistry(documents, (row) => row + 3);
  for (const experiment of experiments) documents.put(experiment.id, experiment);
  registry.changed(AT);
  return registry;
}

function drawExperiment(rng: Rng, number: number): Experiment {
  const id = `experiment-${number}`;
  const often = (share: number): boolean => rng.unit() < share;
  const size = often(0.05) ? 60 : 1 + rng.below(4);
  const variants = Array.from({ length: size }, (_, i) => ({
    name: `v${i}`,
    weight: 1 / size,
    ...(often(0.5) && { value: { text: `${id} ${i}` } }),
    ...(often(0.3) && { changes: { [often(0.7) ? HERE : 'listing']: { slots: 3 + i } } }),
  }));
  const from = rng.below(10) / 10;
  return {
    id,
    status: often(0.8) ? 'running' : 'stopped',
    unit: (['buyer', 'session', 'shop', 'region-time'] as const)[rng.below(4)]!,
    placements: [HERE],
    variants,
    ...(often(0.1) && { ship: 'v0' }),
    ...(often(0.3) && { layer: { name: `layer-${rng.below(2)}`, from, to: from + rng.below(11) / 10 } }),
    ...(often(0.3) && { condition: { country: { $in: ['DE', 'FR'] } } }),
    ...(often(0.3) && { coverage: rng.below(11) / 10 }),
    ...(often(0.2) && { startsAt: AT + HOUR * rng.below(4) }),
    ...(often(0.2) && { endsAt: AT + HOUR * (2 + rng.below(4)) }),
    ...(often(0.2) && {
      rollout: [1, 2, 3].map((stage) => ({ from: AT + stage * HOUR, coverage: stage / 3 })),
    }),
    ...(often(0.1) && { overrides: [{ unit: 'buyer-1', variant: 'v0' }] }),
    ...(often(0.1) && { sticky: true }),
    ...(often(0.05) && size > 1 && { holdsOut: 'v0' }),
    ...(number > 0 && often(0.1) && { prerequisites: [{ experiment: 'experiment-0', variants: ['v0'] }] }),
  };
}

function drawSubject(rng: Rng, at: number): Subject {
  const idOf = (kind: string): string | undefined => (rng.unit() < 0.1 ? undefined : `${kind}-${rng.below(300)}`);
  const country = ['DE', 'FR', 'ES', undefined][rng.below(4)];
  const units = {
    buyer: idOf('buyer'),
    session: idOf('session'),
    shop: idOf('şop🏪'.repeat(rng.below(20))),
    listing: undefined,
    campaign: undefined,
    'region-time': country,
    'two-sided': undefined,
  };
  return { at, units, attributes: { buyer: units.buyer, country } };
}

test.each([1, 2, 3, 4])('variants are those that assign gives, at any time (seed %i)', (seed) => {
  const rng = new Rng(seed);
  const experiments = Array.from({ length: 24 }, (_, number) => drawExperiment(rng, number));
  const registry = registryOf(experiments);
  registry.expose({ experiment: 'experiment-1', variant: 'v0', version: 1, unit: 'buyer-2' }, AT);
  let plain = 0;
  let dealt = 0;
  for (let page = 0; page < 1_500; page++) {
    // Forth and back, and on the very edges.
    const at = AT + HOUR * rng.below(7) - rng.below(2);
    const subject = drawSubject(rng, at);
    const plan = registry.planOf(HERE, at)!;
    plan.deal(subject, registry.sticky);
    for (const compiled of registry.all()) {
      const variant = assign(compiled, subject, registry.sticky);
      const index = plan.experiments.indexOf(compiled);
      if (index < 0) {
        expect(variant).toBeLessThan(0);
        continue;
      }
      const { experiment, version } = compiled;
      if (variant < 0) expect(plan.variants[index]).toBeLessThan(0);
      else expect([experiment.id, plan.variants[index]]).toEqual([experiment.id, variant]);
      if (variant < 0) continue;
      dealt++;
      const { name, value, changes } = experiment.variants[variant]!;
      expect(plan.patches(index, variant)).toBe(changes?.[HERE] !== undefined);
      if (!plan.isPlain(index)) continue;
      plain++;
      const unit = subject.units[experiment.unit];
      expect(plan.exposure(index)).toEqual({ experiment: experiment.id, variant: name, version, unit });
      expect(plan.value(index)).toBe(value);
      expect(plan.counts(index)).toBe(counts(compiled, unit));
    }
  }
  expect(dealt).toBeGreaterThan(3_000);
  expect(plain).toBeGreaterThan(dealt / 4);
});

test('nothing is planned where nothing runs', () => {
  const variants = [{ name: 'on', weight: 1 }];
  const later: Experiment = { id: 'x', status: 'running', unit: 'buyer', placements: [HERE], variants, startsAt: AT };
  const registry = registryOf([later]);
  expect(registry.planOf('listing', AT)).toBeUndefined();
  expect(registry.planOf(HERE, AT - 1)).toBeUndefined();
  expect(registry.planOf(HERE, AT)?.experiments).toHaveLength(1);
});
