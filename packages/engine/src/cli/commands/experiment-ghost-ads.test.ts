/** Ghost ads from the log: who would have seen an ad is found by deciding pages again, and checked against who was shown one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent } from '@rialto/sdk';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { Rng } from '../../base/rng.ts';
import { millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const START = Date.UTC(2026, 4, 1);
const folder = mkdtempSync(join(tmpdir(), 'rialto-ghosts-'));
const data = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rialto = (...args: string[]): Promise<string> =>
  printedBy(async () => {
    await new Command()
      .addCommand(experimentCommand)
      .parseAsync(['experiment', 'ghost-ads', ...args], { from: 'user' });
  });

const ghosts = async (...args: string[]) => JSON.parse(await rialto('--data', data, '--json', ...args));

const BUYERS = 900;
/** Orders at 3 each: of those whom the ad reaches, with and without it; of all others. */
const CHANCE = { shown: 0.6, kept: 0.3, others: 0.1 };
/** By variant: mobile buyers, whom the ads are for. */
const mobile = new Map<string, number>();

beforeAll(async () => {
  const clock = new ManualClock(millis(START));
  const rng = new Rng(9);
  let decided = 0;
  const engine = await openEngine(data, { clock, nonce: () => `n${decided++}` });
  await engine.save('shop', [{ id: 'a', name: 'a' }], 'test');
  await engine.save('listing', [{ id: 'cup', title: 'Cup', priceMicros: 3e6, shop: 'a' }], 'test');
  const targeting = { devices: ['mobile'] } as const;
  const campaign = { id: 'ad', shop: 'a', listings: ['cup'], bidMicros: 1_000_000, dailyBudgetMicros: 1e12, targeting };
  expect((await engine.save('campaign', [campaign], 'test')).rejected).toEqual([]);
  await engine.save('placement', [{ id: 'shelf', slots: 1, adSlots: [0], sources: [] }], 'test');
  const variants = [
    { name: 'ads', weight: 0.5 },
    { name: 'none', weight: 0.5, changes: { shelf: { adSlots: null } } },
  ];
  const experiment = { id: 'no-ads', status: 'running', unit: 'buyer', placements: ['shelf'], variants } as const;
  expect((await engine.save('experiment', [experiment], 'test')).rejected).toEqual([]);
  const events: BuyerEvent[] = [];
  for (let i = 0; i < BUYERS; i++) {
    const buyer = `b${i}`;
    const device = i % 3 === 0 ? 'mobile' : 'desktop';
    const { experiments, placements } = engine.decide({ buyer, placements: ['shelf'], context: { device } });
    const { variant } = experiments![0]!;
    if (device === 'mobile') mobile.set(variant, (mobile.get(variant) ?? 0) + 1);
    expect(placements[0]!.items.length).toBe(device === 'mobile' && variant === 'ads' ? 1 : 0);
    const chance = device !== 'mobile' ? CHANCE.others : variant === 'ads' ? CHANCE.shown : CHANCE.kept;
    if (rng.unit() < chance)
      events.push({ id: `o${i}`, type: 'purchase', buyer, listing: 'cup', order: `o${i}`, at: START + 60_000 });
  }
  clock.set(millis(START + 120_000));
  expect((await engine.ingest(events)).rejected).toEqual([]);
  await engine.close();
});

test('only those whom the ad reaches, shown or not, are compared', async () => {
  const result = await ghosts('--experiment', 'no-ads', '--outcome', 'converted');
  expect(result).toMatchObject({ design: 'ghost-ads', treated: 'ads', units: BUYERS, inTwo: 0 });
  expect([result.exposed, result.ghosts]).toEqual([mobile.get('ads'), mobile.get('none')]);
  const [low, high] = result.effect.ci;
  expect(low).toBeLessThan(CHANCE.shown - CHANCE.kept);
  expect(high).toBeGreaterThan(CHANCE.shown - CHANCE.kept);
  expect(low).toBeGreaterThan(0.1);
  expect(result.reachP).toBeGreaterThan(0.01);
  const revenue = await ghosts('--experiment', 'no-ads', '--campaign', 'ad');
  expect(revenue.effect.absolute).toBeCloseTo(3 * result.effect.absolute, 9);
  expect(await rialto('--data', data, '--experiment', 'no-ads')).toMatch(/buyers saw the ad, \d+ would have/);
});

test('a file of buyers, by hand', async () => {
  const path = join(folder, 'buyers.csv');
  const rows = ['treated,reached,revenue', '1,1,4', '1,1,6', '1,0,100', '0,1,1', '0,1,3', '0,0,100'];
  writeFileSync(path, `${rows.join('\n')}\n`);
  const told = JSON.parse(await rialto('--data', path, '--outcome', 'revenue', '--json'));
  expect(told).toMatchObject({ exposed: 2, ghosts: 2, incremental: 6, effect: { absolute: 3 }, reachP: 1 });
  // Each mean has the variance 2 / 2.
  expect(told.effect.standardError).toBeCloseTo(Math.SQRT2, 12);
});

test('what cannot be is said', async () => {
  const of = ['--experiment', 'no-ads'];
  await expect(ghosts('--experiment', 'none')).rejects.toThrow('there is no experiment "none"');
  await expect(ghosts(...of, '--campaign', 'x')).rejects.toThrow('there is no campaign "x"');
  await expect(ghosts(...of, '--treated', 'x')).rejects.toThrow('x is no variant of no-ads; there are ads, none');
  await expect(ghosts(...of, '--outcome', 'joy')).rejects.toThrow('one of converted, orders, revenue');
  await expect(ghosts()).rejects.toThrow('name the column of the outcome');
});
