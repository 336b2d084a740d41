import { expect, test } from 'vitest';
import { BILLINGS } from '../market/campaigns.ts';
import { InFlightSpend } from './in-flight-spend.ts';

const [VIEW, CLICK, ORDER] = BILLINGS.map((_, kind) => kind) as [number, number, number];
const DAY_MS = 86_400_000;

test('campaigns that pay by view or by order say nothing of how often ads are clicked', () => {
  const spend = new InFlightSpend();
  const serve = (campaign: number, kind: number, every: number, delayMs: number): void => {
    for (let i = 1; i <= 2_000; i++) {
      spend.served(campaign, 1_000, kind, i);
      if (i % every === 0) spend.billed(campaign, delayMs);
    }
  };
  serve(0, CLICK, 50, 20_000);
  const before = spend.served(1, 1_000, CLICK, 2_001);
  expect(before).toBeCloseTo(20, 0);
  serve(2, VIEW, 1, 1_000);
  serve(3, ORDER, 500, 2 * DAY_MS);
  expect(spend.served(4, 1_000, CLICK, 2_001)).toBeCloseTo(before, 0);
  expect(spend.served(5, 1_000, VIEW, 2_001)).toBeGreaterThan(900);
  expect(spend.served(6, 1_000, ORDER, 2_001)).toBeLessThan(3);
});

test('of clicks all that is on its way will be billed today, of orders what comes before midnight', () => {
  const spend = new InFlightSpend();
  for (let i = 0; i < 400; i++) {
    for (const campaign of [0, 1]) spend.served(campaign, 1_000_000, campaign === 0 ? CLICK : ORDER, 0);
    spend.billed(0, 20_000);
    spend.billed(1, DAY_MS);
  }
  const hour = 3_600_000;
  expect(spend.dueMicros(0, 0, hour) / spend.micros(0)).toBeGreaterThan(0.999);
  expect(spend.dueMicros(1, 0, hour) / spend.micros(1)).toBeCloseTo(1 - Math.exp(-1 / 24), 2);
  const before = spend.micros(1);
  spend.dueMicros(1, DAY_MS, hour);
  expect(spend.micros(1) / before).toBeCloseTo(Math.exp(-1), 1);
});
