/** Designs that live in the log: rankers interleaved in decisions, read from what was clicked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent, Experiment } from '@rialto/sdk';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { Rng } from '../../base/rng.ts';
import { millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import { packAdditive } from '../../learning/additive-model.ts';
import type { BanditResult } from '../../policies/bandit-result.ts';
import { PRIOR_MODEL } from '../../ranking/ranker.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const START = Date.UTC(2026, 4, 1);
const folder = mkdtempSync(join(tmpdir(), 'rialto-designs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const printed = (...args: string[]): Promise<string> =>
  printedBy(async () => {
    await new Command().addCommand(experimentCommand).parseAsync(['experiment', ...args], { from: 'user' });
  });

const rialto = async (...args: string[]): Promise<Record<string, unknown>> => JSON.parse(await printed(...args));

/** Every weight turned round: the worst listing first. */
const backwards = packAdditive({ ...PRIOR_MODEL, lines: PRIOR_MODEL.lines.map((line) => -line) });

const mix = (interleaves: 'team-draft' | 'balanced'): Experiment => ({
  id: 'mix',
  status: 'running',
  unit: 'buyer',
  interleaves,
  variants: [
    { name: 'now', weight: 0.5 },
    { name: 'backwards', weight: 0.5, changes: { discover: { ranker: 'backwards' } } },
  ],
});

test.each(['team-draft', 'balanced'] as const)('%s finds the ranker whose items are clicked', async (method) => {
  const data = join(folder, method);
  const clock = new ManualClock(millis(START));
  const engine = await openEngine(data, { clock });
  const listings = Array.from({ length: 12 }, (_, i) => ({
    id: `l${i}`,
    title: `Mug ${i}`,
    priceMicros: (i + 1) * 1e6,
  }));
  await engine.save('listing', listings, 'test');
  await engine.models.publish([{ name: 'ranker:backwards', bytes: backwards, card: {}, by: 'test' }]);
  // Popular ones come first where nothing is turned round.
  await engine.ingest(
    listings.flatMap(({ id }, i) =>
      Array.from(
        { length: 12 - i },
        (_, n): BuyerEvent => ({ id: `v${i}-${n}`, type: 'view', buyer: `v${n}`, listing: id }),
      ),
    ),
  );
  const { rejected } = await engine.save('experiment', [mix(method)], 'test');
  expect(rejected).toEqual([]);
  const clicks: BuyerEvent[] = [];
  for (let i = 0; i < 60; i++) {
    const { placements, experiments } = engine.decide({ buyer: `b${i}`, placements: ['discover'] });
    expect(experiments).toMatchObject([{ experiment: 'mix', variant: 'interleaved', unit: `b${i}` }]);
    const { items } = placements[0]!;
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    // Buyers like the first three mugs.
    for (const { id, token } of items.slice(0, 6))
      if (['l0', 'l1', 'l2'].includes(id))
        clicks.push({ id: `c${i}${id}`, type: 'click', buyer: `b${i}`, listing: id, token });
  }
  expect((await engine.ingest(clicks)).rejected).toEqual([]);
  expect(engine.experimentStatus('mix').exposures).toEqual([{ variant: 'interleaved', count: 60 }]);
  await engine.close();
  const result = await rialto('analyse', '--experiment', 'mix', '--data', data, '--json');
  expect(result).toMatchObject({ design: 'interleaving', units: 60, lists: 60, decision: 'first' });
  const page = await printed('analyse', '--experiment', 'mix', '--data', data, '--markdown');
  expect(page).toMatch(/^# Experiment mix\n\nDealt by buyer; running\.\n\n## What was found\n/);
  expect(page).toContain('60 lists for 60 units');
  await expect(printed('analyse', '--experiment', 'mix', '--data', data, '--metric', 'x:num=x')).rejects.toThrow(
    /--metric does not go with this design/,
  );
  expect(result['p']).toBeLessThan(1e-6);
});

test('a bandit deals the better variant more and more, replays, and is read with valid intervals', async () => {
  const data = join(folder, 'bandit');
  const clock = new ManualClock(millis(START));
  const engine = await openEngine(data, { clock });
  await engine.save('listing', [{ id: 'mug', title: 'Mug', priceMicros: 1e6 }], 'test');
  const experiment: Experiment = {
    id: 'which',
    status: 'running',
    unit: 'buyer',
    sticky: true,
    placements: ['home'],
    bandit: { reward: 'purchase', windowHours: 2, floor: 0.1 },
    variants: ['control', 'worse', 'better'].map((name, i) => ({ name, weight: [0.4, 0.3, 0.3][i]! })),
  };
  const { rejected } = await engine.save('experiment', [experiment], 'test');
  expect(rejected).toEqual([]);
  const rates: Readonly<Record<string, number>> = { control: 0.2, worse: 0.05, better: 0.5 };
  const rng = new Rng(11);
  const late: string[] = [];
  for (let i = 0; i < 900; i++) {
    clock.set(millis(START + i * 120_000));
    const buyer = `b${i}`;
    const { experiments } = engine.decide({ buyer, placements: ['home'] });
    const { variant } = experiments![0]!;
    const { probabilities } = engine.experimentStatus('which');
    expect(Math.min(...probabilities!)).toBeGreaterThanOrEqual(0.1 - 1e-12);
    expect(probabilities!.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    if (i >= 600) late.push(variant);
    if (rng.unit() < rates[variant]!)
      await engine.ingest([{ id: `p${i}`, type: 'purchase', buyer, listing: 'mug', order: `o${i}` }]);
    // Whoever was dealt stays, and is not drawn again.
    else expect(engine.decide({ buyer, placements: ['home'] }).experiments![0]!.variant).toBe(variant);
  }
  expect(late.filter((variant) => variant === 'better').length).toBeGreaterThan(0.65 * late.length);
  const { probabilities } = engine.experimentStatus('which');
  await engine.close();
  const reopened = await openEngine(data, { clock });
  expect(reopened.experimentStatus('which').probabilities).toEqual(probabilities);
  await reopened.close();
  const result = (await rialto(
    'analyse',
    '--experiment',
    'which',
    '--data',
    data,
    '--json',
  )) as unknown as BanditResult;
  expect(result.units).toBeGreaterThan(800);
  for (const { variant, ci } of result.arms) {
    expect(ci[0]).toBeLessThan(rates[variant]!);
    expect(ci[1]).toBeGreaterThan(rates[variant]!);
  }
  expect(result.effects[1]).toMatchObject({ variant: 'better' });
  expect(result.effects[1]!.ci[0]).toBeGreaterThan(0);
});
