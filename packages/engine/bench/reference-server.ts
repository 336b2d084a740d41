/**
 * What the machine lets any server do: one that answers every request after a fixed amount of arithmetic and reads of memory, as long as
 * a decision takes, and keeps nothing. Its latencies at the same share of its own most are what to hold a decision's against on a machine
 * that others use too.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { workerUrl } from '../src/base/worker-url.ts';

const CELLS = 1 << 22;
const ANSWER = 'x'.repeat(6_000);
const CALIBRATIONS = 20;

/** The process: `micros` of work a request. */
export async function serveReference(micros: number): Promise<void> {
  const cells = Int32Array.from({ length: CELLS }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 10);
  let at = 0;
  const work = (steps: number): number => {
    for (let i = 0; i < steps; i++) at = (cells[at]! ^ i) & (CELLS - 1);
    return at;
  };
  let steps = 1_000;
  for (let i = 0; i < CALIBRATIONS; i++) {
    const startedAt = performance.now();
    work(steps);
    steps = Math.max(1_000, Math.round((steps * micros) / 1_000 / Math.max(performance.now() - startedAt, 0.001)));
  }
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end(`${ANSWER}${work(steps)}`));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  process.on('disconnect', () => process.exit(0));
  process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

export class ReferenceServer {
  readonly #child: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** `core` where it is to be kept on one. */
  static async start(micros: number, core?: number): Promise<ReferenceServer> {
    const child = fork(fileURLToPath(workerUrl(import.meta.url, './main.ts')), ['reference', String(micros)], {
      execPath: core === undefined ? process.execPath : 'taskset',
      execArgv: core === undefined ? [] : ['-c', String(core), process.execPath],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    return new ReferenceServer(child, url);
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
