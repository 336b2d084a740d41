/** VCG against a search over all allocations and all lies, and the formats against each other, on random markets. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { Auction } from './auction.ts';
import { Entrants } from './entrants.ts';

interface Bidder {
  bid: number;
  weight: number;
  shop: number;
  item: number;
  reserve: number;
  bonus: number;
}

interface World {
  readonly bidders: Bidder[];
  readonly effects: Float64Array;
  readonly floors?: Float64Array;
}

const auction = new Auction();
const entrants = new Entrants(64);

type Format = 'gsp' | 'vcg' | 'first-price';

function run({ bidders, effects, floors }: World, format: Format, coin = 1): void {
  entrants.size = 0;
  for (const { bid, weight, shop, item, reserve, bonus } of bidders) {
    const i = entrants.open();
    entrants.bidMicros[i] = bid;
    entrants.weight[i] = weight;
    entrants.shop[i] = shop;
    entrants.item[i] = item;
    entrants.reserveMicros[i] = reserve;
    entrants.bonus[i] = bonus;
    entrants.coinMicros[i] = coin;
  }
  auction.run(entrants, { format, slotEffects: effects, qualityMin: 0, ...(floors && { slotFloors: floors }) });
}

interface Kind {
  readonly shops?: boolean;
  /** Things advertised by several shops too. */
  readonly sharedItems?: boolean;
  readonly reserves?: boolean;
  readonly floors?: boolean;
}

function drawWorld(rng: Rng, { shops, sharedItems, reserves, floors }: Kind): World {
  const slots = 1 + rng.below(5);
  const effects = new Float64Array(slots);
  for (let k = 0; k < slots; k++)
    effects[k] = (effects[k - 1] ?? 1) * (rng.below(4) === 0 ? 1 : 0.3 + 0.7 * rng.unit());
  const coarse = rng.below(3) === 0;
  const bidders = Array.from({ length: 1 + rng.below(9) }, (_, i) => ({
    bid: coarse ? 100_000 * rng.below(10) : rng.below(1_000_000),
    weight: coarse ? 0.25 * (1 + rng.below(4)) : 0.001 + 0.999 * rng.unit(),
    shop: shops && rng.below(2) === 0 ? rng.below(4) : 100 + i,
    item: sharedItems ? rng.below(6) : -1,
    reserve: reserves ? rng.below(400_000) : 0,
    bonus: floors ? rng.below(100_000) : 0,
  }));
  if (!floors) return { bidders, effects };
  const falling = Float64Array.from({ length: slots }, () => rng.below(500_000))
    .sort()
    .reverse();
  return { bidders, effects, floors: falling };
}

/** The most that slots from `slot` on can be worth to the bidders left: every choice tried. */
function bestWelfare({ bidders, effects }: World, slot = 0, open: readonly Bidder[] = bidders): number {
  if (slot === effects.length) return 0;
  let best = bestWelfare({ bidders, effects }, slot + 1, open);
  for (const choice of open) {
    const rest = open.filter((other) => other !== choice && other.shop !== choice.shop);
    best = Math.max(
      best,
      effects[slot]! * choice.bid * choice.weight + bestWelfare({ bidders, effects }, slot + 1, rest),
    );
  }
  return best;
}

/** What a bidder who values the billing event at `value` gains an impression. */
function gain(world: World, bidder: number, value: number): number {
  const rank = auction.winner.subarray(0, auction.won).indexOf(bidder);
  if (rank < 0) return 0;
  return world.effects[auction.slot[rank]!]! * world.bidders[bidder]!.weight * (value - auction.priceMicros[rank]!);
}

const SEED = 20_261_121;

