import type { AuctionFormat } from '@rialto/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MICROS_PER_CENT } from '../base/units.ts';
import { Auction } from './auction.ts';
import { Entrants, weigh } from './entrants.ts';

interface Candidate {
  readonly bid: number;
  readonly quality: number;
  readonly shop: number;
}

interface Terms {
  readonly slots: number;
  readonly reserveMicros: number;
  readonly coinMicros?: number;
  readonly priorities?: readonly number[];
  readonly format?: AuctionFormat;
  readonly admits?: (entrant: number) => boolean;
}

interface Result {
  readonly winners: readonly number[];
  readonly pricesMicros: readonly number[];
  readonly reasons: readonly (string | null)[];
}

const auction = new Auction();

function run(candidates: readonly Candidate[], terms: Terms): Result {
  const { slots, reserveMicros, coinMicros = MICROS_PER_CENT, priorities, format = 'gsp', admits } = terms;
  const entrants = new Entrants(candidates.length);
  for (const { bid, quality, shop } of candidates) {
    const i = entrants.open();
    entrants.bidMicros[i] = bid;
    entrants.weight[i] = weigh(quality, 1, 1, 1);
    entrants.shop[i] = shop;
    entrants.reserveMicros[i] = reserveMicros;
    entrants.coinMicros[i] = coinMicros;
    entrants.priority[i] = priorities?.[i] ?? 0;
  }
  const slotEffects = Float64Array.from({ length: slots }, (_, slot) => (format === 'gsp' ? 1 : 0.8 ** slot));
  auction.run(entrants, { format, slotEffects, qualityMin: 0, ...(admits && { admits }) });
  return {
    winners: [...auction.winner.subarray(0, auction.won)],
    pricesMicros: [...auction.priceMicros.subarray(0, auction.won)],
    reasons: candidates.map((_, i) => auction.dropReason(i)),
  };
}

const reasons = (result: Result) => result.reasons;
const cents = (result: Result) => [...result.pricesMicros].map((price) => price / MICROS_PER_CENT);
const dollars = (bid: number, quality: number, shop = -1): Candidate => ({ bid: bid * 1_000_000, quality, shop });

describe('auction, by example', () => {
  it("gives the prices of Etsy's published example", () => {
    const result = run([dollars(0.25, 0.158), dollars(0.95, 0.0202), dollars(0.7, 0.0271), dollars(0.84, 0.02)], {
      slots: 3,
      reserveMicros: 10_000,
    });
    expect([...result.winners]).toEqual([0, 1, 2]);
    expect(cents(result)).toEqual([13, 94, 62]);
    expect(reasons(result)).toEqual([null, null, null, 'outbid']);
  });

  it('charges the reserve where nobody is next, and refuses bids below it', () => {
    const result = run([dollars(0.5, 0.1), dollars(0.04, 0.9)], { slots: 2, reserveMicros: 50_000 });
    expect([...result.winners]).toEqual([0]);
    expect(cents(result)).toEqual([5]);
    expect(reasons(result)).toEqual([null, 'below-reserve']);
  });

  it('does not let a shop bid against itself', () => {
    const result = run([dollars(0.9, 0.1, 7), dollars(0.8, 0.1, 7), dollars(0.3, 0.1, 8)], {
      slots: 2,
      reserveMicros: 0,
    });
    expect([...result.winners]).toEqual([0, 2]);
    expect(cents(result)).toEqual([30, 0]);
    expect(reasons(result)).toEqual([null, 'shop-has-ad', null]);
  });

  it("does not let the second listing of a shop above set the price of another shop's slot", () => {
    const result = run([dollars(0.9, 0.1, 7), dollars(0.8, 0.1, 8), dollars(0.7, 0.1, 7), dollars(0.2, 0.1, 9)], {
      slots: 2,
      reserveMicros: 0,
    });
    expect([...result.winners]).toEqual([0, 1]);
    expect(cents(result)).toEqual([80, 20]);
    expect(reasons(result)).toEqual([null, null, 'shop-has-ad', 'outbid']);
  });

  it('treats listings without a shop as strangers', () => {
    expect([...run([dollars(0.9, 0.1), dollars(0.8, 0.1)], { slots: 2, reserveMicros: 0 }).winners]).toEqual([0, 1]);
  });

  it('does not add a cent for the noise of floats', () => {
    for (let quality = 0.001; quality < 1; quality += 0.0007) {
      const result = run([dollars(0.4, quality), dollars(0.25, quality)], { slots: 1, reserveMicros: 0 });
      expect(cents(result), `quality ${quality}`).toEqual([25]);
    }
  });

  it('never charges more than the bid for the sake of a whole cent, and takes the coin of the currency', () => {
    const close = [
      { bid: 123_456, quality: 0.5, shop: -1 },
      { bid: 123_455, quality: 0.5, shop: -1 },
    ];
    expect([...run(close, { slots: 1, reserveMicros: 0 }).pricesMicros]).toEqual([123_456]);
    const yen = [dollars(90, 0.1), dollars(40.2, 0.1)];
    const result = run(yen, { slots: 1, reserveMicros: 0, coinMicros: 1_000_000 });
    expect([...result.pricesMicros]).toEqual([41_000_000]);
  });

  it('breaks ties by priority, then by index', () => {
    const tied = [dollars(0.4, 0.5), dollars(0.4, 0.5), dollars(0.4, 0.5)];
    const terms = { slots: 3, reserveMicros: 0 };
    expect(run(tied, terms).winners).toEqual([0, 1, 2]);
    expect(run(tied, { ...terms, priorities: [4, 9, 9] }).winners).toEqual([1, 2, 0]);
    expect(cents(run(tied, terms))).toEqual([40, 40, 0]);
  });

  it('has nothing to sell without slots, candidates or positive bids', () => {
    expect(run([], { slots: 3, reserveMicros: 0 }).winners).toHaveLength(0);
    expect(reasons(run([dollars(1, 0.5)], { slots: 0, reserveMicros: 0 }))).toEqual(['outbid']);
    expect(
      reasons(run([dollars(0, 0.5), { bid: Number.NaN, quality: 0.5, shop: -1 }], { slots: 3, reserveMicros: 0 })),
    ).toEqual(['below-reserve', 'below-reserve']);
  });

  it('asserts on a quality that is none', () => {
    for (const quality of [0, -1, 1.5, Number.NaN])
      expect(() => run([dollars(1, quality)], { slots: 1, reserveMicros: 0 })).toThrow(/quality/);
  });
});

