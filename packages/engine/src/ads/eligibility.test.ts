import type { Campaign, DecideRequest } from '@rialto/sdk';
import { describe, expect, it } from 'vitest';
import { MILLIS_PER_HOUR, millis } from '../base/units.ts';
import { AdPage } from '../features/ad-page.ts';
import { resolveMoment } from '../features/moment.ts';
import { Market } from '../market/market.ts';
import { AdBooks } from './ad-books.ts';
import { type Ineligibility, whyIneligible } from './eligibility.ts';
import { Frequency } from './frequency.ts';
import { NO_LIMITS } from './limits.ts';
import type { AdClaims } from './token.ts';

/** A Wednesday at noon, UTC. */
const NOON = Date.UTC(2026, 4, 20, 12);
const wordsOf = (text: string): string[] => text.toLowerCase().split(' ');

interface World {
  readonly request?: Partial<DecideRequest>;
  readonly at?: number;
  readonly participation?: number;
  /** How often the buyer `b` has seen the campaign, and when last. */
  readonly seen?: number;
  readonly seenAt?: number;
  /** Of the day. */
  readonly spent?: number;
  /** Paid into the shop's wallet; it has none where absent. */
  readonly wallet?: number;
}

/** What is said of a campaign for the listing `mug` of the shop `s`, in a market that also has `tea`. */
function judge(given: Partial<Campaign>, world: World = {}): Ineligibility | null {
  const market = new Market();
  for (const [id, category] of [
    ['mug', 'Home > Kitchen > Mugs'],
    ['tea', 'Food > Tea'],
  ] as const)
    market.listings.put({ id, title: id, priceMicros: 1, category, shop: 's' }, 0);
  const campaign = { id: 'c', shop: 's', listings: ['mug'], bidMicros: 100, dailyBudgetMicros: 1_000, ...given };
  market.campaigns.put(campaign, { ...market, wordsOf });
  const request = { placements: ['home'], buyer: 'b', ...world.request };
  const at = millis(world.at ?? NOON);
  const moment = resolveMoment(request, at, 0, market);
  const page = new AdPage();
  page.begin({ request, moment, market, words: moment.query === undefined ? [] : wordsOf(moment.query) });
  page.turnTo('home', market);
  const books = new AdBooks();
  if (world.wallet !== undefined) {
    books.accounts.put(0, { id: 's', name: 's', wallet: { creditLimitMicros: 0 } });
    books.ledger.pay(0, world.wallet);
  }
  books.ledger.charge({ campaign: 0, shop: 0, at, priceMicros: world.spent ?? 0, limits: NO_LIMITS });
  return whyIneligible(0, {
    campaigns: market.campaigns,
    page,
    books,
    pacing: { share: () => world.participation ?? 1 },
    frequency: seenBefore(campaign, world),
    at,
    method: { manual: 'throttle', automatic: 'shade' },
    pacingSeed: 1,
  });
}

const claims = (i: number, priceMicros: number): AdClaims => ({
  decisionId: `d${i}`,
  placement: 'home',
  listing: 'mug',
  position: 0,
  campaign: 'c',
  priceMicros,
  expiresAt: NOON + 1_000 * MILLIS_PER_HOUR,
});

function seenBefore({ frequencyCap }: Partial<Campaign>, { seen = 0, seenAt = NOON - 1 }: World): Frequency {
  const frequency = new Frequency();
  for (let i = 0; i < seen; i++)
    frequency.count({
      claims: claims(i, 0),
      campaign: 0,
      capHours: frequencyCap!.hours,
      viewer: 'b',
      at: millis(seenAt),
    });
  return frequency;
}

const weekdays = [1, 2, 3, 4, 5];

