import type { Campaign, Placement } from '@rialto/sdk';
import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY, millis } from '../base/units.ts';
import { Market } from '../market/market.ts';
import { Pacing } from './pacing.ts';
import { bidShare, type PacedBy, pacedBy, participation, placementPacing, shareMax } from './pacing-method.ts';

const NAMES = { listingOf: () => 0, shopOf: () => 0, wordsOf: () => [] };

/** How a campaign with these terms is paced on a placement with that auction. */
function methodFor(terms: Partial<Campaign>, auction: Placement['auction'] = {}): PacedBy {
  const { campaigns } = new Market();
  const row = campaigns.put({ id: 'c', shop: 's', listings: ['l'], dailyBudgetMicros: 1, ...terms }, NAMES);
  return pacedBy(row, campaigns, placementPacing({ id: 'home', slots: 1, sources: [], auction }));
}

describe('how a campaign is paced', () => {
  const automatic = { bidding: { strategy: 'maximise-clicks' } } as const;
  const commission = { objective: 'cost-per-sale', commissionBasisPoints: 500 } as const;

  it('follows from format and bid where nobody chooses', () => {
    expect(methodFor({})).toBe('throttle');
    expect(methodFor({}, { format: 'vcg' })).toBe('throttle');
    expect(methodFor({}, { format: 'first-price' })).toBe('shade');
    for (const format of ['gsp', 'vcg', 'first-price'] as const) {
      expect(methodFor(automatic, { format })).toBe('shade-freely');
      expect(methodFor(commission, { format })).toBe('throttle');
    }
  });

  it("is the placement's choice, and before that the campaign's; a commission is never shaded", () => {
    expect(methodFor({}, { pacing: 'throttle' })).toBe('throttle');
    expect(methodFor(automatic, { pacing: 'throttle' })).toBe('throttle');
    expect(methodFor({ pacing: 'throttle' }, { pacing: 'shade', format: 'first-price' })).toBe('throttle');
    expect(methodFor({ pacing: 'shade' }, { pacing: 'throttle' })).toBe('shade');
    expect(methodFor(commission, { pacing: 'shade' })).toBe('throttle');
  });

  it("lowers a seller's bid to half, then sits out; raises automatic ones either way", () => {
    const { campaigns } = new Market();
    const row = campaigns.put({ id: 'c', shop: 's', listings: ['l'], dailyBudgetMicros: 1, ...automatic }, NAMES);
    const both = (share: number, by: PacedBy) => [bidShare(share, by), participation(share, by)];
    expect(both(0.64, 'shade')).toEqual([0.8, 1]);
    expect(both(0.25, 'shade')).toEqual([0.5, 1]);
    expect(both(0.1, 'shade')).toEqual([0.5, 0.4]);
    expect(both(0.0625, 'shade-freely')).toEqual([0.25, 1]);
    expect(both(0.3, 'throttle')).toEqual([1, 0.3]);
    for (const by of ['throttle', 'shade', 'shade-freely'] as const) {
      expect(both(1, by)).toEqual([1, 1]);
      expect(participation(0, by)).toBe(0);
    }
    for (const by of ['throttle', 'shade-freely'] as const) expect(both(4, by)).toEqual([2, 1]);
    expect(bidShare(shareMax(row, campaigns), 'shade-freely')).toBe(1_000);
  });
});

/** What a request costs on average at the full bid: in first and second price half of them are won; against a reserve all, for a cent. */
const WORTH = { first: 0.5, second: 0.25, reserve: 0.01 } as const;

/** A campaign that bids 1 for a day against a rival whose bid is uniform in (0, 2), or a reserve alone, with a third of what it could spend. */
function day(seed: number, by: PacedBy, price: keyof typeof WORTH) {
  const requests = 24_000;
  const rng = new Rng(seed);
  const pacing = new Pacing();
  const goal = (WORTH[price] * requests * 1e6) / 3;
  let [spent, wins, passed, late] = [0, 0, 0, 0];
  const paced = { size: 1, spentMicros: () => spent, leftMicros: () => goal - spent, shareMax: () => 1 };
  const traffic = {
    passed: () => passed,
    outlook: (_: number, at: number) => ({ rest: requests * (1 - at / MILLIS_PER_DAY), hourly: requests / 24 }),
  };
  for (let i = 0; i < requests; i++) {
    const at = millis(Math.floor((i * MILLIS_PER_DAY) / requests));
    pacing.advance(at, paced, traffic);
    passed++;
    const share = pacing.share(0);
    const rival = 2e6 * rng.unit();
    const bid = 1e6 * bidShare(share, by);
    if (rng.unit() >= participation(share, by) || (price !== 'reserve' && rival >= bid)) continue;
    const asked = { first: bid, second: rival, reserve: 10_000 }[price];
    const paid = Math.floor(Math.min(asked, goal - spent));
    spent += paid;
    wins++;
    if (i >= (requests * 23) / 24) late += paid;
    pacing.served(0, paid, at);
    pacing.billed(0, 0);
  }
  return { used: spent / goal, winsPerUnit: (1e6 * wins) / spent, lastHour: late / goal };
}

describe('shading against throttling, by known prices', () => {
  it.each([1, 2])('spends the budget and buys √3 as many for it, by first and by second price (seed %i)', (seed) => {
    for (const price of ['first', 'second'] as const) {
      const throttled = day(seed, 'throttle', price);
      const shaded = day(seed, 'shade', price);
      expect(throttled.used).toBeGreaterThan(0.98);
      expect(shaded.used).toBeGreaterThan(0.98);
      // A third of the money is spent at a bid of 1 / √3, and prices go with the bid.
      expect(shaded.winsPerUnit / throttled.winsPerUnit).toBeGreaterThan(0.93 * Math.sqrt(3));
      expect(shaded.winsPerUnit / throttled.winsPerUnit).toBeLessThan(1.05 * Math.sqrt(3));
    }
  });

  it.each([1, 2])('follows the plan also where no rival makes the bid count (seed %i)', (seed) => {
    const { used, lastHour } = day(seed, 'shade', 'reserve');
    expect(used).toBeGreaterThan(0.98);
    // Not spent before the evening: the last hour has about its twenty-fourth of the money, less the half hour that is kept in hand.
    expect(24 * lastHour).toBeGreaterThan(0.4);
    expect(24 * lastHour).toBeLessThan(1.5);
  });
});
