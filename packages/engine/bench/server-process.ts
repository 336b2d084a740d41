/** The measured server from outside: started on a core of its own where the system allows, asked, stopped. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Usage } from './bench-server.ts';
import type { FixtureOptions } from './market-fixture.ts';

export interface Ready {
  readonly url: string;
  readonly candidates: number;
  readonly listings: number;
  readonly offset: number;
}

const canPin = (): boolean => process.platform === 'linux' && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

export class ServerProcess {
  readonly ready: Ready;
  readonly pinned: boolean;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: Ready, pinned: boolean) {
    this.#child = child;
    this.ready = ready;
    this.pinned = pinned;
  }

  static async start(options: FixtureOptions): Promise<ServerProcess> {
    const pinned = canPin();
    const command = [
      process.execPath,
      fileURLToPath(new URL('./bench-server.js', import.meta.url)),
      JSON.stringify(options),
    ];
    const [program, ...rest] = pinned ? ['taskset', '-c', '0', ...command] : command;
    const child = spawn(program!, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    if (pinned) spawnSync('taskset', ['-acp', '1', String(process.pid)]);
    const [ready] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [Ready | number | null];
    if (ready === null || typeof ready === 'number')
      throw new Error(`the measured server ended with exit code ${ready}`);
    return new ServerProcess(child, ready, pinned);
  }

  async usage(): Promise<Usage> {
    this.#child.send('usage');
    return ((await once(this.#child, 'message')) as [Usage])[0];
  }

  /** Stops it and returns how many records its log holds. */
  async stop(): Promise<number> {
    this.#child.send('stop');
    const [{ records }] = (await once(this.#child, 'message')) as [{ records: number }];
    await once(this.#child, 'exit');
    return records;
  }
}
