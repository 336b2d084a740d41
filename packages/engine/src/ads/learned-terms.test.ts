/** What placements learn from their state: reserves from bids, slot effects from ads; and that a snapshot keeps it. */
import type { Placement } from '@rialto/sdk';
import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { type Millis, millis } from '../base/units.ts';
import { Market } from '../market/market.ts';
import { LearnedReserves } from './learned-reserves.ts';
import { SlotEffects } from './slot-effects.ts';

const HOUR = 3_600_000;
const at = (hour: number): Millis => millis(hour * HOUR);
const PAGE: Placement = { id: 'home', slots: 8, adSlots: [0, 3, 5], sources: [], reserveMicros: 20_000 };
const SHOPS = 240;

/** A shop's campaign bids around .40; `bids` replaces some. */
function marketOf(auction: NonNullable<Placement['auction']>, bids: Readonly<Record<number, number>> = {}): Market {
  const market = new Market();
  const rng = new Rng(9);
  market.placements.put('home', { ...PAGE, auction });
  for (let shop = 0; shop < SHOPS; shop++) {
    const drawn = Math.round(400_000 * rng.exponential()) + 1;
    market.campaigns.put(
      { id: `c${shop}`, shop: `s${shop}`, listings: ['l'], bidMicros: bids[shop] ?? drawn, dailyBudgetMicros: 1e7 },
      { listingOf: () => 0, shopOf: market.shopOf, wordsOf: (text) => [text] },
    );
  }
  return market;
}

function learned(market: Market, hour = 1): number[] {
  const reserves = new LearnedReserves();
  reserves.advance(at(hour), market);
  return Array.from({ length: SHOPS }, (_, shop) => reserves.of(0, market.listings.shopIds.find(`s${shop}`), market));
}

function restored<T extends SlotEffects | LearnedReserves>(part: T, into: T): T {
  const out = new SnapshotWriter();
  part.save(out);
  into.load(new SnapshotReader(out.sections));
  return into;
}

describe('learned reserves of a placement', () => {
  const learns = { reserve: { learned: {} } };

  it('are two, near the best price, and hold for all shops', () => {
    const reserves = learned(marketOf(learns));
    const distinct = new Set(reserves);
    expect(distinct.size).toBe(2);
    for (const reserve of distinct) {
      expect(reserve).toBeGreaterThan(150_000);
      expect(reserve).toBeLessThan(600_000);
    }
  });

  it("do not move with the shop's own bid, but with those of others", () => {
    const before = learned(marketOf(learns));
    for (const shop of [0, 1, 2, 100, 239])
      for (const bid of [1, 50_000, 9_000_000])
        expect(learned(marketOf(learns, { [shop]: bid }))[shop]).toBe(before[shop]);
    const low = Object.fromEntries(Array.from({ length: SHOPS }, (_, shop) => [shop, 60_000 + shop]));
    for (const reserve of learned(marketOf(learns, low))) expect(reserve).toBeLessThan(70_000);
  });

  it('are none where too few bid, not asked for, or not yet; and never above what is allowed', () => {
    expect(new Set(learned(marketOf({ reserve: { learned: { shopsMin: 241 } } })))).toEqual(new Set([0]));
    expect(new Set(learned(marketOf({})))).toEqual(new Set([0]));
    expect(new Set(learned(marketOf({ reserve: { learned: { reserveMicrosMax: 100_000 } } })))).toEqual(
      new Set([100_000]),
    );
    const paused = marketOf(learns);
    paused.campaigns.active.data.fill(0);
    expect(new Set(learned(paused))).toEqual(new Set([0]));
  });

  it('are made again each hour, and a snapshot keeps them', () => {
    const market = marketOf(learns);
    const reserves = new LearnedReserves();
    reserves.advance(at(1), market);
    const shop = market.listings.shopIds.find('s5');
    const first = reserves.of(0, shop, market);
    market.campaigns.bidMicros.data.fill(50_000, 0, SHOPS);
    reserves.advance(millis(2 * HOUR - 1), market);
    expect(reserves.of(0, shop, market)).toBe(first);
    const copy = restored(reserves, new LearnedReserves());
    expect(copy.of(0, shop, market)).toBe(first);
    for (const part of [reserves, copy]) {
      part.advance(at(2), market);
      expect(part.of(0, shop, market)).toBeLessThanOrEqual(50_000);
    }
  });
});

describe('learned slot effects of a placement', () => {
  const TRUTH = [1, 0.5, 0.3];

  function shown(auction: NonNullable<Placement['auction']>, views: number): SlotEffects {
    const rng = new Rng(3);
    const effects = new SlotEffects();
    const placement = { ...PAGE, auction };
    for (let n = 0; n < views; n++) {
      const slot = rng.below(3);
      const event = { placement, row: 0, listing: rng.below(20), position: PAGE.adSlots![slot]! };
      effects.count({ ...event, clicked: false });
      if (rng.unit() < 0.2 * TRUTH[slot]!) effects.count({ ...event, clicked: true });
    }
    return effects;
  }

  const filled = (effects: SlotEffects, positions: readonly number[]): number[] => {
    const into = new Float64Array(positions.length).fill(1);
    effects.fill(0, Int32Array.from(positions), into);
    return [...into];
  };

  it('come from its own ads, after an hour, and a snapshot keeps them', () => {
    const market = marketOf({ slotEffects: 'learned' });
    const effects = shown({ slotEffects: 'learned' }, 40_000);
    expect(filled(effects, [0, 3, 5])).toEqual([1, 1, 1]);
    effects.advance(at(1), market);
    for (const [slot, effect] of filled(effects, [0, 3, 5]).entries())
      expect(Math.abs(effect - TRUTH[slot]!)).toBeLessThan(0.05);
    // Of some of the slots, where not all are sold.
    expect(filled(effects, [0, 5])).toEqual([1, filled(effects, [0, 3, 5])[2]]);
    const copy = restored(effects, new SlotEffects());
    expect(filled(copy, [0, 3, 5])).toEqual(filled(effects, [0, 3, 5]));
  });

  it('are not made up from few clicks, nor counted where they are not asked for', () => {
    const market = marketOf({ slotEffects: 'learned' });
    for (const effects of [shown({ slotEffects: 'learned' }, 500), shown({}, 40_000)]) {
      effects.advance(at(1), market);
      expect(filled(effects, [0, 3, 5])).toEqual([1, 1, 1]);
    }
  });
});
