/**
 * A shop whose visitors buy what they had before on one page, and what sells on another: each page's places are learned from its own visitors, serve
 * where a placement asks for them, and come and go with the model's versions.
 */
import type { BuyerEvent, Experiment, Placement, Source } from '@rialto/sdk';
import { beforeAll, describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { readerOf } from '../base/snapshot.fixture.ts';
import type { Engine } from '../delivery/engine.ts';
import { DAY, event, NOW, openBare, purchase, type TestEngine } from '../delivery/market.fixture.ts';
import { rebuild } from '../delivery/rebuild.ts';
import { State } from '../delivery/state.ts';
import type { Log } from '../log/log.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { readHistory } from './history.ts';
import { type TrainedSources, trainSources } from './train-sources.ts';

const LISTINGS = 240;
const BUYERS = 24;
const OWN = 12;
const VISIT_EVERY = 4_000_000;
const PAGES = ['again', 'selling'] as const;
const BY_HAND: Record<(typeof PAGES)[number], readonly Source[]> = {
  again: [
    { source: 'history', limit: 4 },
    { source: 'popular', limit: 28 },
  ],
  selling: [
    { source: 'history', limit: 28 },
    { source: 'popular', limit: 4 },
  ],
};
/** Every buyer has listings of their own among the last half; what sells is among the first. */
const ownOf = (buyer: number, i: number): string => `l${LISTINGS / 2 + ((buyer * 5 + i * 7) % (LISTINGS / 2))}`;

async function openShop(log: Log): Promise<TestEngine> {
  const opened = await openBare(log);
  const { engine } = opened;
  const listings = Array.from({ length: LISTINGS }, (_, i) => ({
    id: `l${i}`,
    title: `thing ${i}`,
    priceMicros: 1_000_000,
  }));
  await engine.save('listing', listings, 'test');
  await engine.save(
    'placement',
    PAGES.map((id) => ({ id, slots: 4, sources: BY_HAND[id] })),
    'test',
  );
  const past: BuyerEvent[] = [];
  for (let buyer = 0; buyer < BUYERS; buyer++)
    for (let i = 0; i < OWN; i++) {
      const at = NOW - 90 * DAY + (buyer * OWN + i) * 3_600_000;
      past.push(purchase(`past-${buyer}-${i}`, ownOf(buyer, i), { buyer: `b${buyer}`, at }));
    }
  await engine.ingest(past, { imported: true });
  return opened;
}

/** Each visit leads to an order within minutes; no visitor comes twice within a day. */
async function visited(log: Log, visits: number): Promise<TestEngine> {
  const opened = await openShop(log);
  const { engine, clock } = opened;
  // One source, so that orders are not looked at for them.
  const sources = [{ source: 'popular', limit: 20 }] as const;
  await engine.save(
    'placement',
    ['home', 'discover'].map((id) => ({ id, slots: 4, sources })),
    'test',
  );
  const rng = new Rng(5);
  for (let visit = 0; visit < visits; visit++) {
    clock.set((NOW + visit * VISIT_EVERY) as never);
    const buyer = visit % BUYERS;
    const placement = PAGES[Math.floor(visit / BUYERS) % 2]!;
    engine.decide({ buyer: `b${buyer}`, placements: [placement] });
    clock.set((NOW + visit * VISIT_EVERY + 600_000) as never);
    const listing = placement === 'again' ? ownOf(buyer, rng.below(OWN)) : `l${Math.floor(40 * rng.unit() ** 1.5)}`;
    await engine.ingest([purchase(`v${visit}`, listing, { buyer: `b${buyer}` })]);
  }
  return opened;
}

let ticks = 0;
const learned = async (log: Log): Promise<TrainedSources> =>
  trainSources({ log, history: await readHistory(log), seed: 1, stopwatch: () => ticks++ });
const publish = (engine: Engine, { bytes, card }: TrainedSources) =>
  engine.models.publish([{ name: 'sources', bytes, card: { ...card }, by: 'test' }]);
const asked = (id: (typeof PAGES)[number], rest: Partial<Placement> = {}): Placement => ({
  id,
  slots: 4,
  sources: BY_HAND[id],
  learnedSources: true,
  ...rest,
});
const limitsOf = (list: readonly Source[]) => Object.fromEntries(list.map(({ source, limit }) => [source, limit]));

describe('candidate sources', () => {
  let log: MemoryLog;
  let shop: TestEngine;
  let trained: TrainedSources;
  beforeAll(async () => {
    log = new MemoryLog();
    shop = await visited(log, 640);
    trained = await learned(log);
  });

  test('are trusted as the visitors of each page say, at the same total, and bring more of what later ones wanted', () => {
    const { placements, gates } = trained.card;
    expect(gates.reasons).toEqual([]);
    const [again, selling] = PAGES.map((id) => placements.find(({ placement }) => placement === id)!);
    for (const study of [again!, selling!]) {
      expect(study).toMatchObject({ outcome: 'learned', basis: 'pages', witness: 'purchase' });
      const { judged, after } = study;
      expect(after.reduce((sum, { limit }) => sum + limit, 0)).toBe(32);
      const { learned, serving, byHand } = judged!;
      expect(learned.covered).toBeGreaterThan(serving.covered + 0.1);
      expect(judged!.covered.mean).toBeCloseTo(learned.covered - serving.covered, 12);
      expect(judged!.shown.mean).toBeCloseTo(learned.shown - serving.shown, 12);
      expect(serving.shown).toBe(byHand.shown);
      const lost = Object.fromEntries(judged!.sources.map((worth) => [worth.source, worth.lostCovered]));
      expect(lost[study === again ? 'history' : 'popular']).toBeGreaterThan(0.2);
      expect(lost['search']).toBe(0);
    }
    expect(limitsOf(again!.after)['history']).toBeGreaterThan(7);
    expect(limitsOf(selling!.after)['popular']).toBeGreaterThan(7);
    expect(limitsOf(selling!.after)['history'] ?? 0).toBeLessThan(limitsOf(again!.after)['history']!);
  });

  test('of other pages stay as they are, and it is said why', () => {
    const { placements } = trained.card;
    const of = (id: string) => placements.find(({ placement }) => placement === id)!;
    expect(of('search')).toMatchObject({ outcome: 'by-hand', reason: 'it has one source: there is nothing to divide' });
    expect(of('cart')).toMatchObject({ outcome: 'by-hand', reason: 'too few of its pages led to something' });
  });

  test('are the same when they are learned again', async () => {
    const again = await learned(log);
    expect(Buffer.from(again.bytes).equals(trained.bytes)).toBe(true);
  });

  test('serve placements that ask for them, until they are withdrawn; decisions are made again as they were', async () => {
    const { engine } = shop;
    const decided = async (id: (typeof PAGES)[number]) =>
      engine.explain(engine.decide({ buyer: 'b3', placements: [id] }).decisionId);
    const before = await decided('again');
    expect(before.placements[0]).not.toHaveProperty('learnedSources');
    await engine.save('placement', [asked('again')], 'test');
    expect((await decided('again')).placements[0]).not.toHaveProperty('learnedSources');
    await publish(engine, trained);
    const served = await decided('again');
    const { after } = trained.card.placements.find(({ placement }) => placement === 'again')!;
    expect(served).toMatchObject({ identical: true, placements: [{ learnedSources: after }] });
    expect((await decided('selling')).placements[0]).not.toHaveProperty('learnedSources');
    const bringing = ({ placements }: typeof served, source: string): number =>
      placements[0]!.candidates.filter(({ sources }) => sources.includes(source)).length;
    expect(bringing(served, 'history')).toBeGreaterThan(bringing(before, 'history'));
    // Half of the places by hand is half of the learned ones.
    const half = BY_HAND.again.map(({ source, limit }) => ({ source, limit: limit / 2 }));
    await engine.save('placement', [asked('again', { sources: half })], 'test');
    const smaller = (await decided('again')).placements[0]!.learnedSources!;
    expect(smaller.reduce((sum, { limit }) => sum + limit, 0)).toBe(16);
    await engine.save('placement', [asked('again')], 'test');

    const loaded = new State();
    loaded.load(readerOf((out) => engine.state.save(out)));
    for (const state of [loaded, await rebuild({ log })])
      expect(state.learnedSources.of(asked('again'))).toEqual(after);

    await engine.models.tryOut('sources', 1, { status: 'retired' }, 'test');
    expect((await decided('again')).placements[0]).not.toHaveProperty('learnedSources');
    for (const one of [before, served])
      expect(await engine.explain(one.decisionId)).toMatchObject({ identical: true, placements: one.placements });
    await engine.models.promote('sources', 1, {}, 'test');
    expect((await decided('again')).placements[0]!.learnedSources).toEqual(after);
  });

  test('that a variant of an experiment sets by hand are served by hand', async () => {
    const { engine } = shop;
    await engine.save('placement', [asked('again')], 'test');
    const sources = [{ source: 'popular', limit: 9 }] as const;
    const variants = [{ name: 'popular', weight: 1, changes: { again: { sources } } }];
    const experiment: Experiment = { id: 'sources', unit: 'buyer', status: 'running', variants };
    expect((await engine.save('experiment', [experiment], 'test')).rejected).toEqual([]);
    const { decisionId } = engine.decide({ buyer: 'b3', placements: ['again'] });
    const { placements, identical } = await engine.explain(decisionId);
    expect(identical).toBe(true);
    expect(placements[0]).not.toHaveProperty('learnedSources');
    expect(new Set(placements[0]!.candidates.flatMap((candidate) => candidate.sources))).toEqual(new Set(['popular']));
    await engine.stopExperiment('sources', {}, 'test');
  });

  test('are not learned anew where nothing is to be gained, and a damaged model is refused: what serves stays', async () => {
    const { engine } = shop;
    const served = engine.state.learnedSources.of(asked('selling'));
    await expect(
      engine.models.publish([{ name: 'sources', bytes: trained.bytes.subarray(0, 60), card: {}, by: 'test' }]),
    ).rejects.toMatchObject({ code: 'bad-model' });
    const second = await learned(log);
    expect(second.card.gates.reasons[0]).toContain('no placement gains');
    expect(second.card.placements.find(({ placement }) => placement === 'again')).toMatchObject({ outcome: 'kept' });
    expect(engine.state.learnedSources.of(asked('selling'))).toEqual(served);
  });
});

test('are not learned from a shop of which too little is known', async () => {
  const { log: bare } = await openBare(new MemoryLog());
  await expect(learned(bare)).rejects.toMatchObject({ code: 'no-data', message: expect.stringContaining('200 pages') });
});

test("are learned from orders where nothing was shown yet, for pages that are anybody's", async () => {
  const log = new MemoryLog();
  await openShop(log);
  const { card } = await learned(log);
  const of = (id: string) => card.placements.find(({ placement }) => placement === id)!;
  for (const id of ['home', 'again'])
    expect(of(id)).toMatchObject({ basis: 'orders', judged: { pages: 144, judged: 144 } });
  expect(of('listing')).not.toHaveProperty('basis');
});

test('are learned from clicks where little was bought', async () => {
  const log = new MemoryLog();
  const { engine, clock } = await openShop(log);
  for (let visit = 0; visit < 432; visit++) {
    clock.set((NOW + visit * VISIT_EVERY) as never);
    const buyer = visit % BUYERS;
    engine.decide({ buyer: `b${buyer}`, placements: ['again'] });
    await engine.ingest([
      event(`c${visit}`, 'click', {
        buyer: `b${buyer}`,
        listing: ownOf(buyer, Math.floor(visit / BUYERS) % OWN),
        at: clock.now() + 1,
      }),
    ]);
  }
  const { card } = await learned(log);
  expect(card.placements.find(({ placement }) => placement === 'again')).toMatchObject({
    witness: 'click',
    outcome: 'learned',
  });
});
