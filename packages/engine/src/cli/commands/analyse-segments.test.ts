/** A bandit that learns by device, live: dealt by segment with logged probabilities, made again from the log, and judged by choices tried out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent, Experiment } from '@rialto/sdk';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { Rng } from '../../base/rng.ts';
import { millis } from '../../base/units.ts';
import { logDirectory, openEngine } from '../../delivery/data-directory.ts';
import { decideAgain } from '../../delivery/explain.ts';
import { rebuild } from '../../delivery/rebuild.ts';
import { Workspace } from '../../delivery/workspace.ts';
import { FileLog } from '../../log/file-log.ts';
import type { DecisionRecord } from '../../log/record.ts';
import type { BanditResult } from '../../policies/bandit-result.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const START = Date.UTC(2026, 4, 1);
const UNITS = 1_200;
const folder = mkdtempSync(join(tmpdir(), 'rialto-segments-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const experiment: Experiment = {
  id: 'which',
  status: 'running',
  unit: 'buyer',
  sticky: true,
  placements: ['home'],
  bandit: { reward: 'purchase', windowHours: 2, floor: 0.1, by: ['device'] },
  variants: ['short', 'long'].map((name) => ({ name, weight: 0.5 })),
};
/** Short titles suit phones. */
const RATES: Readonly<Record<string, number>> = {
  mobileshort: 0.5,
  mobilelong: 0.1,
  desktopshort: 0.1,
  desktoplong: 0.5,
};

test('seed 11: each device gets its own variant, and choosing by device is worth it', async () => {
  const data = join(folder, 'data');
  const clock = new ManualClock(millis(START));
  const engine = await openEngine(data, { clock });
  await engine.save('listing', [{ id: 'mug', title: 'Mug', priceMicros: 1e6 }], 'test');
  expect((await engine.save('experiment', [experiment], 'test')).rejected).toEqual([]);
  const rng = new Rng(11);
  let suited = 0;
  let orders: BuyerEvent[] = [];
  for (let i = 0; i < UNITS; i++) {
    clock.set(millis(START + i * 120_000));
    const device = rng.unit() < 0.5 ? 'mobile' : 'desktop';
    const { experiments } = engine.decide({ buyer: `b${i}`, placements: ['home'], context: { device } });
    const { variant } = experiments![0]!;
    if (i >= UNITS / 2 && RATES[device + variant] === 0.5) suited++;
    if (rng.unit() < RATES[device + variant]!)
      orders.push({ id: `p${i}`, type: 'purchase', buyer: `b${i}`, listing: 'mug', order: `o${i}` });
    if (i % 20 < 19) continue;
    await engine.ingest(orders);
    orders = [];
  }
  const { segments: dealt } = engine.experimentStatus('which');
  expect(dealt!.map(({ segment }) => segment).sort()).toEqual(['desktop', 'mobile']);
  for (const { probabilities } of dealt!) expect(Math.min(...probabilities)).toBeCloseTo(0.1, 1);
  await engine.close();
  expect(suited / (UNITS / 2)).toBeGreaterThan(0.8);

  const log = await FileLog.open(logDirectory(data), { readOnly: true });
  const decisions: DecisionRecord[] = [];
  for await (const { records } of log.read(0, 0))
    for (const record of records) if (record.kind === 'decision') decisions.push(record);
  for (const { exposures, request } of decisions) {
    const { probabilities, segment } = exposures![0]!;
    expect(segment).toBe(request.context!.device);
    expect(Math.min(...probabilities!)).toBeGreaterThanOrEqual(0.1 - 1e-12);
  }
  for (const at of [40, UNITS - 1]) {
    const state = await rebuild({ log, offset: decisions[at]!.stateOffset });
    expect(decideAgain(state, decisions[at]!, new Workspace())).toBe(true);
  }
  await log.close();

  const printed = await printedBy(async () => {
    const args = ['experiment', 'analyse', '--experiment', 'which', '--data', data, '--json'];
    await new Command().addCommand(experimentCommand).parseAsync(args, { from: 'user' });
  });
  const { segments, choices }: BanditResult = JSON.parse(printed);
  expect(segments!.map(({ segment }) => segment).sort()).toEqual(['desktop', 'mobile']);
  for (const { segment, arms } of segments!)
    for (const { variant, ci } of arms) {
      const truth = RATES[segment + variant]!;
      expect(ci[0]).toBeLessThan(truth + 0.03);
      expect(ci[1]).toBeGreaterThan(truth - 0.03);
    }
  // Half of the buyers either way: .5 for each by device, .3 for any one variant.
  expect(choices!.bySegment.ci[0]).toBeLessThan(0.5);
  expect(choices!.bySegment.ci[1]).toBeGreaterThan(0.47);
  expect(choices!.oneForAll.mean).toBeLessThan(0.4);
});
