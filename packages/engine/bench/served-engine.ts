/**
 * An engine that serves a data directory from a process of its own, as `rialto serve` does but without training in the
 * background, and can be asked what it used. The process is `main.js serve DIR`; pinned to one core where that can be done.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { DecideRequest } from '@rialto/sdk';
import { workerUrl } from '../src/base/worker-url.ts';

export interface Question {
  readonly ask: 'usage' | 'candidates' | 'stop';
  /** Of 'candidates': how many candidates each of these has scored. */
  readonly requests?: readonly DecideRequest[];
}

export interface Usage {
  /** Processor time of all its threads since the process started. */
  readonly cpuMicros: number;
  readonly residentMiB: number;
  readonly decisions: number;
  /** Of those, made in brief because requests waited for each other. */
  readonly decisionsBrownout: number;
}

interface ServeOptions {
  /** Keeps the server on this core; on any where absent. */
  readonly core?: number;
  readonly profile?: string;
}

/** How `rialto` starts node, from its first line. */
export function shippedStart(): { readonly flags: string[]; readonly env: NodeJS.ProcessEnv } {
  const command = readFileSync(fileURLToPath(new URL('../../bin/rialto.js', import.meta.url)), 'utf8');
  const words = command.split('\n', 1)[0].split(' ');
  const settings = words.filter((word) => /^[A-Z_]+=/.test(word));
  return {
    flags: words.filter((word) => word.startsWith('--')),
    env: { ...process.env, ...Object.fromEntries(settings.map((setting) => setting.split(/=(.*)/, 2))) },
  };
}

type Urls = Pick<ServedEngine, 'url' | 'shippedUrl'>;

export class ServedEngine {
  readonly #child: ChildProcess;
  /** Where every decision is made with all of its work, however long it waited. */
  readonly url: string;
  /** Where decisions are made as by `rialto serve`: in brief where they have waited. */
  readonly shippedUrl: string;
  /** From the start of the process until it answered that it is ready. */
  readonly startSeconds: number;

  private constructor(child: ChildProcess, urls: Urls, startSeconds: number) {
    this.#child = child;
    this.url = urls.url;
    this.shippedUrl = urls.shippedUrl;
    this.startSeconds = startSeconds;
  }

  static async start(directory: string, { core, profile }: ServeOptions = {}): Promise<ServedEngine> {
    const pinned = core !== undefined && canPin();
    const { flags, env } = shippedStart();
    const node = [...flags, ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [])];
    const startedAt = performance.now();
    const child = fork(fileURLToPath(workerUrl(import.meta.url, './main.ts')), ['serve', directory], {
      execPath: pinned ? 'taskset' : process.execPath,
      env,
      execArgv: pinned ? ['-c', String(core), process.execPath, ...node] : node,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const urls = await answerOf<Urls>(child);
    const ready = await fetch(`${urls.url}/readyz`);
    if (!ready.ok) throw new Error(`the server is not ready: ${ready.status} ${await ready.text()}`);
    return new ServedEngine(child, urls, (performance.now() - startedAt) / 1_000);
  }

  usage(): Promise<Usage> {
    return this.#ask<Usage>({ ask: 'usage' });
  }

  /** How many candidates the pipeline has scored for each request, on the state that serves. */
  candidates(requests: readonly DecideRequest[]): Promise<number[]> {
    return this.#ask<number[]>({ ask: 'candidates', requests });
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.send({ ask: 'stop' } satisfies Question);
    await exited;
  }

  #ask<T>(question: Question): Promise<T> {
    this.#child.send(question);
    return answerOf<T>(this.#child);
  }
}

function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const exited = (code: number | null): void => reject(new Error(`the server's process ended with ${code}`));
    child.once('exit', exited);
    child.once('message', (answer) => {
      child.off('exit', exited);
      resolve(answer as T);
    });
  });
}

/** Taken before this process is kept on one of them. */
const CORES = availableParallelism();

/** Whether processes can be kept on a core: with two or more of them, and util-linux there. */
export function canPin(): boolean {
  if (CORES < 2) return false;
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Keeps this process on a core, where that can be done: the server has another one for itself. */
export function pinSelf(core: number): void {
  if (canPin()) execFileSync('taskset', ['-a', '-p', '-c', String(core), String(process.pid)], { stdio: 'ignore' });
}
