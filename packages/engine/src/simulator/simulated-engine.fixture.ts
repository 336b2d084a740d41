/** For tests: the real engine on a simulated marketplace, with a clock that the simulation sets. */
import { ManualClock } from '../base/clock.ts';
import { millis } from '../base/units.ts';
import { Engine } from '../delivery/engine.ts';
import { encodeRecord } from '../log/codec.ts';
import type { Log } from '../log/log.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { saveWorld } from './save-world.ts';
import { Simulation, type SimulationOptions } from './simulation.ts';
import { generateWorld, type World, type WorldOptions } from './world.ts';

export const MONDAY = Date.UTC(2026, 0, 5);

export interface Simulated {
  readonly engine: Engine;
  readonly world: World;
  readonly clock: ManualClock;
  readonly log: Log;
  readonly simulation: Simulation;
}

export async function simulated(
  worldOptions: WorldOptions,
  seed: number,
  options: Partial<Pick<SimulationOptions, 'onPage' | 'tickMs'>> & { readonly log?: Log } = {},
): Promise<Simulated> {
  const { log = new MemoryLog(), ...rest } = options;
  const clock = new ManualClock(millis(MONDAY));
  let drawn = 0;
  const nonce = () => (drawn++).toString(36);
  const engine = await Engine.open({ log, clock, tokenSecret: new Uint8Array(32).fill(seed), nonce });
  const world = generateWorld(worldOptions, seed);
  await saveWorld(engine, world);
  return { engine, world, clock, log, simulation: new Simulation({ engine, world, clock, seed, ...rest }) };
}

/** The log as bytes. */
export async function bytesOf(log: Log): Promise<Buffer> {
  const records: Buffer[] = [];
  for await (const batch of log.read(0, 0))
    for (const record of batch.records) records.push(Buffer.from(encodeRecord(record)));
  return Buffer.concat(records);
}
