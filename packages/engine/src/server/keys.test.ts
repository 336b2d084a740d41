import type { RejectedEvent } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../delivery/engine.ts';
import { createServer } from './create-server.ts';
import { openTestEngine } from './engine.fixture.ts';
import { Keyring } from './keys.ts';

const API_KEY = 'sk_ops_0123456789';
const PUBLISHABLE_KEY = 'pk_web_0123456789';

let app: FastifyInstance;
let engine: Engine;

beforeAll(async () => {
  const apiKeys = new Map([['ops', API_KEY]]);
  engine = await openTestEngine();
  app = createServer(engine, { apiKeys, publishableKeys: [PUBLISHABLE_KEY] });
});

afterAll(() => app.close());

async function status(url: string, authorization?: string): Promise<number> {
  return (await app.inject({ url, headers: authorization === undefined ? {} : { authorization } })).statusCode;
}

const basic = (user: string): string => `Basic ${Buffer.from(`${user}:`).toString('base64')}`;

describe('a route for pages', () => {
  test.each([
    [undefined, 401],
    ['Bearer ', 401],
    ['Bearer wrong', 401],
    [`Bearer ${PUBLISHABLE_KEY}x`, 401],
    [PUBLISHABLE_KEY, 401],
    [`Digest ${PUBLISHABLE_KEY}`, 401],
    [`Bearer ${PUBLISHABLE_KEY}`, 200],
    [`bearer  ${PUBLISHABLE_KEY}`, 200],
    [`Bearer ${API_KEY}`, 200],
    [basic(PUBLISHABLE_KEY), 200],
  ])('with %s answers %i', async (authorization, expected) => {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await app.inject({
      method: 'POST',
      url: '/v1/decide',
      payload: { placements: ['home'] },
      headers,
    });
    expect(response.statusCode).toBe(expected);
  });

  test('takes the key of a beacon from the address', async () => {
    const post = (key: string) => app.inject({ method: 'POST', url: `/v1/events?key=${key}`, payload: { events: [] } });
    expect((await post(PUBLISHABLE_KEY)).statusCode).toBe(200);
    expect((await post('wrong')).statusCode).toBe(401);
  });

  test('refuses before it reads the body', async () => {
    const response = await app.inject({ method: 'POST', url: '/v1/decide', payload: 'not json' });
    expect(response.json()).toMatchObject({ error: { code: 'unauthorized' } });
    expect(response.headers['www-authenticate']).toBe('Bearer');
  });
});

describe('a route for servers', () => {
  test.each(['/v1/listings', '/v1/listings/cup', '/v1/settings', '/metrics'])('GET %s', async (url) => {
    expect(await status(url)).toBe(401);
    expect(await status(url, `Bearer ${PUBLISHABLE_KEY}`)).toBe(403);
    expect(await status(url, `Bearer ${API_KEY}`)).toBe(200);
  });

  test('forgets nobody for a page', async () => {
    const erase = async (authorization: string) =>
      (await app.inject({ method: 'DELETE', url: '/v1/buyers/ada', headers: { authorization } })).statusCode;
    expect(await erase(`Bearer ${PUBLISHABLE_KEY}`)).toBe(403);
    expect(await erase(`Bearer ${API_KEY}`)).toBe(200);
  });

  test('takes no key from the address, where logs would keep it', async () => {
    expect(await status(`/v1/listings?key=${API_KEY}`)).toBe(401);
  });

  test('knows who saved', async () => {
    expect(await status('/v1/listings', basic(API_KEY))).toBe(200);
    const keys = new Keyring({ apiKeys: new Map([['ops', API_KEY]]) });
    expect(keys.authorize(API_KEY, 'api')).toBe('ops');
  });
});

test('Segment: the write key of the body, and history only for servers', async () => {
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload });
  expect((await post('/v1/batch', { batch: [] })).statusCode).toBe(401);
  expect((await post('/v1/batch', { batch: [], writeKey: PUBLISHABLE_KEY })).statusCode).toBe(200);
  expect((await post('/v1/import', { batch: [], writeKey: PUBLISHABLE_KEY })).statusCode).toBe(403);
  expect((await post('/v1/import', { batch: [], writeKey: API_KEY })).statusCode).toBe(200);
});

