/** Experiments whose items have variants, through the log: dealt in decisions, exposed once, read by campaign and by pair. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent, Experiment, ItemTreatment } from '@rialto/sdk';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { Rng } from '../../base/rng.ts';
import { millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import { bucketOf, seedState } from '../../experiments/bucket-hash.ts';
import type { ExperimentResult } from '../../experiments/result.ts';
import { twoSidedEffect } from '../../experiments/two-sided.ts';
import type { TwoSidedResult } from '../../experiments/two-sided-result.ts';
import { guardReadings } from '../guard-readings.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const START = Date.UTC(2026, 4, 1);
const SELLERS = 60;
const folder = mkdtempSync(join(tmpdir(), 'rialto-items-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function rialto(...args: string[]): Promise<string> {
  return printedBy(async () => {
    await new Command().addCommand(experimentCommand).parseAsync(['experiment', ...args], { from: 'user' });
  });
}

const dealt = (unit: 'campaign' | 'two-sided', items: ItemTreatment): Experiment => ({
  id: 'dealt',
  status: 'running',
  unit,
  decisionMetric: 'spend',
  variants: [
    { name: 'control', weight: 0.5 },
    { name: 'treated', weight: 0.5, items },
  ],
});

interface Seen {
  readonly buyer: string;
  readonly campaign: string;
  /** Whether the experiment ran. */
  readonly started: boolean;
}

/** Pages whose ads pay by view; every ad shown is seen. */
async function live(data: string, experiment: Experiment, pages: number): Promise<Seen[]> {
  const clock = new ManualClock(millis(START));
  const engine = await openEngine(data, { clock });
  const sellers = Array.from({ length: SELLERS }, (_, i) => i);
  await engine.save(
    'shop',
    sellers.map((i) => ({ id: `s${i}`, name: `s${i}` })),
    'test',
  );
  const listings = sellers.map((i) => ({ id: `l${i}`, title: `Cup ${i}`, priceMicros: 1e6, shop: `s${i}` }));
  await engine.save('listing', listings, 'test');
  const terms = { objective: 'views', bidMicros: 10_000_000, dailyBudgetMicros: 1e12 } as const;
  const campaigns = sellers.map((i) => ({ id: `c${i}`, shop: `s${i}`, listings: [`l${i}`], ...terms }));
  await engine.save('campaign', campaigns, 'test');
  await engine.save('placement', [{ id: 'home', slots: 3, adSlots: [0, 1], sources: [] }], 'test');
  const rng = new Rng(17);
  let events: BuyerEvent[] = [];
  const all: Seen[] = [];
  for (let page = 0; page < pages; page++) {
    if (page === pages / 2) {
      const { rejected } = await engine.save('experiment', [experiment], 'test');
      expect(rejected).toEqual([]);
    }
    clock.set(millis(START + page * 60_000));
    const buyer = `b${rng.below(400)}`;
    const { placements } = engine.decide({ buyer, placements: ['home'] });
    const seen = placements[0]!.items.map(({ id, token, position }): BuyerEvent => {
      return { id: `e${page}-${position}`, type: 'impression', buyer, listing: id, token };
    });
    events.push(...seen);
    for (const { campaign } of placements[0]!.items)
      all.push({ buyer, campaign: campaign!, started: page >= pages / 2 });
    if (page % 20 < 19) continue;
    expect((await engine.ingest(events)).rejected).toEqual([]);
    events = [];
  }
  await engine.close();
  return all;
}

