/** The client against a real HTTP server that answers as the test says. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RialtoClient } from './client.ts';
import type { Listing } from './market.ts';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Ends the connection without an answer. */
  readonly hangUp?: true;
  /** Never answers. */
  readonly silent?: true;
}

let server: Server;
let seen: Seen[];
let replies: Reply[];
let url: string;

beforeEach(async () => {
  seen = [];
  replies = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method!, url: request.url!, headers: request.headers, body });
    const reply = replies.shift() ?? { body: {} };
    if (reply.hangUp) return void request.socket.destroy();
    if (reply.silent) return;
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(
      typeof reply.body === 'string' ? reply.body : reply.body === undefined ? '' : JSON.stringify(reply.body),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const mug: Listing = { id: 'mug/1', title: 'Mug', priceMicros: 5_000_000 };
const failure = {
  error: {
    code: 'unknown-placement',
    message: 'There is no placement "hme".',
    path: 'placements[0]',
    details: { placement: 'hme' },
  },
  requestId: 'r1',
};
const quick = (options: object = {}): RialtoClient => new RialtoClient({ url, random: () => 0, ...options });

describe('calls', () => {
  test('decide posts the request with the key, and returns the decision', async () => {
    const decision = { decisionId: 'd1', placements: [] };
    replies.push({ body: decision });
    const request = { buyer: 'b', placements: ['home'] };
    expect(await quick({ url: `${url}/`, key: 'K' }).decide(request)).toEqual(decision);
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/v1/decide' });
    expect(seen[0]!.headers).toMatchObject({ authorization: 'Bearer K', 'content-type': 'application/json' });
    expect(JSON.parse(seen[0]!.body)).toEqual(request);
  });

  test('without a key there is no authorization', async () => {
    await quick().settings();
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/v1/settings', body: '' });
    expect(seen[0]!.headers.authorization).toBeUndefined();
  });

  test('ids are escaped, and an empty answer is none', async () => {
    replies.push({ body: { saved: 1, unchanged: 0 } }, { status: 204 }, { body: mug }, { body: { decisionId: 'a b' } });
    const client = quick();
    expect(await client.listings.put(mug)).toBe(true);
    expect(await client.listings.remove('mug/1')).toBeUndefined();
    expect(await client.listings.get('mug/1')).toEqual(mug);
    await client.explainDecision('a b');
    expect(seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'PUT /v1/listings/mug%2F1',
      'DELETE /v1/listings/mug%2F1',
      'GET /v1/listings/mug%2F1',
      'GET /v1/decisions/a%20b',
    ]);
    expect(JSON.parse(seen[0]!.body)).toEqual(mug);
  });

  test('payments, balances, refunds and statements', async () => {
    const refunded = { id: 'f', refundedMicros: 5, unchanged: 0 };
    replies.push(
      { body: { saved: 0, unchanged: 1 } },
      { body: { shop: 'a b' } },
      { body: refunded },
      { body: { rows: [] } },
    );
    const client = quick();
    expect(await client.recordPayment({ id: 'p/1', shop: 'a b', amountMicros: 5 })).toBe(false);
    expect(await client.balance('a b')).toEqual({ shop: 'a b' });
    expect(await client.refund({ id: 'f', reason: 'r', decision: 'd' })).toEqual(refunded);
    expect(await client.statement('a b', { from: '2026-05-01', to: '2026-05-31' })).toEqual([]);
    expect(seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'PUT /v1/shops/a%20b/payments/p%2F1',
      'GET /v1/shops/a%20b/balance',
      'POST /v1/refunds',
      'GET /v1/shops/a%20b/statements?from=2026-05-01&to=2026-05-31',
    ]);
  });

  test('somebody who is to be forgotten', async () => {
    replies.push({ body: { known: true } }, { body: { known: false } });
    const client = quick();
    expect(await client.erase({ buyer: 'a b' })).toEqual({ known: true });
    expect(await client.erase({ session: 'v/1' })).toEqual({ known: false });
    expect(seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'DELETE /v1/buyers/a%20b',
      'DELETE /v1/sessions/v%2F1',
    ]);
  });

  test('all goes through the pages', async () => {
    replies.push({ body: { items: [{ id: 'a' }, { id: 'b' }], next: 'b' } }, { body: { items: [{ id: 'c' }] } });
    const ids: string[] = [];
    for await (const { id } of quick().shops.all({ limit: 2 })) ids.push(id);
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(seen.map(({ url: path }) => path)).toEqual(['/v1/shops?limit=2', '/v1/shops?after=b&limit=2']);
  });

  test('putAll sends NDJSON in batches and counts rejects from the beginning', async () => {
    const rejected = [{ line: 1, index: 0, id: 'l2', code: 'unknown-reference', message: 'no such shop' }];
    replies.push({ body: { saved: 2, unchanged: 0, rejected: [] } }, { body: { saved: 0, unchanged: 0, rejected } });
    const progress: number[] = [];
    async function* listings(): AsyncGenerator<Listing> {
      for (let i = 0; i < 3; i++) yield { ...mug, id: `l${i}` };
    }
    const result = await quick().listings.putAll(listings(), { batch: 2, onProgress: (sent) => progress.push(sent) });
    expect(result).toEqual({
      saved: 2,
      unchanged: 0,
      rejected: [{ index: 2, id: 'l2', code: 'unknown-reference', message: 'no such shop' }],
    });
    expect(progress).toEqual([2, 3]);
    expect(seen[0]!.headers['content-type']).toBe('application/x-ndjson');
    const ids = seen.map(({ body }) =>
      body
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as Listing).id),
    );
    expect(ids).toEqual([['l0', 'l1'], ['l2']]);
  });

  test('putAll keeps the batches below half a megabyte', async () => {
    const big = Array.from({ length: 5 }, (_, i) => ({ ...mug, id: `l${i}`, description: 'x'.repeat(200_000) }));
    for (let i = 0; i < 3; i++) replies.push({ body: { saved: 0, unchanged: 0, rejected: [] } });
    await quick().listings.putAll(big);
    expect(seen.map(({ body }) => body.trimEnd().split('\n').length)).toEqual([2, 2, 1]);
  });
});

