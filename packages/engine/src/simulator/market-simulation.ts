/**
 * A market of advertisers in motion: requests come with a rate that nobody knows beforehand, each is decided by the engine,
 * ads are seen from the top, clicked later, bought from days later, and attacked by robots. It is made for money: many
 * requests, few pages, where `simulation.ts` is made for visits.
 *
 * Everything due within one second happens against one state, then its events are made durable: the same seed gives the same
 * log, byte for byte.
 */
import { setImmediate } from 'node:timers/promises';
import type { BuyerEvent } from '@rialto/sdk';
import type { ManualClock } from '../base/clock.ts';
import { hash32 } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY, MILLIS_PER_HOUR, millis } from '../base/units.ts';
import type { Engine } from '../delivery/engine.ts';
import { Agenda } from './agenda.ts';
import { CATEGORIES } from './categories.ts';
import { WeightedChoice } from './draw.ts';
import { MarketOutcomes } from './market-outcomes.ts';
import { MARKET_PLACEMENTS, type MarketPlacement } from './market-placements.ts';
import { MarketRobots } from './market-robots.ts';
import type { MarketTraffic } from './market-traffic.ts';
import { lookAt, type SeenItem } from './page.ts';
import { cartProbability, clickProbability } from './truth.ts';
import { COUNTRIES } from './vocabulary.ts';
import type { World } from './world.ts';

const TICK_MS = 1000;
const MINUTE_MS = 60_000;
const CLICK_DELAY_MS_MIN = 2_000;
const CLICK_DELAY_MS_MEAN = 15_000;
/** Half of all purchases come later than a day after the click. */
const PURCHASE_DELAY_MS_MEDIAN = MILLIS_PER_DAY;
const PURCHASE_DELAY_SPREAD = 1.5;

export interface MarketSimulationOptions {
  readonly engine: Engine;
  readonly world: World;
  readonly clock: ManualClock;
  readonly traffic: MarketTraffic;
  readonly seed: number;
}

export interface MarketCounts {
  requests: number;
  impressions: number;
  clicks: number;
  adClicks: number;
  /** Events of people that the rules on invalid traffic did not believe. */
  peopleFiltered: number;
  orders: number;
  rejectedEvents: number;
}

export class MarketSimulation {
  readonly counts: MarketCounts = {
    requests: 0,
    impressions: 0,
    clicks: 0,
    adClicks: 0,
    peopleFiltered: 0,
    orders: 0,
    rejectedEvents: 0,
  };
  /** Of ads that buyers clicked. */
  readonly outcomes = new MarketOutcomes();
  readonly #options: MarketSimulationOptions;
  readonly #rng: Rng;
  readonly #later = new Agenda<BuyerEvent>();
  readonly robots: MarketRobots;
  readonly #buyers: WeightedChoice;
  readonly #placements = new WeightedChoice(MARKET_PLACEMENTS.map(({ share }) => share));
  #events: BuyerEvent[] = [];
  #next: number;
  #ids = 0;

  constructor(options: MarketSimulationOptions) {
    this.#options = options;
    this.robots = new MarketRobots(options.engine, options.clock, options.seed);
    this.#rng = new Rng(hash32(`${options.seed}/market`));
    this.#buyers = new WeightedChoice(options.world.buyers.map(({ activity }) => activity));
    this.#next = options.clock.now();
  }

  /** Goes on until the time; `onMinute` is called at every full minute that is passed. */
  async run(untilMillis: number, onMinute: (at: number) => Promise<void> | void): Promise<void> {
    const { clock } = this.#options;
    for (let at = clock.now(); at < untilMillis; at = clock.now()) {
      await this.#tick(at);
      const next = Math.min(untilMillis, this.#nextTick(at));
      clock.set(millis(next));
      if (next % MINUTE_MS === 0) await onMinute(next);
    }
  }

  /** The second in which something happens next, or the next full minute. */
  #nextTick(at: number): number {
    const due = Math.min(this.#next, this.robots.nextAt, this.#later.nextAt);
    const minute = MINUTE_MS * (Math.floor(at / MINUTE_MS) + 1);
    return Math.min(minute, Math.max(at + TICK_MS, TICK_MS * Math.floor(due / TICK_MS)));
  }

  async #tick(at: number): Promise<void> {
    const end = at + TICK_MS;
    if (at % MILLIS_PER_DAY === 0) this.robots.planDay(at);
    await this.#settle(() => this.robots.tick(end));
    await this.#settle(() => this.#people(end));
  }

