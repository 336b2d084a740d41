/**
 * Reports what a buyer does on a web page. Mark each item of a decision in the page with what the decision said of it:
 *
 *     <a href="/mug" data-rialto-token="…" data-rialto-listing="mug-1" data-rialto-placement="home">…</a>
 *
 * What is no listing has its kind in the listing's place, `data-rialto-kind="module"`; a click in an item of a module is one on both.
 * From then on impressions (see `exposure.ts`) and clicks report themselves, also for items that are added later. The rest
 * (views, carts, searches, purchases) are calls. Sets no cookies; the visit's id and, offline, unsent events are in
 * localStorage. A browser that asks not to be tracked (Do Not Track, Global Privacy Control) is left alone, unless
 * `respectDoNotTrack` is false: then nothing is sent, stored or observed.
 */
import { EventQueue } from './event-queue.ts';
import type { BuyerEvent, EventType } from './events.ts';
import { ExposureWatcher } from './exposure.ts';
import { browserStore, Session } from './session.ts';

export interface TrackerOptions {
  /** Where the server is: `https://rialto.example.org`. */
  readonly url: string;
  /** The publishable key. */
  readonly key?: string;
  /** The signed-in buyer. */
  readonly buyer?: string;
  readonly country?: string;
  /** True where absent. */
  readonly respectDoNotTrack?: boolean;
  /** Without an event for so long, the next one begins a new visit; 30 minutes where absent. */
  readonly sessionIdleMs?: number;
  /** Events that were lost or refused, and why. Silent where absent. */
  readonly onError?: (problem: string, events: readonly BuyerEvent[]) => void;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly newId?: () => string;
}

/** What a call may say of an event beyond what the tracker knows. */
export type EventDetails = Omit<BuyerEvent, 'id' | 'type' | 'at'>;

export interface PurchasedLine {
  readonly listing: string;
  readonly quantity?: number;
  /** Of one piece. */
  readonly priceMicros?: number;
}

/** `crypto.randomUUID` is there on secure origins only; a page on plain HTTP gets as random an id from `getRandomValues`. */
function randomId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function asksNotToBeTracked(): boolean {
  const { doNotTrack, globalPrivacyControl } = navigator as Navigator & {
    doNotTrack?: string | null;
    globalPrivacyControl?: boolean;
  };
  return globalPrivacyControl === true || doNotTrack === '1' || doNotTrack === 'yes';
}

export class Tracker {
  /** False where the browser asks not to be tracked: then every call does nothing. */
  readonly active: boolean;
  readonly #options: TrackerOptions;
  readonly #newId: () => string;
  readonly #now: () => number;
  readonly #queue: EventQueue | undefined;
  readonly #session: Session | undefined;
  #exposures: ExposureWatcher | undefined;
  #buyer: string | undefined;

