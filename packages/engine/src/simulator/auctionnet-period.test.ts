/** The AuctionNet-form world: its statistics, generalised second prices, budgets, and the same seed twice. */
import { expect, test } from 'vitest';
import { KEPT, type PlayedPeriod, playPeriod, rivalsOf } from './auctionnet-period.ts';
import { AGENTS, drawPeriod, drawSeen, drawValues, EXPOSURES, RESERVE, TICKS } from './auctionnet-world.ts';
import { fixedBidder, rivalBidders } from './linear-bidders.ts';
import { replaySeat, seatPeriod } from './seat-replay.ts';

const SMALL = { density: 'sparse', opportunities: 12_000 } as const;

function play(seed: number): PlayedPeriod {
  const period = drawPeriod(seed, SMALL);
  return playPeriod(period, rivalBidders(period.seats, undefined));
}

/** Who would win what for how much, by sorting all 48 bids. */
function settleByHand(seed: number, multiplier: number) {
  const period = drawPeriod(seed, SMALL);
  const spent = new Float64Array(AGENTS);
  for (let tick = 0; tick < TICKS; tick++) {
    const n = period.traffic[tick]!;
    const seen = drawSeen(period, tick);
    const values = Array.from({ length: AGENTS }, (_, agent) => {
      const own = new Float32Array(n);
      drawValues(period, agent, tick, own);
      return own;
    });
    for (let o = 0; o < n; o++) {
      const ranked = values
        .map((own, agent) => ({ agent, bid: Math.fround(multiplier * own[o]!) }))
        .filter(({ bid }) => bid > RESERVE)
        .sort((a, b) => b.bid - a.bid);
      for (let slot = 0; slot < Math.min(seen[o]!, ranked.length); slot++)
        spent[ranked[slot]!.agent]! += Math.max(RESERVE, ranked[slot + 1]?.bid ?? 0);
    }
  }
  return spent;
}

test('charges the next bid for what is seen, as sorting all bids does', () => {
  const period = drawPeriod(3, SMALL);
  const multiplier = 8; // low enough that no budget ends
  const { spent } = playPeriod(
    period,
    period.seats.map(() => fixedBidder(multiplier)),
  );
  const byHand = settleByHand(3, multiplier);
  expect(spent.reduce((sum, x) => sum + x, 0)).toBeGreaterThan(0);
  for (const [agent, cost] of spent.entries()) expect(cost).toBeCloseTo(byHand[agent]!, 6);
});

test('nobody spends more than its budget, and those who bid much spend nearly all', () => {
  const { spent, period } = play(1);
  for (const [agent, cost] of spent.entries()) expect(cost).toBeLessThanOrEqual(period.seats[agent]!.budget);
  const rich = playPeriod(
    period,
    period.seats.map(() => fixedBidder(1000)),
  );
  const used = rich.spent.reduce((sum, cost, agent) => sum + cost / period.seats[agent]!.budget, 0) / AGENTS;
  expect(used).toBeGreaterThan(0.95);
});

test('the same seed plays the same period; another seed another', () => {
  expect(play(5)).toEqual(play(5));
  expect(play(5).spent).not.toEqual(play(6).spent);
});

test('has the form of AuctionNet: budgets, targets, traffic, values, exposures', () => {
  const period = drawPeriod(11, { density: 'sparse', opportunities: 100_000 });
  for (const { budget, targetCpa, category } of period.seats) {
    expect(Math.round(budget * 5)).toBeGreaterThanOrEqual(2000);
    expect(Math.round(budget * 5)).toBeLessThanOrEqual(4850);
    expect(targetCpa).toBeGreaterThanOrEqual(60);
    expect(targetCpa).toBeLessThanOrEqual(130);
    expect(category).toBeLessThan(6);
  }
  expect(period.traffic.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(99_900);
  let sum = 0;
  let drawn = 0;
  for (let agent = 0; agent < AGENTS; agent++) {
    for (let tick = 0; tick < TICKS; tick += 6) {
      const values = new Float32Array(period.traffic[tick]!);
      drawValues(period, agent, tick, values);
      sum += values.reduce((total, v) => total + v, 0);
      drawn += values.length;
    }
  }
  expect(sum / drawn).toBeGreaterThan(0.0003);
  expect(sum / drawn).toBeLessThan(0.0008);
  const seen = drawSeen(period, 20);
  for (const slots of [1, 2, 3])
    expect(seen.filter((n) => n >= slots).length / seen.length).toBeCloseTo(EXPOSURES[slots - 1]!, 1);
});

test('the rivals of a seat are the three highest bids of the others', () => {
  const played = play(2);
  const tick = 20;
  const { bids, agents } = played.ticks[tick]!;
  const n = bids.length / KEPT;
  for (const agent of [0, 17]) {
    const { prices } = rivalsOf(played, agent, tick);
    for (let o = 0; o < n; o++) {
      const others = [0, 1, 2, 3].filter((rank) => agents[rank * n + o] !== agent).map((rank) => bids[rank * n + o]!);
      for (let slot = 0; slot < 3; slot++)
        expect(prices[slot * n + o]).toBe(Math.fround(Math.max(RESERVE, others[slot]!)));
    }
  }
});

test('a seat that is played again with the bids it had spends what it had spent', () => {
  const period = drawPeriod(4, SMALL);
  const played = playPeriod(
    period,
    period.seats.map(() => fixedBidder(8)),
  );
  for (const agent of [0, 9, 30]) {
    const { cost, value } = replaySeat(seatPeriod(played, agent), {
      bid: ({ values }, bids) => bids.set(values.map((v) => 8 * v)),
      observe: () => {},
    });
    expect(cost).toBeCloseTo(played.spent[agent]!, 4);
    if (cost > 0) expect(value).toBeGreaterThan(0);
  }
});
