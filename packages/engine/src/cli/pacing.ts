/**
 * Runs a simulation beside other work on the same thread: at a multiple of real time, and on about half of a core at most.
 * After each tick it rests at least as long as the process worked on it. Where that is too slow for the speed asked for,
 * simulated time falls behind and is not caught up with.
 */
import { setTimeout } from 'node:timers/promises';
import type { Simulation } from '../simulator/simulation.ts';

const REST_MS_MAX = 50;
const LAG_MS_MAX = 250;

export interface Pace {
  /** Simulated milliseconds a real one. */
  readonly speed: number;
  readonly simulatedStart: number;
  readonly signal: AbortSignal;
  /** Asked after every tick; true ends the traffic. */
  readonly done?: () => boolean;
}

export async function runPaced(simulation: Simulation, { speed, simulatedStart, signal, done }: Pace): Promise<void> {
  let realStart = performance.now();
  while (!signal.aborted && done?.() !== true) {
    const dueAt = realStart + (simulation.nextAt - simulatedStart) / speed;
    const lag = performance.now() - dueAt;
    if (lag > LAG_MS_MAX) realStart += lag;
    if (lag < -1) await rest(-lag, signal);
    if (signal.aborted) return;
    const before = process.cpuUsage();
    await simulation.step();
    const { user, system } = process.cpuUsage(before);
    await rest(Math.min(REST_MS_MAX, (user + system) / 1000), signal);
  }
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
