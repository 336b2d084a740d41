// @vitest-environment happy-dom
/**
 * The tracker in a DOM without layout: the test says what is in view. What a real browser does is in `tracker.browser.test.ts`.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BuyerEvent } from './events.ts';
import { Tracker, type TrackerOptions } from './tracker.ts';

/** An IntersectionObserver whose entries the test makes. */
class ControlledObserver {
  static all: ControlledObserver[] = [];
  readonly targets = new Set<Element>();
  readonly threshold: number | readonly number[] | undefined;
  readonly #callback: (entries: { target: Element; isIntersecting: boolean; intersectionRatio: number }[]) => void;

  constructor(callback: IntersectionObserverCallback, options: IntersectionObserverInit = {}) {
    this.#callback = callback as never;
    this.threshold = options.threshold;
    ControlledObserver.all.push(this);
  }
  observe(target: Element): void {
    this.targets.add(target);
  }
  unobserve(target: Element): void {
    this.targets.delete(target);
  }
  disconnect(): void {
    this.targets.clear();
  }
  show(target: Element, share: number): void {
    if (this.targets.has(target)) this.#callback([{ target, isIntersecting: share > 0, intersectionRatio: share }]);
  }
}

const show = (target: Element, share: number): void => {
  for (const observer of ControlledObserver.all) observer.show(target, share);
};

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
  readonly events: BuyerEvent[];
}

let sent: Sent[];
/** What the server says next: a status, 'offline', or a body. 200 where there is nothing. */
let answers: (number | 'offline' | object)[];
let problems: string[];
let trackers: Tracker[];
let ids: number;

const send = (async (url: string, init: RequestInit) => {
  sent.push({ url, init, events: (JSON.parse(init.body as string) as { events: BuyerEvent[] }).events });
  const answer = answers.shift() ?? 200;
  if (answer === 'offline') throw new TypeError('fetch failed');
  if (typeof answer === 'number')
    return new Response(JSON.stringify({ accepted: 0, duplicates: 0, rejected: [] }), { status: answer });
  return new Response(JSON.stringify(answer));
}) as typeof fetch;

function makeTracker(options: Partial<TrackerOptions> = {}): Tracker {
  const tracker = new Tracker({
    url: 'https://rialto.test/',
    fetch: send,
    random: () => 0,
    newId: () => `id-${ids++}`,
    onError: (problem, events) => problems.push(`${problem} (${events.length})`),
    ...options,
  });
  trackers.push(tracker);
  return tracker;
}

const setVisibility = (state: 'visible' | 'hidden'): void => {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
  document.dispatchEvent(new Event('visibilitychange'));
};

