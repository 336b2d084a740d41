/**
 * The playground: a generated marketplace on the real server, with simulated buyers who use the same engine on the same
 * thread. Simulated buyers and callers from outside share one clock, which runs faster than real time.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, systemClock } from '../base/clock.ts';
import { MILLIS_PER_DAY, millis } from '../base/units.ts';
import { openEngine } from '../delivery/data-directory.ts';
import type { Engine } from '../delivery/engine.ts';
import { type RunningServer, startServer } from '../server/listen.ts';
import type { SeenPage } from '../simulator/page.ts';
import { saveWorld } from '../simulator/save-world.ts';
import { Simulation } from '../simulator/simulation.ts';
import { generateWorld, type World } from '../simulator/world.ts';
import type { Hint } from './live-view.ts';
import { MarketSampler } from './market-sample.ts';
import { runPaced } from './pacing.ts';

/** What one visit asks for, in the middle: how the load asked for becomes visits a day. */
const DECISIONS_PER_VISIT = 4;
/** Real time that one tick of the simulation stands for. */
const TICK_REAL_MS = 15;
/** A temporary log that grew so long ends the traffic, so that a playground left running fills no disk. */
const RECORDS_MAX = 20_000_000;
/** Fewer than usual, so that explaining a decision has little of the log to fold. */
const CHECKPOINT_EVERY = 250_000;

export interface PlaygroundOptions {
  readonly port: number;
  readonly seed: number;
  readonly listings: number;
  readonly buyers: number;
  /** Simulated time over real time. */
  readonly speed: number;
  /** Decisions a second that the buyers ask for, in the middle of their day. */
  readonly load: number;
  /** A temporary one where absent, which `stop` removes. */
  readonly data?: string;
  readonly onNotice: (message: string) => void;
}

export class Playground {
  readonly url: string;
  readonly directory: string;
  readonly world: World;
  readonly simulation: Simulation;
  readonly engine: Engine;
  readonly sampler: MarketSampler;
  readonly clock: ManualClock;
  readonly #server: RunningServer;
  readonly #options: PlaygroundOptions;
  /** A home page that a buyer who is signed in has just seen. */
  #example: { readonly decisionId: string; readonly buyer: string } | undefined;

  private constructor(parts: {
    engine: Engine;
    server: RunningServer;
    world: World;
    clock: ManualClock;
    directory: string;
    options: PlaygroundOptions;
  }) {
    const { engine, world, clock, options } = parts;
    this.engine = engine;
    this.world = world;
    this.clock = clock;
    this.url = parts.server.url;
    this.directory = parts.directory;
    this.#server = parts.server;
    this.#options = options;
    const tickMs = TICK_REAL_MS * options.speed;
    this.simulation = new Simulation({
      engine,
      world,
      clock,
      seed: options.seed,
      tickMs,
      onPage: (page) => this.#keepExample(page),
    });
    this.sampler = new MarketSampler(engine, this.simulation, performance.now());
  }

  /** Listens first and fills the marketplace then. Throws `bad-request` where the port is taken. */
  static async start(options: PlaygroundOptions): Promise<Playground> {
    const clock = new ManualClock(systemClock.now());
    const directory = options.data ?? (await mkdtemp(join(tmpdir(), 'rialto-playground-')));
    let server: RunningServer | undefined;
    try {
      const engine = await openEngine(directory, {
        clock,
        onNotice: options.onNotice,
        checkpointEvery: CHECKPOINT_EVERY,
      });
      clock.set(millis(Math.max(clock.now(), engine.state.logTime)));
      server = await listen(engine, clock, options.port);
      const visitsPerDay = (options.load * MILLIS_PER_DAY) / 1000 / options.speed / DECISIONS_PER_VISIT;
      const world = generateWorld({ listings: options.listings, buyers: options.buyers, visitsPerDay }, options.seed);
      await saveWorld(engine, world);
      return new Playground({ engine, server, world, clock, directory, options });
    } catch (error) {
      await server?.stop();
      if (options.data === undefined) await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get temporary(): boolean {
    return this.#options.data === undefined;
  }

  /** The log has reached its limit: nobody comes any more, but the API goes on. */
  get full(): boolean {
    return this.temporary && this.engine.offset >= RECORDS_MAX;
  }

  /** Lets buyers come and go until aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { speed } = this.#options;
    await runPaced(this.simulation, { speed, simulatedStart: this.clock.now(), signal, done: () => this.full });
  }

  #keepExample({ placement, buyer, decisionId }: SeenPage): void {
    const { id, signedIn } = this.world.buyers[buyer];
    if (placement === 'home' && signedIn) this.#example = { decisionId, buyer: id };
  }

  /** Commands that work against this playground; with the decision just made, once there is one. */
  hints(): Hint[] {
    const { url } = this;
    const example = this.#example;
    const post = (body: unknown): string[] => [
      `curl -s ${url}/v1/decide`,
      '-H content-type:application/json',
      `-d '${JSON.stringify(body)}'`,
    ];
    const search = { what: 'a search', command: post({ placements: ['search'], context: { query: 'stoneware mug' } }) };
    const metrics = { what: 'metrics', command: [`curl -s ${url}/metrics`] };
    if (example === undefined) return [search, metrics];
    return [
      {
        what: 'what a buyer who was just here sees at home',
        command: post({ buyer: example.buyer, placements: ['home'] }),
      },
      {
        what: 'why the buyer was shown what was shown',
        command: [`curl -s ${url}/v1/decisions/${example.decisionId}`],
      },
      search,
      metrics,
    ];
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    if (this.temporary) await rm(this.directory, { recursive: true, force: true });
  }
}

async function listen(engine: Engine, clock: ManualClock, port: number): Promise<RunningServer> {
  try {
    return await startServer(engine, { port, clock });
  } catch (error) {
    await engine.close();
    throw error;
  }
}
