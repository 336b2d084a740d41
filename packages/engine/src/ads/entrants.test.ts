/** Bids by view, click and order in one auction: who ranks where, what each pays for its own event, and what squashing does. */
import { describe, expect, it } from 'vitest';
import { Auction } from './auction.ts';
import { CLICK, Entrants, ORDER, rateOf, reserveFor, VIEW, weigh } from './entrants.ts';

const P_CLICK = 0.02;
const P_ORDER = 0.05;

/** Runs bids of kinds that are all alike but for what is paid for. */
function sell(bids: readonly { paid: number; bid: number }[], slots: number, reserveMicros = 0, coinMicros = 1) {
  const entrants = new Entrants(bids.length);
  for (const { paid, bid } of bids) {
    const i = entrants.open();
    entrants.bidMicros[i] = bid;
    entrants.weight[i] = weigh(rateOf(paid, P_CLICK, P_ORDER), 0.5, 1, 1);
    entrants.reserveMicros[i] = reserveFor(paid, reserveMicros, P_CLICK, P_ORDER);
    entrants.coinMicros[i] = coinMicros;
  }
  const auction = new Auction();
  auction.run(entrants, { format: 'gsp', slotEffects: new Float64Array(slots).fill(1), qualityMin: 0 });
  return {
    winners: [...auction.winner.subarray(0, auction.won)],
    prices: [...auction.priceMicros.subarray(0, auction.won)],
    reasons: bids.map((_, i) => auction.dropReason(i)),
  };
}

describe('bids by view, click and order', () => {
  // An impression is worth .008, .006 and .005 of the currency.
  const bids = [
    { paid: CLICK, bid: 300_000 },
    { paid: ORDER, bid: 5_000_000 },
    { paid: VIEW, bid: 8_000_000 },
  ];

  it('rank by what an impression is worth, and each pays for its own event', () => {
    const { winners, prices } = sell(bids, 2);
    expect(winners).toEqual([2, 0]);
    // A thousand views pay what the click bid is worth an impression, a thousand times; the click, what the order bid is.
    expect(prices).toEqual([6_000_000, 250_000]);
  });

  it('have one reserve, converted so that an impression brings no less', () => {
    expect(reserveFor(CLICK, 260_000, P_CLICK, P_ORDER)).toBe(260_000);
    expect(reserveFor(VIEW, 260_000, P_CLICK, P_ORDER)).toBe(5_200_000);
    expect(reserveFor(ORDER, 260_000, P_CLICK, P_ORDER)).toBe(5_200_000);
    expect(reserveFor(VIEW, 0, P_CLICK, P_ORDER)).toBe(0);
    const { winners, prices, reasons } = sell(bids, 3, 260_000);
    expect(winners).toEqual([2, 0]);
    expect(prices).toEqual([6_000_000, 260_000]);
    expect(reasons).toEqual([null, 'below-reserve', null]);
  });

  it('round to a cent of what is paid for', () => {
    const views = { paid: VIEW, bid: 8_000_000 };
    expect(sell([views, { paid: CLICK, bid: 300_001 }], 1, 0, 10_000).prices).toEqual([6_010_000]);
    expect(
      sell(
        [
          { paid: CLICK, bid: 400_000 },
          { ...views, bid: 6_000_001 },
        ],
        1,
        0,
        10_000,
      ).prices,
    ).toEqual([310_000]);
  });
});

describe('squashing', () => {
  it('leaves a usual quality alone, whatever is paid for, and draws others towards it', () => {
    for (const anchor of [1, 0.01, 0.0005])
      for (const exponent of [0, 0.5, 0.9, 1]) expect(weigh(anchor, 1, exponent, anchor)).toBeCloseTo(anchor, 12);
    expect(weigh(0.04, 1, 0.5, 0.01)).toBeCloseTo(0.02, 12);
    expect(weigh(0.0025, 1, 0.5, 0.01)).toBeCloseTo(0.005, 12);
    expect(weigh(0.04, 1, 0, 0.01)).toBe(0.01);
    expect(weigh(0.3, 0.7, 1, 0.01)).toBe(0.3 * 0.7);
  });

  it('asserts on a quality that is none', () => {
    for (const rate of [0, -1, 2, Number.NaN]) expect(() => weigh(rate, 1, 1, 0.01)).toThrow(/quality/);
  });
});

describe('admission', () => {
  it('keeps out who has no budget, was seen enough, is not good enough or bids too little, in this order', () => {
    const entrants = new Entrants(6);
    for (let i = 0; i < 6; i++) {
      entrants.open();
      entrants.bidMicros[i] = 100;
      entrants.reserveMicros[i] = 60;
    }
    entrants.leftMicros[1] = 0;
    entrants.seen[2] = 3;
    entrants.seenMax[2] = 3;
    entrants.quality[3] = 0.1;
    entrants.multiplier[4] = 0.59;
    entrants.multiplier[5] = 0.799;
    const auction = new Auction();
    auction.run(entrants, { format: 'gsp', slotEffects: Float64Array.of(1, 1), qualityMin: 0.2 });
    expect([...auction.winner]).toEqual([0, 5]);
    // Pacing's share of the bid, in whole micros, is what competes.
    expect([...auction.priceMicros]).toEqual([79, 60]);
    expect([0, 1, 2, 3, 4, 5].map((i) => auction.dropReason(i))).toEqual([
      null,
      'budget-exhausted',
      'frequency-capped',
      'low-quality',
      'below-reserve',
      null,
    ]);
    expect(() => entrants.open()).toThrow(/places/);
  });
});
