import { expect, test } from 'vitest';
import { ManualClock } from '../base/clock.ts';
import { millis } from '../base/units.ts';
import { Engine } from '../delivery/engine.ts';
import { ForgetfulLog } from './forgetful-log.ts';
import { type MarketOptions, type MarketReport, runMarket } from './market-run.ts';
import { MarketTraffic } from './market-traffic.ts';

const START = Date.UTC(2026, 0, 5);
const SMALL: MarketOptions = { seed: 5, days: 1, sellers: 10, requestsPerDay: 8_000, startMillis: START };

async function run(options: MarketOptions): Promise<MarketReport> {
  let drawn = 0;
  const clock = new ManualClock(millis(options.startMillis));
  const engine = await Engine.open({
    log: new ForgetfulLog(),
    clock,
    nonce: () => `n${drawn++}`,
    tokenSecret: new Uint8Array(32).fill(3),
  });
  return runMarket({ engine, clock, options });
}

test('a small market paces its campaigns and bills none above its budget (seed 5)', async () => {
  const report = await run(SMALL);
  expect(report.counts.rejectedEvents).toBe(0);
  expect(report.fraud.filtered).toBeGreaterThan(0);
  const { pacing } = report;
  expect(pacing.couldSpend).toBeGreaterThan(5);
  expect(pacing.billedOverspendMicros).toBe(0);
  expect(pacing.overDelivered).toBeLessThan(0.02);
  // A click or two an hour each: what chance leaves over here is not what pacing does.
  expect(pacing.medianShare).toBeGreaterThan(0.8);
  expect(report.purchase.budgetUsed).toBeGreaterThan(0.75);
  expect(report.purchase.clicksPerUnit).toBeGreaterThan(0);
  expect(report.newListings).toBeGreaterThan(0);
  const { fraud, gross, net, counts } = report;
  expect(counts.peopleFiltered).toBeLessThan(5);
  expect(net.adClicks).toBe(gross.adClicks - fraud.filtered - counts.peopleFiltered);
  expect(fraud.billedMicros).toBeGreaterThan(0);
  expect(fraud.refundedMicros).toBe(fraud.billedMicros);
  expect(net.chargedMicros).toBe(gross.chargedMicros - fraud.refundedMicros);
  expect(pacing.hourlyRms).toBeGreaterThan(0);
  expect(pacing.hourlySpent).toHaveLength(24);
});

test('sellers of every goal take part in a mixed market, and none is billed above its budget (seed 7)', async () => {
  const report = await run({ ...SMALL, seed: 7, sellers: 30, requestsPerDay: 2_000, mixed: true });
  expect(report.counts.rejectedEvents).toBe(0);
  expect(report.pacing.billedOverspendMicros).toBe(0);
  expect(report.goals.reduce((sum, { campaignDays }) => sum + campaignDays, 0)).toBe(report.pacing.campaignDays);
  expect(report.goals.length).toBeGreaterThan(6);
});

test('the same seed gives the same market', async () => {
  const options = { ...SMALL, sellers: 5, requestsPerDay: 600 };
  expect(await run(options)).toEqual(await run(options));
  expect((await run({ ...options, seed: 6 })).counts).not.toEqual((await run(options)).counts);
});

test('traffic has its rhythm, its shock and the same luck for the same seed', () => {
  const shock = { day: 0, fromHour: 13, toHour: 16, factor: 2.5 };
  const options = { seed: 1, startMillis: START, requestsPerDay: 24_000 };
  const calm = new MarketTraffic({ ...options, shocks: [] });
  const shocked = new MarketTraffic({ ...options, shocks: [shock] });
  const hour = (h: number): number => START + 3_600_000 * h;
  expect(shocked.rate(hour(14)) / calm.rate(hour(14))).toBeCloseTo(2.5);
  expect(shocked.rate(hour(17))).toBe(calm.rate(hour(17)));
  expect(calm.rate(hour(20))).toBeGreaterThan(2 * calm.rate(hour(8)));
  const week = Array.from({ length: 7 * 24 }, (_, h) => calm.rate(hour(h)));
  expect(week.reduce((a, b) => a + b) / week.length).toBeGreaterThan(700);
  expect(week.reduce((a, b) => a + b) / week.length).toBeLessThan(1_400);
});
