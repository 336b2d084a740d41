import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import { FileLog } from '../log/file-log.ts';
import { attention, examination, visibility } from './examination.ts';
import type { SeenPage } from './page.ts';
import { bytesOf, MONDAY, simulated } from './simulated-engine.fixture.ts';
import { clickProbability } from './truth.ts';

const root = mkdtempSync(join(tmpdir(), 'rialto-simulation-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the same seed', () => {
  const options = { listings: 400, buyers: 300, visitsPerDay: 400 };

  test('gives the same log, byte for byte, and another seed another one', async () => {
    const logs = [];
    for (const seed of [11, 11, 12]) {
      const { simulation, log, engine } = await simulated(options, seed);
      await simulation.run({ visits: 150 });
      expect(engine.counters.decisions).toBeGreaterThan(300);
      logs.push(await bytesOf(log));
    }
    expect(logs[0].length).toBeGreaterThan(100_000);
    expect(logs[1].equals(logs[0])).toBe(true);
    expect(logs[2].equals(logs[0])).toBe(false);
  });

  test('gives the same files, and the same records as a log in memory', async () => {
    const contents: Buffer[][] = [];
    let records: Buffer | undefined;
    for (const name of ['one', 'two']) {
      const log = await FileLog.open(join(root, name), { gatherMs: 0 });
      const { simulation, engine } = await simulated(options, 13, { log });
      await simulation.run({ visits: 40 });
      records = await bytesOf(log);
      await engine.close();
      const segments = readdirSync(join(root, name))
        .filter((file) => !file.includes('lock'))
        .sort();
      contents.push(segments.map((file) => readFileSync(join(root, name, file))));
    }
    expect(contents[0].length).toBeGreaterThan(0);
    expect(contents[1].map((bytes, i) => bytes.equals(contents[0][i]))).toEqual(contents[0].map(() => true));

    const inMemory = await simulated(options, 13);
    await inMemory.simulation.run({ visits: 40 });
    expect((await bytesOf(inMemory.log)).equals(records!)).toBe(true);
  });

  test('gives the same log however the run is cut into parts', async () => {
    const whole = await simulated(options, 14);
    await whole.simulation.run({ untilMillis: MONDAY + MILLIS_PER_DAY / 4 });
    const parts = await simulated(options, 14);
    for (let hour = 1; hour <= 6; hour++)
      await parts.simulation.run({ untilMillis: MONDAY + (hour * MILLIS_PER_DAY) / 24 });
    expect((await bytesOf(parts.log)).equals(await bytesOf(whole.log))).toBe(true);
  });
});

describe('what buyers do', () => {
  test('follows the known truth, position by position', async () => {
    const pages: SeenPage[] = [];
    const { simulation, engine } = await simulated({ listings: 1500, buyers: 1500 }, 21, {
      onPage: (page) => pages.push(page),
    });
    await simulation.run({ visits: 1200 });
    expect(simulation.counts.rejectedEvents).toBe(0);
    const items = pages.flatMap((page) => page.items);
    expect(engine.state.tally.impressions).toBe(items.filter(({ onScreen }) => onScreen).length);
    expect(engine.state.tally.clicks).toBe(items.filter(({ clicked }) => clicked).length);

    // Each position's clicks are a sum of independent draws whose chances are known: within 4 standard deviations of their mean.
    for (const position of [0, 1, 2, 3, 4, 7, 11]) {
      const here = items.filter(({ item }) => item.position === position);
      const chances = here.map(({ clickProbability: merit }) => examination(position) * merit);
      const deviation = Math.sqrt(chances.reduce((sum, p) => sum + p * (1 - p), 0));
      const expected = chances.reduce((sum, p) => sum + p, 0);
      expect(Math.abs(here.filter(({ clicked }) => clicked).length - expected)).toBeLessThan(4 * deviation);
      const seen = here.filter(({ onScreen }) => onScreen).length / here.length;
      expect(Math.abs(seen - visibility(position))).toBeLessThan(4 * Math.sqrt(0.25 / here.length));
    }
  });

  test('shows position bias: of the same merit, what stands lower is clicked less', async () => {
    const pages: SeenPage[] = [];
    const { simulation } = await simulated({ listings: 800, buyers: 800 }, 22, { onPage: (page) => pages.push(page) });
    await simulation.run({ visits: 1000 });
    const ratio = (position: number): number => {
      const seen = pages.flatMap(({ items }) =>
        items.filter(({ item, onScreen }) => onScreen && item.position === position),
      );
      const merit = seen.reduce((sum, { clickProbability: p }) => sum + p, 0);
      return seen.filter(({ clicked }) => clicked).length / merit;
    };
    expect(ratio(0)).toBeGreaterThan(0.75);
    expect(ratio(3)).toBeLessThan(ratio(0));
    expect(ratio(7) / ratio(0)).toBeLessThan(0.75);
    expect(attention(7) / attention(0)).toBeCloseTo(8 ** -0.4);
  });

  test('carries through to orders, returns, searches and charges within the budgets', async () => {
    const { simulation, engine, world } = await simulated({ listings: 500, buyers: 400, visitsPerDay: 150 }, 23);
    await simulation.run({ untilMillis: MONDAY + 25 * MILLIS_PER_DAY });
    const { tally, ledger, market } = engine.state;
    const { orders, orderLines, returns } = simulation.counts;
    expect(orders).toBeGreaterThan(30);
    expect(orderLines).toBeGreaterThan(orders);
    expect(tally.orderLines).toBe(orderLines);
    expect(tally.returns).toBeGreaterThanOrEqual(returns);
    expect(returns).toBeGreaterThan(0);
    expect(tally.searches).toBeGreaterThan(50);
    expect(tally.tokensForged + tally.tokensExpired + tally.tokensReplayed).toBe(0);
    expect(ledger.totals.chargedMicros).toBeGreaterThan(0);
    for (const { campaign, chargedMicros } of ledger.days())
      expect(chargedMicros).toBeLessThanOrEqual(market.campaigns.dayLimitMicros(campaign));
    expect(market.listings.size).toBe(world.listings.length);
  });
});

test('the engine learns: what it shows is truly liked more than chance, and more than at its start', async () => {
  const rng = new Rng(99);
  // [pages, true click probability of what was shown, of as many listings drawn at random]
  const early = [0, 0, 0];
  const late = [0, 0, 0];
  let sums = early;
  const { simulation, world } = await simulated({ listings: 2000, buyers: 400, advertisingShare: 0 }, 31, {
    onPage: ({ placement, items, buyer, need, at }) => {
      if (placement !== 'home' || items.length === 0) return;
      sums[0]++;
      for (const { clickProbability: shown } of items) sums[1] += shown / items.length;
      for (const { item } of items) {
        const listing = world.listings[rng.below(world.listings.length)];
        const encounter = {
          buyer: world.buyers[buyer],
          listing,
          need,
          boughtAt: undefined,
          at,
          ad: item.kind === 'ad',
        };
        sums[2] += clickProbability(encounter) / items.length;
      }
    },
  });
  await simulation.run({ visits: 100 });
  sums = [0, 0, 0];
  await simulation.run({ visits: 1500 });
  sums = late;
  await simulation.run({ visits: 2000 });
  expect(late[0]).toBeGreaterThan(100);
  const overChance = ([, shown, random]: number[]): number => shown / random;
  expect(overChance(late)).toBeGreaterThan(2);
  expect(overChance(late)).toBeGreaterThan(1.3 * overChance(early));
});
