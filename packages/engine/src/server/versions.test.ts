import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEngine } from '../delivery/data-directory.ts';
import type { Engine } from '../delivery/engine.ts';
import { createServer } from './create-server.ts';
import { LISTINGS } from './engine.fixture.ts';

let directory: string;
let engine: Engine;
let app: FastifyInstance;
const apiKeys = new Map([
  ['ann', 'key-of-ann-0123456789'],
  ['bob', 'key-of-bob-0123456789'],
]);

async function open(): Promise<void> {
  engine = await openEngine(directory);
  app = createServer(engine, { apiKeys });
}

async function close(): Promise<void> {
  await app.close();
  await engine.close();
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rialto-versions-'));
  await open();
  await engine.save('shop', [{ id: 'potter', name: 'P' }], 'test');
  await engine.save('listing', [LISTINGS[0]!], 'test');
});

afterEach(async () => {
  await close();
  await rm(directory, { recursive: true, force: true });
});

async function call(by: string, method: 'GET' | 'PUT', url: string, payload?: object) {
  const headers = { authorization: `Bearer ${apiKeys.get(by)}` };
  const response = await app.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: response.statusCode, body: response.json() as never };
}

const URL = '/v1/campaigns/spring';
const campaign = { shop: 'potter', listings: ['cup'], bidMicros: 200_000, dailyBudgetMicros: 1_000_000 };

test('a campaign says at which version it is, and its versions who made them, after a restart too', async () => {
  await call('ann', 'PUT', URL, campaign);
  await call('bob', 'PUT', URL, { ...campaign, bidMicros: 300_000 });
  for (let i = 0; i < 2; i++) {
    expect((await call('ann', 'GET', URL)).body).toMatchObject({ id: 'spring', bidMicros: 300_000, version: 2 });
    expect((await call('ann', 'GET', `${URL}/versions?limit=1`)).body).toMatchObject({
      items: [{ version: 2, by: 'bob', changes: [{ field: 'bidMicros', before: 200_000, after: 300_000 }] }],
      next: 2,
    });
    expect((await call('ann', 'GET', `${URL}/versions?before=2`)).body).toMatchObject({
      items: [{ version: 1, by: 'ann' }],
    });
    await close();
    await open();
  }
  expect((await call('ann', 'GET', '/v1/shops/potter/versions')).body).toMatchObject({
    items: [{ version: 1, by: 'test' }],
  });
});

test('what was read can be changed and sent back, unless somebody else was there first', async () => {
  await call('ann', 'PUT', URL, campaign);
  const read = (await call('ann', 'GET', URL)).body as object;
  expect(await call('ann', 'PUT', URL, { ...read, bidMicros: 250_000 })).toMatchObject({
    status: 200,
    body: { saved: 1 },
  });
  // Sent again, as clients do that got no answer.
  expect(await call('ann', 'PUT', URL, { ...read, bidMicros: 250_000 })).toMatchObject({
    status: 200,
    body: { unchanged: 1 },
  });
  expect(await call('bob', 'PUT', URL, { ...read, bidMicros: 100_000 })).toMatchObject({
    status: 409,
    body: { error: { code: 'version-conflict', path: 'version', details: { present: 2 } } },
  });
});

test('of two changes of one version at the same time one is taken', async () => {
  await call('ann', 'PUT', URL, campaign);
  const read = (await call('ann', 'GET', URL)).body as object;
  const answers = await Promise.all([1, 2, 3].map((n) => call('ann', 'PUT', URL, { ...read, bidMicros: 300_000 + n })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
});

test.each([
  ['?limit=0', 'limit'],
  ['?limit=101', 'limit'],
  ['?before=0', 'before'],
  ['?before=x', 'before'],
  ['?after=1', 'after'],
])('asking with %s is refused', async (query, field) => {
  await call('ann', 'PUT', URL, campaign);
  expect(await call('ann', 'GET', `${URL}/versions${query}`)).toMatchObject({
    status: 400,
    body: { error: { code: 'bad-request', message: expect.stringContaining(field) } },
  });
});
