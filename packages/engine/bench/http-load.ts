/**
 * Load on a server: as fast as some connections go (closed loop), or so many requests a second whatever the server does (open
 * loop), where a request's time counts from when it was due, so that a stalled server cannot hide its stall.
 */
import { connect, type Socket } from 'node:net';

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

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One kept-alive connection with one request at a time: written as prepared bytes, and of the answer only the status and the
 * length are read. A full client would cost as much as the server that is measured.
 */
class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #done: ((ok: boolean) => void) | undefined;

  constructor({ hostname, port }: URL) {
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', () => this.#finish(false));
    this.#socket.on('close', () => this.#finish(false));
  }

  /** Resolves with whether the answer was a 200. */
  send(request: Buffer): Promise<boolean> {
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#socket.write(request);
    });
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const head = this.#received.indexOf(HEAD_END);
    if (head < 0) return;
    const text = this.#received.toString('latin1', 0, head);
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    if (this.#received.length < head + HEAD_END.length + length) return;
    this.#received = Buffer.alloc(0);
    this.#finish(text.startsWith('HTTP/1.1 200'));
  }

  #finish(ok: boolean): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(ok);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Some connections, and requests that wait for a free one. */
class Client {
  readonly #all: Connection[];
  readonly #free: Connection[];
  readonly #waiting: ((connection: Connection) => void)[] = [];
  readonly #requests: readonly Buffer[];
  errors = 0;

  constructor({ url, path, bodies, connections }: LoadOptions) {
    const { host } = new URL(url);
    this.#all = Array.from({ length: connections }, () => new Connection(new URL(url)));
    this.#free = [...this.#all];
    this.#requests = bodies.map((body) =>
      Buffer.from(
        `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      ),
    );
  }

  async post(index: number): Promise<void> {
    const connection = this.#free.pop() ?? (await new Promise<Connection>((resolve) => this.#waiting.push(resolve)));
    if (!(await connection.send(this.#requests[index % this.#requests.length]!))) this.errors++;
    const next = this.#waiting.shift();
    if (next) next(connection);
    else this.#free.push(connection);
  }

  close(): void {
    for (const connection of this.#all) connection.close();
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
      await client.post(next++);
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
      waiting.push(client.post(sent).then(() => void latencies.push(performance.now() - dueAt)));
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
