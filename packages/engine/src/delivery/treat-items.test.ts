/** Campaigns dealt one by one, and buyers dealt with listings: what it does to ads and lists, what is told of it, and that it replays. */
import type { Campaign, DecideResponse, Experiment, Listing } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { dayOf, MILLIS_PER_DAY, millis } from '../base/units.ts';
import { BUCKETS, bucketOf, seedState } from '../experiments/bucket-hash.ts';
import { isDosed } from '../experiments/dosed-items.ts';
import { MemoryLog } from '../log/memory-log.ts';
import type { DecisionRecord } from '../log/record.ts';
import { experimentSchema } from '../wire/experiment-schema.ts';
import type { Engine } from './engine.ts';
import { decideAgain, explainDecision } from './explain.ts';
import { openBare } from './market.fixture.ts';
import { rebuild } from './rebuild.ts';
import { State } from './state.ts';
import { Workspace } from './workspace.ts';

const SELLERS = 24;
const BID = 1_000_000;

const half: Experiment = {
  id: 'half',
  status: 'running',
  unit: 'campaign',
  placements: ['home'],
  variants: [
    { name: 'control', weight: 0.5 },
    { name: 'half', weight: 0.5, items: { bidFactor: 0.5 } },
  ],
};
const lifted: Experiment = {
  id: 'lifted',
  status: 'running',
  unit: 'two-sided',
  variants: [
    { name: 'control', weight: 0.5 },
    { name: 'lifted', weight: 0.5, items: { boost: 20 } },
  ],
};

async function open(...experiments: readonly Experiment[]) {
  const log = new MemoryLog();
  const opened = await openBare(log);
  const { engine } = opened;
  const listings: Listing[] = Array.from({ length: SELLERS }, (_, i) => ({
    id: `l${i}`,
    title: `Cup ${i}`,
    priceMicros: 1e6,
    shop: `s${i}`,
  }));
  const campaigns: Campaign[] = listings.map(({ id, shop }, i) => ({
    id: `c${i}`,
    shop: shop!,
    listings: [id],
    bidMicros: BID,
    dailyBudgetMicros: 1e12,
  }));
  const shops = listings.map(({ shop }) => ({ id: shop!, name: shop! }));
  const placements = ['home', 'side'].map((id) => ({
    id,
    slots: 8,
    adSlots: [0, 1],
    sources: [{ source: 'popular', limit: 100 }],
  }));
  const all = [
    ['shop', shops],
    ['listing', listings],
    ['campaign', campaigns],
    ['placement', placements],
    ['experiment', experiments],
  ] as const;
  for (const [kind, entities] of all) {
    const { rejected } = await engine.save(kind, entities as never, 'ann');
    expect(rejected).toEqual([]);
  }
  return { ...opened, log };
}

const applied = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function decisionsOf(log: MemoryLog): Promise<DecisionRecord[]> {
  const found: DecisionRecord[] = [];
  for await (const { records } of log.read(0, 0))
    for (const record of records) if (record.kind === 'decision') found.push(record);
  return found;
}

async function decideAll(engine: Engine, buyers: number, placement = 'home'): Promise<DecideResponse[]> {
  const made: DecideResponse[] = [];
  for (let i = 0; i < buyers; i++) {
    made.push(engine.decide({ buyer: `b${i}`, placements: [placement] }));
    await applied();
  }
  return made;
}

async function replays(engine: Engine, log: MemoryLog): Promise<void> {
  const decisions = await decisionsOf(log);
  for (const at of [0, 1, decisions.length - 1]) {
    const decision = decisions[at]!;
    const state = await rebuild({ log, offset: decision.stateOffset });
    const reloaded = new State();
    reloaded.load(readerOf((out) => state.save(out)));
    expect(decideAgain(state, decision, new Workspace())).toBe(true);
    expect(decideAgain(reloaded, decision, new Workspace())).toBe(true);
  }
  const folded = await rebuild({ log });
  expect(fingerprint((out) => folded.save(out))).toEqual(fingerprint((out) => engine.state.save(out)));
}

