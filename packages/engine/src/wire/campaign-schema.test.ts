import { readFileSync } from 'node:fs';
import type { Campaign } from '@rialto/sdk';
import { describe, expect, it, test } from 'vitest';
import { RialtoError } from '../base/errors.ts';
import { campaignSchema } from './campaign-schema.ts';
import { validate } from './validate.ts';

const minimal = { id: 'c', shop: 's', listings: ['l'], bidMicros: 1, dailyBudgetMicros: 1 };
const { bidMicros: _, ...withoutBid } = minimal;
const { dailyBudgetMicros: __, ...withoutBudget } = minimal;

/** The field and what is said of it, or the campaign. */
function check(campaign: unknown): Campaign | string {
  try {
    return validate(campaignSchema, campaign);
  } catch (error) {
    if (error instanceof RialtoError) return error.message;
    throw error;
  }
}

test('the example of docs/campaigns.md is one', () => {
  const page = readFileSync(new URL('../../../../docs/campaigns.md', import.meta.url), 'utf8');
  const example: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)![1]!);
  expect(check(example)).toEqual(example);
});

test('names that objects have by themselves are names like others', () => {
  const odd = JSON.parse('{"constructor": 2, "toString": 0, "hasOwnProperty": 1}') as Record<string, number>;
  expect(check({ ...minimal, bidAdjustments: { placements: odd } })).toEqual({
    ...minimal,
    bidAdjustments: { placements: odd },
  });
  const proto: unknown = JSON.parse('{"__proto__": 5}');
  const taken = check({ ...minimal, bidAdjustments: { placements: proto } });
  expect(
    typeof taken === 'string' || Object.getPrototypeOf(taken.bidAdjustments?.placements) === Object.prototype,
  ).toBe(true);
  expect(check({ ...minimal, targeting: { categories: ['__proto__'], countries: ['constructor'] } })).toBeTypeOf(
    'object',
  );
});

