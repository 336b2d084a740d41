import type { Campaign } from '@rialto/sdk';
import { describe, expect, it } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import {
  ADJUSTED,
  AUTOMATIC,
  BID,
  BOUNDED,
  CAPPED,
  DAILY_BUDGET,
  FOR_ORDERS,
  LIMITED,
  OPTIMISED,
  PAUSED,
  PAYS_COMMISSION,
  SCHEDULED,
  SHOP,
  TARGETED,
} from './campaign-front.ts';
import { BILLINGS, Campaigns, NOBODY, OBJECTIVES, SEVERAL, STRATEGIES } from './campaigns.ts';

const CLICK = BILLINGS.indexOf('click');
const LISTINGS = ['a', 'b', 'c', 'd'];
const SHOPS = ['s', 't'];
const listingOf = (id: string): number => LISTINGS.indexOf(id);
const shopOf = (id: string): number => SHOPS.indexOf(id);
const NAMES = { listingOf, shopOf, wordsOf: (text: string) => text.split(' ') };
const campaign = (id: string, listings: readonly string[], rest: Partial<Campaign> = {}): Campaign => ({
  id,
  shop: 's',
  listings,
  bidMicros: 200_000,
  dailyBudgetMicros: 5_000_000,
  ...rest,
});

function of(...all: Campaign[]): Campaigns {
  const campaigns = new Campaigns();
  for (const one of all) campaigns.put(one, NAMES);
  return campaigns;
}

function copyOf(campaigns: Campaigns): Campaigns {
  const loaded = new Campaigns();
  loaded.load(readerOf((out) => campaigns.save(out)));
  return loaded;
}

const links = (campaigns: Campaigns): number[][] => LISTINGS.map((_, row) => [...campaigns.ofListing(row)].sort());

