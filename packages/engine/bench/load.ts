/**
 * HTTP load on one server over keep-alive connections, as cheap as it can be made, so that it takes little from a shared machine.
 *
 * Closed loop: each connection asks again once it is answered, which finds the most that the server can do. Open loop: requests
 * are due at a constant rate whether or not earlier ones are answered, and a latency counts from when its request was due; so
 * a server that stalls is charged for everybody who would have come meanwhile (no coordinated omission; Gil Tene, 2013).
 * Speaks only the HTTP that our server answers: every answer has a content-length.
 */
import { connect, type Socket } from 'node:net';
import { monotonicMs } from './figures.ts';

export interface LoadInput {
  readonly url: string;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  /** The body of the next request. */
  readonly body: () => string;
  /** Open loop; closed where absent. */
  readonly requestsPerSecond?: number;
  /** Looks at an answer's body; whatever it throws counts as an error. */
  readonly check: (body: string) => void;
}

export interface LoadResult {
  readonly completed: number;
  readonly errors: number;
  readonly firstError: string | undefined;
  readonly seconds: number;
  /** Ascending. */
  readonly latenciesMs: Float64Array;
  /** When each request was due, by the machine's monotonic clock, and what it took, as they were answered. [requests] */
  readonly dueAtMs: Float64Array;
  readonly latencyMs: Float64Array;
}

const BLANK_LINE = Buffer.from('\r\n\r\n');

export async function runLoad(input: LoadInput): Promise<LoadResult> {
  const load = new Load(input);
  return load.run();
}

class Load {
  readonly #input: LoadInput;
  readonly #head: string;
  readonly #idle: Connection[] = [];
  readonly #latencies: number[] = [];
  readonly #dueAts: number[] = [];
  #connections: Connection[] = [];
  #start = 0;
  #end = 0;
  #due = 0;
  #waiting = 0;
  #errors = 0;
  #aborted = false;
  #firstError: string | undefined;
  #finish: () => void = () => {};
  #abort: (reason: Error) => void = () => {};

  constructor(input: LoadInput) {
    this.#input = input;
    const { host } = new URL(input.url);
    this.#head = `POST ${input.path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: `;
  }

  async run(): Promise<LoadResult> {
    const { connections, seconds } = this.#input;
    const opened = Array.from({ length: connections }, () => this.#open());
    this.#connections = await Promise.all(opened);
    this.#start = performance.now();
    this.#end = this.#start + 1_000 * seconds;
    const finished = new Promise<void>((resolve, reject) => {
      this.#finish = resolve;
      this.#abort = (reason) => {
        this.#aborted = true;
        reject(reason);
      };
    });
    this.#idle.push(...this.#connections);
    if (this.#input.requestsPerSecond === undefined) while (this.#idle.length > 0) this.#send(performance.now());
    else this.#release();
    await finished;
    const elapsed = (performance.now() - this.#start) / 1_000;
    for (const connection of this.#connections) connection.close();
    const sinceBoot = monotonicMs() - performance.now();
    return {
      completed: this.#latencies.length,
      errors: this.#errors,
      firstError: this.#firstError,
      seconds: elapsed,
      latenciesMs: Float64Array.from(this.#latencies).sort(),
      dueAtMs: Float64Array.from(this.#dueAts, (at) => at + sinceBoot),
      latencyMs: Float64Array.from(this.#latencies),
    };
  }

  #open(): Promise<Connection> {
    const { hostname, port } = new URL(this.#input.url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true }, () =>
        resolve(new Connection(socket, (connection, body) => this.#answered(connection, body))),
      );
      socket.once('error', reject);
      socket.once('close', () => this.#abort(new Error('the server closed a connection')));
    });
  }

  #send(dueAt: number): void {
    const body = this.#input.body();
    this.#waiting++;
    this.#idle.pop()!.send(`${this.#head}${Buffer.byteLength(body)}\r\n\r\n${body}`, dueAt);
  }

  #answered(connection: Connection, body: string): void {
    const now = performance.now();
    this.#waiting--;
    this.#latencies.push(now - connection.dueAt);
    this.#dueAts.push(connection.dueAt);
    this.#look(body);
    this.#idle.push(connection);
    if (now < this.#end && this.#input.requestsPerSecond === undefined) this.#send(now);
    else this.#finishIfDone(now);
  }

  /** All is done once nothing waits for an answer and nothing more will be sent. */
  #finishIfDone(now: number): void {
    const allSent = this.#input.requestsPerSecond === undefined ? now >= this.#end : this.#nextDueAt() >= this.#end;
    if (allSent && this.#waiting === 0) this.#finish();
  }

  #look(body: string): void {
    try {
      this.#input.check(body);
    } catch (error) {
      this.#errors++;
      this.#firstError ??= error instanceof Error ? error.message : String(error);
    }
  }

  /** Sends what is due. Turns with the event loop and not by a timer, whose grain of a millisecond would be measured. */
  #release(): void {
    const now = performance.now();
    for (; this.#nextDueAt() <= now && this.#nextDueAt() < this.#end && this.#idle.length > 0; this.#due++)
      this.#send(this.#nextDueAt());
    if (this.#nextDueAt() < this.#end && !this.#aborted) setImmediate(() => this.#release());
    else this.#finishIfDone(now);
  }

  #nextDueAt(): number {
    return this.#start + (1_000 * this.#due) / this.#input.requestsPerSecond!;
  }
}

/** One request at a time. */
class Connection {
  readonly #socket: Socket;
  readonly #onAnswer: (connection: Connection, body: string) => void;
  #received: Buffer | undefined;
  dueAt = 0;

  constructor(socket: Socket, onAnswer: (connection: Connection, body: string) => void) {
    this.#socket = socket;
    this.#onAnswer = onAnswer;
    socket.on('data', (chunk) => this.#receive(chunk));
  }

  send(request: string, dueAt: number): void {
    this.dueAt = dueAt;
    this.#socket.write(request, 'utf8');
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#received === undefined ? chunk : Buffer.concat([this.#received, chunk]);
    this.#received = bytes;
    const headEnd = bytes.indexOf(BLANK_LINE);
    if (headEnd < 0) return;
    const head = bytes.toString('latin1', 0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const start = headEnd + BLANK_LINE.length;
    if (bytes.length < start + length) return;
    this.#received = undefined;
    const body = bytes.toString('utf8', start, start + length);
    this.#onAnswer(this, head.startsWith('HTTP/1.1 200 ') ? body : `${head.split('\r\n', 1)[0]} ${body}`);
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }
}

/** The value that a share of the sorted values does not exceed, rounded to 0.001. */
export function percentile(sorted: Float64Array, share: number): number {
  const at = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
  return Math.round(1_000 * sorted[Math.max(0, at)]) / 1_000;
}
