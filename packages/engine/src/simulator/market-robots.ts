/**
 * Robots that attack the ads of a market, and what they cost. Clumsy ones click every ad of a page at once, twice; careful ones wait
 * like people and click once. Their events go to the engine by themselves, so that what they were billed is known; at the end of
 * each day the marketplace looks through its logs and gives back what it was paid for their clicks.
 */
import type { BuyerEvent, DecidedItem } from '@rialto/sdk';
import type { ManualClock } from '../base/clock.ts';
import { RialtoError } from '../base/errors.ts';
import { hash32 } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import type { Engine } from '../delivery/engine.ts';
import { Agenda } from './agenda.ts';
import { MARKET_PLACEMENTS } from './market-placements.ts';

/** A day's attacks, and the pages that a robot opens in each. */
const ATTACKS_PER_DAY = 4;
const CLUMSY_PAGES = 30;
const CAREFUL_PAGES = 6;
const CAREFUL_DELAY_MS_MIN = 2_000;
const CAREFUL_DELAY_MS_MEAN = 15_000;

export interface FraudFigures {
  /** Clicks of robots, doubles included. */
  readonly clicks: number;
  /** Of these, those that the rules on invalid traffic took out, at once or later. */
  readonly filtered: number;
  /** What the rest were charged, and what of that the rules and the day's end gave back. */
  readonly billedMicros: number;
  readonly refundedMicros: number;
}

interface Robot {
  readonly startAt: number;
  readonly careful: boolean;
}

export class MarketRobots {
  readonly #engine: Engine;
  readonly #clock: ManualClock;
  readonly #seed: number;
  readonly #attacks = new Agenda<Robot>();
  readonly #clicks = new Agenda<BuyerEvent>();
  #events: BuyerEvent[] = [];
  /** Of clicks that the day's end is to look at. */
  #tokens = new Set<string>();
  #ids = 0;
  readonly #counts = { clicks: 0, filtered: 0, billedMicros: 0, refundedMicros: 0 };

  constructor(engine: Engine, clock: ManualClock, seed: number) {
    this.#engine = engine;
    this.#clock = clock;
    this.#seed = seed;
  }

  get nextAt(): number {
    return Math.min(this.#attacks.nextAt, this.#clicks.nextAt);
  }

  get figures(): FraudFigures {
    return { ...this.#counts };
  }

  planDay(at: number): void {
    const rng = new Rng(hash32(`${this.#seed}/attacks/${at}`));
    for (let i = 0; i < ATTACKS_PER_DAY; i++) {
      const robot = { startAt: at + rng.below(MILLIS_PER_DAY), careful: i % 2 === 1 };
      const pages = robot.careful ? CAREFUL_PAGES : CLUMSY_PAGES;
      for (let page = 0; page < pages; page++)
        this.#attacks.add(robot.startAt + (robot.careful ? 40_000 : 500) * page, robot);
    }
  }

  /** Opens the pages that are due, and clicks. Returns how many events were taken in. */
  async tick(end: number): Promise<number> {
    while (this.#attacks.nextAt < end) this.#attack(this.#attacks.take()!);
    while (this.#clicks.nextAt < end) this.#events.push(this.#clicks.take()!);
    if (this.#events.length === 0) return 0;
    const events = this.#events;
    this.#events = [];
    const { ledger, tally } = this.#engine.state;
    const { chargedMicros, refundedMicros } = ledger.totals;
    const invalid = tally.adEventsInvalid;
    const { accepted } = await this.#engine.ingest(events);
    this.#counts.billedMicros += ledger.totals.chargedMicros - chargedMicros;
    this.#counts.refundedMicros += ledger.totals.refundedMicros - refundedMicros;
    this.#counts.filtered += tally.adEventsInvalid - invalid;
    return accepted;
  }

  #attack({ startAt, careful }: Robot): void {
    const { placement } = MARKET_PLACEMENTS[0];
    const who = { session: `robot-${startAt}` };
    const rng = new Rng(hash32(`${this.#seed}/robot/${startAt}/${this.#ids}`));
    const { placements } = this.#engine.decide({ ...who, placements: [placement.id], context: {} });
    for (const { id, token, kind } of placements[0].items as readonly DecidedItem[]) {
      if (kind !== 'ad') continue;
      const about = { listing: id, token, placement: placement.id };
      this.#events.push({ id: this.#id(), type: 'impression', ...who, ...about });
      this.#tokens.add(token);
      for (let again = 0; again < (careful ? 1 : 2); again++) {
        const click: BuyerEvent = { id: this.#id(), type: 'click', ...who, ...about };
        this.#counts.clicks++;
        if (careful) this.#clicks.add(this.#clickAt(rng), click);
        else this.#events.push(click);
      }
    }
  }

  #clickAt(rng: Rng): number {
    const delay = CAREFUL_DELAY_MS_MIN + Math.floor(CAREFUL_DELAY_MS_MEAN * rng.exponential());
    return this.#clock.now() + delay;
  }

  /** Gives back what was charged for robots' clicks. */
  async audit(): Promise<void> {
    const tokens = this.#tokens;
    this.#tokens = new Set();
    for (const token of tokens) {
      try {
        const refund = { id: `audit-${this.#id()}`, reason: 'clicks of a robot', token };
        const { refundedMicros } = await this.#engine.refund(refund, 'marketplace');
        this.#counts.refundedMicros += refundedMicros;
      } catch (error) {
        // Never charged, or given back by the rules.
        if (!(error instanceof RialtoError) || error.code !== 'not-refundable') throw error;
      }
    }
  }

  #id(): string {
    return `r${(this.#ids++).toString(36)}`;
  }
}