test.each(['/healthz', '/readyz', '/openapi.json', '/docs/'])('GET %s needs no key', async (url) => {
  expect(await status(url)).toBe(200);
});

test('one kind of key alone closes the other kind of route', () => {
  const publishable = new Keyring({ publishableKeys: [PUBLISHABLE_KEY] });
  expect(publishable.open).toBe(false);
  expect(() => publishable.authorize(PUBLISHABLE_KEY, 'api')).toThrow('publishable');
  expect(() => publishable.authorize(undefined, 'publishable')).toThrow('no key');
});

test('one key for two is refused: a page that shows it would give away what the other may do', () => {
  const apiKeys = new Map([['ops', API_KEY]]);
  expect(() => new Keyring({ apiKeys, publishableKeys: [PUBLISHABLE_KEY, API_KEY] })).toThrow(
    /^the API key ops and a publishable key are the same/,
  );
  expect(() => new Keyring({ apiKeys: new Map([...apiKeys, ['ads', API_KEY]]) })).toThrow(
    /API key ops and the API key ads/,
  );
});

describe('a return, which gives money back', () => {
  const events = [
    { id: 'k1', type: 'view', buyer: 'ada', listing: 'cup' },
    { id: 'k2', type: 'return', buyer: 'ada', listing: 'cup', order: 'o1', quantity: 1 },
    { id: 'k3', type: 'nonsense' },
  ];
  const send = async (key: string, tag: string) => {
    const payload = { events: events.map((event) => ({ ...event, id: `${tag}-${event.id}` })) };
    return (await app.inject({ method: 'POST', url: `/v1/events?key=${key}`, payload })).json();
  };

  test('is not believed from a page, whose key anybody can read', async () => {
    const answer = await send(PUBLISHABLE_KEY, 'page');
    expect(answer.accepted).toBe(1);
    expect(answer.rejected.map(({ index, id, reason }: RejectedEvent) => [index, id, reason])).toEqual([
      [1, 'page-k2', 'forbidden'],
      [2, 'page-k3', 'bad-request'],
    ]);
    expect((await send(API_KEY, 'server')).accepted).toBe(2);
  });

  test('neither in the words of Segment', async () => {
    const { state } = engine;
    const before = state.offset;
    const call = (key: string) =>
      app.inject({
        method: 'POST',
        url: '/v1/track',
        headers: { authorization: basic(key) },
        payload: {
          userId: 'ada',
          event: 'Order Refunded',
          properties: { order_id: 'o1', products: [{ product_id: 'cup', quantity: 1 }] },
        },
      });
    expect((await call(PUBLISHABLE_KEY)).statusCode).toBe(200);
    expect(state.offset).toBe(before);
    expect((await call(API_KEY)).statusCode).toBe(200);
    expect(state.offset).toBe(before + 1);
  });
});

test('orders are believed from a page, but where the settings take them from servers alone', async () => {
  const settings = { ...engine.state.market.settings() };
  const send = async (key: string, id: string) => {
    const event = { id, type: 'purchase', buyer: 'ada', listing: 'cup', order: id, quantity: 1 };
    const payload = { events: [event, { id: `${id}-view`, type: 'view', buyer: 'ada', listing: 'cup' }] };
    return (await app.inject({ method: 'POST', url: `/v1/events?key=${key}`, payload })).json();
  };
  expect(await send(PUBLISHABLE_KEY, 'first')).toMatchObject({ accepted: 2, rejected: [] });
  await engine.save('settings', [{ ...settings, ads: { ...settings.ads, ordersFrom: 'servers' } }], 'test');
  expect(await send(PUBLISHABLE_KEY, 'second')).toMatchObject({
    accepted: 1,
    rejected: [{ index: 0, id: 'second', reason: 'forbidden', message: expect.stringMatching(/ordersFrom/) }],
  });
  expect(await send(API_KEY, 'third')).toMatchObject({ accepted: 2, rejected: [] });
});