describe('campaigns dealt one by one', () => {
  test('bid as their variant says, are told once each, and replay', async () => {
    const { engine, log } = await open(half);
    const made = await decideAll(engine, 40);
    const exposures = (await decisionsOf(log)).flatMap(({ exposures: told = [] }) => told);
    const variantOf = new Map(exposures.map(({ unit, variant }) => [unit, variant]));
    expect(exposures).toHaveLength(variantOf.size);
    expect(variantOf.size).toBe(SELLERS);
    expect([...variantOf.values()].filter((variant) => variant === 'half').length).toBeGreaterThan(5);
    const { experiments, placements } = await explainDecision({ log }, made[39]!.decisionId);
    expect(experiments).toEqual([{ experiment: 'half', version: 1, reason: 'by-item' }]);
    const ads = placements[0]!.candidates.filter(({ kind }) => kind === 'ad');
    expect(ads.length).toBeGreaterThan(SELLERS / 2);
    for (const { campaign, bidMicros, bidFactors } of ads) {
      const halved = variantOf.get(campaign!) === 'half';
      expect(bidMicros).toBe(halved ? BID / 2 : BID);
      expect(bidFactors).toEqual(halved ? { experiments: 0.5 } : undefined);
    }
    await replays(engine, log);
  });

  test('elsewhere, nothing changes; and a factor raises no bid above what the seller said', async () => {
    const twice = { ...half, variants: [half.variants[0]!, { ...half.variants[1]!, items: { bidFactor: 2 } }] };
    const { engine, log } = await open(twice);
    const [there] = await decideAll(engine, 1, 'side');
    const [here] = await decideAll(engine, 1);
    for (const { decisionId } of [there!, here!]) {
      const { placements } = await explainDecision({ log }, decisionId);
      for (const { kind, bidMicros } of placements[0]!.candidates) if (kind === 'ad') expect(bidMicros).toBe(BID);
    }
    expect((await decisionsOf(log))[0]!.exposures).toBeUndefined();
  });

  test('keep their variant when weights change, and all have what was shipped', async () => {
    const { engine, log } = await open(half);
    await decideAll(engine, 2);
    const weights = [0.01, 0.99];
    const variants = half.variants.map((variant, i) => ({ ...variant, weight: weights[i]! }));
    await engine.save('experiment', [{ ...half, variants }], 'ann');
    const bids = async (): Promise<number[]> => {
      const [made] = await decideAll(engine, 1);
      const { placements } = await explainDecision({ log }, made!.decisionId);
      return placements[0]!.candidates.flatMap(({ kind, bidMicros }) => (kind === 'ad' ? [bidMicros!] : []));
    };
    expect((await bids()).filter((bid) => bid === BID).length).toBeGreaterThan(5);
    await engine.save('experiment', [{ ...half, status: 'stopped', ship: 'half' }], 'ann');
    expect(new Set(await bids())).toEqual(new Set([BID / 2]));
  });

  test('what they win and pay follows score and reserve', async () => {
    const items = { scoreFactor: 4, reserveFactor: 3 };
    const { engine, log } = await open({ ...half, variants: [half.variants[0]!, { ...half.variants[1]!, items }] });
    const made = await decideAll(engine, 30);
    const variantOf = new Map(
      (await decisionsOf(log)).flatMap(({ exposures = [] }) => exposures.map(({ unit, variant }) => [unit, variant])),
    );
    const winners = made.flatMap(({ placements }) =>
      placements[0]!.items.flatMap((item) => (item.kind === 'ad' ? [item.campaign!] : [])),
    );
    expect(winners.length).toBeGreaterThan(30);
    for (const campaign of winners) expect(variantOf.get(campaign)).toBe('half');
  });
});

