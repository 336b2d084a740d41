import type { CampaignEstimate, CampaignOutcomes, TrafficForecast } from '@rialto/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { millis } from '../base/units.ts';
import { NOW, openMarket, type TestEngine } from '../delivery/market.fixture.ts';
import { createServer } from './create-server.ts';

let opened: TestEngine;
let app: ReturnType<typeof createServer>;

beforeEach(async () => {
  opened = await openMarket();
  app = createServer(opened.engine, { apiKeys: new Map([['ops', 'secret']]), publishableKeys: ['public'] });
});
afterEach(() => app.close());

const HOUR = 3_600_000;

async function get<T>(url: string, key = 'secret') {
  const response = await app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${key}` } });
  return { status: response.statusCode, body: response.json() as T };
}

async function post<T>(url: string, payload: object, key = 'secret') {
  const headers = { authorization: `Bearer ${key}` };
  const response = await app.inject({ method: 'POST', url, headers, payload });
  return { status: response.statusCode, body: response.json() as T };
}

interface Refused {
  readonly error: { readonly code: string; readonly path?: string; readonly message: string };
}

/** Three days: 12 requests an hour from mobiles in Austria, 4 from elsewhere. */
async function browse(): Promise<void> {
  const { engine, clock } = opened;
  for (let hour = 0; hour < 72; hour++) {
    clock.set(millis(NOW + hour * HOUR));
    for (let i = 0; i < 12; i++)
      engine.decide({ placements: ['home'], context: { country: 'AT', device: i % 2 === 0 ? 'ios' : 'mobile' } });
    for (let i = 0; i < 4; i++) engine.decide({ placements: ['home'] });
    await engine.ingest([{ id: `e${hour}`, type: 'search', query: 'cup', buyer: 'ada' }]);
  }
  clock.set(millis(NOW + 72 * HOUR));
}

describe('GET /v1/forecast', () => {
  test('tells the hours to come of a placement and of its segments', async () => {
    await browse();
    const { status, body } = await get<TrafficForecast>('/v1/forecast?placement=home&hours=24');
    expect(status).toBe(200);
    expect(body.hours.map(({ at }) => at)).toEqual(Array.from({ length: 24 }, (_, i) => NOW + (72 + i) * HOUR));
    for (const { mean, low, high } of body.hours) {
      expect(mean).toBeGreaterThan(10);
      expect(mean).toBeLessThan(24);
      expect(low).toBeLessThanOrEqual(16);
      expect(high).toBeGreaterThanOrEqual(16);
    }
    expect(body.total.mean / (24 * 16)).toBeCloseTo(1, 0);
    expect(body.evidence).toMatchObject({ level: 'fair', reason: expect.stringContaining('1152 requests in 3 days') });
    const mobile = await get<TrafficForecast>('/v1/forecast?placement=home&country=AT&device=app');
    expect(mobile.body).toMatchObject({ placement: 'home', country: 'AT', device: 'app' });
    expect(mobile.body.total.mean).toBeLessThan(body.total.mean / 2);
  });

  test('says what is missing', async () => {
    const code = async (url: string, key?: string) => (await get<{ error: { code: string } }>(url, key)).body.error;
    expect(await code('/v1/forecast?placement=home')).toMatchObject({ code: 'no-traffic' });
    expect(await code('/v1/forecast?placement=nowhere')).toMatchObject({ code: 'unknown-placement' });
    expect(await code('/v1/forecast')).toMatchObject({ code: 'bad-request', path: 'placement' });
    expect(await code('/v1/forecast?placement=home&hours=0')).toMatchObject({ code: 'bad-request', path: 'hours' });
    expect(await code('/v1/forecast?placement=home', 'public')).toMatchObject({ code: 'forbidden' });
    await browse();
    expect(await code('/v1/forecast?placement=home&country=FR')).toMatchObject({
      code: 'no-traffic',
      message: expect.stringContaining('countries seen: AT; devices seen: app, mobile'),
    });
  });
});

const DRAFT = { shop: 'joiner', listings: ['l6', 'l7'], dailyBudgetMicros: 3_000_000 };

describe('POST /v1/campaigns/estimate', () => {
  test('says what a draft would reach and what to bid, and saves nothing', async () => {
    await browse();
    const before = opened.engine.offset;
    const { status, body } = await post<CampaignEstimate>('/v1/campaigns/estimate', DRAFT);
    expect(status).toBe(200);
    expect(opened.engine.offset).toBe(before);
    expect(body).toMatchObject({ campaign: 'draft', currency: 'USD', dailyBudgetMicros: 3_000_000 });
    expect(body.eligible / (16 * 24)).toBeCloseTo(1, 0);
    expect(body.opportunities).toBeLessThanOrEqual(1.05 * body.eligible);
    expect(body.opportunities).toBeGreaterThan(0);
    const { low, medium, high } = body.suggestedBids!;
    expect(body.bidMicros).toBe(medium.bidMicros);
    expect(low.bidMicros).toBeLessThanOrEqual(medium.bidMicros!);
    expect(medium.bidMicros).toBeLessThanOrEqual(high.bidMicros!);
    for (const [bid, share] of [
      [low, 0.25],
      [medium, 0.5],
      [high, 0.75],
    ] as const)
      expect(bid.visitShare).toBeGreaterThanOrEqual(share);
    expect(body.daily.spendMicros.high).toBeLessThanOrEqual(3_000_000);
    expect(body.daily.visits.mean).toBeGreaterThan(0);
    expect(body.evidence).toMatchObject({ level: 'thin', reason: expect.stringContaining('fewer than 20 clicks') });
  });

  test('brings more visits for a higher bid, and none below every price', async () => {
    await browse();
    const visits = async (bidMicros: number): Promise<number> =>
      (await post<CampaignEstimate>('/v1/campaigns/estimate', { ...DRAFT, bidMicros, dailyBudgetMicros: 1e12 })).body
        .daily.visits.mean;
    const [none, some, many] = [await visits(1), await visits(300_000), await visits(5_000_000)];
    expect(none).toBe(0);
    expect(many).toBeGreaterThanOrEqual(some);
    expect(many).toBeGreaterThan(0);
  });

  test('says so where the campaign could be shown nowhere', async () => {
    await browse();
    const targeting = { countries: ['FR'] };
    const { body } = await post<CampaignEstimate>('/v1/campaigns/estimate', { ...DRAFT, targeting });
    expect(body.evidence).toMatchObject({ level: 'none', reason: expect.stringContaining('country-not-targeted') });
    expect(body.daily).toMatchObject({ visits: { mean: 0 }, spendMicros: { mean: 0 } });
    expect(body.missed[0]).toEqual({ reason: 'country-not-targeted', share: 1 });
    expect(body.suggestedBids).toBeUndefined();
  });

  test('refuses what could not be saved', async () => {
    const refused = async (draft: object) => (await post<Refused>('/v1/campaigns/estimate', draft)).body.error;
    expect(await refused(DRAFT)).toMatchObject({ code: 'no-traffic' });
    expect(await refused({ ...DRAFT, shop: 'nobody' })).toMatchObject({ code: 'unknown-reference' });
    expect(await refused({ ...DRAFT, listings: ['l0'] })).toMatchObject({ code: 'unknown-reference' });
    expect(await refused({ shop: 'joiner', listings: ['l6'] })).toMatchObject({
      code: 'bad-request',
      path: 'dailyBudgetMicros',
    });
    expect(await refused({ ...DRAFT, listings: [] })).toMatchObject({ code: 'bad-request', path: 'listings' });
    const publishable = await post<Refused>('/v1/campaigns/estimate', DRAFT, 'public');
    expect(publishable.body.error.code).toBe('forbidden');
  });
});

describe('GET /v1/campaigns/{id}/outcomes', () => {
  test('tells other budgets and bids, and a sentence', async () => {
    await browse();
    const { status, body } = await get<CampaignOutcomes>('/v1/campaigns/spring/outcomes');
    expect(status).toBe(200);
    expect(body).toMatchObject({ campaign: 'spring', dailyBudgetMicros: 2_000_000, logged: { visits: 0 } });
    expect(body.budgets).toHaveLength(8);
    expect(body.bids.map(({ bidMicros }) => bidMicros)).toEqual([0.5, 0.75, 1, 1.25, 1.5, 2, 3].map((x) => x * 5e5));
    expect(body.gain.moreMicros).toBe(500_000);
    expect(body.sentence).toMatch(/^(\$0\.50 more a day would bring about|More budget would bring nothing more)/);
    expect(body.window.decisions).toBe(1152);
    // Of all decisions, about as many as the sample holds, and half of what comes once it is full.
    expect(body.window.replayed).toBeLessThanOrEqual(1152);
    expect(body.window.replayed).toBeGreaterThan(1000);
    expect(await get<CampaignOutcomes>('/v1/campaigns/spring/outcomes')).toEqual({ status, body });
    expect(opened.engine.read('campaign', 'spring')).toMatchObject({ dailyBudgetMicros: 2_000_000 });
  });

  test('is refused for a campaign that is not there, and before there is traffic', async () => {
    const code = async (id: string) => (await get<Refused>(`/v1/campaigns/${id}/outcomes`)).body.error.code;
    expect(await code('spring')).toBe('no-traffic');
    expect(await code('nothing')).toBe('not-found');
  });
});
