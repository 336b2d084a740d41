/** Experiments inside decisions: what variants change, what is recorded, and that all of it replays. */
import type { Experiment } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { MemoryLog } from '../log/memory-log.ts';
import type { DecisionRecord } from '../log/record.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { applyRecord } from './apply.ts';
import { assignPage, ChangedPlacements } from './assign-page.ts';
import type { Engine } from './engine.ts';
import { evaluateFeatures } from './evaluate-features.ts';
import { decideAgain } from './explain.ts';
import { DAY, event, NOW, openMarket } from './market.fixture.ts';
import { rebuild } from './rebuild.ts';
import { State } from './state.ts';
import { Workspace } from './workspace.ts';

const fewer: Experiment = {
  id: 'fewer',
  status: 'running',
  unit: 'buyer',
  variants: [
    { name: 'control', weight: 0.5 },
    { name: 'treatment', weight: 0.5, changes: { discover: { slots: 3, rules: null } } },
  ],
};
const noAds: Experiment = {
  id: 'no-ads',
  status: 'running',
  unit: 'session',
  placements: ['home'],
  variants: [
    { name: 'control', weight: 0.5, value: { title: 'For you' } },
    { name: 'treatment', weight: 0.5, value: { title: 'Yours' }, changes: { home: { adSlots: [] } } },
  ],
};

async function saved(...experiments: readonly Experiment[]) {
  const opened = await openMarket(new MemoryLog());
  for (const experiment of experiments) {
    const { rejected } = await opened.engine.save('experiment', [experiment], 'ann');
    expect(rejected).toEqual([]);
  }
  return opened;
}

const refused = async (engine: Engine, experiment: unknown): Promise<string> => {
  const { rejected } = await engine.save('experiment', [experiment as Experiment], 'ann');
  return rejected.map(({ code, message }) => `${code}: ${message}`).join();
};

/** A decision's record is on its way when the answer is there. */
const applied = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function decisionsOf(log: MemoryLog): Promise<DecisionRecord[]> {
  const found: DecisionRecord[] = [];
  for await (const { records } of log.read(0, 0))
    for (const record of records) if (record.kind === 'decision') found.push(record);
  return found;
}

