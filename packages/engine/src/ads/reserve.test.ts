/** Learned reserves against closed forms, and what they earn in auctions with bidders that they never saw. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { Auction } from './auction.ts';
import { Entrants } from './entrants.ts';
import { learnReserve } from './reserve.ts';

type Draw = (rng: Rng) => number;

const MICROS = 1_000_000;
const WORLDS: Readonly<Record<string, Draw>> = {
  uniform: (rng) => rng.unit(),
  exponential: (rng) => 0.4 * rng.exponential(),
  'log-normal': (rng) => 0.3 * Math.exp(0.9 * rng.normal()),
  'heavy-tailed (Pareto, α = 1.3)': (rng) => 0.1 * (1 - rng.unit()) ** (-1 / 1.3),
  'nearly the same': (rng) => 0.5 + 0.02 * rng.unit(),
  'of two kinds': (rng) => (rng.unit() < 0.7 ? 0.1 + 0.1 * rng.unit() : 1 + 0.5 * rng.unit()),
  'of few round values': (rng) => 0.1 * (1 + rng.below(6)),
};

function bidsOf(draw: Draw, count: number, rng: Rng): number[] {
  return Array.from({ length: count }, () => Math.max(1, Math.round(MICROS * draw(rng))));
}

const entrants = new Entrants(64);
const auction = new Auction();

/** What an impression of the page earns. */
function revenue(bids: readonly number[], reserve: number, slotEffects: Float64Array): number {
  entrants.size = 0;
  for (const bid of bids) {
    const i = entrants.open();
    entrants.bidMicros[i] = bid;
    entrants.reserveMicros[i] = reserve;
  }
  auction.run(entrants, { format: 'vcg', slotEffects, qualityMin: 0 });
  let sum = 0;
  for (let rank = 0; rank < auction.won; rank++) sum += slotEffects[auction.slot[rank]!]! * auction.priceMicros[rank]!;
  return sum;
}

describe('learned reserves', () => {
  it.each([
    // What one bidder pays on average, and its best price: half the top of a uniform, the mean of an exponential.
    ['uniform', (price: number) => price * (1 - price), 0.5],
    ['exponential', (price: number) => price * Math.exp(-price / 0.4), 0.4],
  ] as const)('earn nearly what a monopolist who knew a distribution would: bids %s', (world, earned, monopoly) => {
    for (const slots of [1, 4]) {
      const bids = bidsOf(WORLDS[world]!, 20_000, new Rng(4));
      const price = learnReserve(bids, { slots, floorMicros: 10_000 }) / MICROS;
      expect(price).toBeLessThan(1.05 * monopoly);
      expect(earned(price)).toBeGreaterThan(0.95 * earned(monopoly));
    }
  });

  it('stay at the floor where there is nothing to learn from', () => {
    const terms = { slots: 2, floorMicros: 30_000 };
    for (const bids of [[], [500_000], [10_000, 20_000], [0, 0, 0]]) expect(learnReserve(bids, terms)).toBe(30_000);
    expect(learnReserve([40_000, 40_000, 40_000], terms)).toBeLessThanOrEqual(40_000);
    expect(() => learnReserve([1], { slots: 0, floorMicros: 0 })).toThrow(/slot/);
  });

  const rivalry = { scarce: [1, 2], usual: [1, 4], keen: [4, 8] } as const;
  const cases = Object.keys(WORLDS).flatMap((world) => Object.keys(rivalry).map((name) => [world, name] as const));
  it.each(cases)('earn no less than none, in ten seeds: bids %s, bidders %s', (world, name) => {
    const draw = WORLDS[world]!;
    const [few, span] = rivalry[name as keyof typeof rivalry];
    let [withAll, withoutAll] = [0, 0];
    for (let seed = 0; seed < 10; seed++) {
      const rng = new Rng(1000 + seed);
      const slotEffects = Float64Array.of(1, 0.7, 0.5, 0.4).subarray(0, 1 + (seed % 4));
      const reserve = learnReserve(bidsOf(draw, 60, rng), { slots: slotEffects.length, floorMicros: 10_000 });
      let [learned, without] = [0, 0];
      // Where many bid for each slot a reserve earns little, and chance must not hide what.
      const pages = name === 'keen' ? 2_500 : 500;
      for (let page = 0; page < pages; page++) {
        const bids = bidsOf(draw, few + rng.below(span * slotEffects.length), rng);
        learned += revenue(bids, reserve, slotEffects);
        without += revenue(bids, 10_000, slotEffects);
      }
      expect(learned, `seed ${seed}, reserve ${reserve}`).toBeGreaterThanOrEqual(0.9999 * without);
      withAll += learned;
      withoutAll += without;
    }
    expect(withAll / withoutAll).toBeGreaterThanOrEqual(1);
    if (name !== 'keen') expect(withAll / withoutAll).toBeGreaterThan(1.03);
  });
});