const candidate: fc.Arbitrary<Candidate> = fc.record({
  bid: fc.integer({ min: 0, max: 3_000_000 }),
  quality: fc.integer({ min: 1, max: 99_991 }).map((n) => n / 99_991),
  shop: fc.integer({ min: -1, max: 6 }),
});
// Few bids and qualities, so that ties and whole cents are common.
const coarse: fc.Arbitrary<Candidate> = fc.record({
  bid: fc.integer({ min: 0, max: 12 }).map((n) => n * 25_000),
  quality: fc.constantFrom(0.1, 0.2, 0.3, 0.7),
  shop: fc.integer({ min: -1, max: 4 }),
});
const candidates = fc.array(fc.oneof(candidate, coarse), { maxLength: 24 });
const terms: fc.Arbitrary<Terms> = fc.record({
  slots: fc.integer({ min: 0, max: 8 }),
  reserveMicros: fc.integer({ min: 0, max: 400_000 }),
});
const seed = 20_240_517;
const params = { seed, numRuns: 1000 };

const score = (c: Candidate) => c.bid * c.quality;
const rankOf = (result: Result, candidate: number): number => {
  const rank = result.winners.indexOf(candidate);
  return rank < 0 ? Number.POSITIVE_INFINITY : rank;
};
const withBid = (all: readonly Candidate[], index: number, bid: number): Candidate[] =>
  all.map((c, i) => (i === index ? { ...c, bid } : c));