describe('a decision', () => {
  test('is what its variants make of the placements, and says which they were', async () => {
    const { engine } = await saved(fewer, noAds);
    const slots = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const { placements, experiments = [] } = engine.decide({
        buyer: `b${i}`,
        session: `s${i}`,
        placements: ['discover', 'home'],
      });
      const [first, second] = experiments;
      expect(first).toMatchObject({ experiment: 'fewer', version: 1, unit: `b${i}` });
      expect(second).toMatchObject({ experiment: 'no-ads', unit: `s${i}` });
      expect(second!.value).toEqual({ title: second!.variant === 'control' ? 'For you' : 'Yours' });
      expect(placements[0]!.items.length).toBe(first!.variant === 'treatment' ? 3 : 9);
      const ads = placements[1]!.items.filter(({ kind }) => kind === 'ad').length;
      expect(ads > 0, `${second!.variant}, ${ads} ads`).toBe(
        second!.variant === 'control' && placements[1]!.items.length > 0,
      );
      slots.add(`${first!.variant} ${second!.variant}`);
    }
    expect(slots.size).toBe(4);
  });

  test('tells an experiment once, however many of the placements it changes', async () => {
    const both: Experiment = {
      id: 'both',
      status: 'running',
      unit: 'buyer',
      variants: [
        { name: 'long', weight: 0.5 },
        { name: 'short', weight: 0.5, changes: { home: { slots: 1, adSlots: [] }, discover: { slots: 2 } } },
      ],
    };
    // With overrides it is dealt one by one; as it is, from the placement's columns.
    for (const overrides of [undefined, [{ unit: 'nobody', variant: 'long' }]]) {
      const { engine, log } = await saved(overrides === undefined ? both : { ...both, overrides });
      for (let i = 0; i < 20; i++) {
        const { placements, experiments } = engine.decide({ buyer: `b${i}`, placements: ['home', 'discover'] });
        const given = experiments![0]!;
        expect(experiments).toEqual([{ experiment: 'both', variant: given.variant, version: 1, unit: `b${i}` }]);
        const [home, discover] = placements.map(({ items }) => items.length) as [number, number];
        if (given.variant === 'short') expect([home, discover]).toEqual([1, 2]);
        else expect(home).toBeGreaterThan(1);
        await applied();
        expect((await decisionsOf(log as MemoryLog)).at(-1)!.exposures).toEqual(experiments);
      }
      const counted = ['long', 'short'].map((variant) => engine.state.experiments.exposures('both', variant));
      expect(counted[0]! + counted[1]!).toBe(20);
      expect(Math.min(...counted)).toBeGreaterThan(3);
    }
  });

  test('on other placements, and of nobody, is none of their business', async () => {
    const { engine } = await saved(fewer);
    expect(engine.decide({ buyer: 'ada', placements: ['search'] })).not.toHaveProperty('experiments');
    expect(engine.decide({ session: 's', placements: ['discover'] })).not.toHaveProperty('experiments');
  });

  test('replays with its exposures, from the log and from any checkpoint, also after the experiment was changed', async () => {
    const { engine, log } = await saved(fewer, noAds);
    for (let i = 0; i < 20; i++) {
      engine.decide({ buyer: `b${i}`, session: `s${i % 7}`, placements: ['discover', 'home'] });
      await Promise.resolve();
      if (i === 9) await engine.stopExperiment('fewer', { ship: 'treatment', reason: 'better' }, 'ann');
    }
    await engine.save('experiment', [{ ...noAds, coverage: 0.1 }], 'ann');
    const decisions = await decisionsOf(log as MemoryLog);
    expect(decisions).toHaveLength(20);
    for (const decision of decisions) {
      const state = await rebuild({ log, offset: decision.stateOffset });
      expect(decideAgain(state, decision, new Workspace())).toBe(true);
      const reloaded = new State();
      reloaded.load(readerOf((out) => state.save(out)));
      expect(decideAgain(reloaded, decision, new Workspace())).toBe(true);
    }
    expect(decisions[19]!.exposures!.map(({ experiment }) => experiment)).toEqual(['no-ads']);
    await applied();
    const folded = await rebuild({ log });
    expect(fingerprint((out) => folded.save(out))).toEqual(fingerprint((out) => engine.state.save(out)));
  });

  test('is explained with the reason of each assignment', async () => {
    const { engine } = await saved(
      { ...fewer, overrides: [{ unit: 'qa', variant: 'treatment' }], condition: { country: 'DE' } },
      { ...noAds, status: 'draft' },
    );
    const reasons = async (request: { buyer?: string; country?: string }) => {
      const { decisionId } = engine.decide({
        ...(request.buyer !== undefined && { buyer: request.buyer }),
        placements: ['discover', 'home'],
        context: { ...(request.country !== undefined && { country: request.country }) },
      });
      const { experiments, identical } = await engine.explain(decisionId);
      expect(identical).toBe(true);
      return experiments.map(({ experiment, reason }) => `${experiment} ${reason}`);
    };
    expect(await reasons({ buyer: 'ada', country: 'DE' })).toEqual(['fewer bucket', 'no-ads not-running']);
    expect(await reasons({ buyer: 'ada' })).toEqual(['fewer not-targeted', 'no-ads not-running']);
    expect(await reasons({})).toEqual(['fewer no-unit', 'no-ads not-running']);
    expect(await reasons({ buyer: 'qa' })).toEqual(['fewer override', 'no-ads not-running']);
    expect(
      engine.state.experiments.exposures('fewer', 'treatment') + engine.state.experiments.exposures('fewer', 'control'),
    ).toBe(1);
  });

  test('may be ranked by a ranker of its own, and explained by it', async () => {
    const { engine } = await openMarket();
    const bytes = packAdditive({ ...PRIOR_MODEL, bias: PRIOR_MODEL.bias.map((bias) => bias + 7) });
    await engine.models.publish([{ name: 'ranker:cheap', bytes, card: {}, by: 'ann' }]);
    const changes = { home: { ranker: 'cheap' } };
    const experiment: Experiment = { ...fewer, variants: [{ name: 'on', weight: 1, changes }] };
    expect(await refused(engine, experiment)).toBe('');
    const { decisionId } = engine.decide({ buyer: 'ada', placements: ['home'] });
    const plain = engine.decide({ session: 's', placements: ['home'] }).decisionId;
    const biasOf = async (id: string) => (await engine.explain(id)).placements[0]!.candidates[0]!.score!;
    expect((await biasOf(decisionId)) - (await biasOf(plain))).toBeCloseTo(7, 1);
    const absent = { home: { ranker: 'absent' } };
    expect(await refused(engine, { ...experiment, variants: [{ name: 'on', weight: 1, changes: absent }] })).toMatch(
      /unknown-reference: variant on, placement home: there is no ranker "absent".*there are untrained, cheap/,
    );
  });

  test('leaves out a change that no longer fits what the placement has become', async () => {
    const { engine } = await saved({
      ...fewer,
      coverage: 1,
      variants: [{ name: 'on', weight: 1, changes: { home: { slots: 3, adSlots: [0, 2] } } }],
    });
    const home = engine.read('placement', 'home')!;
    await engine.save('placement', [{ ...home, slots: 5, adSlots: [0], auction: { slotEffects: [1] } }], 'ann');
    expect(engine.decide({ buyer: 'ada', placements: ['home'] }).placements[0]!.items).toHaveLength(5);
  });
});

