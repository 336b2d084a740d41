/** Segment's own client against the listening server. */
import { Analytics } from '@segment/analytics-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../base/clock.ts';
import { millis } from '../base/units.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { eventsOf, NOW, openTestEngine } from './engine.fixture.ts';
import { type RunningServer, startServer } from './listen.ts';

const WRITE_KEY = 'pk_segment';

let log: MemoryLog;
let server: RunningServer;

beforeEach(async () => {
  log = new MemoryLog();
  const engine = await openTestEngine(log);
  await engine.save('settings', [{ ...engine.read('settings', 'settings')!, language: 'en' }], 'test');
  server = await startServer(engine, {
    port: 0,
    publishableKeys: [WRITE_KEY],
    apiKeys: new Map([['ops', 'sk']]),
    clock: new ManualClock(millis(NOW)),
  });
});

afterEach(() => server.stop());

const client = (writeKey = WRITE_KEY): Analytics =>
  new Analytics({ writeKey, host: server.url, flushInterval: 50, maxRetries: 0 });

test('closeAndFlush: everything that was tracked is in the log', async () => {
  const analytics = client();
  const errors: unknown[] = [];
  analytics.on('error', (error) => errors.push(error));
  const ann = { userId: 'ann', anonymousId: 'visit' };
  analytics.identify({ userId: 'ann', traits: { name: 'Ann' } });
  analytics.page({ userId: 'ann', name: 'Home' });
  analytics.track({ ...ann, event: 'Products Searched', properties: { query: 'blue' } });
  analytics.track({
    ...ann,
    event: 'Product List Viewed',
    properties: { products: [{ product_id: 'cup' }, { product_id: 'bowl' }] },
  });
  analytics.track({ ...ann, event: 'Product Viewed', properties: { product_id: 'cup', price: 12.5 } });
  analytics.track({ ...ann, event: 'Product Added', properties: { product_id: 'cup', quantity: 2 } });
  analytics.track({ anonymousId: 'visit', event: 'Product Viewed', properties: { product_id: 'nothing' } });
  analytics.track({
    ...ann,
    messageId: 'order-message',
    event: 'Order Completed',
    properties: {
      order_id: 'o1',
      products: [
        { product_id: 'cup', price: 12.5, quantity: 2 },
        { product_id: 'bowl', price: 19.99 },
      ],
    },
  });
  await analytics.closeAndFlush();
  expect(errors).toEqual([]);

  const events = await eventsOf(log);
  expect(events.map(({ type, listing }) => `${type} ${listing ?? ''}`).sort()).toEqual(
    [
      'search ',
      'impression cup',
      'impression bowl',
      'view cup',
      'cart-add cup',
      'purchase cup',
      'purchase bowl',
    ].sort(),
  );
  expect(events.find((event) => event.id === 'order-message:1')).toMatchObject({
    buyer: 'ann',
    order: 'o1',
    priceMicros: 19_990_000,
  });
  // The client's clock is years from the server's standing one; the correction leaves only the time between tracking and sending.
  for (const { at } of events) expect(Math.abs(at! - NOW)).toBeLessThan(5_000);

  const metrics = await (await fetch(`${server.url}/metrics`, { headers: { authorization: 'Bearer sk' } })).text();
  expect(metrics).toContain('rialto_segment_messages_total{result="accepted"} 7\n');
  expect(metrics).toContain('rialto_segment_messages_total{result="ignored"} 2\n');
  expect(metrics).toContain('rialto_segment_messages_total{result="rejected"} 1\n');
});

test('flush: the client goes on afterwards', async () => {
  const analytics = client();
  const view = { userId: 'ann', event: 'Product Viewed', properties: { product_id: 'cup' } };
  analytics.track({ ...view, messageId: 'a' });
  await analytics.flush();
  expect((await eventsOf(log)).map((event) => event.id)).toEqual(['a']);
  analytics.track({ ...view, messageId: 'a' });
  analytics.track({ ...view, messageId: 'b' });
  await analytics.closeAndFlush();
  expect((await eventsOf(log)).map((event) => event.id)).toEqual(['a', 'b']);
});

test('a wrong write key is an error of the client', async () => {
  const analytics = client('wrong');
  const failed = new Promise<{ code: string }>((resolve) =>
    analytics.on('error', (error) => resolve(error as { code: string })),
  );
  analytics.track({ userId: 'ann', event: 'Product Viewed', properties: { product_id: 'cup' } });
  await analytics.closeAndFlush();
  await failed;
  expect(await eventsOf(log)).toEqual([]);
});

test.each(['/v1/track', '/v1/t'])('%s takes one message, as the browser client sends it', async (path) => {
  const body = JSON.stringify({
    writeKey: WRITE_KEY,
    messageId: 'm',
    anonymousId: 'visit',
    event: 'Product Viewed',
    properties: { sku: 'cup' },
  });
  const response = await fetch(server.url + path, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
  expect([response.status, await response.json()]).toEqual([200, { success: true }]);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(await eventsOf(log)).toMatchObject([{ id: 'm', type: 'view', session: 'visit', listing: 'cup' }]);
});

test('import takes history of any age, with the API key', async () => {
  const batch = [
    {
      type: 'track',
      messageId: 'old',
      userId: 'ann',
      event: 'Product Viewed',
      properties: { product_id: 'cup' },
      timestamp: '2012-01-01T00:00:00Z',
    },
  ];
  const post = (path: string) =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk' },
      body: JSON.stringify({ batch }),
    });
  expect((await post('/v1/batch')).status).toBe(200);
  expect(await eventsOf(log)).toEqual([]);
  expect((await post('/v1/import')).status).toBe(200);
  expect(await eventsOf(log)).toMatchObject([{ id: 'old', at: Date.parse('2012-01-01T00:00:00Z') }]);
});

test.each([[{}], [{ batch: 1 }], [{ batch: Array(2_501).fill({}) }], [[]]])(
  'a malformed batch is refused: %#',
  async (body) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${WRITE_KEY}` };
    const response = await fetch(`${server.url}/v1/batch`, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'bad-request' } });
  },
);
