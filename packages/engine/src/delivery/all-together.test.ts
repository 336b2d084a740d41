/**
 * Declared rankers, placements of other things, models, canaries and experiments of all designs changed at random in one log, under
 * traffic and ads: nothing throws but what a caller did wrong, no budget is exceeded, every decision is made again the same, and the log gives the
 * same state whether folded at once or gone on with from a snapshot.
 */
import type { BuyerEvent, Experiment, Placement, Ranker } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../base/clock.ts';
import { RialtoError } from '../base/errors.ts';
import { Rng } from '../base/rng.ts';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { dayOf, millis } from '../base/units.ts';
import { packActions } from '../learning/action-model.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { decodeRecord, encodeRecord } from '../log/codec.ts';
import { MemoryLog } from '../log/memory-log.ts';
import type { DecisionRecord, LogRecord } from '../log/record.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { applyRecord } from './apply.ts';
import { Engine } from './engine.ts';
import { decideAgain } from './explain.ts';
import { DAY, NOW, SECRET } from './market.fixture.ts';
import { State } from './state.ts';
import { Workspace } from './workspace.ts';

const STEPS = 220;
const BUDGET = 700_000;
const PLACEMENTS = ['home', 'side', 'words', 'shops', 'page'];

class Chaos {
  readonly log = new MemoryLog();
  readonly clock = new ManualClock(millis(NOW));
  readonly rng: Rng;
  readonly #tokens: BuyerEvent[] = [];
  engine!: Engine;
  #drawn = 0;

  constructor(seed: number) {
    this.rng = new Rng(seed);
  }