  constructor(options: TrackerOptions) {
    this.#options = options;
    this.#buyer = options.buyer;
    this.#newId = options.newId ?? randomId;
    this.#now = options.now ?? Date.now;
    this.active = options.respectDoNotTrack === false || !asksNotToBeTracked();
    if (!this.active) return;
    const store = browserStore();
    this.#session = new Session({
      store,
      now: this.#now,
      newId: this.#newId,
      idleMs: options.sessionIdleMs ?? 30 * 60_000,
    });
    this.#queue = new EventQueue({
      url: `${options.url.replace(/\/+$/, '')}/v1/events`,
      ...(options.key !== undefined && { key: options.key }),
      store,
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      random: options.random ?? Math.random,
      onError: options.onError ?? (() => {}),
    });
  }

  /** The visit's id: what a decision's request names as `session`. Undefined where the tracker is not active. */
  get session(): string | undefined {
    return this.#session?.id();
  }

  /** Begins to report impressions and clicks of the marked items in `root`, now there or added later. */
  start(root: HTMLElement = document.documentElement): this {
    if (!this.active || this.#exposures) return this;
    this.#exposures = new ExposureWatcher((element) => this.#report('impression', element));
    this.#exposures.start(root);
    document.addEventListener('click', this.#onClick, { capture: true });
    document.addEventListener('auxclick', this.#onClick, { capture: true });
    document.addEventListener('visibilitychange', this.#onHide);
    window.addEventListener('pagehide', this.#onHide);
    window.addEventListener('online', this.#onOnline);
    return this;
  }

  /** Ends it and sends what waits. */
  stop(): void {
    this.#exposures?.stop();
    this.#exposures = undefined;
    document.removeEventListener('click', this.#onClick, { capture: true });
    document.removeEventListener('auxclick', this.#onClick, { capture: true });
    document.removeEventListener('visibilitychange', this.#onHide);
    window.removeEventListener('pagehide', this.#onHide);
    window.removeEventListener('online', this.#onOnline);
    this.#queue?.stop();
  }

  /** After signing in or out. */
  setBuyer(buyer: string | undefined): void {
    this.#buyer = buyer;
  }

  /** Any event; the time, the visit and the buyer are added, and an id where none is given. */
  track(type: EventType, details: EventDetails, id = this.#newId()): void {
    if (!this.#queue || !this.#session) return;
    const { country } = this.#options;
    this.#queue.add({
      id,
      type,
      at: this.#now(),
      session: this.#session.id(),
      ...(this.#buyer !== undefined && { buyer: this.#buyer }),
      ...(country !== undefined && { country }),
      ...details,
    });
  }

  /** A listing's own page was opened. */
  view(listing: string): void {
    this.track('view', { listing });
  }

  addToCart(listing: string, details: Pick<EventDetails, 'quantity' | 'priceMicros' | 'token'> = {}): void {
    this.track('cart-add', { listing, ...details });
  }

  removeFromCart(listing: string, details: Pick<EventDetails, 'quantity'> = {}): void {
    this.track('cart-remove', { listing, ...details });
  }

  favourite(listing: string): void {
    this.track('favourite', { listing });
  }

  /** The buyer does not want to see it. */
  hide(listing: string): void {
    this.track('hide', { listing });
  }

  /** With the token of a suggestion where one was chosen. */
  search(query: string, details: Pick<EventDetails, 'token' | 'language' | 'results'> = {}): void {
    this.track('search', { query, ...details });
  }

  /** One order. Its events have ids of their own making, so that reloading the page of thanks counts nothing twice. */
  purchase(order: string, lines: readonly PurchasedLine[]): void {
    for (const [index, line] of lines.entries())
      this.track('purchase', { order, ...line }, `purchase:${order}:${index}`);
    void this.flush();
  }

  /** Sends what waits, now. */
  async flush(): Promise<void> {
    await this.#queue?.flush();
  }

  #report(type: 'impression' | 'click', element: HTMLElement): void {
    const { rialtoToken: token, rialtoListing: listing, rialtoKind: kind } = element.dataset;
    if (token === undefined || (listing === undefined && kind === undefined)) {
      this.#options.onError?.('an element with data-rialto-token needs data-rialto-listing too', []);
      return;
    }
    const placement = element.closest<HTMLElement>('[data-rialto-placement]')?.dataset['rialtoPlacement'];
    this.track(type, {
      token,
      ...(listing !== undefined && { listing }),
      ...(placement !== undefined && { placement }),
    });
  }

  readonly #onClick = (event: MouseEvent): void => {
    // The right button opens a menu; the middle one opens the link.
    if (event.type === 'auxclick' && event.button !== 1) return;
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-rialto-token]') : null;
    if (!element) return;
    this.#report('click', element);
    const module = element.parentElement?.closest<HTMLElement>('[data-rialto-token][data-rialto-kind="module"]');
    if (module) this.#report('click', module);
  };

  readonly #onHide = (event: Event): void => {
    if (event.type === 'pagehide' || document.visibilityState === 'hidden') this.#queue?.flushLast();
  };

  readonly #onOnline = (): void => void this.flush();
}
