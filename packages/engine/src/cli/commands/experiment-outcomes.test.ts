/** From decisions and events to outcomes, from outcomes to an analysis: over a real log, each number known. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent } from '@rialto/sdk';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 4, 1);
const folder = mkdtempSync(join(tmpdir(), 'rialto-outcomes-'));
const data = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const act = (id: string, type: BuyerEvent['type'], buyer: string, rest: Partial<BuyerEvent> = {}): BuyerEvent => ({
  id,
  type,
  buyer,
  ...(type === 'exposure' ? { experiment: 'calm-home' } : { listing: 'mug' }),
  ...rest,
});
const order = (id: string, buyer: string, priceMicros: number, quantity = 1): BuyerEvent =>
  act(id, 'purchase', buyer, { order: id, priceMicros, quantity });

beforeAll(async () => {
  const clock = new ManualClock(millis(START));
  const engine = await openEngine(data, { clock });
  await engine.save('listing', [{ id: 'mug', title: 'Mug', priceMicros: 8_000_000 }], 'test');
  const variants = [
    { name: 'control', weight: 0.5 },
    { name: 'calm', weight: 0.5 },
  ];
  await engine.save('experiment', [{ id: 'calm-home', status: 'running', unit: 'buyer', variants }], 'test');
  const rejected: unknown[] = [];
  const day = async (number: number, ...events: BuyerEvent[]): Promise<void> => {
    clock.set(millis(START + number * DAY));
    rejected.push(...(await engine.ingest(events)).rejected);
  };
  await day(0, order('o0', 'ada', 5_000_000));
  await day(
    1,
    act('x1', 'exposure', 'ada', { variant: 'control' }),
    act('x2', 'exposure', 'ben', { variant: 'calm' }),
    act('x3', 'exposure', 'cleo', { variant: 'calm' }),
    act('x4', 'exposure', 'two', { variant: 'calm' }),
  );
  await day(
    2,
    order('o1', 'ada', 9_000_000, 2),
    act('i1', 'impression', 'ben'),
    act('i2', 'impression', 'ben'),
    act('c1', 'click', 'ben'),
    act('x5', 'exposure', 'two', { variant: 'control' }),
  );
  await day(9, order('o2', 'ben', 9_000_000));
  await day(10, act('x6', 'exposure', 'late', { variant: 'control' }));
  expect(rejected).toEqual([]);
  await engine.close();
});

async function rialto(...args: string[]): Promise<Record<string, unknown>> {
  const printed = await printedBy(async () => {
    await new Command().addCommand(experimentCommand).parseAsync(['experiment', ...args, '--json'], { from: 'user' });
  });
  return JSON.parse(printed);
}

const rowsOf = (file: string): Record<string, string>[] => {
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [header!.split(',')[i]!, cell])));
};

test('each unit with what it did in its window, and before', async () => {
  const out = join(folder, 'calm.csv');
  expect(await rialto('outcomes', 'calm-home', '--data', data, '--out', out)).toMatchObject({
    units: 5,
    inTwoVariants: 1,
    rows: 4,
  });
  const rows = rowsOf(out);
  expect(rows.map(({ unit, variant, day }) => [unit, variant, day])).toEqual([
    ['ada', 'control', '2026-05-02'],
    ['ben', 'calm', '2026-05-02'],
    ['cleo', 'calm', '2026-05-02'],
    ['late', 'control', '2026-05-11'],
  ]);
  expect(rows[0]).toMatchObject({
    converted: '1',
    orders: '1',
    revenue: '18',
    orders_before: '1',
    revenue_before: '5',
  });
  // His order came after the seven days.
  expect(rows[1]).toMatchObject({
    converted: '0',
    orders: '0',
    revenue: '0',
    impressions: '2',
    clicks: '1',
    ad_revenue: '0',
  });
  // Met by exposures that clients told of, not in decisions.
  expect(rows.map(({ decisions }) => decisions)).toEqual(['0', '0', '0', '0']);
  expect(rows[2]).toMatchObject({ converted: '0', impressions: '0', revenue_before: '0' });
});

test('another window, and only those whose window is over', async () => {
  const out = join(folder, 'wide.csv');
  await rialto('outcomes', 'calm-home', '--data', data, '--out', out, '--window-days', '9', '--matured');
  expect(rowsOf(out).map(({ unit, revenue }) => [unit, revenue])).toEqual([
    ['ada', '18'],
    ['ben', '9'],
    ['cleo', '0'],
  ]);
});

test('only units of some days, which the log must reach', async () => {
  const out = join(folder, 'days.csv');
  const units = async (...days: string[]): Promise<unknown[]> => {
    await rialto('outcomes', 'calm-home', '--data', data, '--out', out, ...days);
    return rowsOf(out).map(({ unit }) => unit);
  };
  expect(await units('--to', '2026-05-03')).toEqual(['ada', 'ben', 'cleo']);
  expect(await units('--from', '2026-05-03')).toEqual(['late']);
  await expect(units('--from', '2027-01-01')).rejects.toThrow(
    /from 2027-01-01 is outside of the log, which reaches from 2026-05-01 to 2026-05-11/,
  );
  await expect(units('--from', '2026-05-04', '--to', '2026-05-02')).rejects.toThrow(/must be before/);
});

test('an analysis takes it', async () => {
  const out = join(folder, 'calm.csv');
  const of = ['--unit', 'unit', '--variant', 'variant', '--control', 'control'];
  const metric = ['--metric', 'orders:kind=mean,num=orders', '--metric', 'conversion:kind=proportion,num=converted'];
  const { metrics } = (await rialto('analyse', '--data', out, ...of, ...metric)) as { metrics: { arms: object[] }[] };
  expect(metrics[0]!.arms).toMatchObject([
    { variant: 'calm', units: 2, mean: 0 },
    { variant: 'control', units: 2, mean: 0.5 },
  ]);
});

test('what is not there is said', async () => {
  const out = join(folder, 'none.csv');
  await expect(rialto('outcomes', 'none', '--data', data, '--out', out)).rejects.toThrow('no experiment "none"');
  await expect(rialto('outcomes', 'calm-home', '--data', data, '--out', out, '--since-version', '9')).rejects.toThrow(
    /nobody has been exposed/,
  );
});

test('funnels: how far each unit came, in order and in time', async () => {
  const out = join(folder, 'funnel.csv');
  const funnels = ['deal:steps=impression>click,hours=1', 'back:steps=click>impression'];
  await rialto('outcomes', 'calm-home', '--data', data, '--out', out, ...funnels.flatMap((one) => ['--funnel', one]));
  const steps = ['deal.1', 'deal.2', 'back.1', 'back.2'];
  expect(rowsOf(out).map((row) => [row['unit'], ...steps.map((step) => row[step])])).toEqual([
    ['ada', '0', '0', '0', '0'],
    ['ben', '1', '1', '1', '1'],
    ['cleo', '0', '0', '0', '0'],
    ['late', '0', '0', '0', '0'],
  ]);
  const deal = ['--metric', 'deal:kind=funnel,steps=impression>click,hours=1'];
  const { metrics } = await rialto('analyse', '--experiment', 'calm-home', '--data', data, ...deal);
  // Nobody of the control saw anything: a share of them is none.
  expect(metrics).toMatchObject([
    { name: 'deal: impression', arms: [{ mean: 0.5 }, { mean: 0 }] },
    { name: 'deal: click', funnel: 'deal', step: 'click' },
  ]);
  await expect(
    rialto('outcomes', 'calm-home', '--data', data, '--out', out, '--funnel', 'x:steps=look>buy'),
  ).rejects.toThrow(/"look" is none of impression, click/);
});