  async open(): Promise<void> {
    const nonce = () => (this.#drawn++).toString(36);
    this.engine = await Engine.open({ log: this.log, clock: this.clock, tokenSecret: SECRET, nonce });
  }

  async begin(): Promise<void> {
    await this.open();
    const { engine } = this;
    const shops = ['s0', 's1', 's2'];
    await engine.save(
      'shop',
      shops.map((id) => ({ id, name: id })),
      'test',
    );
    const listings = Array.from({ length: 15 }, (_, i) => ({
      id: `l${i}`,
      title: `Blue cup ${i}`,
      priceMicros: 1e6 * (i + 1),
      ...(i % 3 > 0 && { attributes: { margin: `${i / 10}` } }),
      shop: `s${i % 3}`,
      category: `Home > ${i % 2}`,
    }));
    await engine.save('listing', listings, 'test');
    const campaigns = shops.map((shop, i) => ({
      id: `c${i}`,
      shop,
      listings: [`l${i}`, `l${i + 3}`],
      bidMicros: 90_000 + 10_000 * i,
      dailyBudgetMicros: BUDGET,
    }));
    await engine.save('campaign', campaigns, 'test');
    const sources: Placement['sources'] = [{ source: 'popular', limit: 50 }];
    const placements: Placement[] = [
      { id: 'home', slots: 6, adSlots: [0, 2], sources },
      { id: 'side', slots: 4, adSlots: [1], sources },
      { id: 'words', slots: 4, sources: [], ranks: 'queries' },
      { id: 'shops', slots: 3, sources: [], ranks: 'shops' },
      { id: 'page', slots: 5, sources: [], ranks: 'modules', modules: ['home', 'words', 'page2', 'shops'] },
      { id: 'page2', slots: 5, sources: [], ranks: 'modules', modules: ['page', 'side'] },
    ];
    await engine.save('placement', placements, 'test');
    for (const name of ['ranker', 'ranker:alt'])
      for (const bias of [1, 2]) {
        const heads = { name: name.replace('ranker', 'actions'), bytes: this.heads(bias), card: {}, by: 'test' };
        await engine.models.publish(
          [{ name, bytes: this.model(bias), card: {}, by: 'test' }, heads],
          bias === 1 ? 'serving' : 'candidate',
        );
      }
  }

  model(bias: number): Uint8Array {
    const lines = PRIOR_MODEL.lines.map((x) => x * bias);
    return packAdditive({ ...PRIOR_MODEL, bias: new Float32Array([bias, bias]), lines });
  }

  heads(bias: number): Uint8Array {
    const model = { ...PRIOR_MODEL, bias: new Float32Array([-bias, -bias]) };
    return packActions(new Map([['click', { model, intercepts: new Map([['home', 0.5]]) }]]), PRIOR_MODEL.features);
  }

  one<T>(of: readonly T[]): T {
    return of[this.rng.below(of.length)]!;
  }

  async step(): Promise<void> {
    const { rng, engine, clock } = this;
    // Clocks are set back, too.
    clock.set(millis(Math.max(NOW, clock.now() + rng.below(DAY / 60) - (rng.below(4) === 0 ? DAY / 40 : 0))));
    const what = rng.below(40);
    if (what < 2) await engine.save('experiment', [this.experiment()], 'test');
    else if (what === 2) await engine.startExperiment(this.one(IDS), 'test');
    else if (what === 3) await engine.stopExperiment(this.one(IDS), rng.below(2) === 0 ? {} : { ship: 'b' }, 'test');
    else if (what === 4) await engine.save('ranker', [this.ranker()], 'test');
    else if (what === 5) await engine.save('placement', [this.placement()], 'test');
    else if (what === 6) await this.modelStep();
    else if (what === 7) await this.open();
    else if (what < 20) await this.report();
    else this.decide();
  }

  async modelStep(): Promise<void> {
    const { models } = this.engine;
    const name = this.one(['ranker', 'ranker:alt', 'actions', 'actions:alt']);
    const version = 1 + this.rng.below(3);
    const how = this.rng.below(5);
    if (how === 0) await models.rollback(name, {}, 'test');
    else if (how === 1) await models.promote(name, version, {}, 'test');
    else if (how < 4) await models.tryOut(name, version, { status: 'canary', share: 0.5 }, 'test');
    else await models.tryOut(name, version, { status: this.one(['candidate', 'retired'] as const) }, 'test');
  }

  ranker(): Ranker {
    const { rng } = this;
    const id = this.one(['r0', 'r1', 'r2', 'r3']);
    if (id === 'r2' || id === 'r3') return this.thingRanker(id);
    if (rng.below(6) === 0) return { id, objective: 'click', removed: true };
    return {
      id,
      objective: this.one(['click', 'purchase + 0.3*cart - 0.5*hide', '1e12*click*price', 'click*margin']),
      ...(rng.below(2) === 0 && { model: 'alt' }),
      ...(rng.below(2) === 0 && { exploration: { method: 'plackett-luce', temperature: 0.5 } }),
      ...(rng.below(2) === 0 && { diversity: { strength: 0.5 } }),
      ...(rng.below(3) === 0 && { fallback: this.one(['r0', 'r1', 'alt']) }),
      ...(rng.below(3) === 0 && { latencyBudgetMs: 0 }),
    };
  }

  /** Of shops or of modules. */
  thingRanker(id: 'r2' | 'r3'): Ranker {
    const { rng } = this;
    return {
      id,
      ...(id === 'r2'
        ? { ranks: 'shops', objective: this.one(['chance*lift', 'chance*click*price', '-share']) }
        : { ranks: 'modules', objective: this.one(['rate*drawn*stage', 'configured']) }),
      ...(rng.below(2) === 0 && { exploration: { method: 'epsilon', epsilon: 0.3 } }),
      ...(id === 'r2' && rng.below(2) === 0 && { diversity: { strength: 0.5 } }),
      ...(id === 'r2' && rng.below(3) === 0 && { latencyBudgetMs: 0 }),
    };
  }

  placement(): Placement {
    const thing = this.rng.below(3);
    if (thing === 0) return { id: 'shops', slots: 3, sources: [], ranks: 'shops', ranker: this.one(['r2', 'alt']) };
    if (thing === 1)
      return { id: 'page', slots: 5, sources: [], ranks: 'modules', modules: ['home', 'words', 'shops'], ranker: 'r3' };
    const ranker = this.one([undefined, 'alt', 'r0', 'r1']);
    return {
      id: 'home',
      slots: 6,
      adSlots: [0, 2],
      sources: [{ source: 'popular', limit: 50 }],
      ...(ranker && { ranker }),
    };
  }

  experiment(): Experiment {
    const { rng } = this;
    const id = this.one(IDS);
    const weight = this.one([0.5, 0.3]);
    const ranker = this.one(['alt', 'r0', 'r1']);
    const change = id === 'mix' ? { ranker } : this.one([{ ranker }, { slots: 3, adSlots: [0] }]);
    return {
      id,
      status: this.one(['running', 'running', 'draft']),
      unit: 'buyer',
      variants: [
        { name: 'a', weight: 1 - weight },
        { name: 'b', weight, changes: { [this.one(['home', 'side'])]: change } },
      ],
      ...(id === 'mix' && { interleaves: this.one(['team-draft', 'balanced'] as const) }),
      ...(id === 'bandit' && {
        sticky: true,
        bandit: { reward: 'click', windowHours: 2, floor: 0.1, everyMinutes: 30 },
      }),
      ...(id.startsWith('split') && { splitsBudgets: true, ...(rng.below(2) === 0 && { coverage: 0.8 }) }),
    };
  }

  decide(): void {
    const { rng, engine } = this;
    const buyer = `b${rng.below(30)}`;
    const count = 1 + rng.below(3);
    const asked = Array.from({ length: count }, () => this.one(PLACEMENTS));
    const { placements } = engine.decide({ buyer, placements: asked, context: { query: 'bl' } });
    for (const { items } of placements) {
      for (const { kind, id, token } of items) {
        const seen = { buyer, token, ...((kind === 'ad' || kind === 'listing') && { listing: id }) };
        this.#tokens.push({ id: `e${this.#drawn++}`, type: 'impression', ...seen });
        if (rng.below(2) === 0) this.#tokens.push({ id: `e${this.#drawn++}`, type: 'click', ...seen });
      }
    }
  }

  async report(): Promise<void> {
    const { rng, engine } = this;
    const buyer = `b${rng.below(30)}`;
    const events = this.#tokens.splice(0, 40);
    const again = events.slice(0, 5).map((event, i) => (i % 2 === 0 ? event : { ...event, id: `e${this.#drawn++}` }));
    await engine.ingest([
      ...events,
      ...again,
      { id: `s${this.#drawn++}`, type: 'search', buyer, query: this.one(['blue cup', 'blau']), results: 3 },
      { id: `p${this.#drawn++}`, type: 'purchase', buyer, listing: `l${rng.below(15)}`, order: `o${this.#drawn++}` },
    ]);
  }

  async records(): Promise<LogRecord[]> {
    const all: LogRecord[] = [];
    for await (const { records } of this.log.read(0, 0)) all.push(...records);
    return all;
  }
}

const IDS = ['split', 'split2', 'mix', 'bandit', 'plain'];

describe('all together', () => {
  test.each([1, 13])('seed %i', async (seed) => {
    const chaos = new Chaos(seed);
    await chaos.begin();
    for (let i = 0; i < STEPS; i++) {
      try {
        await chaos.step();
      } catch (error) {
        if (!(error instanceof RialtoError) || error.status >= 500) throw error;
      }
    }
    const { engine } = chaos;
    const records = await chaos.records();
    const whole = new State();
    let goingOn = new State();
    const workspace = new Workspace();
    const other = new Workspace();
    const due = new Map<number, DecisionRecord[]>();
    for (const record of records)
      if (record.kind === 'decision') due.set(record.stateOffset, [...(due.get(record.stateOffset) ?? []), record]);
    let decided = 0;
    for (let offset = 0; offset <= records.length; offset++) {
      if (offset % 97 === 0) {
        const loaded = new State();
        loaded.load(readerOf((out) => goingOn.save(out)));
        goingOn = loaded;
      }
      for (const record of due.get(offset) ?? []) {
        expect(decideAgain(whole, record, workspace), record.id).toBe(true);
        expect(decideAgain(goingOn, record, other), record.id).toBe(true);
        decided++;
      }
      const record = records[offset];
      if (record === undefined) break;
      applyRecord(whole, record);
      applyRecord(goingOn, decodeRecord(encodeRecord(record)));
    }
    const of = (state: State) => fingerprint((out) => state.save(out));
    expect(of(whole)).toEqual(of(engine.state));
    expect(of(goingOn)).toEqual(of(engine.state));
    expect(decided).toBeGreaterThan(100);
    expect(engine.state.ledger.totals.chargedMicros).toBeGreaterThan(0);
    for (let campaign = 0; campaign < 3; campaign++)
      for (let day = dayOf(millis(NOW)); day <= dayOf(millis(NOW)) + 3; day++)
        expect(engine.state.ledger.spentMicros(campaign, day as ReturnType<typeof dayOf>)).toBeLessThanOrEqual(BUDGET);
  });
});