describe('failures', () => {
  test("the server's error comes as it is, and is not tried again", async () => {
    replies.push({ status: 404, body: failure });
    const problem = {
      name: 'RialtoApiError',
      code: 'unknown-placement',
      status: 404,
      message: failure.error.message,
      details: { placement: 'hme', path: 'placements[0]' },
      requestId: 'r1',
    };
    await expect(quick().decide({ placements: ['hme'] })).rejects.toMatchObject(problem);
    expect(seen).toHaveLength(1);
  });

  test.each([429, 502, 503, 504])('status %i is tried again', async (status) => {
    replies.push({ status, body: failure }, { status, body: failure }, { body: { decisionId: 'd' } });
    expect(await quick().decide({ placements: [] })).toEqual({ decisionId: 'd' });
    expect(seen).toHaveLength(3);
  });

  test.each([400, 500, 507])('status %i is not tried again', async (status) => {
    replies.push({ status, body: failure }, { body: {} });
    await expect(quick().decide({ placements: [] })).rejects.toMatchObject({ status });
    expect(seen).toHaveLength(1);
  });

  test('it gives up after the retries, with the last error', async () => {
    for (let i = 0; i < 3; i++) replies.push({ status: 503, body: { error: { code: 'overloaded', message: `${i}` } } });
    await expect(quick().sendEvents([])).rejects.toMatchObject({ code: 'overloaded', message: '2' });
    expect(seen).toHaveLength(3);
  });

  test('a connection that ends early is tried again', async () => {
    replies.push({ hangUp: true }, { body: { decisionId: 'd' } });
    expect(await quick().decide({ placements: [] })).toEqual({ decisionId: 'd' });
  });

  test('nothing listens', async () => {
    const client = new RialtoClient({ url: 'http://127.0.0.1:1', random: () => 0, retries: 1 });
    await expect(client.settings()).rejects.toMatchObject({
      code: 'unreachable',
      status: 0,
      message: expect.stringMatching(/port|ECONNREFUSED/),
    });
  });

  test('a silent server runs out of time, each try of its own', async () => {
    replies.push({ silent: true }, { silent: true });
    await expect(quick().settings({ timeoutMs: 500, retries: 1 })).rejects.toMatchObject({ code: 'timeout' });
    expect(seen).toHaveLength(2);
  });

  test('what the server reads its log for has more time', async () => {
    const slowly: typeof fetch = async (...call) => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      return fetch(...call);
    };
    replies.push({ body: { decisionId: '1-a' } }, { body: { pages: 1 } });
    const client = quick({ timeoutMs: 40, retries: 0, fetch: slowly });
    expect(await client.explainDecision('1-a')).toEqual({ decisionId: '1-a' });
    expect(await client.rankers.diff({ rankers: [] })).toEqual({ pages: 1 });
    await expect(client.settings()).rejects.toMatchObject({ code: 'timeout' });
  });

  test('retry-after is waited for', async () => {
    replies.push({ status: 503, body: failure, headers: { 'retry-after': '0.2' } }, { body: {} });
    const start = Date.now();
    await quick().settings();
    expect(Date.now() - start).toBeGreaterThanOrEqual(190);
  });

  test('the waits grow and are drawn by chance', async () => {
    for (let i = 0; i < 3; i++) replies.push({ status: 503, body: failure });
    const start = Date.now();
    await expect(quick({ random: () => 0.5 }).settings()).rejects.toMatchObject({ status: 503 });
    // 0.5 · 100 ms, then 0.5 · 200 ms.
    expect(Date.now() - start).toBeGreaterThanOrEqual(145);
  });

  test('a signal ends a call and its waits with its own reason', async () => {
    replies.push({ silent: true }, { status: 503, body: failure, headers: { 'retry-after': '9' } });
    for (let i = 0; i < 2; i++) {
      const controller = new AbortController();
      const call = quick().settings({ signal: controller.signal });
      while (seen.length <= i) await new Promise((resolve) => setTimeout(resolve, 5));
      setTimeout(() => controller.abort(new Error('the buyer left')), 50);
      await expect(call).rejects.toThrow('the buyer left');
    }
    await expect(quick().settings({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    expect(seen).toHaveLength(2);
  });

  test("a proxy's page is a bad response, whatever its status", async () => {
    replies.push({ status: 404, body: '<html>nginx' }, { status: 200, body: '<html>login' });
    await expect(quick().settings()).rejects.toMatchObject({ code: 'bad-response', status: 404 });
    await expect(quick().settings()).rejects.toMatchObject({ code: 'bad-response', status: 200 });
  });
});