test('a unit once exposed is kept by the state, through decisions and events', async () => {
  const { engine, log } = await saved({ ...fewer, sticky: true });
  const { experiments } = engine.decide({ buyer: 'ada', placements: ['discover'] });
  await engine.ingest([
    event('e1', 'exposure', { buyer: 'bob', experiment: 'fewer', variant: 'treatment' }),
    event('e1', 'exposure', { buyer: 'bob', experiment: 'fewer', variant: 'treatment' }),
  ]);
  const control = { ...fewer, sticky: true as const, condition: { country: 'XX' } };
  await engine.save('experiment', [control], 'ann');
  expect(engine.decide({ buyer: 'ada', placements: ['discover'] }).experiments![0]!.variant).toBe(
    experiments![0]!.variant,
  );
  expect(engine.decide({ buyer: 'bob', placements: ['discover'] }).experiments![0]!.variant).toBe('treatment');
  expect(engine.decide({ buyer: 'eve', placements: ['discover'] })).not.toHaveProperty('experiments');
  await applied();
  const state = new State();
  for await (const { records } of log.read(0, 0)) for (const record of records) applyRecord(state, record);
  expect(state.tally.exposures).toBe(1);
  expect(fingerprint((out) => state.save(out))).toEqual(fingerprint((out) => engine.state.save(out)));
});

test('starting, stopping and what everybody is left with are versions of the record', async () => {
  const { engine, clock } = await saved({ ...fewer, status: 'draft' });
  expect(engine.experimentStatus('fewer')).toMatchObject({ status: 'draft', live: false, version: 1 });
  expect(await engine.startExperiment('fewer', 'ann')).toMatchObject({ status: 'running', live: true, coverage: 1 });
  clock.set((NOW + DAY) as never);
  const stopped = await engine.stopExperiment('fewer', { ship: 'treatment', reason: 'more orders' }, 'bob');
  expect(stopped).toMatchObject({
    status: 'stopped',
    live: false,
    ship: 'treatment',
    stopReason: 'more orders',
    version: 3,
  });
  expect(engine.decide({ buyer: 'anybody', placements: ['discover'] }).placements[0]!.items).toHaveLength(3);
  const { items } = await engine.versions({ kind: 'experiment', id: 'fewer', limit: 1 });
  expect(items[0]).toMatchObject({ version: 3, by: 'bob', at: NOW + DAY });
  expect(items[0]!.changes).toContainEqual({ field: 'stopReason', after: 'more orders' });
  await expect(engine.stopExperiment('fewer', { ship: 'purple' }, 'bob')).rejects.toThrow(
    /ship: must be one of the variants/,
  );
  await expect(engine.startExperiment('other', 'bob')).rejects.toThrow(/no experiment "other"/);
});

