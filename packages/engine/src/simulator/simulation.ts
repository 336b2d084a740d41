/**
 * A simulated marketplace in motion: buyers arrive, each goes through a visit, and everything they do reaches the engine as it
 * would from outside. The clock stands where the agenda is, so a run is as fast as the engine, or as slow as its driver likes.
 *
 * Everything due within one tick happens together: the decisions against one state, then all events in one batch that is
 * durable before the next tick. So the same seed on the same state gives the same log, byte for byte, on any kind of log.
 */
import { setImmediate } from 'node:timers/promises';
import type { BuyerEvent, DecideRequest, DecideResponse } from '@rialto/sdk';
import { assert } from '../base/assert.ts';
import type { ManualClock } from '../base/clock.ts';
import { hash32 } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { millis } from '../base/units.ts';
import type { Engine } from '../delivery/engine.ts';
import { Agenda } from './agenda.ts';
import { type Belongings, Visit } from './buyer-session.ts';
import { Latency } from './latency.ts';
import type { SeenPage } from './page.ts';
import { Arrivals } from './rhythm.ts';
import type { World } from './world.ts';

const TICK_MS = 1000;
/** Ticks after which timers, signals and other callers get their turn. */
const TICKS_A_TURN = 32;

export interface SimulationOptions {
  readonly engine: Engine;
  readonly world: World;
  /** The engine's. Whoever shares it sees simulated time. */
  readonly clock: ManualClock;
  readonly seed: number;
  /** What happens within it is decided against one state; 1 s where absent. */
  readonly tickMs?: number;
  readonly onPage?: (page: SeenPage) => void;
}

/** Since the simulation began; what the engine counts itself is in its tally and ledger. */
export interface SimulationCounts {
  visits: number;
  orders: number;
  orderLines: number;
  orderValueMicros: number;
  returns: number;
  rejectedEvents: number;
}

export interface RunGoal {
  /** The simulated time to stop at. */
  readonly untilMillis?: number;
  /** Stops once so many have begun. */
  readonly visits?: number;
  readonly signal?: AbortSignal;
}

type Happening =
  | { readonly kind: 'arrival' }
  | { readonly kind: 'page'; readonly visit: Visit }
  | { readonly kind: 'return'; readonly event: BuyerEvent };

export class Simulation {
  readonly counts: SimulationCounts = {
    visits: 0,
    orders: 0,
    orderLines: 0,
    orderValueMicros: 0,
    returns: 0,
    rejectedEvents: 0,
  };
  /** Of the engine's decisions, as measured around the call. */
  readonly latency = new Latency();
  readonly #options: SimulationOptions;
  readonly #tickMs: number;
  readonly #agenda = new Agenda<Happening>();
  readonly #arrivals: Arrivals;
  readonly #arrivalRng: Rng;
  readonly #belongings = new Map<number, Belongings>(); // by buyer
  /** Makes ids that no earlier run on the same log gave. */
  readonly #run: string;
  #events: BuyerEvent[] = [];

  constructor(options: SimulationOptions) {
    const { engine, world, clock, seed } = options;
    this.#options = options;
    this.#tickMs = options.tickMs ?? TICK_MS;
    this.#run = engine.offset.toString(36);
    this.#arrivals = new Arrivals(world.buyers, world.visitsPerDay);
    this.#arrivalRng = new Rng(hash32(`${seed}/arrivals/${this.#run}`));
    this.#agenda.add(this.#arrivals.next(clock.now(), this.#arrivalRng), { kind: 'arrival' });
  }

  /** The simulated time of what comes next. */
  get nextAt(): number {
    return this.#agenda.nextAt;
  }

  /** One tick: sets the clock to what comes next, and lets everything happen that is due. */
  async step(): Promise<void> {
    const { engine, clock } = this.#options;
    const at = Math.max(clock.now(), this.#agenda.nextAt);
    clock.set(millis(at));
    const settled = engine.offset + engine.counters.decisionsUnlogged;
    const decidedBefore = engine.counters.decisions;
    this.#events = [];
    while (this.#agenda.nextAt < at + this.#tickMs) this.#happen(this.#take(), at);
    const { accepted, rejected } = await engine.ingest(this.#events);
    this.counts.rejectedEvents += rejected.length;
    // A batch of events is applied after the decisions before it; where there was none, the decisions are waited for.
    const decided = engine.counters.decisions - decidedBefore;
    if (accepted === 0)
      while (engine.offset + engine.counters.decisionsUnlogged < settled + decided)
        await Promise.all([engine.lastDecision, setImmediate()]);
  }

  /** Steps until the goal is reached; without one, until aborted. */
  async run({
    untilMillis = Number.POSITIVE_INFINITY,
    visits = Number.POSITIVE_INFINITY,
    signal,
  }: RunGoal): Promise<void> {
    for (let tick = 1; this.nextAt < untilMillis && this.counts.visits < visits && signal?.aborted !== true; tick++) {
      await this.step();
      if (tick % TICKS_A_TURN === 0) await setImmediate();
    }
    const { clock } = this.#options;
    if (this.nextAt >= untilMillis && untilMillis > clock.now()) clock.set(millis(untilMillis));
  }

  #take(): Happening {
    const happening = this.#agenda.take();
    assert(happening !== undefined, 'the agenda always holds the next arrival');
    return happening;
  }

  #happen(happening: Happening, at: number): void {
    if (happening.kind === 'arrival') this.#arrive(at);
    else if (happening.kind === 'page') this.#open(happening.visit, at);
    else {
      this.counts.returns++;
      this.#events.push(happening.event);
    }
  }

  #arrive(at: number): void {
    const { world, seed } = this.#options;
    this.#agenda.add(this.#arrivals.next(at, this.#arrivalRng), { kind: 'arrival' });
    const id = `${this.#run}v${(this.counts.visits++).toString(36)}`;
    const buyer = this.#arrivals.who(at, this.#arrivalRng);
    let belongings = this.#belongings.get(buyer);
    if (!belongings) {
      belongings = new Map();
      this.#belongings.set(buyer, belongings);
    }
    this.#open(new Visit({ id, world, buyer, belongings, rng: new Rng(hash32(`${seed}/${id}`)), at }), at);
  }

  #open(visit: Visit, at: number): void {
    const { events, page, nextAt, order } = visit.step(at, (request) => this.#decide(request));
    for (const event of events) this.#events.push(event);
    this.#options.onPage?.(page);
    if (nextAt !== undefined) this.#agenda.add(nextAt, { kind: 'page', visit });
    if (!order) return;
    this.counts.orders++;
    this.counts.orderLines += order.lines.length;
    this.counts.orderValueMicros += order.valueMicros;
    for (const { at: returnedAt, event } of order.returns) this.#agenda.add(returnedAt, { kind: 'return', event });
  }

  #decide(request: DecideRequest): DecideResponse {
    const startedAt = performance.now();
    const response = this.#options.engine.decide(request);
    this.latency.add(performance.now() - startedAt);
    return response;
  }
}
