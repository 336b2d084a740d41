/** A two-sided experiment with doses, lived through: who is treated when, from whose part of the budgets, and what the log says of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent, Experiment } from '@rialto/sdk';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { Rng } from '../../base/rng.ts';
import { type Day, MILLIS_PER_DAY, millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import { bucketOf, seedState } from '../../experiments/bucket-hash.ts';
import { dosedEffect, doseOf, isDosed } from '../../experiments/dosed-items.ts';
import type { DosedResult } from '../../experiments/dosed-result.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const START = Date.UTC(2026, 4, 1);
const FIRST_DAY = START / MILLIS_PER_DAY;
const DAYS = 7;
const PAGES_A_DAY = 150;
const SELLERS = 24;
const BUDGET = 300_000;
const DOSES = [0.5, 0.9];
const folder = mkdtempSync(join(tmpdir(), 'rialto-doses-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dosed: Experiment = {
  id: 'lower',
  status: 'running',
  unit: 'two-sided',
  otherSide: 'campaign',
  splitsBudgets: true,
  doses: DOSES,
  variants: [
    { name: 'control', weight: 0.5 },
    { name: 'treated', weight: 0.5, items: { bidFactor: 0.5 } },
  ],
};

interface Seen {
  readonly day: number;
  readonly arm: number;
  readonly campaign: string;
}

interface Lived {
  readonly seen: readonly Seen[];
  /** Day and arm of each. */
  readonly pages: readonly Omit<Seen, 'campaign'>[];
  /** Charged to the arm for the campaign on the day. */
  spent(arm: number, campaign: number, day: number): number;
}

/** Ads that pay by view; every one is seen. From the second day on the experiment runs. */
async function live(data: string): Promise<Lived> {
  const clock = new ManualClock(millis(START));
  const engine = await openEngine(data, { clock });
  const sellers = Array.from({ length: SELLERS }, (_, i) => i);
  const shops = sellers.map((i) => ({ id: `s${i}`, name: `s${i}` }));
  await engine.save('shop', shops, 'test');
  const listings = sellers.map((i) => ({ id: `l${i}`, title: `Cup ${i}`, priceMicros: 1e6, shop: `s${i}` }));
  await engine.save('listing', listings, 'test');
  const campaigns = sellers.map((i) => {
    const terms = { objective: 'views', bidMicros: 10_000_000 + 100_000 * i, dailyBudgetMicros: BUDGET } as const;
    return { id: `c${i}`, shop: `s${i}`, listings: [`l${i}`], ...terms };
  });
  await engine.save('campaign', campaigns, 'test');
  await engine.save('placement', [{ id: 'home', slots: 3, adSlots: [0, 1], sources: [] }], 'test');
  const { rejected } = await engine.save('experiment', [{ ...dosed, startsAt: START + MILLIS_PER_DAY }], 'test');
  expect(rejected).toEqual([]);
  const rng = new Rng(17);
  const seen: Seen[] = [];
  const pages: Omit<Seen, 'campaign'>[] = [];
  let events: BuyerEvent[] = [];
  for (let page = 0; page < DAYS * PAGES_A_DAY; page++) {
    clock.set(millis(START + Math.floor(((page + 0.5) * MILLIS_PER_DAY) / PAGES_A_DAY)));
    const day = FIRST_DAY + Math.floor(page / PAGES_A_DAY);
    const buyer = `b${rng.below(400)}`;
    const { placements, experiments = [] } = engine.decide({ buyer, placements: ['home'] });
    if (day > FIRST_DAY) expect(experiments.map(({ unit }) => unit)).toEqual([buyer]);
    const arm = experiments.length === 0 ? -1 : bucketOf(seedState('lower'), buyer) < 5_000 ? 0 : 1;
    pages.push({ day, arm });
    for (const { id, token, position, kind, ...item } of placements[0]!.items) {
      if (kind !== 'ad') continue;
      events.push({ id: `e${page}-${position}`, type: 'impression', buyer, listing: id, token: token! });
      seen.push({ day, arm, campaign: 'campaign' in item ? item.campaign! : '' });
    }
    expect((await engine.ingest(events)).rejected).toEqual([]);
    events = [];
  }
  await engine.close();
  const { split } = engine.state.books;
  const { ids } = engine.state.market.campaigns.documents;
  return { seen, pages, spent: (arm, campaign, day) => split.spentMicros(arm, ids.find(`c${campaign}`), day as Day) };
}

test('treated buyers see the day’s dose of campaigns treated, each arm spends its own half, and the log tells the effect', async () => {
  const data = join(folder, 'data');
  const { seen, pages, spent } = await live(data);
  const place = (campaign: string): number => bucketOf(seedState('lower/campaign'), campaign) / 10_000;
  // A campaign that bids half of what the others do is not shown beside them, but where these have run out.
  const shares = [0, 1].map((arm) => {
    const ads = seen.filter((one) => one.arm === arm);
    return ads.filter(({ day, campaign }) => isDosed(DOSES, day, place(campaign))).length / ads.length;
  });
  expect(shares[0]).toBeGreaterThan(0.5);
  expect(shares[1]).toBeLessThan(shares[0]! - 0.1);
  const days = Array.from({ length: DAYS - 1 }, (_, i) => FIRST_DAY + 1 + i);
  const each = Array.from({ length: SELLERS }, (_, campaign) => campaign);
  const most = Math.max(...days.flatMap((day) => [0, 1].flatMap((arm) => each.map((i) => spent(arm, i, day)))));
  expect(most).toBeLessThanOrEqual(BUDGET / 2);
  expect(most).toBeGreaterThan(0.9 * (BUDGET / 2));

  const run = (...more: string[]): Promise<string> =>
    printedBy(async () => {
      const command = new Command().addCommand(experimentCommand);
      const usual = ['experiment', 'analyse', '--experiment', 'lower', '--data', data];
      await command.parseAsync([...usual, ...more], { from: 'user' });
    });
  const result: DosedResult = JSON.parse(await run('--json'));
  const rate = (arm: number): Float64Array =>
    Float64Array.from(days, (day) => {
      const count = pages.filter((page) => page.day === day && page.arm === arm).length;
      return each.reduce((sum, campaign) => sum + spent(arm, campaign, day) / 1e6, 0) / count;
    });
  const doses = Float64Array.from(days, (day) => doseOf(DOSES, day));
  expect(result).toMatchObject({ experiment: 'lower', design: 'two-sided', trusted: true, doses: [...doses] });
  const spend = result.metrics.find(({ name }) => name === 'spend')!;
  // The first page of the experiment is before its arms have parts, and is charged to the whole.
  for (let day = 1; day < days.length; day++) {
    expect(spend.control[day]).toBeCloseTo(rate(0)[day]!, 9);
    expect(spend.treated[day]).toBeCloseTo(rate(1)[day]!, 9);
  }
  const [control, treated] = [spend.control, spend.treated].map((values) => Float64Array.from(values));
  const expected = dosedEffect({ doses, control: control!, treated: treated! }, 0.05);
  expect(spend.relative).toBeCloseTo(expected.relative, 9);
  expect(spend.standardError).toBeCloseTo(expected.standardError, 9);
  expect(spend.relative).toBeLessThan(0);
  expect(result.leftOut).toEqual(['clicks']);
  expect(await run()).toMatch(/spend .*-\d/);
});
