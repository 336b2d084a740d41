/**
 * Events on their way from a browser to the server: sent in batches of at most `BATCH_MAX`, `BATCH_WAIT_MS` after the first
 * of them or as soon as the batch is full, one request at a time. What fails for now (offline, 429, 5xx) stays in the queue
 * and is tried again with growing waits, or as soon as the browser is online; what the server will never take is given to
 * `onError`. At most `QUEUE_MAX` events wait: beyond it the oldest go. Sending twice does no harm: events count by their id.
 *
 * A page that is hidden may never run again. So everything waiting is then sent at once, and every request is made with
 * `keepalive`: it outlives the page and, other than a beacon, carries the key and no cookies. `sendBeacon` stands in where
 * keepalive is not known. Offline, or after failures, the queue is also kept in the store for the next page.
 */
import type { BuyerEvent, EventsRequest, EventsResponse } from './events.ts';
import type { Store } from './session.ts';

const BATCH_MAX = 20;
const BATCH_WAIT_MS = 2000;
const QUEUE_MAX = 500;
const RETRY_MS_MIN = 1000;
const RETRY_MS_MAX = 60_000;
/** Browsers refuse more than 64 KiB of bodies that outlive the page. */
const KEEPALIVE_CHARACTERS_MAX = 60_000;
const STORAGE_KEY = 'rialto.queue';

export interface EventQueueOptions {
  readonly url: string;
  /** The publishable key. */
  readonly key?: string;
  readonly store: Store;
  readonly fetch: typeof fetch;
  readonly random: () => number;
  readonly onError: (problem: string, events: readonly BuyerEvent[]) => void;
}

type Outcome = 'sent' | 'try-again' | 'refused';

export class EventQueue {
  readonly #options: EventQueueOptions;
  #waiting: BuyerEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | undefined;
  #failures = 0;
  /** Whether the store holds a copy of the queue. */
  #kept = false;

  constructor(options: EventQueueOptions) {
    this.#options = options;
    this.#restore();
  }

  get length(): number {
    return this.#waiting.length;
  }

  add(event: BuyerEvent): void {
    this.#waiting.push(event);
    this.#dropSurplus();
    if (this.#failures > 0) return;
    if (this.#waiting.length >= BATCH_MAX) void this.flush();
    else this.#schedule(BATCH_WAIT_MS);
  }

  /** Sends what waits, batch by batch, until it is empty or a request fails. */
  flush(): Promise<void> {
    this.#cancelTimer();
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      if (this.#waiting.length > 0) this.#schedule(this.#failures > 0 ? this.#retryMs() : BATCH_WAIT_MS);
    });
    return this.#sending;
  }

  /** The page may be about to end: sends what waits in a way that outlives it, or keeps it for the next page. */
  flushLast(): void {
    this.#cancelTimer();
    if (this.#waiting.length === 0) return;
    const offline = globalThis.navigator?.onLine === false;
    if (offline || this.#failures > 0) this.#keep();
    if (offline) return;
    for (const events of this.#batches()) {
      if (!this.#beacon(events)) void this.#post(events).then((outcome) => this.#settle(outcome, events));
    }
  }

  stop(): void {
    this.flushLast();
    this.#cancelTimer();
  }

  async #sendAll(): Promise<void> {
    for (const events of this.#batches()) {
      const outcome = await this.#post(events);
      this.#settle(outcome, events);
      if (outcome === 'try-again') return;
    }
  }

  /** Takes batches off the queue until it is empty. */
  *#batches(): Generator<BuyerEvent[]> {
    while (this.#waiting.length > 0) yield this.#waiting.splice(0, BATCH_MAX);
  }

  #settle(outcome: Outcome, events: readonly BuyerEvent[]): void {
    if (outcome === 'try-again') {
      this.#failures++;
      this.#waiting.unshift(...events);
      this.#dropSurplus();
      if (this.#sending === undefined) this.#schedule(this.#retryMs());
      return;
    }
    this.#failures = 0;
    if (this.#kept && this.#waiting.length === 0) {
      this.#options.store.remove(STORAGE_KEY);
      this.#kept = false;
    }
  }

  #dropSurplus(): void {
    const surplus = this.#waiting.length - QUEUE_MAX;
    if (surplus > 0) this.#options.onError('the queue is full', this.#waiting.splice(0, surplus));
  }

  #keep(): void {
    this.#options.store.set(STORAGE_KEY, JSON.stringify(this.#waiting));
    this.#kept = true;
  }

  async #post(events: readonly BuyerEvent[]): Promise<Outcome> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (this.#options.key !== undefined) headers['authorization'] = `Bearer ${this.#options.key}`;
    const body = JSON.stringify({ events } satisfies EventsRequest);
    const keepalive = body.length <= KEEPALIVE_CHARACTERS_MAX;
    try {
      const response = await this.#options.fetch(this.#options.url, {
        method: 'POST',
        headers,
        body,
        keepalive,
        credentials: 'omit',
      });
      if (response.status === 408 || response.status === 429 || response.status >= 500) return 'try-again';
      if (!response.ok) {
        this.#options.onError(
          `the server refused them with status ${response.status}: ${await response.text()}`,
          events,
        );
        return 'refused';
      }
      const { rejected } = (await response.json()) as EventsResponse;
      for (const { index, reason, message } of rejected)
        this.#options.onError(`${reason}: ${message}`, events.slice(index, index + 1));
      return 'sent';
    } catch {
      return 'try-again';
    }
  }

  /** Only where keepalive is not known. A beacon has no headers: the key goes into the address, and JSON goes as plain text, which needs no asking first. */
  #beacon(events: readonly BuyerEvent[]): boolean {
    if (typeof Request !== 'undefined' && 'keepalive' in Request.prototype) return false;
    const { url, key } = this.#options;
    const body = new Blob([JSON.stringify({ events } satisfies EventsRequest)], { type: 'text/plain;charset=UTF-8' });
    return (
      globalThis.navigator?.sendBeacon?.(key === undefined ? url : `${url}?key=${encodeURIComponent(key)}`, body) ??
      false
    );
  }

  #schedule(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, ms);
  }

  #cancelTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Between half and the whole of a wait that doubles with every failure. */
  #retryMs(): number {
    const ms = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (this.#failures - 1));
    return ms * (0.5 + this.#options.random() / 2);
  }

  #restore(): void {
    const kept = this.#options.store.get(STORAGE_KEY);
    if (kept === undefined) return;
    this.#options.store.remove(STORAGE_KEY);
    try {
      for (const event of JSON.parse(kept) as BuyerEvent[]) this.add(event);
    } catch {
      // Somebody else's value: nothing of ours is lost.
    }
  }
}
