/**
 * When a core was taken from everybody on it: a process of the real-time class on that core asks to be woken every few milliseconds. No
 * ordinary process can keep it waiting, however busy, so where it is late the host of the machine, or its kernel, had the core.
 * Latencies can then be told apart into those that a server is answerable for and those that no server could have avoided.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { workerUrl } from '../src/base/worker-url.ts';
import type { LoadResult } from './load.ts';

/** By the machine's monotonic clock, which all processes share. [ms] */
export interface Stall {
  readonly from: number;
  readonly to: number;
}

/** Whether a process may go before all others here: the real-time class needs a privilege. */
export function canWatchStalls(): boolean {
  try {
    execFileSync('chrt', ['--fifo', '1', 'taskset', '--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export class StallWatch {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(core: number): Promise<StallWatch> {
    const child = fork(fileURLToPath(workerUrl(import.meta.url, './stall-watcher.ts')), [], {
      execPath: 'taskset',
      execArgv: ['-c', String(core), process.execPath],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    // Of its first thread alone, and only now: a process all of whose threads go first can wait for itself for ever.
    execFileSync('chrt', ['--fifo', '--pid', '1', String(child.pid)], { stdio: 'ignore' });
    return new StallWatch(child);
  }

  async stop(): Promise<Stall[]> {
    const told = once(this.#child, 'message') as Promise<[Stall[]]>;
    this.#child.send('stop');
    const [stalls] = await told;
    return stalls;
  }
}

/**
 * Latencies of the requests that no stall touched, ascending. A stall of d at a load of u of the most leaves a queue that
 * takes d · u / (1 − u) to empty: requests that come meanwhile are touched as well.
 */
export function untouchedBy(stalls: readonly Stall[], load: number, { dueAtMs, latencyMs }: LoadResult): Float64Array {
  const touching = stalls.map(({ from, to }) => ({ from, to: to + ((to - from) * load) / (1 - load) }));
  return latencyMs
    .filter((latency, i) => !touching.some(({ from, to }) => dueAtMs[i] < to && dueAtMs[i] + latency > from))
    .sort();
}
