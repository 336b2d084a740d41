import type { Balance, RefundResult } from '@rialto/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { millis } from '../base/units.ts';
import { CAMPAIGNS, NOW, openMarket, type TestEngine } from '../delivery/market.fixture.ts';
import { createServer } from './create-server.ts';

let opened: TestEngine;
let app: ReturnType<typeof createServer>;

beforeEach(async () => {
  opened = await openMarket();
  app = createServer(opened.engine, { apiKeys: new Map([['ops', 'secret']]), publishableKeys: ['public'] });
});
afterEach(() => app.close());

async function call<T>(method: 'GET' | 'PUT' | 'POST', url: string, payload?: object, key = 'secret') {
  const response = await app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${key}` },
    ...(payload && { payload }),
  });
  return { status: response.statusCode, body: response.json() as T };
}

const balance = async (shop: string) => (await call<Balance>('GET', `/v1/shops/${shop}/balance`)).body;

/** Shows an ad and clicks it a second later. Returns its token and decision. */
async function click(id: string) {
  const { engine, clock } = opened;
  const { decisionId, placements } = engine.decide({ placements: ['home'], buyer: 'ada' });
  const ad = placements[0]!.items.find(({ campaign }) => campaign === 'spring')!;
  clock.set(millis(clock.now() + 20_000));
  await engine.ingest([{ id, type: 'click', buyer: `b-${id}`, listing: ad.id, token: ad.token }]);
  return { decisionId, token: ad.token, charged: engine.state.ledger.totals.chargedMicros };
}

describe('payments', () => {
  test('count once by their id, whichever way they come', async () => {
    const payment = { amountMicros: 5_000_000, note: 'May' };
    expect(await call('PUT', '/v1/shops/potter/payments/p1', payment)).toEqual({
      status: 200,
      body: { saved: 1, unchanged: 0 },
    });
    expect((await call('PUT', '/v1/shops/potter/payments/p1', payment)).body).toEqual({ saved: 0, unchanged: 1 });
    expect((await call('POST', '/v1/shops/potter/payments', { id: 'p1', ...payment })).body).toEqual({
      saved: 0,
      unchanged: 1,
    });
    await call('POST', '/v1/shops/potter/payments', { id: 'p2', amountMicros: -1_000_000 });
    expect(await balance('potter')).toEqual({
      shop: 'potter',
      paidMicros: 4_000_000,
      owedMicros: 0,
      balanceMicros: 4_000_000,
    });
  });

  test('of another content, shop or form are refused', async () => {
    await call('PUT', '/v1/shops/potter/payments/p1', { amountMicros: 5 });
    const code = async (...args: Parameters<typeof call>) =>
      (await call<{ error: { code: string } }>(...args)).body.error.code;
    expect(await code('PUT', '/v1/shops/potter/payments/p1', { amountMicros: 6 })).toBe('id-taken');
    expect(await code('PUT', '/v1/shops/weaver/payments/p1', { amountMicros: 5 })).toBe('id-taken');
    expect(await code('PUT', '/v1/shops/nobody/payments/p3', { amountMicros: 5 })).toBe('unknown-reference');
    expect(await code('PUT', '/v1/shops/potter/payments/p3', { amountMicros: 0 })).toBe('bad-request');
    expect(await code('PUT', '/v1/shops/potter/payments/p3', { amountMicros: 5, id: 'p4' })).toBe('bad-request');
    expect(await code('PUT', '/v1/shops/potter/payments/p3', { amountMicros: 5 }, 'public')).toBe('forbidden');
    expect(await code('GET', '/v1/shops/nobody/balance')).toBe('not-found');
  });

  test('open and close a wallet', async () => {
    const { engine } = opened;
    await engine.save('shop', [{ id: 'potter', name: 'Potter', wallet: { creditLimitMicros: 0 } }], 'test');
    const shown = () =>
      engine.decide({ placements: ['home'], buyer: 'ada' }).placements[0]!.items.map(({ campaign }) => campaign);
    expect(shown()).not.toContain('spring');
    await call('PUT', '/v1/shops/potter/payments/p1', { amountMicros: 1_000 });
    expect(shown()).toContain('spring');
    const { charged } = await click('c1');
    expect(charged).toBe(1_000);
    expect(await balance('potter')).toMatchObject({ balanceMicros: 0, creditLimitMicros: 0 });
    expect(shown()).not.toContain('spring');
  });
});

describe('refunds', () => {
  test('give back a token, a decision or a day, once, and never more than was billed', async () => {
    const { token, charged } = await click('c1');
    const { decisionId, charged: both } = await click('c2');
    const refund = (body: object) => call<RefundResult & { error?: { code: string } }>('POST', '/v1/refunds', body);
    const reason = 'a defect on the page';
    expect((await refund({ id: 'f1', reason, token, amountMicros: charged + 1 })).body.error?.code).toBe(
      'not-refundable',
    );
    expect((await refund({ id: 'f1', reason, token })).body).toEqual({
      id: 'f1',
      refundedMicros: charged,
      unchanged: 0,
    });
    expect((await refund({ id: 'f1', reason, token })).body).toEqual({
      id: 'f1',
      refundedMicros: charged,
      unchanged: 1,
    });
    expect((await refund({ id: 'f1', reason: 'another', token })).body.error?.code).toBe('id-taken');
    expect((await refund({ id: 'f2', reason, token })).body.error?.code).toBe('not-refundable');
    expect((await refund({ id: 'f3', reason, decision: decisionId, amountMicros: 1000 })).body.refundedMicros).toBe(
      1000,
    );
    const day = new Date(NOW).toISOString().slice(0, 10);
    const rest = both - charged - 1000;
    expect((await refund({ id: 'f4', reason, campaign: 'spring', day, amountMicros: rest + 1 })).status).toBe(422);
    expect((await refund({ id: 'f4', reason, campaign: 'spring', day })).body.refundedMicros).toBe(rest);
    expect((await balance('potter')).owedMicros).toBe(0);
    expect(opened.engine.state.ledger.totals).toMatchObject({ chargedMicros: both, refundedMicros: both });
  });

  test('of what is not there are refused', async () => {
    const code = async (body: object) =>
      (await call<{ error: { code: string } }>('POST', '/v1/refunds', { id: 'f', reason: 'r', ...body })).body.error
        .code;
    expect(await code({})).toBe('bad-request');
    expect(await code({ campaign: 'spring' })).toBe('bad-request');
    expect(await code({ campaign: 'spring', day: '2026-02-30' })).toBe('bad-request');
    expect(await code({ campaign: 'spring', day: '2026-02-20', decision: 'd' })).toBe('bad-request');
    expect(await code({ campaign: 'nothing', day: '2026-02-20' })).toBe('unknown-reference');
    expect(await code({ campaign: 'spring', day: '2026-02-20' })).toBe('not-refundable');
    expect(await code({ decision: '1-n' })).toBe('not-refundable');
    expect(await code({ token: 'free money' })).toBe('bad-request');
  });
});

test('statements come from the data directory, where there is one', async () => {
  const url = '/v1/shops/potter/statements?from=2026-05-01&to=2026-05-31';
  expect((await call<{ error: { code: string } }>('GET', url)).body.error.code).toBe('no-data');
  const row = {
    day: '2026-05-20',
    shop: 'potter',
    campaign: CAMPAIGNS[0]!.id,
    entry: 'click' as const,
    reason: null,
    gross_events: 2,
    invalid_events: 1,
    net_events: 1,
    free_events: 0,
    charged_micros: 5,
    refunded_micros: 0,
    over_delivered_micros: 0,
    paid_micros: 0,
    opening_micros: 0,
    closing_micros: '-9007199254740993',
  };
  const asked: unknown[] = [];
  const other = createServer(opened.engine, {
    statements: async (query) => {
      asked.push(query);
      return [row];
    },
  });
  const response = await other.inject({ method: 'GET', url });
  expect(response.json()).toEqual({ rows: [row] });
  expect(asked).toEqual([{ shop: 'potter', from: '2026-05-01', to: '2026-05-31' }]);
  await other.close();
});
