import type { DecideResponse } from '@rialto/sdk';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RialtoError } from '../base/errors.ts';
import type { Engine } from '../delivery/engine.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { MemoryLog } from '../log/memory-log.ts';
import type { LogRecord } from '../log/record.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { settingsSchema } from '../wire/settings-schema.ts';
import { validate } from '../wire/validate.ts';
import { createServer } from './create-server.ts';
import { eventsOf, LISTINGS, NOW, openTestEngine } from './engine.fixture.ts';

let log: MemoryLog;
let engine: Engine;
let app: FastifyInstance;

beforeEach(async () => {
  log = new MemoryLog();
  engine = await openTestEngine(log);
  app = createServer(engine);
});

afterEach(async () => {
  await app.close();
  await engine.close();
});

async function call(
  method: InjectOptions['method'],
  url: string,
  payload?: object,
): Promise<{ status: number; body: never }> {
  const response = await app.inject({ method: method!, url, ...(payload && { payload }) });
  return { status: response.statusCode, body: response.json() as never };
}

const view = { id: 'e1', type: 'view', buyer: 'ann', listing: 'cup', at: NOW - 1_000 };

describe('decisions', () => {
  test('a decision shows listings, and can be asked why', async () => {
    await call('POST', '/v1/events', { events: [view, { ...view, id: 'e2', type: 'purchase', order: 'o1' }] });
    const { status, body } = await call('POST', '/v1/decide', { buyer: 'bob', placements: ['home', 'discover'] });
    expect(status).toBe(200);
    const decision: DecideResponse = body;
    expect(decision.placements.map((p) => p.placement)).toEqual(['home', 'discover']);
    expect(decision.placements[0]!.items.map((item) => item.id)).toContain('cup');
    const explanation = await call('GET', `/v1/decisions/${decision.decisionId}`);
    expect(explanation.status).toBe(200);
    expect(explanation.body).toMatchObject({ decisionId: decision.decisionId, identical: true });
  });

  test('an unknown placement and an unknown decision', async () => {
    expect(await call('POST', '/v1/decide', { placements: ['nowhere'] })).toMatchObject({
      status: 404,
      body: { error: { code: 'unknown-placement', message: expect.stringContaining('"nowhere"') } },
    });
    expect(await call('GET', '/v1/decisions/none')).toMatchObject({
      status: 404,
      body: { error: { code: 'not-found' } },
    });
  });
});

describe('events', () => {
  test('good ones are kept, each bad one comes back with its index', async () => {
    const events = [view, { id: 'bad' }, { ...view, id: 'e2', listing: 'nothing' }, view, 7, { ...view, id: 'e3' }];
    const { status, body } = await call('POST', '/v1/events', { events });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      accepted: 2,
      duplicates: 1,
      rejected: [
        { index: 1, id: 'bad', reason: 'bad-request' },
        { index: 2, id: 'e2', reason: 'unknown-listing' },
        { index: 4, reason: 'bad-request' },
      ],
    });
    expect((await eventsOf(log)).map((event) => event.id)).toEqual(['e1', 'e3']);
  });

  test('sent again they count once', async () => {
    await call('POST', '/v1/events', { events: [view] });
    expect((await call('POST', '/v1/events', { events: [view] })).body).toEqual({
      accepted: 0,
      duplicates: 1,
      rejected: [],
    });
  });

  test('clocks far off', async () => {
    const events = [
      { ...view, at: NOW + 3_600_000 },
      { ...view, id: 'e2', at: 1 },
    ];
    const { body } = await call('POST', '/v1/events', { events });
    expect(body).toMatchObject({ accepted: 0, rejected: [{ reason: 'in-the-future' }, { reason: 'too-old' }] });
  });

  test('a beacon sends text', async () => {
    const payload = JSON.stringify({ events: [view] });
    const headers = { 'content-type': 'text/plain;charset=UTF-8', origin: 'https://shop.example' };
    const response = await app.inject({ method: 'POST', url: '/v1/events', headers, payload });
    expect(response.json()).toMatchObject({ accepted: 1 });
    expect(response.headers['access-control-allow-origin']).toBe('*');
  });

  test('too many at once', async () => {
    const { status, body } = await call('POST', '/v1/events', { events: Array(1_001).fill(view) });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: { code: 'bad-request', path: 'events', message: expect.stringContaining('1000') },
    });
  });
});