describe(`auction, as properties (seed ${seed})`, () => {
  it('prices lie between reserve and bid, and are integers: whole cents where the bid is not the price', () => {
    fc.assert(
      fc.property(candidates, terms, (all, t) => {
        const { winners, pricesMicros } = run(all, t);
        expect(pricesMicros.length).toBe(winners.length);
        winners.forEach((winner, rank) => {
          const price = pricesMicros[rank]!;
          expect(price).toBeLessThanOrEqual(all[winner]!.bid);
          expect(price).toBeGreaterThanOrEqual(t.reserveMicros);
          expect(Number.isInteger(price)).toBe(true);
          if (price !== all[winner]!.bid) expect(price % MICROS_PER_CENT).toBe(0);
        });
      }),
      params,
    );
  });

  it('the winners are the best of their shops, by score, and every loser has the reason that holds', () => {
    fc.assert(
      fc.property(candidates, terms, (all, t) => {
        const result = run(all, t);
        // The plain way: sort, then walk down.
        const taken = new Set<number>();
        const expected: number[] = [];
        const open = all.map((_, i) => i).filter((i) => all[i]!.bid > 0 && all[i]!.bid >= t.reserveMicros);
        for (const i of open.sort((a, b) => score(all[b]!) - score(all[a]!) || a - b)) {
          const { shop } = all[i]!;
          if (expected.length === t.slots || (shop >= 0 && taken.has(shop))) continue;
          taken.add(shop);
          expected.push(i);
        }
        expect([...result.winners]).toEqual(expected);
        reasons(result).forEach((reason, i) => {
          const { bid, shop } = all[i]!;
          if (bid <= 0 || bid < t.reserveMicros) expect(reason).toBe('below-reserve');
          else if (expected.includes(i)) expect(reason).toBeNull();
          else expect(reason).toBe(shop >= 0 && taken.has(shop) ? 'shop-has-ad' : 'outbid');
        });
      }),
      params,
    );
  });

  it('raising a bid never lowers its rank, and leaves the price alone while the rank stays', () => {
    fc.assert(
      fc.property(candidates, terms, fc.nat(), fc.integer({ min: 1, max: 2_000_000 }), (all, t, pick, more) => {
        fc.pre(all.length > 0);
        const index = pick % all.length;
        const before = run(all, t);
        const after = run(withBid(all, index, all[index]!.bid + more), t);
        const rank = rankOf(before, index);
        expect(rankOf(after, index)).toBeLessThanOrEqual(rank);
        if (rankOf(after, index) !== rank || rank === Number.POSITIVE_INFINITY) return;
        // The only trace of the bid in the price is that it caps the rounding.
        expect(before.pricesMicros[rank]).toBe(Math.min(all[index]!.bid, after.pricesMicros[rank]!));
      }),
      params,
    );
  });

  it('the price is the least, to a cent, that keeps the slot', () => {
    const strangers = candidates.map((all) => all.map((c) => ({ ...c, shop: -1 })));
    fc.assert(
      fc.property(strangers, terms, (all, t) => {
        const { winners, pricesMicros } = run(all, t);
        winners.forEach((winner, rank) => {
          const price = pricesMicros[rank]!;
          // One micro more than the price, so that a tie is won.
          expect(rankOf(run(withBid(all, winner, price + 1), t), winner)).toBeLessThanOrEqual(rank);
          const lower = price - MICROS_PER_CENT - 1;
          if (lower >= 0) expect(rankOf(run(withBid(all, winner, lower), t), winner)).toBeGreaterThan(rank);
        });
      }),
      params,
    );
  });

  it('the order in which candidates arrive changes nothing where scores differ', () => {
    const shuffled = fc
      .uniqueArray(candidate, { selector: score, maxLength: 24 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all.keys()], { minLength: all.length })));
    fc.assert(
      fc.property(shuffled, terms, ([all, order], t) => {
        const plain = run(all, t);
        const other = run(
          Array.from(order, (i) => all[i]!),
          t,
        );
        expect([...other.winners].map((winner) => order[winner])).toEqual([...plain.winners]);
        expect(other.pricesMicros).toEqual(plain.pricesMicros);
      }),
      params,
    );
  });

  it('who is not admitted when it comes to it is as if it had never been there, however many they are', () => {
    const some = fc.array(fc.tuple(fc.oneof(candidate, coarse), fc.integer({ min: 0, max: 3 })), { maxLength: 60 });
    fc.assert(
      fc.property(some, terms, fc.constantFrom('gsp' as const, 'vcg' as const), (all, t, format) => {
        const admitted = [...all.keys()].filter((i) => all[i]![1] === 0);
        const lazy = run(
          all.map(([one]) => one),
          { ...t, format, admits: (entrant) => all[entrant]![1] === 0 },
        );
        const plain = run(
          admitted.map((i) => all[i]![0]),
          { ...t, format },
        );
        expect(lazy.winners).toEqual(plain.winners.map((winner) => admitted[winner]));
        expect(lazy.pricesMicros).toEqual(plain.pricesMicros);
        expect(admitted.map((i) => lazy.reasons[i])).toEqual(plain.reasons);
      }),
      params,
    );
  });
});