  /** Runs a part of the second, and waits until what it decided is in the log, so that the next part sees it. */
  async #settle(part: () => Promise<number>): Promise<void> {
    const { engine } = this.#options;
    const { counters } = engine;
    const target = this.#logged();
    const before = counters.decisions;
    const accepted = await part();
    const decided = counters.decisions - before;
    if (accepted === 0)
      while (this.#logged() < target + decided) await Promise.all([engine.lastDecision, setImmediate()]);
  }

  #logged(): number {
    const { engine } = this.#options;
    return engine.offset + engine.counters.decisionsUnlogged;
  }

  /** Returns how many of their events were taken in. */
  async #people(end: number): Promise<number> {
    const { engine, traffic } = this.#options;
    const decidedBefore = engine.counters.decisions;
    this.#events = [];
    while (this.#next < end) {
      this.#request(this.#next);
      this.#next += (this.#rng.exponential() * MILLIS_PER_HOUR) / traffic.rate(this.#next);
    }
    while (this.#later.nextAt < end) {
      const event = this.#later.take();
      if (event) this.#events.push(event);
    }
    if (this.#events.length === 0 && engine.counters.decisions === decidedBefore) return 0;
    const invalid = engine.state.tally.adEventsInvalid;
    const { accepted, rejected } = await engine.ingest(this.#events);
    this.counts.rejectedEvents += rejected.length;
    this.counts.peopleFiltered += engine.state.tally.adEventsInvalid - invalid;
    return accepted;
  }

  #request(at: number): void {
    const { world, engine } = this.#options;
    const buyer = world.buyers[this.#buyers.draw(this.#rng)];
    const page = MARKET_PLACEMENTS[this.#placements.draw(this.#rng)];
    const need = page.needed ? buyer.favourites[this.#rng.below(buyer.favourites.length)] : undefined;
    this.counts.requests++;
    const { placements } = engine.decide({
      ...(buyer.signedIn ? { buyer: buyer.id } : { session: `device-${buyer.id}` }),
      placements: [page.placement.id],
      context: {
        country: COUNTRIES[buyer.country].code,
        ...(need !== undefined && { category: CATEGORIES[need].path }),
      },
    });
    const seen = lookAt(placements[0].items, this.#rng, (item) => {
      const listing = world.listingIndex.get(item.id) ?? -1;
      const encounter = { buyer, listing: world.listings[listing], need, boughtAt: undefined, at };
      return {
        listing,
        clickProbability: listing < 0 ? 0 : clickProbability({ ...encounter, ad: item.kind === 'ad' }),
      };
    });
    const who = buyer.signedIn ? { buyer: buyer.id } : { session: `device-${buyer.id}` };
    for (const item of seen) this.#see(item, { page, who, at, buyer, need });
  }

  #see(seen: SeenItem, { page, who, at, buyer, need }: Sight): void {
    const { world } = this.#options;
    const { item, listing } = seen;
    if (!seen.onScreen) return;
    this.counts.impressions++;
    const about = { listing: item.id, token: item.token, placement: page.placement.id };
    this.#events.push({ id: this.#id(), type: 'impression', ...who, ...about });
    if (!seen.clicked) return;
    this.counts.clicks++;
    const clickAt = at + CLICK_DELAY_MS_MIN + Math.floor(CLICK_DELAY_MS_MEAN * this.#rng.exponential());
    this.#later.add(clickAt, { id: this.#id(), type: 'click', ...who, ...about });
    const encounter = { buyer, listing: world.listings[listing], need, boughtAt: undefined, at, ad: false };
    const converts = cartProbability(encounter);
    const { priceMicros } = world.listings[listing].entity;
    if (item.kind === 'ad') {
      this.counts.adClicks++;
      this.outcomes.clicked(item.campaign ?? '', converts, priceMicros);
    }
    if (this.#rng.unit() >= converts) return;
    this.counts.orders++;
    const delay = PURCHASE_DELAY_MS_MEDIAN * Math.exp(PURCHASE_DELAY_SPREAD * this.#rng.normal());
    const id = this.#id();
    this.#later.add(clickAt + Math.floor(delay), {
      id,
      type: 'purchase',
      ...who,
      listing: item.id,
      order: `order-${id}`,
      quantity: 1,
      priceMicros,
    });
  }

  #id(): string {
    return `m${(this.#ids++).toString(36)}`;
  }
}

interface Sight {
  readonly page: MarketPlacement;
  readonly who: { readonly buyer?: string; readonly session?: string };
  readonly at: number;
  readonly buyer: World['buyers'][number];
  readonly need: number | undefined;
}
