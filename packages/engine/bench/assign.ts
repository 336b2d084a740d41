/**
 * Assignments a second on one core: whole calls of `assign`, with an experiment's dates, roll-out, layer, holdout and condition, on
 * ids as text and as numbers. And the memory that they take, which must be none: `heapBytesPerAssignment`.
 */
import type { Experiment } from '@rialto/sdk';
import { assign } from '../src/experiments/assign.ts';
import { ExperimentRegistry } from '../src/experiments/experiment-registry.ts';
import type { Subject } from '../src/experiments/subject.ts';
import { Documents } from '../src/market/documents.ts';
import type { Bench, Figures } from './bench.ts';
import { cpuMicros, machineFacts, median, rounded } from './figures.ts';

const IDS = 100_000;
const ROUNDS = 7;
const WARM_UP_ROUNDS = 5;
const AT = Date.UTC(2026, 4, 1);

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

const EXPERIMENTS: readonly Experiment[] = [
  halves('plain'),
  halves('targeted', {
    rollout: [{ from: AT - 1, coverage: 0.8 }],
    layer: { name: 'search', from: 0, to: 0.5 },
    condition: { country: { $in: ['DE', 'FR'] } },
  }),
];
/** Held apart: it would hold the others, too. */
const HELD: readonly Experiment[] = [
  halves('holdout', {
    holdsOut: 'out',
    variants: [
      { name: 'out', weight: 0.1 },
      { name: 'open', weight: 0.9 },
    ],
  }),
  halves('held'),
];

export const assignBench: Bench = async ({ small, say }) => {
  const ids = small ? 1_000 : IDS;
  const texts = Array.from({ length: ids }, (_, i) => `buyer-${1_000_003 * i}`);
  const numbers = Array.from({ length: ids }, (_, i) => 1_003 * i);
  const figures: Record<string, Figures> = {};
  for (const [name, experiments, units] of [
    ['plain', EXPERIMENTS, texts],
    ['targeted', EXPERIMENTS, texts],
    ['held', HELD, texts],
    ['plain', EXPERIMENTS, numbers],
  ] as const) {
    const kind = units === texts ? 'text' : 'number';
    say(`assigning ${ids} ids as ${kind} in the experiment ${name}`);
    figures[`${name}-${kind}`] = measure(registryOf(experiments), name, units);
  }
  return { ids, experiments: figures, machine: machineFacts() };
};

function registryOf(experiments: readonly Experiment[]): ExperimentRegistry {
  const documents = new Documents<Experiment>('experiments', { keepParsed: true });
  const registry = new ExperimentRegistry(documents, () => 1);
  for (const experiment of experiments) documents.put(experiment.id, experiment);
  registry.changed(AT);
  return registry;
}

function measure(registry: ExperimentRegistry, name: string, units: readonly (string | number)[]): Figures {
  const compiled = registry.find(name)!;
  const none = undefined;
  const subject: Subject = {
    at: AT,
    units: {
      buyer: none,
      session: none,
      shop: none,
      listing: none,
      campaign: none,
      'region-time': none,
      'two-sided': none,
    },
    attributes: { country: 'FR' },
  };
  const variants = new Int32Array(compiled.experiment.variants.length + 1); // what came out, `none` last
  const passes = Math.ceil(5_000_000 / IDS / ROUNDS);
  const run = (): void => {
    for (let pass = 0; pass < passes; pass++) {
      for (let i = 0; i < units.length; i++) {
        subject.units.buyer = units[i];
        const variant = assign(compiled, subject, registry.sticky);
        variants[variant < 0 ? variants.length - 1 : variant]++;
      }
    }
  };
  for (let warm = 0; warm < WARM_UP_ROUNDS; warm++) run();
  const rates: number[] = [];
  const { heapUsed } = process.memoryUsage();
  for (let round = 0; round < ROUNDS; round++) {
    const since = cpuMicros();
    run();
    rates.push((passes * units.length) / (cpuMicros() - since));
  }
  const assigned = ROUNDS * passes * units.length;
  const grown = process.memoryUsage().heapUsed - heapUsed;
  const all = variants.reduce((sum, count) => sum + count, 0);
  return {
    assignmentsPerSecond: Math.round(1e6 * median(rates)),
    heapBytesPerAssignment: rounded(grown / assigned, 3),
    shares: [...variants].map((count) => rounded(count / all, 3)),
  };
}