/** Lets promises settle and MutationObservers tell. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const wait = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const events = (): BuyerEvent[] => sent.flatMap((request) => request.events);
const types = (): string[] => events().map(({ type }) => type);

function addItem(token: string, listing = `listing-${token}`): HTMLElement {
  const item = document.createElement('a');
  item.dataset['rialtoToken'] = token;
  item.dataset['rialtoListing'] = listing;
  document.body.append(item);
  return item;
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  vi.stubGlobal('IntersectionObserver', ControlledObserver);
  // As in today's browsers; the DOM of these tests does not know it.
  Object.defineProperty(Request.prototype, 'keepalive', { value: false, configurable: true });
  ControlledObserver.all = [];
  sent = [];
  answers = [];
  problems = [];
  trackers = [];
  ids = 0;
  localStorage.clear();
  document.body.replaceChildren();
});

afterEach(() => {
  for (const tracker of trackers) tracker.stop();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('impressions', () => {
  test('an item is seen after a second with half of it in view, and only once', async () => {
    const item = addItem('t1');
    const tracker = makeTracker({ buyer: 'b1', country: 'FR', key: 'pk' }).start();
    expect(ControlledObserver.all[0]!.threshold).toEqual([0.5]);
    show(item, 0.5);
    await wait(999);
    await tracker.flush();
    expect(sent).toEqual([]);
    await wait(1);
    show(item, 0);
    show(item, 1);
    await wait(5000);
    const session = tracker.session;
    expect(events()).toEqual([
      {
        id: expect.any(String),
        type: 'impression',
        at: 1_700_000_001_000,
        session,
        buyer: 'b1',
        country: 'FR',
        token: 't1',
        listing: 'listing-t1',
      },
    ]);
    expect(sent[0]!.url).toBe('https://rialto.test/v1/events');
    expect(sent[0]!.init).toMatchObject({ method: 'POST', keepalive: true, credentials: 'omit' });
    expect(sent[0]!.init.headers).toMatchObject({ authorization: 'Bearer pk' });
  });

  test('less than half, or less than a second at a time, is not seen', async () => {
    const little = addItem('little');
    const short = addItem('short');
    makeTracker().start();
    show(little, 0.49);
    for (let i = 0; i < 5; i++) {
      show(short, 1);
      await wait(900);
      show(short, 0.2);
      await wait(900);
    }
    await wait(10_000);
    expect(events()).toEqual([]);
  });

  test('a hidden page shows nothing, and the second begins anew', async () => {
    const item = addItem('t1');
    makeTracker().start();
    show(item, 1);
    await wait(800);
    setVisibility('hidden');
    await wait(5000);
    setVisibility('visible');
    await wait(999);
    expect(ids).toBe(0);
    await wait(2001);
    expect(types()).toEqual(['impression']);
  });

  test('a page that opens hidden counts from when it is shown', async () => {
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    const item = addItem('t1');
    makeTracker().start();
    show(item, 1);
    await wait(5000);
    setVisibility('visible');
    await wait(3000);
    expect(types()).toEqual(['impression']);
  });

  test('two elements of one token count once', async () => {
    const items = [addItem('same'), addItem('same')];
    makeTracker().start();
    for (const item of items) show(item, 1);
    await wait(3000);
    expect(types()).toEqual(['impression']);
  });

  test('items that come later are watched, those that go are not', async () => {
    makeTracker().start();
    const list = document.createElement('ul');
    const item = addItem('later');
    list.append(item);
    document.body.append(list);
    await settle();
    show(item, 1);
    await wait(500);
    list.remove();
    await settle();
    await wait(5000);
    expect(events()).toEqual([]);
    document.body.append(list);
    await settle();
    show(item, 1);
    await wait(3000);
    expect(events()).toMatchObject([{ type: 'impression', token: 'later' }]);
  });

  test('another token in the same element is another item', async () => {
    const item = addItem('first');
    makeTracker().start();
    show(item, 1);
    await wait(900);
    item.dataset['rialtoToken'] = 'second';
    await settle();
    await wait(900);
    show(item, 1);
    await wait(3000);
    expect(events()).toMatchObject([{ token: 'second' }]);
  });

  test('an item without a listing is a mistake and is told', async () => {
    const item = addItem('t1');
    delete item.dataset['rialtoListing'];
    makeTracker().start();
    show(item, 1);
    await wait(3000);
    expect(problems).toEqual(['an element with data-rialto-token needs data-rialto-listing too (0)']);
  });

  test('after stop nothing is seen', async () => {
    const item = addItem('t1');
    const tracker = makeTracker().start();
    show(item, 1);
    await wait(500);
    tracker.stop();
    item.click();
    await wait(5000);
    expect(events()).toEqual([]);
  });
});

describe('clicks and calls', () => {
  test('a click anywhere in an item names its token and the placement around it', async () => {
    const item = addItem('t1');
    const inner = document.createElement('b');
    item.append(inner);
    const shelf = document.createElement('div');
    shelf.dataset['rialtoPlacement'] = 'home';
    shelf.append(item);
    document.body.append(shelf);
    const tracker = makeTracker().start();
    inner.click();
    document.body.click();
    inner.dispatchEvent(new MouseEvent('auxclick', { bubbles: true, button: 1 }));
    inner.dispatchEvent(new MouseEvent('auxclick', { bubbles: true, button: 2 }));
    await tracker.flush();
    const click = { type: 'click', token: 't1', listing: 'listing-t1', placement: 'home' };
    expect(events()).toMatchObject([click, click]);
  });

  test('a click in an item of a module is one on the module, too', async () => {
    const item = addItem('t1');
    const module = document.createElement('section');
    Object.assign(module.dataset, { rialtoToken: 'm1', rialtoKind: 'module' });
    module.append(item);
    document.body.append(module);
    const tracker = makeTracker().start();
    item.click();
    module.click();
    tracker.search('mug', { token: 'q1', language: 'de' });
    await tracker.flush();
    expect(problems).toEqual([]);
    expect(events()).toMatchObject([
      { type: 'click', token: 't1', listing: 'listing-t1' },
      { type: 'click', token: 'm1' },
      { type: 'click', token: 'm1' },
      { type: 'search', query: 'mug', token: 'q1', language: 'de' },
    ]);
    expect(events()[1]).not.toHaveProperty('listing');
  });

  test('a click counts although the page stops it', async () => {
    const item = addItem('t1');
    item.addEventListener('click', (event) => event.stopImmediatePropagation());
    const tracker = makeTracker().start();
    item.click();
    await tracker.flush();
    expect(types()).toEqual(['click']);
  });

  test('views, carts, favourites, hiding, searches and orders', async () => {
    const tracker = makeTracker();
    tracker.view('a');
    tracker.addToCart('a', { quantity: 2, priceMicros: 5 });
    tracker.removeFromCart('a');
    tracker.favourite('a');
    tracker.hide('b');
    tracker.setBuyer('later');
    tracker.search('red mug');
    tracker.purchase('o1', [{ listing: 'a', quantity: 2, priceMicros: 5 }, { listing: 'c' }]);
    await settle();
    expect(events()).toMatchObject([
      { type: 'view', listing: 'a' },
      { type: 'cart-add', listing: 'a', quantity: 2, priceMicros: 5 },
      { type: 'cart-remove', listing: 'a' },
      { type: 'favourite', listing: 'a' },
      { type: 'hide', listing: 'b' },
      { type: 'search', query: 'red mug', buyer: 'later' },
      { id: 'purchase:o1:0', type: 'purchase', order: 'o1', listing: 'a', quantity: 2, priceMicros: 5 },
      { id: 'purchase:o1:1', type: 'purchase', order: 'o1', listing: 'c' },
    ]);
    expect(events()[0]!.buyer).toBeUndefined();
  });

  test('ids are of their own and random', async () => {
    const tracker = new Tracker({ url: 'https://rialto.test', fetch: send });
    trackers.push(tracker);
    tracker.view('a');
    tracker.view('a');
    await tracker.flush();
    const [first, second] = events().map(({ id }) => id);
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(second).not.toBe(first);
  });
});

describe('the session', () => {
  test('is the same for every tracker until it has been idle', async () => {
    const first = makeTracker({ sessionIdleMs: 10_000 });
    const id = first.session;
    await wait(9000);
    expect(makeTracker({ sessionIdleMs: 10_000 }).session).toBe(id);
    await wait(9000);
    expect(first.session).toBe(id);
    await wait(10_000);
    expect(first.session).not.toBe(id);
  });

  test('lives in memory where storage is refused', async () => {
    vi.stubGlobal('localStorage', {
      getItem: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    });
    const tracker = makeTracker();
    const id = tracker.session;
    expect(id).toBeTypeOf('string');
    expect(tracker.session).toBe(id);
    tracker.view('a');
    await tracker.flush();
    expect(events()).toMatchObject([{ session: id }]);
  });
});

describe('sending', () => {
  test('waits two seconds for more, from the first event on', async () => {
    const tracker = makeTracker();
    tracker.view('a');
    await wait(1500);
    tracker.view('b');
    await wait(499);
    expect(sent).toEqual([]);
    await wait(1);
    expect(sent.map((request) => request.events.length)).toEqual([2]);
  });

  test('goes at twenty, in batches of twenty', async () => {
    const tracker = makeTracker();
    for (let i = 0; i < 45; i++) tracker.view(`l${i}`);
    await settle();
    expect(sent.map((request) => request.events.length)).toEqual([20, 20, 5]);
    expect(new Set(events().map(({ listing }) => listing)).size).toBe(45);
  });

  test.each(['offline', 500, 503, 429] as const)(
    'after %s it tries again, later each time, and loses nothing',
    async (answer) => {
      answers.push(answer, answer, answer);
      const tracker = makeTracker();
      tracker.view('a');
      await wait(2000);
      tracker.view('b');
      const counts = [];
      // With random() = 0 each wait is half of 1, 2, 4 seconds.
      for (const ms of [499, 1, 999, 1, 1999, 1]) {
        await wait(ms);
        counts.push(sent.length);
      }
      expect(counts).toEqual([1, 2, 2, 3, 3, 4]);
      expect(sent[3]!.events.map(({ listing }) => listing)).toEqual(['a', 'b']);
      expect(sent[3]!.events[0]!.id).toBe(sent[0]!.events[0]!.id);
      await wait(60_000);
      expect(sent).toHaveLength(4);
      expect(problems).toEqual([]);
    },
  );

  test('being online again is a reason to try', async () => {
    answers.push('offline');
    const tracker = makeTracker().start();
    tracker.view('a');
    await wait(2000);
    window.dispatchEvent(new Event('online'));
    await settle();
    expect(sent).toHaveLength(2);
  });

  test('what the server refuses is told and not sent again', async () => {
    answers.push(401, {
      accepted: 1,
      duplicates: 0,
      rejected: [{ index: 1, reason: 'unknown-listing', message: 'no listing "x"' }],
    });
    const tracker = makeTracker();
    tracker.view('a');
    await tracker.flush();
    tracker.view('b');
    tracker.view('x');
    await tracker.flush();
    await wait(60_000);
    expect(sent).toHaveLength(2);
    expect(problems).toEqual([expect.stringMatching(/status 401: .*\(1\)$/), 'unknown-listing: no listing "x" (1)']);
  });

  test('five hundred wait at most, and the oldest go', async () => {
    answers.push(...Array.from({ length: 50 }, () => 'offline' as const));
    const tracker = makeTracker();
    for (let i = 0; i < 520; i++) tracker.view(`l${i}`);
    await settle();
    expect(problems.join()).toContain('the queue is full');
    answers = [];
    sent = [];
    await tracker.flush();
    const listings = events().map(({ listing }) => listing);
    expect(listings).toHaveLength(500);
    expect(listings.at(-1)).toBe('l519');
  });
});

describe('the end of a page', () => {
  test.each(['pagehide', 'hidden'])('%s sends what waits', async (way) => {
    const tracker = makeTracker().start();
    tracker.view('a');
    if (way === 'hidden') setVisibility('hidden');
    else window.dispatchEvent(new Event('pagehide'));
    expect(sent).toHaveLength(1);
    expect(sent[0]!.init.keepalive).toBe(true);
    await wait(10_000);
    expect(sent).toHaveLength(1);
  });

  test('a beacon where keepalive is not known, with the key in its address', async () => {
    Reflect.deleteProperty(Request.prototype, 'keepalive');
    const beacons: { url: string; body: Blob }[] = [];
    const sendBeacon = (url: string, body: Blob): boolean => beacons.push({ url, body }) > 0;
    vi.stubGlobal('navigator', { onLine: true, sendBeacon });
    for (const options of [{}, { key: 'p k' }]) {
      const tracker = makeTracker(options).start();
      tracker.view('a');
      window.dispatchEvent(new Event('pagehide'));
      tracker.stop();
    }
    expect(beacons.map(({ url }) => url)).toEqual([
      'https://rialto.test/v1/events',
      'https://rialto.test/v1/events?key=p%20k',
    ]);
    expect(beacons[0]!.body.type).toMatch(/^text\/plain/);
    expect(JSON.parse(await beacons[0]!.body.text())).toMatchObject({ events: [{ type: 'view', listing: 'a' }] });
    expect(sent).toEqual([]);
  });

  test('a beacon that the browser refuses is a request after all', async () => {
    Reflect.deleteProperty(Request.prototype, 'keepalive');
    vi.stubGlobal('navigator', { onLine: true, sendBeacon: () => false });
    const tracker = makeTracker().start();
    tracker.view('a');
    window.dispatchEvent(new Event('pagehide'));
    expect(types()).toEqual(['view']);
  });

  test('offline, the next page sends them', async () => {
    const online = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    const tracker = makeTracker().start();
    tracker.view('a');
    tracker.stop();
    expect(sent).toEqual([]);
    online.mockReturnValue(true);
    makeTracker();
    await wait(2000);
    expect(events()).toMatchObject([{ type: 'view', listing: 'a' }]);
    expect(localStorage.getItem('rialto.queue')).toBeNull();
  });

  test('after failures they are kept, until this page or the next has sent them', async () => {
    answers.push(503, 503, 503);
    const tracker = makeTracker().start();
    tracker.view('a');
    await wait(2000);
    window.dispatchEvent(new Event('pagehide'));
    expect(JSON.parse(localStorage.getItem('rialto.queue')!)).toMatchObject([{ listing: 'a' }]);
    await wait(60_000);
    expect(sent.length).toBe(4);
    expect(localStorage.getItem('rialto.queue')).toBeNull();
  });

  test("somebody else's value in the store is no harm", async () => {
    localStorage.setItem('rialto.queue', '{nonsense');
    const tracker = makeTracker();
    tracker.view('a');
    await tracker.flush();
    expect(types()).toEqual(['view']);
  });
});

describe('a browser that asks not to be tracked', () => {
  test.each([{ doNotTrack: '1' }, { globalPrivacyControl: true }])(
    '%o: nothing is sent, stored or observed',
    async (asked) => {
      vi.stubGlobal('navigator', asked);
      const item = addItem('t1');
      const tracker = makeTracker().start();
      expect(tracker.active).toBe(false);
      item.click();
      tracker.purchase('o1', [{ listing: 'a' }]);
      await tracker.flush();
      expect(tracker.session).toBeUndefined();
      expect([sent.length, localStorage.length, ControlledObserver.all.length]).toEqual([0, 0, 0]);
      const insisting = makeTracker({ respectDoNotTrack: false });
      insisting.view('a');
      await insisting.flush();
      expect(sent).toHaveLength(1);
    },
  );
});
