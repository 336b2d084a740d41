/**
 * The tracker as shipped (`dist/`, so build first) in a real Chromium, with real layout, scrolling, visibility and
 * navigation; the page and the events' server are on different origins. Skipped where no Chromium is installed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BuyerEvent } from './events.ts';

const CHROMIUM = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));
const DIST = new URL('../dist/', import.meta.url);

const item = (token: string, top: number): string =>
  `<a id="${token}" href="/next" data-rialto-token="${token}" data-rialto-listing="l-${token}" data-rialto-placement="home"
    style="position:absolute; left:0; top:${top}px; width:200px; height:200px">${token}</a>`;

const page = (events: string): string => `<!doctype html><body style="height:5000px">
  ${item('above', 100)} ${item('cut', 480)} ${item('below', 3000)}
  <script type="module">
    import { Tracker } from '/sdk/index.js';
    window.tracker = new Tracker({ url: '${events}', key: 'pk', buyer: location.search.slice(1) }).start();
  </script></body>`;

let pages: Server;
let events: Server;
let received: BuyerEvent[];
let keys: (string | undefined)[];
let browser: Browser;
let tab: Page;
let run = 0;

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

async function startServers(): Promise<string> {
  events = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', 'authorization, content-type');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    let body = '';
    for await (const chunk of request) body += chunk;
    const batch = (JSON.parse(body) as { events: BuyerEvent[] }).events;
    received.push(...batch);
    keys.push(request.headers.authorization);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ accepted: batch.length, duplicates: 0, rejected: [] }));
  });
  const eventsUrl = await listen(events);
  pages = createServer((request, response) => {
    const file = /^\/sdk\/([a-z-]+\.js)$/.exec(request.url!)?.[1];
    response.setHeader('content-type', file ? 'text/javascript' : 'text/html');
    if (file) response.end(readFileSync(new URL(file, DIST)));
    else response.end(request.url === '/next' ? '<!doctype html>next' : page(eventsUrl));
  });
  return listen(pages);
}

/** What has arrived of this test's page; the one before may still be sending. */
const told = (): string[] =>
  received.filter(({ buyer }) => buyer === `b${run}`).map(({ type, token }) => `${type} ${token}`);
const toldNow = async (): Promise<string[]> => {
  await tab.evaluate('tracker.flush()');
  return told();
};

describe.skipIf(CHROMIUM === undefined)(
  'the tracker in Chromium (skipped where none is installed: apt-get install chromium)',
  () => {
    let url: string;

    beforeAll(async () => {
      url = await startServers();
      browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
    });

    afterAll(async () => {
      await browser?.close();
      pages?.close();
      events?.close();
    });

    beforeEach(async () => {
      received = [];
      keys = [];
      run++;
      tab = await browser.newPage({ viewport: { width: 800, height: 550 } });
      await tab.goto(`${url}/?b${run}`);
      await tab.waitForFunction('window.tracker');
    });

    afterEach(() => tab.close());

    test('only what has been half in view for a second is an impression', async () => {
      // `above` is in view as a whole, 70 of the 200 pixels of `cut` are, `below` is not.
      await expect.poll(toldNow, { timeout: 10_000 }).toEqual(['impression above']);
      expect(received.at(-1)).toMatchObject({ listing: 'l-above', placement: 'home' });
      expect(keys.at(-1)).toBe('Bearer pk');

      await tab.evaluate(`new Promise((resolve) => {
      scrollTo(0, 2900);
      setTimeout(() => { scrollTo(0, 0); setTimeout(resolve, 1200); }, 400);
    })`);
      expect(await toldNow()).toEqual(['impression above']);

      await tab.evaluate('scrollTo(0, 40)');
      await expect.poll(toldNow, { timeout: 10_000 }).toEqual(['impression above', 'impression cut']);
    });

    test('the second is a second', async () => {
      const seenAfterMs = await tab.evaluate<number>(`new Promise((resolve) => {
      const start = performance.now();
      const track = tracker.track.bind(tracker);
      tracker.track = (type, details) => { if (details.token === 'below') resolve(performance.now() - start); track(type, details); };
      scrollTo(0, 2900);
    })`);
      expect(seenAfterMs).toBeGreaterThanOrEqual(1000);
      expect(seenAfterMs).toBeLessThan(3000);
    });

    test('an item that is added later is seen and its click, which leaves the page, arrives', async () => {
      await tab.evaluate(`document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(item('later', 320))})`);
      await expect.poll(toldNow, { timeout: 10_000 }).toContain('impression later');
      await tab.click('#later');
      await tab.waitForURL('**/next');
      await expect.poll(told, { timeout: 5000 }).toContain('click later');
      expect(told().toSorted()).toEqual(['click later', 'impression above', 'impression later']);
    });

    test('the visit is the same on the next page, and there are no cookies', async () => {
      const session = await tab.evaluate('tracker.session');
      await tab.reload();
      await tab.waitForFunction('window.tracker');
      expect(await tab.evaluate('tracker.session')).toBe(session);
      expect(session).toMatch(/^[0-9a-f-]{36}$/);
      expect(await tab.context().cookies()).toEqual([]);
    });
  },
);