describe('entities', () => {
  const entities = {
    listings: { title: 'Vase', priceMicros: 1 },
    shops: { name: 'New' },
    campaigns: { shop: 'potter', listings: ['cup'], bidMicros: 200_000, dailyBudgetMicros: 1_000_000 },
    placements: {
      slots: 3,
      sources: [{ source: 'popular', limit: 50 }],
      rules: [{ rule: 'pin', listing: 'cup', position: 0 }],
    },
    reviews: { listing: 'cup', rating: 4.5, text: 'Good.\nVery.' },
  };

  test.each(Object.entries(entities))(
    '%s are saved, read, listed, and saved again without a change',
    async (path, entity) => {
      const id = 'né w/1';
      const url = `/v1/${path}/${encodeURIComponent(id)}`;
      expect((await call('GET', url)).status).toBe(404);
      expect(await call('PUT', url, entity)).toEqual({ status: 200, body: { saved: 1, unchanged: 0 } });
      expect(await call('PUT', url, { ...entity, id })).toEqual({ status: 200, body: { saved: 0, unchanged: 1 } });
      const version = path === 'campaigns' && { version: 1 };
      expect(await call('GET', url)).toEqual({ status: 200, body: { ...entity, id, ...version } });
      const { items } = (await call('GET', `/v1/${path}?limit=1000`)).body as { items: { id: string }[] };
      expect(items.at(-1)).toEqual({ ...entity, id });
    },
  );

  test('pages', async () => {
    const first = (await call('GET', '/v1/listings?limit=2')).body;
    expect(first).toEqual({ items: LISTINGS.slice(0, 2), next: 'bowl' });
    expect((await call('GET', '/v1/listings?limit=2&after=bowl')).body).toEqual({ items: LISTINGS.slice(2) });
  });

  test('an id in the body must be that of the path', async () => {
    const answer = await call('PUT', '/v1/shops/a', { id: 'b', name: 'B' });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'bad-request', path: 'id' } } });
  });

  test('what is named must exist', async () => {
    const answer = await call('PUT', '/v1/reviews/r', { listing: 'none', rating: 1 });
    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'unknown-reference' } } });
  });

  test('a deleted listing is there, but no longer to be had', async () => {
    expect((await call('DELETE', '/v1/listings/cup')).body).toEqual({ saved: 1, unchanged: 0 });
    expect((await call('GET', '/v1/listings/cup')).body).toMatchObject({ availability: 'removed' });
    expect((await call('DELETE', '/v1/listings/cup')).body).toEqual({ saved: 0, unchanged: 1 });
    expect((await call('DELETE', '/v1/listings/none')).status).toBe(404);
    expect((await call('DELETE', '/v1/shops/potter')).status).toBe(405);
  });

  test('settings', async () => {
    const { body } = await call('GET', '/v1/settings');
    expect(body).toMatchObject({ currency: expect.stringMatching(/^[A-Z]{3}$/) });
    expect((await call('PUT', '/v1/settings', { ...(body as object), language: 'fr' })).body).toEqual({
      saved: 1,
      unchanged: 0,
    });
    expect((await call('PUT', '/v1/settings', { currency: 'XTS', language: 'fr' })).status).toBe(422);
  });
});

