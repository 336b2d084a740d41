import type { Campaign, Placement } from '@rialto/sdk';
import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY, millis } from '../base/units.ts';
import { Market } from '../market/market.ts';
import { Pacing } from './pacing.ts';
import { bidShare, isShaded, placementPacing, shareMax } from './pacing-method.ts';

const NAMES = { listingOf: () => 0, shopOf: () => 0, wordsOf: () => [] };

/** Whether a campaign with these terms is shaded on a placement with that auction. */
function shaded(terms: Partial<Campaign>, auction: Placement['auction'] = {}): boolean {
  const { campaigns } = new Market();
  const row = campaigns.put({ id: 'c', shop: 's', listings: ['l'], dailyBudgetMicros: 1, ...terms }, NAMES);
  return isShaded(row, campaigns, placementPacing({ id: 'home', slots: 1, sources: [], auction }));
}

describe('how a campaign is paced', () => {
  const automatic = { bidding: { strategy: 'maximise-clicks' } } as const;

  it('follows from format and bid where nobody chooses', () => {
    expect(shaded({})).toBe(false);
    expect(shaded({}, { format: 'vcg' })).toBe(false);
    expect(shaded({}, { format: 'first-price' })).toBe(true);
    for (const format of ['gsp', 'vcg', 'first-price'] as const) expect(shaded(automatic, { format })).toBe(true);
  });

  it("is the placement's choice, and before that the campaign's; a commission is never shaded", () => {
    expect(shaded({}, { pacing: 'shade' })).toBe(true);
    expect(shaded(automatic, { pacing: 'throttle' })).toBe(false);
    expect(shaded({ pacing: 'throttle' }, { pacing: 'shade', format: 'first-price' })).toBe(false);
    expect(shaded({ pacing: 'shade' }, { pacing: 'throttle' })).toBe(true);
    expect(shaded({ objective: 'cost-per-sale', commissionBasisPoints: 500 }, { pacing: 'shade' })).toBe(false);
  });

  it('lowers bids by shading alone, and raises automatic ones either way', () => {
    const { campaigns } = new Market();
    const row = campaigns.put({ id: 'c', shop: 's', listings: ['l'], dailyBudgetMicros: 1, ...automatic }, NAMES);
    expect(bidShare(0.25, true)).toBe(0.5);
    expect(bidShare(0.25, false)).toBe(1);
    expect(bidShare(4, false)).toBe(2);
    expect(bidShare(shareMax(row, campaigns), true)).toBe(1_000);
  });
});

/** A campaign that bids 1 against a rival whose bid is uniform in (0, 2), for a day, with a third of the money that it could spend. */
function day(seed: number, { shaded, firstPrice }: { shaded: boolean; firstPrice: boolean }) {
  const requests = 24_000;
  const rng = new Rng(seed);
  const pacing = new Pacing();
  const goal = ((firstPrice ? 0.5 : 0.25) * requests * 1e6) / 3;
  let [spent, wins, passed] = [0, 0, 0];
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
    const bid = 1e6 * bidShare(share, shaded);
    const takesPart = share > 0 && (shaded || rng.unit() < share);
    if (!takesPart || rival >= bid) continue;
    const price = Math.floor(Math.min(firstPrice ? bid : rival, goal - spent));
    spent += price;
    wins++;
    pacing.served(0, price, at);
    pacing.billed(0, 0);
  }
  return { used: spent / goal, winsPerUnit: (1e6 * wins) / spent };
}

describe('shading against throttling, by known prices', () => {
  it.each([1, 2])(
    'spends the budget and buys √3 as many for it, in second price and in first price (seed %i)',
    (seed) => {
      for (const firstPrice of [false, true]) {
        const throttled = day(seed, { shaded: false, firstPrice });
        const shaded = day(seed, { shaded: true, firstPrice });
        expect(throttled.used).toBeGreaterThan(0.98);
        expect(shaded.used).toBeGreaterThan(0.98);
        // A third of the money is spent at a bid of 1 / √3, and prices go with the bid.
        expect(shaded.winsPerUnit / throttled.winsPerUnit).toBeGreaterThan(0.93 * Math.sqrt(3));
        expect(shaded.winsPerUnit / throttled.winsPerUnit).toBeLessThan(1.05 * Math.sqrt(3));
      }
    },
  );
});