describe('Campaigns', () => {
  it('keeps what an auction asks of a campaign', () => {
    const campaigns = of(
      campaign('x', ['a'], { status: 'paused', startsAt: 5, endsAt: 9, shop: 't', placements: ['home'] }),
      campaign('y', ['b'], { status: 'active' }),
    );
    expect([...campaigns.active.view()]).toEqual([0, 1]);
    expect([...campaigns.startsAt.view()]).toEqual([5, 0]);
    expect([...campaigns.endsAt.view()]).toEqual([9, Number.MAX_SAFE_INTEGER]);
    expect([...campaigns.shop.view()]).toEqual([1, 0]);
    expect([0, 1].map((row) => campaigns.targets.allowsPlacement(row, 'home'))).toEqual([true, true]);
    expect([0, 1].map((row) => campaigns.targets.allowsPlacement(row, 'cart'))).toEqual([false, true]);
    expect(campaigns.bidMicros.data[1]).toBe(200_000);
    expect(campaigns.dailyBudgetMicros.data[1]).toBe(5_000_000);
  });

  it('keeps what a campaign wants and how it bids, limits that it does not have as Infinity', () => {
    const { bidMicros: _, dailyBudgetMicros: __, ...bare } = campaign('z', ['a']);
    const campaigns = of(campaign('x', ['a'], { objective: 'views', weeklyBudgetMicros: 70, dayMultiple: 3 }), {
      ...bare,
      objective: 'sales',
      bidding: { strategy: 'target-roas', roas: 4 },
      lifetimeBudgetMicros: 500,
    });
    expect(Array.from(campaigns.objective.view(), (i) => OBJECTIVES[i])).toEqual(['views', 'sales']);
    expect(Array.from(campaigns.billing.view(), (i) => BILLINGS[i])).toEqual(['view', 'click']);
    expect(Array.from(campaigns.strategy.view(), (i) => STRATEGIES[i])).toEqual(['manual', 'target-roas']);
    expect([...campaigns.bidMicros.view()]).toEqual([200_000, Infinity]);
    expect([...campaigns.target.view()]).toEqual([0, 4]);
    expect([...campaigns.dailyBudgetMicros.view()]).toEqual([5_000_000, Infinity]);
    expect([...campaigns.weeklyBudgetMicros.view()]).toEqual([70, Infinity]);
    expect([...campaigns.lifetimeBudgetMicros.view()]).toEqual([Infinity, 500]);
    expect([campaigns.dayLimitMicros(0), campaigns.dayLimitMicros(1)]).toEqual([30, 500]);
  });

  it('knows which campaigns advertise a listing, one that is named twice once', () => {
    expect(links(of(campaign('x', ['a', 'b', 'a']), campaign('y', ['b'])))).toEqual([[0], [0, 1], [], []]);
  });

  it('moves the links when a campaign changes its listings', () => {
    const campaigns = of(campaign('x', ['a', 'b']), campaign('y', ['b', 'c']), campaign('x', ['c', 'd']));
    expect(campaigns.size).toBe(2);
    expect(links(campaigns)).toEqual([[], [1], [0, 1], [0]]);
    expect([...campaigns.ofListing(99)]).toEqual([]);
  });

  it('sets back what a change leaves out', () => {
    const campaigns = of(
      campaign('x', ['a'], { status: 'paused', startsAt: 5, endsAt: 9, placements: ['home'] }),
      campaign('x', ['a']),
    );
    expect([campaigns.active.data[0], campaigns.startsAt.data[0], campaigns.endsAt.data[0]]).toEqual([
      1,
      0,
      Number.MAX_SAFE_INTEGER,
    ]);
    expect(campaigns.targets.allowsPlacement(0, 'cart')).toBe(true);
  });

  it('finds the one campaign that advertises a listing', () => {
    const campaigns = of(campaign('x', ['a', 'b']), campaign('y', ['b', 'c']));
    const sole = (of: Campaigns) => [...of.soleAdvertiser.view()];
    expect(sole(campaigns)).toEqual([0, SEVERAL, 1]);
    campaigns.put(campaign('x', ['d']), NAMES);
    expect(sole(campaigns)).toEqual([NOBODY, 1, 1, 0]);
    expect(sole(copyOf(campaigns))).toEqual(sole(campaigns));
  });

  it('has in front what its columns have, also after being changed or loaded', () => {
    const targeting = { keywords: [{ text: 'oak', match: 'broad' as const }] };
    const campaigns = of(
      campaign('x', ['a'], { status: 'paused', frequencyCap: { impressions: 1, hours: 2 }, targeting }),
      campaign('y', ['a'], { startsAt: 5, endsAt: 9, shop: 't', objective: 'sales', weeklyBudgetMicros: 70 }),
      campaign('z', ['b'], { placements: ['home'], bidAdjustments: { placements: { home: 2 } } }),
      campaign('u', ['b'], { schedule: { timeZone: 'UTC', hours: [] }, bidding: { strategy: 'maximise-clicks' } }),
      campaign('v', ['b'], { objective: 'cost-per-sale', commissionBasisPoints: 900, lifetimeBudgetMicros: 80 }),
    );
    const traits = ({ front, size }: Campaigns) => Array.from({ length: size }, (_, row) => front.traits(row));
    expect(traits(campaigns)).toEqual([
      PAUSED | CAPPED | TARGETED | CLICK,
      BOUNDED | LIMITED | OPTIMISED | FOR_ORDERS | CLICK,
      TARGETED | ADJUSTED | CLICK,
      SCHEDULED | AUTOMATIC | CLICK,
      LIMITED | PAYS_COMMISSION | FOR_ORDERS | BILLINGS.indexOf('order'),
    ]);
    expect([DAILY_BUDGET, BID, SHOP].map((cell) => campaigns.front.get(1, cell))).toEqual([5_000_000, 200_000, 1]);
    expect(traits(copyOf(campaigns))).toEqual(traits(campaigns));
    campaigns.put(campaign('x', ['a']), NAMES);
    expect(campaigns.front.traits(0)).toBe(CLICK);
  });

  it('is the same after being saved and loaded, links in the same order', () => {
    const campaigns = of(
      campaign('x', ['a', 'b'], { placements: ['home'] }),
      campaign('y', ['b', 'c'], { shop: 't' }),
      campaign('z', ['b']),
      campaign('x', ['b', 'd']),
    );
    const loaded = copyOf(campaigns);
    expect(fingerprint((out) => loaded.save(out))).toEqual(fingerprint((out) => campaigns.save(out)));
    for (const row of [0, 1, 2]) expect(loaded.listingsOf(row)).toEqual(campaigns.listingsOf(row));
    // The order decides which of equals is seen first: it must not depend on whether the process has been restarted.
    for (const row of LISTINGS.keys()) expect(loaded.ofListing(row)).toEqual(campaigns.ofListing(row));
    loaded.put(campaign('y', ['a']), NAMES);
    expect(links(loaded)).toEqual([[1], [0, 2], [], [0]]);
  });
});
