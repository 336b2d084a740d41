/** Experiments by buyer, read from the log: returns, times, dimensions, and what is refused. */
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

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 4, 1);
const folder = mkdtempSync(join(tmpdir(), 'rialto-units-'));
const data = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BUYERS = 80;
/** Buyers on mobiles who are treated all order; of the others every second pair does; treated after an hour, else after five. */
const orders = (i: number, device: string, variant: string): boolean =>
  device === 'mobile' && variant === 'calm' ? true : i % 4 < 2;

/** By buyer: what was dealt. */
const dealt = new Map<string, string>();

beforeAll(async () => {
  const clock = new ManualClock(millis(START));
  const engine = await openEngine(data, { clock });
  await engine.save('listing', [{ id: 'mug', title: 'Mug', priceMicros: 8_000_000 }], 'test');
  const variants = [
    { name: 'control', weight: 0.5 },
    { name: 'calm', weight: 0.5 },
    // Dealt to nobody yet, which is no reason not to analyse.
    { name: 'later', weight: 0 },
  ];
  const experiment = { id: 'calm', status: 'running', unit: 'buyer', placements: ['home'], variants } as const;
  expect((await engine.save('experiment', [experiment], 'test')).rejected).toEqual([]);
  const events: BuyerEvent[] = [];
  for (let i = 0; i < BUYERS; i++) {
    const buyer = `b${i}`;
    const device = i % 2 === 0 ? 'mobile' : 'desktop';
    const { experiments } = engine.decide({ buyer, placements: ['home'], context: { device, country: 'DE' } });
    const variant = experiments![0]!.variant;
    dealt.set(buyer, variant);
    const act = (id: string, type: BuyerEvent['type'], at: number, rest: Partial<BuyerEvent> = {}) =>
      events.push({ id: `${id}${i}`, type, buyer, listing: 'mug', at: START + at, ...rest });
    if (orders(i, device, variant)) act('o', 'purchase', variant === 'calm' ? HOUR : 5 * HOUR, { order: `o${i}` });
    if (i < 10) act('v', 'view', DAY + HOUR);
    if (i === 1) act('c', 'click', HOUR, { bot: true });
  }
  const machine = {
    id: 'x',
    type: 'exposure',
    buyer: 'robot',
    experiment: 'calm',
    variant: 'calm',
    bot: true,
  } as const;
  events.push({ ...machine, at: START + HOUR });
  clock.set(millis(START + 2 * DAY));
  expect((await engine.ingest(events)).rejected).toEqual([]);
  await engine.close();
});

const printed = (...args: string[]): Promise<string> =>
  printedBy(async () => {
    await new Command().addCommand(experimentCommand).parseAsync(['experiment', ...args], { from: 'user' });
  });

const analysed = async (...args: string[]) =>
  JSON.parse(await printed('analyse', '--experiment', 'calm', '--data', data, '--json', ...args));

const countOf = (variant: string): number => [...dealt.values()].filter((one) => one === variant).length;

test('who came back, when they ordered, and what machines did not do', async () => {
  const out = join(folder, 'calm.csv');
  await printed('outcomes', 'calm', '--data', data, '--out', out);
  const [header, ...lines] = readFileSync(out, 'utf8').trim().split('\n');
  const names = header!.split(',');
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i]!, cell])));
  expect(rows).toHaveLength(BUYERS);
  const of = (buyer: string) => rows.find(({ unit }) => unit === buyer)!;
  // The first ten looked again a day later.
  expect(rows.filter(({ returned_1: back }) => back === '1')).toHaveLength(10);
  expect(of('b1')).toMatchObject({
    device: 'desktop',
    country: 'DE',
    clicks: '0',
    day: '2026-05-01',
    week: '2026-04-27',
  });
  const hours = dealt.get('b1') === 'calm' ? 1 : 5;
  expect(Number(of('b1')['hours_to_order'])).toBeCloseTo(hours, 6);
  expect(of('b1')['active_days']).toBe('2');
  // Nobody waited longer than the log tells: two days, with no order.
  expect(of('b3')).toMatchObject({ converted: '0', active_days: '1', hours_to_order: '48' });
});

test('retention, time to event, and effects by device', async () => {
  const { metrics, dimensions, arms } = await analysed(
    ...['--metric', 'back:kind=proportion,num=returned_1'],
    ...['--metric', 'wait:kind=survival,num=hours_to_order,event=converted,horizon=48,better=lower'],
    ...['--metric', 'conversion:kind=proportion,num=converted', '--dimension', 'device'],
  );
  expect(arms.map(({ units }: { units: number }) => units)).toEqual([countOf('calm'), countOf('control')]);
  const share = (metric: number, variant: string): number =>
    metrics[metric].arms.find((arm: { variant: string }) => arm.variant === variant).mean;
  const back = [...dealt].filter(([buyer, variant]) => variant === 'calm' && Number(buyer.slice(1)) < 10).length;
  expect(share(0, 'calm')).toBeCloseTo(back / countOf('calm'), 12);
  // Restricted mean: an order after 1 or 5 hours, else 48.
  const waits = [...dealt]
    .filter(([, variant]) => variant === 'calm')
    .map(([buyer, variant]) => {
      const i = Number(buyer.slice(1));
      return orders(i, i % 2 === 0 ? 'mobile' : 'desktop', variant) ? 1 : 48;
    });
  expect(share(1, 'calm')).toBeCloseTo(waits.reduce((sum, hours) => sum + hours, 0) / waits.length, 6);
  const byDevice = dimensions.find(({ metric }: { metric: string }) => metric === 'conversion');
  const effectIn = (device: string): number =>
    byDevice.parts.find(({ value }: { value: string }) => value === device).absolute;
  expect(effectIn('mobile')).toBeGreaterThan(0.3);
  expect(Math.abs(effectIn('desktop'))).toBeLessThan(0.3);
  expect(await printed('analyse', '--experiment', 'calm', '--data', data, '--dimension', 'device')).toMatch(
    /conversion of calm by device/,
  );
});

test('only units of some days, or whose window is over', async () => {
  expect((await analysed('--to', '2026-05-02')).arms).toHaveLength(2);
  expect((await analysed('--matured', '--window-days', '1')).arms).toHaveLength(2);
  await expect(analysed('--from', '2027-01-01')).rejects.toThrow(/outside of the log/);
  await expect(analysed('--matured')).rejects.toThrow(/no unit of experiment "calm" has had its window of 7 days/);
});

test('what an experiment of the log does not listen to is refused', async () => {
  for (const flag of ['cluster', 'control', 'unit', 'variant', 'day'])
    await expect(analysed(`--${flag}`, 'country')).rejects.toThrow(new RegExp(`--${flag} is of files`));
  await expect(analysed('--dimension', 'colour')).rejects.toThrow(/has no column colour; it has unit, .*device/);
});