test('what an experiment names must exist and fit', async () => {
  const { engine } = await saved(fewer, { ...noAds, prerequisites: [{ experiment: 'fewer', variants: ['control'] }] });
  const treatment = (changes: object): unknown => ({
    ...fewer,
    id: 'new',
    variants: [fewer.variants[0], { name: 'treatment', weight: 0.5, changes }],
  });
  expect(await refused(engine, treatment({ nowhere: { slots: 3 } }))).toMatch(
    /unknown-reference: .*placement "nowhere"/,
  );
  expect(await refused(engine, treatment({ home: { slots: 'many' } }))).toMatch(
    /variant treatment, placement home: slots:/,
  );
  expect(await refused(engine, treatment({ home: { slots: 1 } }))).toMatch(/adSlots: must lie below `slots`/);
  expect(await refused(engine, { ...fewer, id: 'new', placements: ['gone'] })).toMatch(/placement "gone"/);
  expect(await refused(engine, { ...fewer, id: 'new', condition: { colour: 'red' } })).toMatch(/no attribute "colour"/);
  expect(await refused(engine, { ...fewer, id: 'new', condition: { country: { $near: 1 } } })).toMatch(
    /operator "\$near"/,
  );
  expect(await refused(engine, { ...fewer, id: 'new', feature: 'fewer' })).toMatch(/that of experiment "fewer"/);
  const needs = (experiment: string, variant: string) => ({ prerequisites: [{ experiment, variants: [variant] }] });
  expect(await refused(engine, { ...fewer, ...needs('none', 'a') })).toMatch(/no experiment "none"/);
  expect(await refused(engine, { ...fewer, ...needs('no-ads', 'a') })).toMatch(/has no variant "a"/);
  expect(await refused(engine, { ...fewer, ...needs('no-ads', 'control') })).toMatch(
    /in a circle: fewer → no-ads → fewer/,
  );
});

test('outcomes of many experiments on one placement are not all kept', async () => {
  const weight = 1 / 8;
  const many = Array.from({ length: 6 }, (_, i): Experiment => {
    const variants = Array.from({ length: 8 }, (_, v) => ({
      name: `v${v}`,
      weight,
      changes: { discover: { reserveMicros: v } },
    }));
    return { id: `many${i}`, status: 'running', unit: 'buyer', variants };
  });
  const { engine } = await saved(...many);
  const { market, experiments } = engine.state;
  const kept = new ChangedPlacements();
  const request = { placements: ['discover'] };
  const made = new Set<unknown>();
  const page = (buyer: string) =>
    assignPage({ market, experiments, request: { ...request, buyer }, at: NOW }, kept).changed.get('discover');
  expect(page('b0')).toBe(page('b0'));
  const first = page('b0');
  for (let i = 0; i < 2_000; i++) made.add(page(`b${i}`));
  expect(made.size).toBeGreaterThan(1_000);
  expect(page('b0')).not.toBe(first);
  expect(page('b0')).toEqual(first);
});

test('only rankings of listings are interleaved', async () => {
  const { engine } = await saved();
  await engine.save('placement', [{ id: 'words', slots: 3, sources: [], ranks: 'queries' }], 'ann');
  const variants = [
    { name: 'a', weight: 0.5 },
    { name: 'b', weight: 0.5, changes: { words: { ranker: 'untrained' } } },
  ];
  const mix: Experiment = { id: 'mix', status: 'running', unit: 'buyer', variants, interleaves: 'balanced' };
  const { rejected } = await engine.save('experiment', [mix], 'ann');
  expect(rejected[0]?.message).toMatch('placement words ranks queries; only rankings of listings');
});

test('a list is interleaved by one experiment at a time, or by those of a layer', async () => {
  const { engine } = await saved();
  const mix = (id: string, rest: Partial<Experiment> = {}): Experiment => ({
    id,
    status: 'running',
    unit: 'buyer',
    variants: [
      { name: 'a', weight: 0.5 },
      { name: 'b', weight: 0.5, changes: { home: { ranker: 'untrained' } } },
    ],
    interleaves: 'balanced',
    ...rest,
  });
  const save = async (experiment: Experiment) => (await engine.save('experiment', [experiment], 'ann')).rejected[0];
  expect(await save(mix('one'))).toBeUndefined();
  expect((await save(mix('two')))?.message).toMatch(
    'experiment "one" interleaves placement home already; stop it first',
  );
  expect(await save(mix('two', { status: 'draft' }))).toBeUndefined();
  const [told] = evaluateFeatures(engine.state, { buyer: 'ada' }, NOW).filter(({ key }) => key === 'one');
  expect(told).toMatchObject({ reason: 'DEFAULT', metadata: { exposure: false } });
  expect(told).not.toHaveProperty('variant');
  expect(await save(mix('one', { status: 'stopped' }))).toBeUndefined();
  expect(await save(mix('two', { layer: { name: 'lists', from: 0, to: 0.5 } }))).toBeUndefined();
  expect(await save(mix('three', { layer: { name: 'lists', from: 0.5, to: 1 } }))).toBeUndefined();
  expect((await save(mix('four', { layer: { name: 'lists', from: 0.4, to: 0.6 } })))?.code).toBe('bad-request');
});
