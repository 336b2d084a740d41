/**
 * Budgets split in the living engine, against a truth: the same days with everything treated and with nothing treated. The treatment makes
 * ads dearer (first price for second price). Campaigns that their budget holds back can spend no more for it; a plain test, whose arms
 * share budgets, sees them spend more on treated pages all the same.
 */
import type { BuyerEvent, Campaign, Experiment } from '@rialto/sdk';
import { expect, test } from 'vitest';
import { ManualClock } from '../base/clock.ts';
import { Rng } from '../base/rng.ts';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { MILLIS_PER_DAY, millis } from '../base/units.ts';
import { Engine } from '../delivery/engine.ts';
import { decideAgain } from '../delivery/explain.ts';
import { rebuild } from '../delivery/rebuild.ts';
import { State } from '../delivery/state.ts';
import { Workspace } from '../delivery/workspace.ts';
import { MemoryLog } from '../log/memory-log.ts';
import type { DecisionRecord } from '../log/record.ts';

const START = Date.UTC(2026, 4, 18);
const REQUESTS = 2_000;
const DAYS = 3;
const CAMPAIGNS = 14;
const FIRST_PRICE = { auction: { format: 'first-price', pacing: 'throttle' } };

const BOUND = 10;
/** The first ones are held back by their budgets; the others, who bid less, have more than they can spend. */
const campaigns: readonly Campaign[] = Array.from({ length: CAMPAIGNS }, (_, i) => ({
  id: `c${i}`,
  shop: `s${i}`,
  listings: [`l${i}`],
  objective: 'views',
  bidMicros: Math.round(i < BOUND ? 12_000_000 * 0.97 ** i : 6_000_000 * 0.7 ** (i - BOUND)),
  dailyBudgetMicros: i < BOUND ? 900_000 : 90_000_000,
}));

const experiment = (weights: readonly [number, number], more: Partial<Experiment> = {}): Experiment => ({
  id: 'dearer',
  status: 'running',
  unit: 'buyer',
  startsAt: START + MILLIS_PER_DAY,
  variants: [
    { name: 'control', weight: weights[0] },
    { name: 'treatment', weight: weights[1], changes: { home: FIRST_PRICE } },
  ],
  ...more,
});

interface Lived {
  readonly engine: Engine;
  readonly log: MemoryLog;
  /** Spent for a request of each arm, once the experiment runs. */
  readonly control: number;
  readonly treatment: number;
  /** Spent by day, campaign and arm. */
  readonly spent: ReadonlyMap<string, number>;
}

async function live(definition: Experiment, requests = DAYS * REQUESTS): Promise<Lived> {
  const clock = new ManualClock(millis(START));
  let drawn = 0;
  const log = new MemoryLog();
  const nonce = () => (drawn++).toString(36);
  const engine = await Engine.open({ log, clock, tokenSecret: new Uint8Array(32).fill(3), nonce });
  await engine.save(
    'shop',
    campaigns.map(({ shop }) => ({ id: shop, name: shop })),
    'test',
  );
  await engine.save(
    'listing',
    campaigns.map(({ shop, listings }) => ({ id: listings[0]!, title: shop, priceMicros: 1e6, shop })),
    'test',
  );
  await engine.save('campaign', campaigns, 'test');
  await engine.save('placement', [{ id: 'home', slots: 3, adSlots: [0], sources: [] }], 'test');
  const { rejected } = await engine.save('experiment', [definition], 'test');
  expect(rejected).toEqual([]);
  const rng = new Rng(5);
  const sums = { control: [0, 0], treatment: [0, 0] };
  const spent = new Map<string, number>();
  let events: BuyerEvent[] = [];
  for (let request = 0; request < requests; request++) {
    const at = START + Math.floor(((request + 0.5) * MILLIS_PER_DAY) / REQUESTS);
    clock.set(millis(at));
    const buyer = `b${rng.below(5_000)}`;
    const { placements, experiments = [] } = engine.decide({ buyer, placements: ['home'] });
    const ad = placements[0]!.items.find(({ kind }) => kind === 'ad');
    const before = engine.state.ledger.totals.chargedMicros;
    if (ad) events.push({ id: `e${request}`, type: 'impression', listing: ad.id, token: ad.token, at });
    await engine.ingest(events);
    events = [];
    const charged = engine.state.ledger.totals.chargedMicros - before;
    const arm = experiments[0]?.variant as keyof typeof sums | undefined;
    if (arm === undefined) continue;
    sums[arm][0]! += charged;
    sums[arm][1]!++;
    const key = `${Math.floor(at / MILLIS_PER_DAY)} ${ad && 'campaign' in ad ? ad.campaign : ''} ${arm}`;
    spent.set(key, (spent.get(key) ?? 0) + charged);
  }
  const mean = ([money, requests]: readonly number[]): number => (requests === 0 ? 0 : money! / requests!);
  return { engine, log, control: mean(sums.control), treatment: mean(sums.treatment), spent };
}

test('a plain test sees what is not there, and split budgets see what is', async () => {
  const nothing = await live(experiment([1, 0]));
  const everything = await live(experiment([0, 1]));
  const truth = everything.treatment / nothing.control - 1;
  const plain = await live(experiment([0.5, 0.5]));
  const split = await live(experiment([0.5, 0.5], { splitsBudgets: true }));
  const seen = (lived: Lived): number => lived.treatment / lived.control - 1;
  expect(truth).toBeGreaterThan(0.15);
  expect(seen(plain) / truth - 1).toBeGreaterThan(0.3);
  expect(Math.abs(seen(split) / truth - 1)).toBeLessThan(0.1);
  let full = 0;
  for (let day = START / MILLIS_PER_DAY + 1; day < START / MILLIS_PER_DAY + DAYS; day++)
    for (const { id, dailyBudgetMicros } of campaigns.slice(0, BOUND)) {
      const arms = ['control', 'treatment'].map((arm) => split.spent.get(`${day} ${id} ${arm}`) ?? 0);
      for (const micros of arms) {
        expect(micros).toBeLessThanOrEqual(dailyBudgetMicros! / 2);
        if (micros > 0.4 * dailyBudgetMicros!) full++;
      }
    }
  expect(full).toBeGreaterThan(2 * BOUND);
});

test('decisions under split budgets are made again from the log, and from a checkpoint', async () => {
  const { log, engine } = await live(
    experiment([0.5, 0.5], { splitsBudgets: true, startsAt: START + 3_600_000 }),
    1_000,
  );
  const decisions: DecisionRecord[] = [];
  for await (const { records } of log.read(0, 0))
    for (const record of records) if (record.kind === 'decision') decisions.push(record);
  for (const at of [90, 700, 990]) {
    const decision = decisions[at]!;
    const state = await rebuild({ log, offset: decision.stateOffset });
    const reloaded = new State();
    reloaded.load(readerOf((out) => state.save(out)));
    expect(decideAgain(state, decision, new Workspace())).toBe(true);
    expect(decideAgain(reloaded, decision, new Workspace())).toBe(true);
  }
  const folded = await rebuild({ log });
  expect(fingerprint((out) => folded.save(out))).toEqual(fingerprint((out) => engine.state.save(out)));
});
