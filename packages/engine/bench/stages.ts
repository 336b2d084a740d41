/**
 * Where a decision's time goes: the spine of `delivery/decide.ts` walked step by step with a watch, beside whole decisions by the
 * engine. Made of one compiled engine, so that two of them can be measured by turns in one process.
 */
import type { DecideRequest } from '@rialto/sdk';
import { hashUnit } from '../src/base/hash.ts';
import { millis } from '../src/base/units.ts';
import { decide, openPage } from '../src/delivery/decide.ts';
import { recordOf } from '../src/delivery/decision-record.ts';
import type { Engine } from '../src/delivery/engine.ts';
import { Workspace } from '../src/delivery/workspace.ts';
import { resolveMoment } from '../src/features/moment.ts';
import { encodeRecord } from '../src/log/codec.ts';
import { arrange } from '../src/ranking/arrange.ts';
import { filterCandidates } from '../src/ranking/filter.ts';
import { retrieve } from '../src/retrieval/retrieve.ts';
import { addSponsored } from '../src/retrieval/sponsored-source.ts';
import { fillEngine } from './filled-engine.ts';
import { Marketplace, type MarketplaceSize } from './marketplace.ts';
import { drawRequest } from './page-requests.ts';

const STAGES = [
  'gather',
  'retrieve',
  'sponsored',
  'filter',
  'features',
  'score',
  'auction',
  'arrange',
  'record',
  'decide',
  'engine',
  'in-brief',
] as const;
const SPONSORED_MAX = 24;
const NOBODY: ReadonlySet<number> = new Set();

/** Mean microseconds of a decision, by stage; `decide` and `engine` are whole ones, without and with log and answer; `in-brief` is the latter as made under load. */
export type StageMicros = Record<(typeof STAGES)[number] | `${string}-page`, number>;

export class Stages {
  readonly #engine: Engine;
  readonly #marketplace: Marketplace;
  readonly #workspace = new Workspace();
  readonly #rng;
  #count = 0;

  private constructor(engine: Engine, marketplace: Marketplace) {
    this.#engine = engine;
    this.#marketplace = marketplace;
    this.#rng = marketplace.rng(6);
  }

  static async of(size: MarketplaceSize): Promise<Stages> {
    const marketplace = new Marketplace(size);
    return new Stages(await fillEngine(marketplace), marketplace);
  }

  /** One round. The same requests go through the stages, the whole decision and the engine. */
  async round(decisions: number): Promise<StageMicros> {
    const requests = Array.from({ length: decisions }, () => drawRequest(this.#marketplace, this.#rng));
    const sums = new Map<string, number>();
    const add = (name: string, ms: number, count: number): void =>
      void sums.set(name, (sums.get(name) ?? 0) + (1_000 * ms) / count);
    for (const request of requests) this.#walk(request, (name, ms) => add(name, ms, decisions));
    for (const page of new Set(requests.map(({ placements }) => placements[0]))) {
      const ofPage = requests.filter(({ placements }) => placements[0] === page);
      const startedAt = performance.now();
      for (const request of ofPage) decide(this.#engine.state, this.#input(request), this.#workspace);
      const took = performance.now() - startedAt;
      add(`${page}-page`, took, ofPage.length);
      add('decide', took, decisions);
    }
    for (const [name, brownout] of [['engine', false] as const, ['in-brief', true] as const]) {
      const startedAt = performance.now();
      for (const request of requests) {
        this.#engine.decide(request, 0, brownout);
        await undefined; // the record is applied
      }
      add(name, performance.now() - startedAt, decisions);
    }
    return Object.fromEntries(sums) as StageMicros;
  }

  #input(request: DecideRequest) {
    return { id: `stage-${this.#count++}`, at: millis(this.#marketplace.size.endsAt), request };
  }

  #walk(request: DecideRequest, took: (stage: string, ms: number) => void): void {
    let since = performance.now();
    const lap = (stage: string): void => {
      const now = performance.now();
      took(stage, now - since);
      since = performance.now();
    };
    const { state } = this.#engine;
    const { market, signals, advertised, texts, ranker } = state;
    const { candidates, evidence, page, gate, matrix, scratch, keys, auction } = this.#workspace;
    const input = this.#input(request);
    const placement = market.placements.get(request.placements[0])!;
    const moment = resolveMoment(request, input.at, signals.lastEventAt, market);
    openPage(this.#workspace, { state, request, moment });
    lap('gather');
    const rules = this.#workspace.rulesOf(placement, state);
    const retrieval = { moment, market, signals, evidence, texts, candidates, scratch, keys };
    candidates.begin();
    page.turnTo(placement.id, market);
    retrieve(placement.sources, retrieval);
    lap('retrieve');
    if (placement.adSlots) {
      gate.begin({ state, page, evidence, placement, at: moment.at, decisionId: input.id });
      const draw = hashUnit(1, input.id);
      addSponsored({ ...retrieval, advertised, page, admits: gate.admits, limit: SPONSORED_MAX, draw });
    }
    lap('sponsored');
    filterCandidates(candidates, { moment, market, rules, excluded: NOBODY, shown: NOBODY });
    lap('filter');
    matrix.fill({ moment, market, signals, evidence, candidates });
    lap('features');
    ranker.score(matrix, { moment, market, signals, evidence, candidates });
    lap('score');
    const winners = auction.run({
      state,
      moment,
      placement,
      candidates,
      gate,
      decisionId: input.id,
      adsBefore: 0,
      derive: false,
    });
    lap('auction');
    const places = placement.slots - winners.length;
    const order = arrange({ candidates, shops: market.listings.shop.data, rules, pinned: new Map(), places });
    lap('arrange');
    const items = order.map((candidate, position) => ({
      listing: candidates.listing[candidate],
      position,
      campaign: '',
      billing: 'click' as const,
      priceMicros: 0,
      priceThousandths: 0,
      commissionBasisPoints: 0,
      expiresAt: 0,
    }));
    const placements = [{ placement: placement.id, items }];
    encodeRecord(recordOf(input, state, { placements, exposures: [], given: [], arm: -1 }));
    lap('record');
  }
}