test('who asks to be forgotten is: a buyer or a session, known or not, and not by anybody', async () => {
  const { body } = await call('GET', '/v1/settings');
  const kept = { ...(body as object), buyers: { keepSessionsDays: 14, keepDays: 730 } };
  expect((await call('PUT', '/v1/settings', kept)).status).toBe(200);
  expect(await call('PUT', '/v1/settings', { ...kept, buyers: { keepDays: 0 } })).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('buyers.keepDays') } },
  });
  const visit = { ...view, id: 'e2', buyer: undefined, session: 'é/7' };
  await call('POST', '/v1/events', { events: [view, visit] });
  const erase = async (path: string) => (await call('DELETE', path)).body;
  expect(await erase('/v1/sessions/ann')).toEqual({ known: false });
  expect(await erase('/v1/buyers/ann')).toEqual({ known: true });
  expect(await erase('/v1/buyers/ann')).toEqual({ known: false });
  expect(await erase(`/v1/sessions/${encodeURIComponent('é/7')}`)).toEqual({ known: true });
  expect(engine.state.market.buyers.size).toBe(0);
  expect((await call('DELETE', '/v1/buyers/%07')).status).toBe(400);
  expect((await call('GET', '/v1/buyers/ann')).status).toBe(405);
  const records: LogRecord[] = [];
  for await (const batch of log.read(0, 0)) records.push(...batch.records);
  expect(records.at(-1)).toEqual({ kind: 'erasure', at: NOW, by: 'local', who: { session: 'é/7' } });
});