describe('buyers dealt with listings', () => {
  test('treated listings rise for treated buyers only', async () => {
    const { engine, log } = await open(lifted);
    const made = await decideAll(engine, 60);
    await applied();
    const told = (await decisionsOf(log)).flatMap(({ exposures = [] }) => exposures);
    const listings = new Map(told.flatMap(({ side, unit, variant }) => (side === 'listing' ? [[unit, variant]] : [])));
    const buyers = new Map(told.flatMap(({ side, unit, variant }) => (side === undefined ? [[unit, variant]] : [])));
    expect(told.filter(({ side }) => side === 'listing')).toHaveLength(SELLERS);
    expect(buyers.size).toBe(60);
    const risen = (one: DecideResponse): number => {
      const organic = one.placements[0]!.items.filter(({ kind }) => kind === 'listing');
      return organic.filter(({ id }) => listings.get(id) === 'lifted').length / organic.length;
    };
    const share = (variant: string): number => {
      const of = made.filter((_, i) => buyers.get(`b${i}`) === variant);
      return of.reduce((sum, one) => sum + risen(one), 0) / of.length;
    };
    expect(share('lifted')).toBe(1);
    expect(share('control')).toBeLessThan(0.9);
    await replays(engine, log);
  });

  test('with doses campaigns take turns by the day for treated buyers, are not told of, and replay', async () => {
    const doses = [0.5, 0.9];
    const { engine, log, clock } = await open({
      ...half,
      unit: 'two-sided',
      otherSide: 'campaign',
      splitsBudgets: true,
      doses,
    });
    const isTreated = (buyer: number): boolean => bucketOf(seedState('half'), `b${buyer}`) >= BUCKETS / 2;
    const buyers = Array.from({ length: 12 }, (_, i) => i);
    const [control, treated] = [buyers.find((i) => !isTreated(i))!, buyers.find(isTreated)!];
    for (const day of [0, 1, 2]) {
      const made = await decideAll(engine, 12);
      const today = dayOf(clock.now());
      for (const buyer of [control, treated]) {
        const { placements } = await explainDecision({ log }, made[buyer]!.decisionId);
        const ads = placements[0]!.candidates.filter(({ kind }) => kind === 'ad');
        expect(ads.length).toBeGreaterThan(SELLERS / 2);
        for (const { campaign, bidMicros } of ads) {
          const place = bucketOf(seedState('half/campaign'), campaign!) / BUCKETS;
          const halved = buyer === treated && isDosed(doses, today, place);
          expect([day, campaign, bidMicros]).toEqual([day, campaign, halved ? BID / 2 : BID]);
        }
      }
      clock.set(millis(clock.now() + MILLIS_PER_DAY));
    }
    const told = (await decisionsOf(log)).flatMap(({ exposures = [] }) => exposures);
    expect(told.every(({ side }) => side === undefined)).toBe(true);
    expect(new Set(told.map(({ variant }) => variant)).size).toBe(2);
    expect(told).toHaveLength(36);
    await replays(engine, log);
  });

  test('the hashes of both sides have nothing to do with each other', async () => {
    const { engine, log } = await open(lifted);
    for (let i = 0; i < SELLERS; i++) {
      engine.decide({ buyer: `l${i}`, placements: ['home'] });
      await applied();
    }
    const told = (await decisionsOf(log)).flatMap(({ exposures = [] }) => exposures);
    const of = (side: 'listing' | undefined) =>
      new Map(told.flatMap((one) => (one.side === side ? [[one.unit, one.variant]] : [])));
    const [buyers, listings] = [of(undefined), of('listing')];
    const same = [...buyers].filter(([unit, variant]) => listings.get(unit) === variant).length;
    expect(same).toBeGreaterThan(3);
    expect(same).toBeLessThan(SELLERS - 3);
  });
});

test.each<[string, Partial<Experiment>, RegExp]>([
  ['items of buyers', { unit: 'buyer' }, /`items` with the units campaign and two-sided only/],
  ['a boost of campaigns', { variants: [half.variants[0]!, { name: 'b', weight: 0.5, items: { boost: 1 } }] }, /boost/],
  ['sticky', { sticky: true }, /keeps it by itself/],
  ['another side', { otherSide: 'listing' }, /two-sided only/],
  ['no control', { unit: 'two-sided', variants: [...half.variants].reverse() }, /a control without `items`/],
  ['doses without parts of their own', { doses: [0.5, 0.9] }, /treated buyers need a market of their own/],
  [
    'one dose',
    { unit: 'two-sided', otherSide: 'campaign', splitsBudgets: true, doses: [0.5, 0.5] },
    /two different shares/,
  ],
  ['pairs with budgets split and no doses', { unit: 'two-sided', splitsBudgets: true }, /or two-sided with `doses`/],
])('refused: %s', (_, change, message) => {
  const { error } = experimentSchema.safeParse({ ...half, ...change });
  expect(error?.issues.map((issue) => issue.message).join()).toMatch(message);
});