describe('a campaign may bid', () => {
  const cases: readonly [name: string, campaign: Partial<Campaign>, world: World, says: Ineligibility | null][] = [
    ['on any page where it asks for nothing', {}, {}, null],
    ['unless paused', { status: 'paused' }, {}, 'campaign-paused'],
    ['from its start on', { startsAt: NOON }, {}, null],
    ['not before', { startsAt: NOON + 1 }, {}, 'campaign-not-started'],
    ['until its end', { endsAt: NOON + 1 }, {}, null],
    ['not at it', { endsAt: NOON }, {}, 'campaign-ended'],
    ['on its placements', { placements: ['cart', 'home'] }, {}, null],
    ['not on others', { placements: ['cart'] }, {}, 'placement-not-targeted'],
    ['nowhere where it names none', { placements: [] }, {}, 'placement-not-targeted'],
    ['not where it bids nothing', { bidAdjustments: { placements: { home: 0 } } }, {}, 'placement-not-targeted'],
    ['where it bids less', { bidAdjustments: { placements: { home: 0.5, cart: 0 } } }, {}, null],
    ['in its countries', { targeting: { countries: ['de'] } }, { request: { context: { country: 'DE' } } }, null],
    [
      'not in others',
      { targeting: { countries: ['de'] } },
      { request: { context: { country: 'FR' } } },
      'country-not-targeted',
    ],
    ['nor where nobody knows the country', { targeting: { countries: ['de'] } }, {}, 'country-not-targeted'],
    ['in its regions', { targeting: { regions: ['BE'] } }, { request: { context: { region: 'BE' } } }, null],
    [
      'not in others',
      { targeting: { regions: ['BE'] } },
      { request: { context: { region: 'BB' } } },
      'region-not-targeted',
    ],
    ['on its devices', { targeting: { devices: ['app'] } }, { request: { context: { device: 'ios' } } }, null],
    [
      'not on others',
      { targeting: { devices: ['mobile'] } },
      { request: { context: { device: 'desktop' } } },
      'device-not-targeted',
    ],
    [
      'nor on what may be any',
      { targeting: { devices: ['mobile'] } },
      { request: { context: { device: 'web' } } },
      'device-not-targeted',
    ],
    [
      'not on devices where it bids nothing',
      { bidAdjustments: { devices: { tablet: 0 } } },
      { request: { context: { device: 'tablet' } } },
      'device-not-targeted',
    ],
    [
      'to its audiences',
      { targeting: { audiences: { include: ['x', 'y'] } } },
      { request: { context: { audiences: ['y'] } } },
      null,
    ],
    [
      'not to others',
      { targeting: { audiences: { include: ['x', 'y'] } } },
      { request: { context: { audiences: ['z'] } } },
      'audience-not-included',
    ],
    [
      'not to whom it excludes',
      { targeting: { audiences: { include: ['x'], exclude: ['z'] } } },
      { request: { context: { audiences: ['x', 'z'] } } },
      'audience-excluded',
    ],
    [
      'on pages below its category',
      { targeting: { categories: ['Home'] } },
      { request: { context: { category: 'Home > Kitchen' } } },
      null,
    ],
    [
      'and on those of listings there',
      { targeting: { categories: ['Home > Kitchen'] } },
      { request: { context: { listing: 'mug' } } },
      null,
    ],
    [
      'not above it',
      { targeting: { categories: ['Home > Kitchen'] } },
      { request: { context: { category: 'Home' } } },
      'category-not-targeted',
    ],
    [
      'nor where a name only begins alike',
      { targeting: { categories: ['Home > Kit'] } },
      { request: { context: { category: 'Home > Kitchen' } } },
      'category-not-targeted',
    ],
    [
      'on pages of its products',
      { targeting: { products: ['tea'] } },
      { request: { context: { listing: 'tea' } } },
      null,
    ],
    [
      'not on others',
      { targeting: { products: ['tea'] } },
      { request: { context: { listing: 'mug' } } },
      'product-not-targeted',
    ],
    [
      'where one of several kinds of page fits',
      { targeting: { products: ['tea'], keywords: [{ text: 'mug', match: 'broad' }] } },
      { request: { context: { query: 'red mug' } } },
      null,
    ],
    [
      'on searches for its keywords only',
      { targeting: { keywords: [{ text: 'mug', match: 'broad' }] } },
      {},
      'keyword-not-matched',
    ],
    [
      'an exact one wants no other word',
      { targeting: { keywords: [{ text: 'red mug', match: 'exact' }] } },
      { request: { context: { query: 'red mug blue' } } },
      'keyword-not-matched',
    ],
    [
      'a phrase wants its words in a row',
      { targeting: { keywords: [{ text: 'red mug', match: 'phrase' }] } },
      { request: { context: { query: 'red big mug' } } },
      'keyword-not-matched',
    ],
    [
      'and is there among others',
      { targeting: { keywords: [{ text: 'red mug', match: 'phrase' }] } },
      { request: { context: { query: 'big red mug' } } },
      null,
    ],
    [
      'a broad one takes any order',
      { targeting: { keywords: [{ text: 'red mug', match: 'broad' }] } },
      { request: { context: { query: 'mug big red' } } },
      null,
    ],
    [
      'negative keywords win',
      {
        targeting: {
          keywords: [{ text: 'mug', match: 'broad' }],
          negativeKeywords: [{ text: 'cheap mug', match: 'phrase' }],
        },
      },
      { request: { context: { query: 'a cheap mug' } } },
      'negative-keyword',
    ],
    [
      'also where it has no other keywords',
      { targeting: { negativeKeywords: [{ text: 'mug', match: 'exact' }] } },
      { request: { context: { query: 'mug' } } },
      'negative-keyword',
    ],
    [
      'complements are told of last',
      { targeting: { complements: true } },
      { request: { context: { listing: 'tea' } } },
      'not-complementary',
    ],
    ['in its hours', { schedule: { timeZone: 'UTC', hours: [{ days: weekdays, from: 12, to: 13 }] } }, {}, null],
    [
      'not outside',
      { schedule: { timeZone: 'Europe/Berlin', hours: [{ days: weekdays, from: 12, to: 13 }] } },
      {},
      'outside-schedule',
    ],
    ['below its cap', { frequencyCap: { impressions: 2, hours: 24 } }, { seen: 1 }, null],
    ['not at it', { frequencyCap: { impressions: 2, hours: 24 } }, { seen: 2 }, 'frequency-capped'],
    [
      'again once that was long ago',
      { frequencyCap: { impressions: 2, hours: 24 } },
      { seen: 2, seenAt: NOON - 24 * MILLIS_PER_HOUR },
      null,
    ],
    [
      'nobody else is capped',
      { frequencyCap: { impressions: 2, hours: 24 } },
      { seen: 2, request: { buyer: 'other' } },
      null,
    ],
    ['with money left', { dailyBudgetMicros: 1_000 }, { spent: 999 }, null],
    ['not without', { dailyBudgetMicros: 1_000 }, { spent: 1_000 }, 'budget-exhausted'],
    [
      'nor above its share of the week',
      { dailyBudgetMicros: 9_000, weeklyBudgetMicros: 700, dayMultiple: 1 },
      { spent: 100 },
      'budget-exhausted',
    ],
    ['out of a wallet with money', {}, { wallet: 11, spent: 10 }, null],
    ['not out of an empty one', {}, { wallet: 10, spent: 10 }, 'wallet-empty'],
    ['where pacing lets it', {}, { participation: 0 }, 'paced'],
    [
      "the seller's own choice is named before the empty budget",
      { status: 'paused', placements: ['cart'], dailyBudgetMicros: 0 },
      {},
      'campaign-paused',
    ],
  ];

  it.each(cases)('%s: %j in %j', (_, campaign, world, says) => {
    expect(judge(campaign, world)).toBe(says);
  });

  it('takes part in the share of decisions that pacing says', () => {
    expect(judge({}, { participation: 0.999 })).toBeNull();
  });
});
