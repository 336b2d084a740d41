import type { TrafficForecast } from '@rialto/sdk';
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
