/**
 * One HTTP call with a time limit and repeats. A call is repeated only where repeating cannot do harm (`repeatable`) and
 * may help: nothing answered, the time ran out, or the status is 429, 502, 503 or 504. Between tries it waits a random
 * time below `BACKOFF_MS · 2^try` ("full jitter"), or as long as the answer's `retry-after` asks, at most `WAIT_MS_MAX`.
 */
import { RialtoApiError } from './api-error.ts';

export interface TransportOptions {
  /** Where the server is: `https://rialto.example.org`. A path is kept. */
  readonly url: string;
  /** The API key, or for decisions and events the publishable key. */
  readonly key?: string;
  /** For one try; 5,000 where absent, and 240,000 at least where the server reads its log for the answer. */
  readonly timeoutMs?: number;
  /** How often a failed call is tried again; 2 where absent. */
  readonly retries?: number;
  readonly fetch?: typeof fetch;
  /** Uniform in [0, 1): the jitter. */
  readonly random?: () => number;
}

/** For one call. */
export interface CallOptions {
  /** Ends the call, with its waits, at once. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly retries?: number;
}

export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** From the server's root, starting with a slash, with its query. */
  readonly path: string;
  readonly body?: string | FormData;
  readonly contentType?: string;
  readonly repeatable: boolean;
  /** The server reads its log for the answer, which takes seconds to minutes. */
  readonly slow?: true;
}

const TIMEOUT_MS = 5_000;
/** Node's fetch gives up after 300 seconds by itself. */
const SLOW_TIMEOUT_MS = 240_000;
const BACKOFF_MS = 100;
const WAIT_MS_MAX = 10_000;
const REPEATED_STATUSES = new Set([429, 502, 503, 504]);

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly path?: string;
    readonly details?: Record<string, unknown>;
  };
  readonly requestId?: string;
}

function errorOf(call: Call, { status, text }: Answer): RialtoApiError {
  try {
    const { error, requestId } = JSON.parse(text) as ErrorBody;
    const details = { ...error.details, ...(error.path !== undefined && { path: error.path }) };
    if (typeof error.code === 'string') {
      return new RialtoApiError(error.code, status, error.message, {
        details,
        ...(requestId !== undefined && { requestId }),
      });
    }
  } catch {
    // Not Rialto's: a proxy's page, most likely.
  }
  const what = `${call.method} ${call.path} was answered with status ${status} and no error of Rialto's`;
  return new RialtoApiError('bad-response', status, `${what}: ${text.slice(0, 200)}`);
}

/** `fetch` says that it failed; its cause says why. */
function whyUnreached(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: string; message?: string } | undefined) : undefined;
  return cause?.message || cause?.code || String(error);
}

export class Transport {
  readonly #options: TransportOptions;
  readonly #root: string;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#root = options.url.replace(/\/+$/, '');
  }

  /** Makes the call and returns the JSON of its answer, undefined where that is empty. Fails with `RialtoApiError`, or the signal's reason. */
  async call<T>(call: Call, options: CallOptions = {}): Promise<T> {
    const retries = call.repeatable ? (options.retries ?? this.#options.retries ?? 2) : 0;
    for (let tried = 0; ; tried++) {
      options.signal?.throwIfAborted();
      let waitMs: number | undefined;
      try {
        const answer = await this.#try(call, options);
        if (answer.status < 400) return this.#parse<T>(call, answer);
        if (tried >= retries || !REPEATED_STATUSES.has(answer.status)) throw errorOf(call, answer);
        waitMs = answer.retryAfterMs;
      } catch (error) {
        const again = error instanceof RialtoApiError && error.status === 0 && tried < retries;
        if (!again) throw error;
      }
      const random = this.#options.random ?? Math.random;
      await wait(Math.min(waitMs ?? random() * BACKOFF_MS * 2 ** tried, WAIT_MS_MAX), options.signal);
    }
  }

  /** One try: fails only where no whole answer comes. */
  async #try(call: Call, { signal, timeoutMs = this.#timeoutOf(call) }: CallOptions): Promise<Answer> {
    const controller = new AbortController();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      controller.abort();
    }, timeoutMs);
    const onAbort = (): void => controller.abort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const send = this.#options.fetch ?? fetch;
      const response = await send(this.#root + call.path, { ...this.#init(call), signal: controller.signal });
      const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
      const retryAfterMs = Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined;
      return { status: response.status, text: await response.text(), retryAfterMs };
    } catch (cause) {
      signal?.throwIfAborted();
      if (late)
        throw new RialtoApiError('timeout', 0, `${call.method} ${call.path} had no answer within ${timeoutMs} ms`, {
          cause,
        });
      throw new RialtoApiError(
        'unreachable',
        0,
        `${call.method} ${this.#root}${call.path} could not be reached: ${whyUnreached(cause)}`,
        { cause },
      );
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #timeoutOf({ slow }: Call): number {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    return slow === true ? Math.max(timeoutMs, SLOW_TIMEOUT_MS) : timeoutMs;
  }

  #init(call: Call): RequestInit {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (this.#options.key !== undefined) headers['authorization'] = `Bearer ${this.#options.key}`;
    if (call.body === undefined) return { method: call.method, headers };
    // A form's content type names the boundary that it is sent with.
    if (typeof call.body === 'string') headers['content-type'] = call.contentType ?? 'application/json';
    return { method: call.method, headers, body: call.body };
  }

  #parse<T>(call: Call, { status, text }: Answer): T {
    if (text === '') return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new RialtoApiError(
        'bad-response',
        status,
        `${call.method} ${call.path} was answered with text that is not JSON`,
        { cause },
      );
    }
  }
}