describe('operations', () => {
  test('probes', async () => {
    expect(await call('GET', '/healthz')).toEqual({
      status: 200,
      body: { status: 'ok', models: [], drift: { verdict: 'unknown' } },
    });
    expect(await call('GET', '/readyz')).toEqual({
      status: 200,
      body: { ready: true, logWritable: true, offset: engine.offset },
    });
  });

  test('which models serve, since when, how old they are, and what was last found of the ranker', async () => {
    const bytes = packAdditive(PRIOR_MODEL);
    const model = (to: number) => ({ name: 'ranker', bytes, card: { to }, by: 'test' });
    await engine.models.publish([model(NOW - 60_000)]);
    const health = async () => (await call('GET', '/healthz')).body;
    const ranker = { name: 'ranker', version: 1, since: NOW, ageSeconds: 60 };
    expect(await health()).toMatchObject({ models: [ranker], drift: { verdict: 'unknown' } });
    engine.models.noteVerdict({ version: 1, decisions: 300, alerts: [] });
    expect(await health()).toMatchObject({ drift: { verdict: 'good', at: NOW, alerts: 0 } });
    engine.models.noteVerdict({ version: 1, decisions: 300, alerts: ['price is not what it was'] });
    expect(await health()).toMatchObject({ drift: { verdict: 'alerts', alerts: 1 } });
    expect((await call('GET', '/v1/models')).body).toMatchObject({ verdict: { alerts: ['price is not what it was'] } });
    const metrics = (await app.inject('/metrics')).body;
    expect(metrics).toContain('rialto_model_version{model="ranker"} 1\n');
    expect(metrics).toContain(`rialto_model_since_seconds{model="ranker"} ${NOW / 1_000}\n`);
    expect(metrics).toContain('rialto_model_age_seconds{model="ranker"} 60\n');
    expect(metrics).toContain('rialto_model_alerts 1\n');
    // Of the version that serves now nobody has looked yet.
    await engine.models.publish([model(NOW)]);
    expect(await health()).toMatchObject({ models: [{ version: 2 }], drift: { verdict: 'unknown', at: NOW } });
  });

  test('a full disk: not ready, decisions go on, then ready again', async () => {
    const append = log.append.bind(log);
    log.append = () => Promise.reject(new RialtoError('log-full', 'no space left'));
    const refused = await app.inject({ method: 'POST', url: '/v1/events', payload: { events: [view] } });
    expect(refused.statusCode).toBe(507);
    expect(refused.json()).toMatchObject({ error: { code: 'log-full' } });
    expect(refused.headers['retry-after']).toBeDefined();
    expect((await call('GET', '/readyz')).status).toBe(503);
    expect((await call('POST', '/v1/decide', { placements: ['home'] })).status).toBe(200);
    log.append = append;
    expect((await call('POST', '/v1/events', { events: [view] })).body).toMatchObject({ accepted: 1 });
    expect((await call('GET', '/readyz')).status).toBe(200);
  });

  test('overload says when to come back', async () => {
    log.append = () => Promise.reject(new RialtoError('overloaded', 'too much waits'));
    const response = await app.inject({ method: 'PUT', url: '/v1/shops/s', payload: { name: 'S' } });
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('1');
  });

  test('a defect shows neither its message nor its stack', async () => {
    log.append = () => Promise.reject(new TypeError('secret internals'));
    const response = await app.inject({ method: 'PUT', url: '/v1/shops/s', payload: { name: 'S' } });
    expect(response.statusCode).toBe(500);
    expect(response.json()).toMatchObject({ error: { code: 'internal' } });
    expect(response.body).not.toMatch(/secret|stack|\.ts/);
  });

  test('metrics', async () => {
    await call('POST', '/v1/decide', { placements: ['home'] });
    await call('POST', '/v1/decide', { placements: ['nowhere'] });
    await call('POST', '/v1/events', { events: [view] });
    const { body, headers } = await app.inject('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toContain('rialto_http_request_duration_seconds_count{method="POST",route="/v1/decide"} 1\n');
    expect(body).toContain('rialto_http_errors_total{code="unknown-placement"} 1\n');
    expect(body).toContain('rialto_events_accepted_total 1\n');
    expect(body).toContain('rialto_ad_charged_micros_total 0\n');
    expect(body).toMatch(/nodejs_eventloop_lag_p99_seconds \d/);
    for (const line of body.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) [a-z_0-9]+ .+|[a-z_0-9]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[\d.e+-]+)$/,
      );
    }
    const names = [...body.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('the description covers every route and every schema it names', async () => {
    const response = await app.inject('/openapi.json');
    const { paths, components } = response.json<{ paths: Record<string, object>; components: { schemas: object } }>();
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/v1/decide',
        '/v1/events',
        '/v1/listings/{id}',
        '/v1/listings/bulk',
        '/v1/batch',
        '/readyz',
      ]),
    );
    const named = new Set([...response.body.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => match[1]));
    expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining([...named]));
    expect(Object.keys(components.schemas).filter((name) => name.endsWith('Input'))).toEqual([]);
    expect(named.size).toBeGreaterThan(10);
  });

  test('its examples can be sent', async () => {
    const { components } = (await app.inject('/openapi.json')).json<{
      components: { schemas: Record<string, { examples?: [{ id: string }] }> };
    }>();
    const example = (name: string) => components.schemas[name]!.examples![0];
    const collections = ['Shop', 'Listing', 'Review', 'Ranker', 'Placement', 'Campaign', 'Experiment'] as const;
    expect(validate(settingsSchema, example('Settings'))).toEqual(example('Settings'));
    for (const name of collections) {
      const entity = example(name);
      expect([name, await call('PUT', `/v1/${name.toLowerCase()}s/${entity.id}`, entity)]).toMatchObject([
        name,
        { status: 200 },
      ]);
    }
    const { body } = await call('POST', '/v1/events', example('EventsRequest'));
    expect(body).toMatchObject({ accepted: 3, rejected: [] });
    expect((await call('POST', '/v1/decide', example('DecideRequest'))).status).toBe(200);
  });

  test('its page is where a browser looks first', async () => {
    const root = await app.inject('/');
    expect([root.statusCode, root.headers.location]).toEqual([302, '/docs']);
  });

  test('its page needs no other host', async () => {
    const page = await app.inject('/docs/');
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="https?:/);
    expect((await app.inject('/docs/static/swagger-ui-bundle.js')).statusCode).toBe(200);
  });
});

test('a page of another origin may ask', async () => {
  const headers = {
    origin: 'https://shop.example',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  };
  const preflight = await app.inject({ method: 'OPTIONS', url: '/v1/decide', headers });
  expect(preflight.statusCode).toBe(204);
  expect(preflight.headers).toMatchObject({
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': expect.stringContaining('authorization'),
  });
  const refused = await app.inject({ method: 'POST', url: '/v1/decide', headers, payload: {} });
  expect(refused.headers['access-control-allow-origin']).toBe('*');
  expect((await app.inject({ method: 'OPTIONS', url: '/v1/listings/a', headers })).statusCode).toBe(405);
});

test("the caller's request id comes back, if it is a sane one", async () => {
  const ask = (id: string) => app.inject({ url: '/none', headers: { 'x-request-id': id } });
  expect((await ask('trace-1.2:3')).json()).toMatchObject({ requestId: 'trace-1.2:3' });
  expect((await ask('<script>')).json<{ requestId: string }>().requestId).toMatch(/^[\w-]{9,20}$/);
});