describe('a campaign', () => {
  it.each<[string, object]>([
    ['as it always was', minimal],
    ['for views', { ...minimal, objective: 'views' }],
    ['for orders', { ...withoutBid, objective: 'cost-per-sale', commissionBasisPoints: 1_200 }],
    ['that bids by itself', { ...withoutBid, bidding: { strategy: 'maximise-clicks' } }],
    [
      'that bids by itself up to a cap',
      { ...minimal, objective: 'sales', bidding: { strategy: 'target-roas', roas: 4 } },
    ],
    ['with a budget of the week', { ...withoutBudget, weeklyBudgetMicros: 7, dayMultiple: 1.5 }],
    ['with a budget of its life', { ...withoutBudget, lifetimeBudgetMicros: 7 }],
    [
      'with everything',
      {
        ...minimal,
        weeklyBudgetMicros: 7,
        lifetimeBudgetMicros: 70,
        status: 'active',
        startsAt: 1,
        endsAt: 2,
        placements: ['home'],
        bidAdjustments: { placements: { home: 1.5 }, devices: { app: 0 } },
        schedule: { timeZone: 'America/Argentina/Buenos_Aires', hours: [{ days: [6, 7], from: 8, to: 24 }] },
        frequencyCap: { impressions: 3, hours: 24 },
        targeting: {
          keywords: [
            { text: 'mug', match: 'exact', bidMicros: 5 },
            { text: 'mug', match: 'broad' },
          ],
          negativeKeywords: [{ text: 'free mug', match: 'phrase' }],
          categories: ['Home > Kitchen'],
          products: ['tea'],
          complements: true,
          countries: ['DE'],
          regions: ['Berlin'],
          devices: ['app', 'mobile'],
          audiences: { include: ['gifts'], exclude: ['staff'] },
        },
      },
    ],
  ])('%s is taken', (_name, campaign) => {
    expect(check(campaign)).toEqual(campaign);
  });

  it.each<[object, string | RegExp]>([
    [withoutBid, /^bidMicros: manual bidding needs it/],
    [{ ...minimal, objective: 'likes' }, /^objective: .*"views"\|"visits"\|"sales"\|"cost-per-sale".*got "likes"/],
    [{ ...withoutBid, objective: 'cost-per-sale' }, /^commissionBasisPoints: goes together with/],
    [{ ...minimal, commissionBasisPoints: 10 }, /^commissionBasisPoints: goes together with.*got 10$/],
    [{ ...minimal, objective: 'cost-per-sale', commissionBasisPoints: 10 }, /^bidMicros: .*leave the bid out; got 1$/],
    [
      { ...withoutBid, objective: 'cost-per-sale', commissionBasisPoints: 10_001 },
      /^commissionBasisPoints: .*10000.*got 10001/,
    ],
    [
      { ...minimal, objective: 'views', bidding: { strategy: 'target-cpa', cpaMicros: 5 } },
      /^bidding.strategy: automatic bidding is for/,
    ],
    [{ ...minimal, bidding: { strategy: 'target-cpa' } }, /^bidding.cpaMicros/],
    [{ ...minimal, bidding: { strategy: 'maximise-clicks', roas: 3 } }, 'bidding has unknown fields: "roas"'],
    [{ ...minimal, bidding: { strategy: 'best' } }, /^bidding.strategy: .*got "best"/],
    [withoutBudget, /^dailyBudgetMicros: a campaign needs a budget/],
    [{ ...minimal, dayMultiple: 2 }, /^dayMultiple: needs weeklyBudgetMicros.*got 2/],
    [{ ...minimal, weeklyBudgetMicros: 7, dayMultiple: 8 }, /^dayMultiple: .*got 8/],
    [{ ...minimal, startsAt: 5, endsAt: 5 }, 'endsAt: must be later than startsAt; got 5'],
    [{ ...minimal, bidAdjustments: { devices: { app: 11 } } }, /^bidAdjustments.devices.app: .*got 11/],
    [{ ...minimal, bidAdjustments: { devices: { fridge: 1 } } }, /^bidAdjustments.devices/],
    [
      { ...minimal, schedule: { timeZone: 'Berlin', hours: [{ days: [1], from: 0, to: 1 }] } },
      'schedule.timeZone: must be an IANA time zone, such as Europe/Berlin; got "Berlin"',
    ],
    [{ ...minimal, schedule: { timeZone: '+02:00', hours: [{ days: [1], from: 0, to: 1 }] } }, /^schedule.timeZone/],
    [{ ...minimal, schedule: { timeZone: 'UTC', hours: [] } }, /^schedule.hours/],
    [
      { ...minimal, schedule: { timeZone: 'UTC', hours: [{ days: [1], from: 22, to: 6 }] } },
      /^schedule.hours\[0\].to: must be later than `from`; hours over midnight are two entries.*got 6$/,
    ],
    [
      { ...minimal, schedule: { timeZone: 'UTC', hours: [{ days: [0], from: 2, to: 6 }] } },
      /^schedule.hours\[0\].days\[0\]: .*got 0/,
    ],
    [
      { ...minimal, schedule: { timeZone: 'UTC', hours: [{ days: [1, 1], from: 2, to: 6 }] } },
      /days: must not repeat a day/,
    ],
    [{ ...minimal, frequencyCap: { impressions: 0, hours: 24 } }, /^frequencyCap.impressions: .*got 0/],
    [{ ...minimal, frequencyCap: { impressions: 3, hours: 721 } }, /^frequencyCap.hours: .*got 721/],
    [{ ...minimal, targeting: { keywords: [] } }, /^targeting.keywords/],
    [
      { ...minimal, targeting: { keywords: [{ text: 'x'.repeat(81), match: 'exact' }] } },
      /^targeting.keywords\[0\].text/,
    ],
    [{ ...minimal, targeting: { keywords: [{ text: 'x', match: 'fuzzy' }] } }, /^targeting.keywords\[0\].match/],
    [
      {
        ...minimal,
        targeting: {
          keywords: [
            { text: 'Mug', match: 'exact' },
            { text: 'mug ', match: 'exact' },
          ],
        },
      },
      /^targeting.keywords: must not repeat a keyword/,
    ],
    [
      {
        ...minimal,
        targeting: { keywords: [{ text: 'mug', match: 'exact' }], negativeKeywords: [{ text: 'MUG', match: 'exact' }] },
      },
      /^targeting.negativeKeywords: must not rule out a keyword of the campaign itself/,
    ],
    [
      { ...minimal, targeting: { negativeKeywords: [{ text: 'mug', match: 'broad' }] } },
      /^targeting.negativeKeywords\[0\].match/,
    ],
    [
      {
        ...withoutBid,
        bidding: { strategy: 'maximise-clicks' },
        targeting: { keywords: [{ text: 'mug', match: 'exact', bidMicros: 3 }] },
      },
      /^targeting.keywords: bids of keywords are for manual bidding/,
    ],
    [{ ...minimal, targeting: { complements: false } }, /^targeting.complements/],
    [
      { ...minimal, targeting: { audiences: { include: ['a', 'b'], exclude: ['b'] } } },
      /^targeting.audiences.exclude: must not name an audience that is included/,
    ],
    [{ ...minimal, targeting: { devices: ['web'] } }, /^targeting.devices\[0\]: .*got "web"/],
    [{ ...minimal, targeting: { gender: 'f' } }, 'targeting has unknown fields: "gender"'],
  ])('%j is refused', (campaign, message) => {
    expect(check(campaign)).toMatch(message);
  });
});
