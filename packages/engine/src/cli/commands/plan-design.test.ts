/** `rialto experiment plan --change`: the shop as its log has it, and the plan that is made of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent } from '@rialto/sdk';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import type { PlannedDesign } from '../../experiments/design-advice.ts';
import { openLake } from '../../lake/open-lake.ts';
import { shopProfile } from '../../lake/shop-profile.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const START = Date.UTC(2026, 4, 1);
const HOUR = 3_600_000;
const PAGES = 240;
const folder = mkdtempSync(join(tmpdir(), 'rialto-plan-'));
const data = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Ten campaigns that pay by view, for two days: five in DE, five in FR. */
beforeAll(async () => {
  const clock = new ManualClock(millis(START));
  const engine = await openEngine(data, { clock });
  const sellers = Array.from({ length: 10 }, (_, i) => i);
  const shops = sellers.map((i) => ({ id: `s${i}`, name: `s${i}` }));
  const listings = sellers.map((i) => ({ id: `l${i}`, title: `Cup ${i}`, priceMicros: 1e6, shop: `s${i}` }));
  const campaigns = sellers.map((i) => ({
    id: `c${i}`,
    shop: `s${i}`,
    listings: [`l${i}`],
    objective: 'views' as const,
    bidMicros: 10_000_000,
    dailyBudgetMicros: i < 2 ? 60_000 : 1e12,
    targeting: { countries: [i % 2 === 0 ? 'DE' : 'FR'] },
  }));
  await engine.save('shop', shops, 'test');
  await engine.save('listing', listings, 'test');
  const { rejected } = await engine.save('campaign', campaigns, 'test');
  expect(rejected).toEqual([]);
  await engine.save('placement', [{ id: 'home', slots: 3, adSlots: [0], sources: [] }], 'test');
  let events: BuyerEvent[] = [];
  for (let page = 0; page < PAGES; page++) {
    clock.set(millis(START + page * 12 * 60_000));
    const buyer = `b${page % 60}`;
    const context = { country: page % 3 === 0 ? 'FR' : 'DE' };
    const { placements } = engine.decide({ buyer, placements: ['home'], context });
    for (const { id, token } of placements[0]!.items)
      events.push({ id: `e${page}`, type: 'impression', buyer, listing: id, token });
    if (page % 20 < 19) continue;
    expect((await engine.ingest(events)).rejected).toEqual([]);
    events = [];
  }
  await engine.ingest([{ id: 'k', type: 'click', buyer: 'b0', listing: 'l0' }]);
  await engine.close();
});

async function plan(...args: string[]): Promise<string> {
  return printedBy(async () => {
    const all = ['experiment', 'plan', '--data', data, ...args];
    await new Command().addCommand(experimentCommand).parseAsync(all, { from: 'user' });
  });
}

test('a plan names every design with its bias, the same for the same seed', async () => {
  const args = ['--change', 'bids', '--small', '--json'];
  const told = await plan(...args);
  expect(await plan(...args)).toBe(told);
  const { change, campaigns, designs, recommended, setup, assumes, simulated, history } = JSON.parse(told);
  expect({ change, campaigns }).toEqual({ change: 'bids', campaigns: 10 });
  expect(simulated).toMatchObject({ draws: 2, seed: 1, pressure: 1.5 });
  expect(history.pagesADay).toBeCloseTo((PAGES * HOUR * 24) / ((PAGES - 1) * 12 * 60_000), 6);
  const names = designs.map(({ design }: PlannedDesign) => design);
  expect(names).toEqual(['plain', 'budget-split', 'two-sided']);
  expect(names).toContain(recommended);
  expect(setup).toContain('"unit"');
  expect(assumes.join()).toMatch(/--pressure/);
  const text = await plan('--change', 'text', '--effect', '.1');
  expect(text).toMatch(/plain .* 0 %/);
  expect(text).toMatch(/set up with "unit": "buyer"/);
});

test('the profile of the log: traffic, campaigns, budgets that bind', async () => {
  await plan('--change', 'text');
  const lake = await openLake(join(data, 'lake'));
  try {
    const { campaigns, regions, hourShares, buyers } = await shopProfile(lake, 28);
    expect(regions).toBe(2);
    expect(hourShares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(buyers).toMatchObject({ count: 60, pagesMean: PAGES / 60, clicksMean: 1 / 60, ordersMean: 0 });
    expect(campaigns).toHaveLength(10);
    for (const { id, regionShare, heldShare, budgetADayMicros } of campaigns) {
      expect(regionShare).toBe(1);
      expect(budgetADayMicros).toBe(['c0', 'c1'].includes(id) ? 60_000 : 1e12);
      if (budgetADayMicros === 1e12) expect(heldShare).toBe(0);
    }
    const shown = campaigns.reduce((sum, { viewsADay }) => sum + viewsADay, 0);
    expect(shown).toBeGreaterThan(PAGES / 3);
  } finally {
    lake.close();
  }
});

test('without a change it is planned from who came, once their window is over', async () => {
  await expect(plan()).rejects.toThrow(/no buyer came in the last 28 days, 7 of them before/);
});