describe(`auction formats, on random markets (seed ${SEED})`, () => {
  it('VCG charges what the shop costs the others, as a search over all allocations finds it', () => {
    const rng = new Rng(SEED);
    for (let n = 0; n < 400; n++) {
      const world = drawWorld(rng, { shops: true });
      if (world.effects.length > 3) continue;
      run(world, 'vcg');
      const total = bestWelfare(world);
      const prices = Array.from({ length: auction.won }, (_, rank) => auction.exactPrice(rank));
      let served = 0;
      prices.forEach((price, rank) => {
        const winner = world.bidders[auction.winner[rank]!]!;
        const effect = world.effects[auction.slot[rank]!]!;
        const own = effect * winner.bid * winner.weight;
        served += own;
        const others = world.bidders.filter((bidder) => bidder.shop !== winner.shop);
        const externality = bestWelfare({ ...world, bidders: others }) - (total - own);
        expect(price * effect * winner.weight, `market ${n}, rank ${rank}`).toBeCloseTo(externality, 4);
      });
      expect(served, `market ${n}`).toBeCloseTo(total, 4);
    }
  });

  // What rounding up to a micro can move.
  const MICRO = 1.01;
  it.each([
    ['plain', 10_000, {}],
    ['with reserves of their own', 3_000, { reserves: true }],
    ['with things that several shops advertise', 3_000, { sharedItems: true }],
    ['where organic results hold slots', 3_000, { reserves: true, sharedItems: true, floors: true }],
  ] as const)('under VCG no lie pays and no price is above the bid: markets %s (%d)', (_, markets, kind) => {
    const rng = new Rng(SEED + 1);
    let lost = 0;
    for (let n = 0; n < markets; n++) {
      const world = drawWorld(rng, kind);
      const liar = rng.below(world.bidders.length);
      const value = world.bidders[liar]!.bid;
      run(world, 'vcg');
      for (let rank = 0; rank < auction.won; rank++) {
        const { bid, reserve } = world.bidders[auction.winner[rank]!]!;
        expect(auction.priceMicros[rank]).toBeLessThanOrEqual(bid);
        expect(auction.priceMicros[rank]).toBeGreaterThanOrEqual(reserve);
      }
      const honest = gain(world, liar, value);
      const lies = [0, value >> 1, value - 1, value + 1, 2 * value, 2_000_000];
      for (const { bid, weight, bonus } of world.bidders)
        lies.push(...[-1, 1].map((d) => Math.round((bid * weight + bonus) / world.bidders[liar]!.weight) + d));
      for (let i = 0; i < 4; i++) lies.push(rng.below(1_500_000));
      for (const lie of lies) {
        const bidders = world.bidders.map((bidder, i) => (i === liar ? { ...bidder, bid: Math.max(0, lie) } : bidder));
        const lying = { ...world, bidders };
        run(lying, 'vcg');
        const gained = gain(lying, liar, value);
        if (gained < honest - MICRO) lost++;
        if (gained > honest + MICRO * world.bidders[liar]!.weight)
          expect.fail(`market ${n}: bidding ${lie} instead of ${value} gains ${gained} instead of ${honest}`);
      }
    }
    expect(lost, 'lies that cost the liar').toBeGreaterThan(markets);
  });

  it('under GSP a lie can pay, so the search for lies can find one', () => {
    const bidders = [10, 9, 6].map((bid, i) => ({
      bid: bid * 100_000,
      weight: 1,
      shop: i,
      item: -1,
      reserve: 0,
      bonus: 0,
    }));
    const effects = Float64Array.of(1, 0.9);
    run({ bidders, effects }, 'gsp');
    const honest = gain({ bidders, effects }, 0, 1_000_000);
    const lying = { bidders: bidders.map((bidder, i) => (i === 0 ? { ...bidder, bid: 700_000 } : bidder)), effects };
    run(lying, 'gsp');
    expect(gain(lying, 0, 1_000_000)).toBeGreaterThan(honest);
  });

  it('with one slot GSP and VCG charge the same; with more VCG never charges more; first price charges the bid', () => {
    const rng = new Rng(SEED + 2);
    for (let n = 0; n < 3_000; n++) {
      const world = drawWorld(rng, { shops: true, sharedItems: n % 2 === 0, reserves: true, floors: n % 3 === 0 });
      run(world, 'gsp', 10_000);
      const winners = [...auction.winner.subarray(0, auction.won)];
      const gsp = [...auction.priceMicros.subarray(0, auction.won)];
      run(world, 'vcg', 10_000);
      expect([...auction.winner.subarray(0, auction.won)]).toEqual(winners);
      const vcg = [...auction.priceMicros.subarray(0, auction.won)];
      if (world.effects.length === 1) expect(vcg).toEqual(gsp);
      for (const [rank, price] of vcg.entries()) expect(price).toBeLessThanOrEqual(gsp[rank]!);
      run(world, 'first-price', 10_000);
      expect([...auction.winner.subarray(0, auction.won)]).toEqual(winners);
      expect([...auction.priceMicros.subarray(0, auction.won)]).toEqual(winners.map((i) => world.bidders[i]!.bid));
    }
  });

  it('charges what three slots cost the others, by hand', () => {
    // 8 × (1 − .5) + 5 × (.5 − .25) + 3 × .25 = 6; 5 × .25 + 3 × .25 = 2; 3 × .25 = .75.
    const bidders = [10, 8, 5, 3].map((bid, i) => ({
      bid: bid * 1000,
      weight: 1,
      shop: i,
      item: -1,
      reserve: 0,
      bonus: 0,
    }));
    run({ bidders, effects: Float64Array.of(1, 0.5, 0.25) }, 'vcg');
    const effects = [1, 0.5, 0.25];
    expect(effects.map((effect, rank) => (effect * auction.exactPrice(rank)) / 1000)).toEqual([6, 2, 0.75]);
  });
});
