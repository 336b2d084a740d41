/** Experiments by region and time, through the log: every cell as it was lived, by brute force. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent, Experiment } from '@rialto/sdk';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { Rng } from '../../base/rng.ts';
import { millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import { bucketOf, seedState } from '../../experiments/bucket-hash.ts';
import type { CellResult } from '../../experiments/cell-result.ts';
import { switchbackEffect } from '../../statistics/switchback.ts';
import { guardReadings } from '../guard-readings.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const START = Date.UTC(2026, 4, 1);
const MINUTE = 60_000;
/** Of a region; they come in turn. */
const BUYERS = 4;
const folder = mkdtempSync(join(tmpdir(), 'rialto-cells-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function rialto(...args: string[]): Promise<string> {
  return printedBy(async () => {
    await new Command().addCommand(experimentCommand).parseAsync(['experiment', ...args], { from: 'user' });
  });
}

const byTime = (more: Partial<Experiment> = {}): Experiment => ({
  id: 'dear',
  status: 'running',
  unit: 'region-time',
  periodHours: 2,
  burnInMinutes: 20,
  decisionMetric: 'spend',
  variants: [
    { name: 'control', weight: 0.5 },
    { name: 'dear', weight: 0.5, changes: { home: { reserveMicros: 800_000 } } },
  ],
  ...more,
});

interface Page {
  readonly region: string;
  readonly period: number;
  readonly minute: number;
  clicks: number;
  orders: number;
  revenue: number;
}

interface Life {
  readonly experiment: Experiment;
  readonly regions: readonly string[];
  readonly hours: number;
  readonly everyMinutes: number;
}

/** Buyers of regions see a page with an ad, click on it or not, and buy something up to three hours later, without a token: after the page seen last. */
async function live(data: string, { experiment, regions, hours, everyMinutes }: Life): Promise<Page[]> {
  const clock = new ManualClock(millis(START));
  const engine = await openEngine(data, { clock });
  await engine.save('shop', [{ id: 'a', name: 'a' }], 'test');
  await engine.save('listing', [{ id: 'cup', title: 'Cup', priceMicros: 3e6, shop: 'a' }], 'test');
  const campaign = { id: 'ad', shop: 'a', listings: ['cup'], bidMicros: 1_000_000, dailyBudgetMicros: 1e12 };
  await engine.save('campaign', [campaign], 'test');
  await engine.save('placement', [{ id: 'home', slots: 1, adSlots: [0], sources: [], reserveMicros: 100_000 }], 'test');
  expect((await engine.save('experiment', [experiment], 'test')).rejected).toEqual([]);
  const rng = new Rng(5);
  const pages: Page[] = [];
  const lastOf = new Map<string, Page>();
  const later: { at: number; event: BuyerEvent }[] = [];
  const periodMinutes = 60 * experiment.periodHours!;
  for (let minute = 0; minute < 60 * hours; minute += everyMinutes) {
    const events: BuyerEvent[] = [];
    clock.set(millis(START + (minute - 1) * MINUTE));
    while (later[0] !== undefined && later[0].at <= minute) {
      const { event } = later.shift()!;
      const page = lastOf.get(event.buyer!)!;
      page.orders++;
      page.revenue += event.priceMicros! / 1e6;
      events.push(event);
    }
    if (events.length > 0) expect((await engine.ingest(events.splice(0))).rejected).toEqual([]);
    clock.set(millis(START + minute * MINUTE));
    for (const region of regions) {
      const buyer = `${region}-${(minute / everyMinutes) % BUYERS}`;
      const { placements } = engine.decide({ buyer, placements: ['home'], context: { region } });
      const { id, token } = placements[0]!.items[0]!;
      const period = Math.floor((START + minute * MINUTE) / (periodMinutes * MINUTE));
      const page: Page = { region, period, minute: minute % periodMinutes, clicks: 0, revenue: 0, orders: 0 };
      pages.push(page);
      lastOf.set(buyer, page);
      if (rng.unit() < 0.4) {
        page.clicks++;
        events.push({ id: `k${pages.length}`, type: 'click', buyer, listing: id, token });
      }
      if (rng.unit() < 0.3) {
        const at = minute + everyMinutes * (1 + rng.below(Math.floor(180 / everyMinutes)));
        const priceMicros = 1e6 * (1 + rng.below(9));
        const event: BuyerEvent = {
          id: `o${pages.length}`,
          type: 'purchase',
          buyer,
          listing: 'cup',
          order: `o${pages.length}`,
          priceMicros,
        };
        later.push({ at, event });
        later.sort((one, other) => one.at - other.at);
      }
    }
    // Sooner would be too fast for a person.
    clock.set(millis(START + minute * MINUTE + 1_000));
    if (events.length > 0) expect((await engine.ingest(events)).rejected).toEqual([]);
  }
  await engine.close();
  return pages;
}

const analyse = async (data: string, ...more: string[]): Promise<CellResult> =>
  JSON.parse(await rialto('analyse', '--experiment', 'dear', '--data', data, '--json', ...more));

const TREATED = (region: string, period: number): 0 | 1 =>
  bucketOf(seedState('dear'), `${region}@${period}`) < 5_000 ? 0 : 1;

/** The same from the pages themselves. */
function byHand(pages: readonly Page[], metric: (page: Page) => number, season: (period: number) => number) {
  const cells = new Map<string, { region: string; period: number; sum: number; pages: number }>();
  for (const page of pages) {
    const { region, period } = page;
    const cell = cells.get(`${region}@${period}`) ?? { region, period, sum: 0, pages: 0 };
    cells.set(`${region}@${period}`, cell);
    cell.sum += metric(page);
    cell.pages++;
  }
  const all = [...cells.values()];
  const names = [...new Set(all.map(({ region }) => region))];
  const seasons = [...new Set(all.map(({ period }) => season(period)))];
  return switchbackEffect(
    {
      value: Float64Array.from(all, ({ sum, pages: n }) => sum / n),
      weight: Float64Array.from(all, ({ pages: n }) => n),
      treated: Uint8Array.from(all, ({ region, period }) => TREATED(region, period)),
      region: Int32Array.from(all, ({ region }) => names.indexOf(region)),
      season: Int32Array.from(all, ({ period }) => seasons.indexOf(season(period))),
    },
    0.05,
  );
}

test('switchback: cells of the log are those that were lived, without their burn-in', async () => {
  const data = join(folder, 'switchback');
  const regions = ['Bavaria', 'Saxony@east'];
  const pages = await live(data, { experiment: byTime(), regions, hours: 96, everyMinutes: 20 });
  const result = await analyse(data);
  expect(result).toMatchObject({ experiment: 'dear', design: 'switchback', burnInMinutes: 20 });
  expect(result).toMatchObject({ regions: 2, periods: 48, cells: 96, season: 'time-of-day', control: 'control' });
  const kept = pages.filter(({ minute }) => minute >= 20);
  const effects = (of: CellResult, name: string) => of.metrics.find((metric) => metric.name === name)!.effects[0]!;
  const timeOfDay = (period: number) => period % 12;
  for (const [name, metric] of [
    ['clicks', (page: Page) => page.clicks],
    ['orders', (page: Page) => page.orders],
    ['revenue', (page: Page) => page.revenue],
    // Nobody else bids: a click costs the reserve.
    ['spend', (page: Page) => page.clicks * (TREATED(page.region, page.period) === 1 ? 0.8 : 0.1)],
  ] as const) {
    const [told, expected] = [effects(result, name), byHand(kept, metric, timeOfDay)];
    expect(told.absolute).toBeCloseTo(expected.absolute, 9);
    expect(told.standardError).toBeCloseTo(expected.standardError, 9);
    expect(told.p).toBeCloseTo(expected.p, 9);
  }
  const spend = effects(result, 'spend');
  expect(spend.relative).toBeGreaterThan(0.5);
  expect(spend.randomisationP).toBe(1 / (result.draws + 1));
  expect(result.decision).toMatchObject({ verdict: 'ship', variant: 'dear' });
  // Every cell has six pages, five of them after the burn-in: nothing differs.
  expect(effects(result, 'decisions')).toMatchObject({ absolute: 0, p: 1, randomisationP: 1 });
  // The server's guards read the same.
  const [guarded] = await guardReadings(data, [
    {
      ...{ experiment: 'dear', control: 'control', unit: 'region-time', metrics: ['orders', 'ctr'], sinceVersion: 1 },
      weights: byTime().variants.map(({ name, weight }) => [name, weight] as const),
      cells: { periodHours: 2, burnInMinutes: 20 },
    },
  ]);
  const { sequentialCi } = effects(result, 'orders');
  expect(guarded!.readings).toMatchObject([{ name: 'orders', effects: [{ variant: 'dear', sequentialCi }] }]);
  // The last page of the last period was its sixth, and nobody knows whether another would have come.
  const notes = result.checks.map(({ message }) => message);
  expect(notes).toContain('periods that began before the experiment or are not over, left out of decisions: 1');
  const out = join(folder, 'cells.csv');
  await rialto('outcomes', 'dear', '--data', data, '--out', out);
  const [header, ...lines] = readFileSync(out, 'utf8').trim().split('\n');
  expect(header).toBe(
    'unit,variant,region,period_start,whole,decisions,converted,orders,revenue,impressions,clicks,ad_impressions,ad_clicks,ad_revenue',
  );
  expect(lines).toHaveLength(96);
  const first = Math.floor(START / (120 * MINUTE));
  const variant = TREATED('Bavaria', first) === 1 ? 'dear' : 'control';
  expect(lines[0]).toMatch(`Bavaria@${first},${variant},Bavaria,2026-05-01T00:00:00.000Z,1,5,`);
  expect(lines.filter((line) => line.split(',')[4] === '0')).toHaveLength(2);
  await expect(rialto('outcomes', 'dear', '--data', data, '--out', out, '--matured')).rejects.toThrow(
    /cells of region/,
  );
  const whole = await analyse(data, '--burn-in-minutes', '0');
  expect(effects(whole, 'clicks').absolute).toBeCloseTo(byHand(pages, (page) => page.clicks, timeOfDay).absolute, 9);
  const page = await rialto('analyse', '--experiment', 'dear', '--data', data, '--markdown');
  expect(page).toContain('Ship: dear');
  expect(page).toContain(`${pages.length - kept.length} of ${pages.length}`);
  await expect(analyse(data, '--burn-in-minutes', '120')).rejects.toThrow('leaves nothing of periods of 2 hours');
  await expect(analyse(data, '--metric', 'q:kind=quantile,num=revenue,q=.5')).rejects.toThrow(
    'kind=ratio and kind=mean',
  );
  await expect(analyse(data, '--metric', 'x:kind=mean,num=wishes')).rejects.toThrow('no column "wishes"');
});

test('cluster: whole regions in one long period; too few are refused', async () => {
  const regions = Array.from({ length: 24 }, (_, i) => `r${i}`);
  const experiment = byTime({ periodHours: 672, burnInMinutes: 0 });
  const data = join(folder, 'cluster');
  const pages = await live(data, { experiment, regions, hours: 6, everyMinutes: 30 });
  const result = await analyse(data);
  expect(result).toMatchObject({ design: 'cluster', regions: 24, periods: 1, cells: 24, season: 'period' });
  // Without levels of regions, which are what is compared.
  const sums = regions.map((region) => {
    const own = pages.filter((page) => page.region === region);
    return {
      clicks: own.reduce((sum, { clicks }) => sum + clicks, 0),
      n: own.length,
      treated: TREATED(region, own[0]!.period),
    };
  });
  const rate = (arm: number): number => {
    const own = sums.filter(({ treated }) => treated === arm);
    return own.reduce((sum, { clicks }) => sum + clicks, 0) / own.reduce((sum, { n }) => sum + n, 0);
  };
  const [told] = result.metrics.find(({ name }) => name === 'clicks')!.effects;
  expect(told!.absolute).toBeCloseTo(rate(1) - rate(0), 9);
  const few = join(folder, 'few');
  await live(few, { experiment, regions: regions.slice(0, 6), hours: 1, everyMinutes: 30 });
  await expect(analyse(few)).rejects.toThrow(/cells of region × period, of 5 needed: there are 6 regions in 1 periods/);
});