test('campaigns: what each was charged, by its variant, with what it spent before', async () => {
  const data = join(folder, 'campaigns');
  await live(data, dealt('campaign', { scoreFactor: 50 }), 800);
  const printed = await rialto('analyse', '--experiment', 'dealt', '--data', data, '--json');
  const result: ExperimentResult = JSON.parse(printed);
  expect(result).toMatchObject({ experiment: 'dealt', design: 'campaign', control: 'control' });
  expect(result.arms.reduce((sum, { units }) => sum + units, 0)).toBe(SELLERS);
  const spend = result.metrics.find(({ name }) => name === 'spend')!;
  expect(spend.role).toBe('decision');
  // Whoever scores more is shown before all others: with as many slots, the control's campaigns have what is left.
  expect(spend.effects[0]!.absolute).toBeGreaterThan(2 * spend.arms[0]!.mean);
  expect(result.decision).toMatchObject({ verdict: 'ship', variant: 'treated' });
  const metrics = ['--metric', 'clicks:kind=mean,num=clicks', '--metric', 'seen:kind=mean,num=impressions'];
  const own: ExperimentResult = JSON.parse(
    await rialto('analyse', '--experiment', 'dealt', '--data', data, '--json', ...metrics),
  );
  expect(own.metrics.map(({ name }) => name)).toEqual(['clicks', 'seen']);
  const page = await rialto('analyse', '--experiment', 'dealt', '--data', data, '--markdown');
  expect(page).toContain('Ship: treated');
  // The server's guards read the same.
  const weights = [
    ['control', 0.5],
    ['treated', 0.5],
  ] as const;
  const watched = { experiment: 'dealt', control: 'control', unit: 'campaign', weights, sinceVersion: 1 };
  const [guarded] = await guardReadings(data, [{ ...watched, metrics: ['spend'] }]);
  expect(guarded!.readings).toMatchObject([
    { name: 'spend', effects: [{ variant: 'treated', sequentialCi: spend.effects[0]!.sequentialCi }] },
  ]);
});

const armOf = (seed: string, id: string): number => (bucketOf(seedState(seed), id) < 5_000 ? 0 : 1);

test('two-sided: the pairs of the log are those that were seen', async () => {
  const data = join(folder, 'pairs');
  const experiment = { ...dealt('two-sided', { scoreFactor: 50 }), otherSide: 'campaign' } as const;
  const seen = await live(data, experiment, 2_000);
  const printed = await rialto('analyse', '--experiment', 'dealt', '--data', data, '--json');
  const result: TwoSidedResult = JSON.parse(printed);
  expect(result).toMatchObject({ experiment: 'dealt', design: 'two-sided', otherSide: 'campaign', trusted: true });
  expect(result.items[0] + result.items[1]).toBe(SELLERS);
  const sums = () => new Float64Array(SELLERS);
  const [before, control, treated] = [sums(), sums(), sums()];
  for (const { buyer, campaign, started } of seen) {
    const of = started ? [control, treated][armOf('dealt', buyer)]! : before;
    of[Number(campaign.slice(1))]!++;
  }
  const listingTreated = Uint8Array.from(sums(), (_, i) => armOf('dealt/campaign', `c${i}`));
  const buyers = new Set(seen.flatMap(({ buyer, started }) => (started ? [buyer] : [])));
  expect(result.buyers[0] + result.buyers[1]).toBe(buyers.size);
  const buyerShare = [...buyers].filter((buyer) => armOf('dealt', buyer) === 1).length / buyers.size;
  const expected = twoSidedEffect({ control, treated, buyerShare, listingTreated, before }, 0.05);
  const impressions = result.metrics.find(({ name }) => name === 'impressions')!;
  for (const part of ['relative', 'direct', 'throughListings', 'throughBuyers'] as const)
    expect(impressions[part]).toBeCloseTo(expected[part], 9);
  expect(impressions.adjusted).toBe(true);
  // On pages of treated buyers, treated campaigns take the places of all others.
  expect(impressions.direct).toBeGreaterThan(1);
  expect(impressions.throughListings).toBeLessThan(-1);
  expect(result.leftOut).toEqual(['clicks', 'orders', 'revenue']);
  expect(await rialto('analyse', '--experiment', 'dealt', '--data', data)).toContain('sample ratio');
});
