/** Campaigns that are not clicked all day long at one price: automatic bids with small budgets, commissions of late orders, budgets that change. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY, MILLIS_PER_HOUR, millis } from '../base/units.ts';
import { BILLINGS } from '../market/campaigns.ts';
import { Pacing } from './pacing.ts';
import { bidShare } from './pacing-method.ts';

const UNIT = 1_000_000;
const ORDER = BILLINGS.indexOf('order');

/** Even traffic, known beforehand. */
function evenTraffic(requestsPerDay: number) {
  let passed = 0;
  return {
    pass: () => passed++,
    passed: () => passed,
    outlook: (_: number, at: number) => ({
      rest: requestsPerDay * (1 - (at % MILLIS_PER_DAY) / MILLIS_PER_DAY),
      hourly: requestsPerDay / 24,
    }),
  };
}

describe('an automatic bid with a budget of thirty clicks a day', () => {
  // Slots whose prices spread far; one of fifty that are won is clicked, later.
  const run = (seed: number) => {
    const rng = new Rng(seed);
    const [requestsPerDay, days, goal] = [6_000, 3, 3 * UNIT];
    const traffic = evenTraffic(requestsPerDay);
    const pacing = new Pacing();
    let [spent, free, day] = [0, 0, 0];
    const paced = { size: 1, spentMicros: () => spent, leftMicros: () => goal - spent, shareMax: () => 1e6 };
    const clicks: { at: number; price: number; servedAt: number }[] = [];
    const shares: number[] = [];
    const prices: number[] = [];
    const used: number[] = [];
    for (
      let at = 0;
      at < days * MILLIS_PER_DAY;
      at += Math.ceil((MILLIS_PER_DAY / requestsPerDay) * rng.exponential())
    ) {
      if (Math.floor(at / MILLIS_PER_DAY) > day) {
        used.push(spent / goal);
        [spent, day] = [0, day + 1];
      }
      while (clicks.length > 0 && clicks[0]!.at <= at) {
        const { price, servedAt } = clicks.shift()!;
        const charged = Math.min(price, goal - spent);
        spent += charged;
        free += price - charged;
        prices.push(price);
        pacing.billed(0, at - servedAt);
      }
      traffic.pass();
      pacing.advance(millis(at), paced, traffic);
      const share = pacing.share(0);
      if (day > 0 && share > 0 && at % MILLIS_PER_DAY < 23 * MILLIS_PER_HOUR) shares.push(share);
      const price = Math.round(0.1 * UNIT * Math.exp(1.5 * rng.normal()));
      if (share === 0 || price > 0.3 * UNIT * bidShare(share, 'shade-freely')) continue;
      pacing.served(0, price, millis(at));
      if (rng.unit() < 0.02) clicks.push({ at: at + 20_000, price, servedAt: at });
    }
    used.push(spent / goal);
    shares.sort((a, b) => a - b);
    return {
      used,
      free,
      prices,
      spread: shares[Math.floor(0.95 * shares.length)]! / shares[Math.floor(0.05 * shares.length)]!,
    };
  };

  test.each([1, 2, 3])('does not swing between nothing and everything (seed %i)', (seed) => {
    const { used, free, prices, spread } = run(seed);
    expect(spread).toBeLessThan(120);
    expect(Math.max(...prices)).toBeLessThan(0.5 * UNIT);
    expect(Math.min(...used.slice(1))).toBeGreaterThan(0.95);
    expect(free).toBeLessThan(0.03 * 3 * 3 * UNIT);
  });
});

describe('commissions of orders that come a day later', () => {
  const run = (kind: number | undefined) => {
    const rng = new Rng(7);
    const [requestsPerDay, days, campaigns] = [4_000, 9, 12];
    const traffic = evenTraffic(requestsPerDay);
    const pacing = new Pacing();
    const goal = 8 * UNIT; // of the twenty that it could bring
    const spent = new Float64Array(campaigns);
    let [charged, free, day] = [0, 0, 0];
    const paced = {
      size: campaigns,
      spentMicros: (c: number) => spent[c]!,
      leftMicros: (c: number) => goal - spent[c]!,
      shareMax: () => 1,
    };
    const orders: { at: number; campaign: number; servedAt: number }[] = [];
    for (let at = 0; at < days * MILLIS_PER_DAY; at += MILLIS_PER_DAY / requestsPerDay) {
      if (Math.floor(at / MILLIS_PER_DAY) > day) {
        spent.fill(0);
        day++;
      }
      for (let i = orders.length - 1; i >= 0; i--) {
        const { at: due, campaign, servedAt } = orders[i]!;
        if (due > at) continue;
        orders.splice(i, 1);
        const paid = Math.min(UNIT, goal - spent[campaign]!);
        spent[campaign]! += paid;
        if (day >= 4) [charged, free] = [charged + paid, free + UNIT - paid];
        pacing.billed(campaign, at - servedAt);
      }
      traffic.pass();
      pacing.advance(millis(at), paced, traffic);
      for (let campaign = 0; campaign < campaigns; campaign++) {
        if (spent[campaign]! >= goal || rng.unit() >= pacing.share(campaign)) continue;
        pacing.served(campaign, UNIT, millis(at), kind);
        if (rng.unit() < 0.005) orders.push({ at: at + MILLIS_PER_DAY * rng.exponential(), campaign, servedAt: at });
      }
    }
    return { used: charged / (goal * campaigns * (days - 4)), free: free / charged };
  };

  test('are planned by what the day brings, so that few orders come to an empty budget (seed 7)', () => {
    const { used, free } = run(ORDER);
    expect(used).toBeGreaterThan(0.75);
    expect(used).toBeLessThanOrEqual(1);
    expect(free).toBeLessThan(0.2);
    // Chance alone, of eight orders a day: E (X − 8)+ / 8 = .14.
    expect(free).toBeGreaterThan(0.05);
  });
});

test('a budget that is cut in the morning is spent over the day, not at once', () => {
  const pacing = new Pacing();
  const traffic = evenTraffic(24_000);
  let goal = 1e6 * UNIT;
  // It spends next to nothing, but its share never reaches the most that it may be, where debts are forgotten.
  const paced = { size: 1, spentMicros: () => 0, leftMicros: () => goal, shareMax: () => Number.MAX_VALUE };
  const wanted: number[] = [];
  for (let minute = 0; minute <= 90; minute++) {
    for (let i = 0; i < 16; i++) traffic.pass();
    if (minute === 30) goal = 100 * UNIT;
    pacing.served(0, 100, millis(minute * 60_000));
    pacing.advance(millis(1 + minute * 60_000), paced, traffic);
    wanted.push(pacing.view(0).wantedMicros / goal);
  }
  expect(wanted[29]).toBeGreaterThan(0.01);
  // An hour of the twenty-three and a half that were left.
  expect(wanted[90]).toBeGreaterThan(0.03);
  expect(wanted[90]).toBeLessThan(0.06);
});
