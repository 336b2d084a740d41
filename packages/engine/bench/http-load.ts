/**
 * Load on a server: as fast as some connections go (closed loop), or so many requests a second whatever the server does (open
 * loop), where a request's time counts from when it was due, so that a stalled server cannot hide its stall.
 */
import { Agent, request } from 'node:http';

export interface LoadResult {
  readonly requests: number;
  readonly errors: number;
  readonly seconds: number;
  /** Sorted. [requests] */
  readonly latenciesMs: Float64Array;
}

export interface LoadOptions {
  readonly url: string;
  readonly path: string;
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

class Client {
  readonly #url: URL;
  readonly #agent: Agent;
  errors = 0;

  constructor({ url, path, connections }: LoadOptions) {
    this.#url = new URL(path, url);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
  }

  post(body: string): Promise<void> {
    return new Promise((resolve) => {
      const done = (failed: boolean): void => {
        if (failed) this.errors++;
        resolve();
      };
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        response.resume();
        response.once('end', () => done(response.statusCode !== 200));
      });
      sent.once('error', () => done(true));
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export async function closedLoop(options: LoadOptions): Promise<LoadResult> {
  const client = new Client(options);
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + 1000 * options.seconds;
  let next = 0;
  const connection = async (): Promise<void> => {
    while (performance.now() < end) {
      const sentAt = performance.now();
      await client.post(options.bodies[next++ % options.bodies.length]!);
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: options.connections }, connection));
  return finish(client, latencies, start);
}

export async function openLoop(options: LoadOptions & { readonly perSecond: number }): Promise<LoadResult> {
  const client = new Client(options);
  const latencies: number[] = [];
  const waiting: Promise<void>[] = [];
  const start = performance.now();
  const all = Math.floor(options.perSecond * options.seconds);
  for (let sent = 0; sent < all; ) {
    const due = Math.min(all, Math.floor(((performance.now() - start) * options.perSecond) / 1000));
    for (; sent < due; sent++) {
      const dueAt = start + (1000 * sent) / options.perSecond;
      waiting.push(
        client
          .post(options.bodies[sent % options.bodies.length]!)
          .then(() => void latencies.push(performance.now() - dueAt)),
      );
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(waiting);
  return finish(client, latencies, start);
}

function finish(client: Client, latencies: readonly number[], start: number): LoadResult {
  const seconds = (performance.now() - start) / 1000;
  client.close();
  return {
    requests: latencies.length,
    errors: client.errors,
    seconds,
    latenciesMs: Float64Array.from(latencies).sort(),
  };
}
