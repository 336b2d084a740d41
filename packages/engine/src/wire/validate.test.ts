import type { BuyerEvent } from '@rialto/sdk';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { RialtoError } from '../base/errors.ts';
import { campaignSchema } from './campaign-schema.ts';
import { decideRequestSchema } from './decide-schema.ts';
import { buyerEventSchema } from './event-schema.ts';
import { listingSchema } from './listing-schema.ts';
import { placementSchema } from './placement-schema.ts';
import { reviewSchema } from './review-schema.ts';
import { settingsSchema } from './settings-schema.ts';
import { validate, validateItems } from './validate.ts';

const listing = { id: 'l1', title: 'A cup', priceMicros: 12_500_000 };
const event = { id: 'e1', type: 'view', buyer: 'b', listing: 'l1' };
const click = { ...event, type: 'click', at: 1_700_000_000_000, token: 't'.repeat(120), placement: 'home' };
const campaign = { id: 'c', shop: 's', listings: ['l1'], bidMicros: 1, dailyBudgetMicros: 1 };
const placement = { id: 'home', slots: 4, sources: [{ source: 'popular', limit: 10 }] };
const selling = (auction: object) => ({ ...placement, adSlots: [0, 2], auction });

function refusal(schema: z.ZodType, value: unknown): RialtoError {
  try {
    validate(schema, value);
  } catch (error) {
    if (error instanceof RialtoError) return error;
    throw error;
  }
  throw new Error(`accepted ${JSON.stringify(value)}`);
}

test('valid values come back equal', () => {
  const full = {
    ...listing,
    description: 'with\nlines',
    category: 'Home > Kitchen',
    tags: ['blue'],
    attributes: { colour: 'blue' },
    availability: 'preorder',
    language: 'pt-BR',
    url: 'https://shop.example/l1?a=b',
    imageUrl: '/img/ä.png',
  };
  expect(validate(listingSchema, full)).toEqual(full);
  expect(validate(buyerEventSchema, click)).toEqual(click);
  expect(
    validate(placementSchema, {
      ...placement,
      rules: [{ rule: 'boost', where: { attribute: 'shop', in: ['s'] }, factor: 2 }],
    }),
  ).toBeDefined();
  expect(validate(listingSchema, { ...listing, id: '😀'.repeat(20), title: 'two words 😀' })).toBeDefined();
});

const cases: [name: string, schema: z.ZodType, value: unknown, path: string, message: RegExp][] = [
  ['an unknown field', listingSchema, { ...listing, colour: 1 }, '', /unknown fields: "colour"/],
  ['a misspelt field', listingSchema, { ...listing, title: undefined, titel: 'Mug' }, '', /unknown fields: "titel"/],
  [
    'a missing field',
    listingSchema,
    { id: 'x', title: 't' },
    'priceMicros',
    /priceMicros is missing: expected (int|number)/,
  ],
  ['a fraction of money', listingSchema, { ...listing, priceMicros: 1.5 }, 'priceMicros', /got 1\.5/],
  ['negative money', listingSchema, { ...listing, priceMicros: -1 }, 'priceMicros', /got -1/],
  ['too much money', listingSchema, { ...listing, priceMicros: 1e15 + 1 }, 'priceMicros', /1000000000000000/],
  ['infinite money', listingSchema, { ...listing, priceMicros: Number.POSITIVE_INFINITY }, 'priceMicros', /Infinity/],
  ['no number', listingSchema, { ...listing, priceMicros: Number.NaN }, 'priceMicros', /NaN/],
  ['a number as text', listingSchema, { ...listing, priceMicros: '1' }, 'priceMicros', /got "1"/],
  ['an empty id', listingSchema, { ...listing, id: '' }, 'id', /1 to 128/],
  ['a long id', listingSchema, { ...listing, id: 'x'.repeat(129) }, 'id', /1 to 128.*129 characters/],
  ['a control character', listingSchema, { ...listing, id: 'a\u0007b' }, 'id', /control characters/],
  ['a lone surrogate in an id', listingSchema, { ...listing, id: 'a\ud800' }, 'id', /surrogate/],
  ['a lone surrogate in a text', listingSchema, { ...listing, title: '\udc00a' }, 'title', /surrogate/],
  ['a long title', listingSchema, { ...listing, title: 'x'.repeat(1_001) }, 'title', /1000/],
  ['a huge title', listingSchema, { ...listing, title: 'x'.repeat(10_000_000) }, 'title', /10000000 characters/],
  ['too many tags', listingSchema, { ...listing, tags: Array(65).fill('a') }, 'tags', /got an array of 65/],
  ['a script as url', listingSchema, { ...listing, url: 'javascript:alert(1)' }, 'url', /https/],
  ['an attribute that is no text', listingSchema, { ...listing, attributes: { a: 1 } }, 'attributes.a', /got 1/],
  [
    'too many attributes',
    listingSchema,
    { ...listing, attributes: Object.fromEntries(Array.from(Array(65).keys(), (k) => [`a${k}`, 'x'])) },
    'attributes',
    /64/,
  ],
  ['null', listingSchema, null, '', /the value: .*null/],
  ['an array', listingSchema, [], '', /got an array of 0/],
  ['an unknown type of event', buyerEventSchema, { ...event, type: 'like' }, 'type', /"like"/],
  ['an event without a listing', buyerEventSchema, { id: 'e', type: 'view', buyer: 'b' }, 'listing', /needs `listing`/],
  [
    'an event of nobody',
    buyerEventSchema,
    { id: 'e', type: 'view', listing: 'l' },
    'buyer',
    /needs `buyer` or `session`/,
  ],
  ['a purchase without an order', buyerEventSchema, { ...event, type: 'purchase' }, 'order', /needs `order`/],
  ['a search without a query', buyerEventSchema, { id: 'e', type: 'search', buyer: 'b' }, 'query', /needs `query`/],
  ['a quantity of 0', buyerEventSchema, { ...event, quantity: 0 }, 'quantity', /got 0/],
  ['a quantity above the limit', buyerEventSchema, { ...event, quantity: 1_000_001 }, 'quantity', /1000000/],
  ['a time before 1970', buyerEventSchema, { ...event, at: -1 }, 'at', /got -1/],
  ['a time after 2100', buyerEventSchema, { ...event, at: 4_102_444_800_001 }, 'at', /4102444800000/],
  ['no placement', decideRequestSchema, { placements: [] }, 'placements', /1/],
  [
    '65 attributes',
    decideRequestSchema,
    {
      placements: ['home'],
      context: { attributes: Object.fromEntries([...Array(65).keys()].map((i) => [`a${i}`, 1])) },
    },
    'context.attributes',
    /at most 64/,
  ],
  [
    'long attributes',
    decideRequestSchema,
    { placements: ['home'], context: { attributes: { a: Array(30).fill('x'.repeat(1000)) } } },
    'context.attributes',
    /20000 characters/,
  ],
  ['17 placements', decideRequestSchema, { placements: Array(17).fill('home') }, 'placements', /16/],
  [
    '1,001 exclusions',
    decideRequestSchema,
    { placements: ['home'], exclude: Array(1_001).fill('a') },
    'exclude',
    /1000/,
  ],
  [
    'a cart of 201',
    decideRequestSchema,
    { placements: ['home'], context: { cart: Array(201).fill('a') } },
    'context.cart',
    /200/,
  ],
  [
    'a long query',
    decideRequestSchema,
    { placements: ['home'], context: { query: 'x'.repeat(257) } },
    'context.query',
    /256/,
  ],
  [
    'an unknown device',
    decideRequestSchema,
    { placements: ['home'], context: { device: 'tv' } },
    'context.device',
    /"tv"/,
  ],
  [
    'a campaign that ends before it starts',
    campaignSchema,
    { ...campaign, startsAt: 2, endsAt: 1 },
    'endsAt',
    /later than startsAt/,
  ],
  [
    'rules for queries',
    placementSchema,
    { ...placement, ranks: 'queries', adSlots: [], rules: [{ rule: 'not-bought' }] },
    'rules',
    /only where `ranks` is/,
  ],
  ['ads among shops', placementSchema, { ...placement, ranks: 'shops', adSlots: [1] }, 'adSlots', /are for listings/],
  ['an ad slot outside', placementSchema, { ...placement, adSlots: [4] }, 'adSlots', /below/],
  ['an unknown auction', placementSchema, selling({ format: 'english' }), 'auction.format', /gsp.*vcg.*first-price/],
  ['a rising slot effect', placementSchema, selling({ slotEffects: [0.5, 1] }), 'auction.slotEffects', /rise/],
  [
    'a slot effect too many',
    placementSchema,
    selling({ slotEffects: [1, 0.5, 0.2] }),
    'auction.slotEffects',
    /adSlots/,
  ],
  ['a slot effect of 0', placementSchema, selling({ slotEffects: [1, 0] }), 'auction.slotEffects[1]', /0/],
  ['a guessed slot effect', placementSchema, selling({ slotEffects: 'guessed' }), 'auction.slotEffects', /learned/],
  [
    'a category twice',
    placementSchema,
    selling({ reserve: { byCategory: Array(2).fill({ category: 'A', reserveMicros: 1 }) } }),
    'auction.reserve.byCategory',
    /repeat/,
  ],
  ['a coin of nothing', placementSchema, selling({ coinMicros: 0 }), 'auction.coinMicros', /1/],
  ['a squashing of NaN', placementSchema, selling({ squashing: Number.NaN }), 'auction.squashing', /NaN|number/i],
  [
    'ads weighed out of order',
    placementSchema,
    { ...selling({ relevanceValueMicros: 5 }), adSlots: [2, 0] },
    'adSlots',
    /ascend/,
  ],
  ['an unknown rule', placementSchema, { ...placement, rules: [{ rule: 'hide' }] }, 'rules[0].rule', /hide|rule/],
  [
    'a boost below 1',
    placementSchema,
    { ...placement, rules: [{ rule: 'boost', where: {}, factor: 0.5 }] },
    'rules[0].factor',
    /0\.5/,
  ],
  ['a rating of 6', reviewSchema, { id: 'r', listing: 'l', rating: 6 }, 'rating', /5.*got 6/],
  ['an unknown currency', settingsSchema, { currency: 'euro', language: 'en' }, 'currency', /ISO 4217/],
];

describe('refusals name the field and the value', () => {
  test.each(cases)('%s', (_name, schema, value, path, message) => {
    const error = refusal(schema, value);
    expect(error.code).toBe('bad-request');
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(500);
    expect(error.details['path']).toBe(path);
  });
});

test('a purchase needs no buyer', () => {
  expect(validate(buyerEventSchema, { id: 'e', type: 'purchase', listing: 'l', order: 'o' })).toBeDefined();
});

describe('many items', () => {
  test('good ones are kept and bad ones say where they were', () => {
    const { good, goodIndexes, bad } = validateItems(buyerEventSchema, [
      event,
      7,
      { ...event, id: 'e2' },
      { id: 'e3' },
    ]);
    expect(good.map((e: BuyerEvent) => e.id)).toEqual(['e1', 'e2']);
    expect(goodIndexes).toEqual([0, 2]);
    expect(bad.map(({ index, id, reason }) => ({ index, id, reason }))).toEqual([
      { index: 1, id: undefined, reason: 'bad-request' },
      { index: 3, id: 'e3', reason: 'bad-request' },
    ]);
  });

  test('all good: no indexes are made', () => {
    expect(validateItems(buyerEventSchema, [event, click])).toEqual({ good: [event, click], bad: [] });
  });

  test('whatever comes, every item is either good or bad', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(event), fc.jsonValue(), fc.record({ ...fcEvent }))), (items) => {
        const { good, goodIndexes = items.map((_, i) => i), bad } = validateItems(buyerEventSchema, items);
        expect([...goodIndexes, ...bad.map((b) => b.index)].sort((a, b) => a - b)).toEqual(items.map((_, i) => i));
        good.forEach((item, i) => {
          expect(item).toEqual(items[goodIndexes[i]!]);
        });
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('an event is checked in at most 10 µs, even on a busy machine', () => {
    const items = Array.from(Array(100).keys(), (i) => ({ ...click, id: `e${i}` }));
    for (let round = 0; round < 200; round++) validateItems(buyerEventSchema, items);
    let bestUs = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 50; round++) {
      const start = performance.now();
      expect(validateItems(buyerEventSchema, items).good.length).toBe(100);
      bestUs = Math.min(bestUs, ((performance.now() - start) * 1_000) / items.length);
    }
    expect(bestUs).toBeLessThan(10);
  });
});

const fcEvent = {
  id: fc.string(),
  type: fc.constantFrom('view', 'click', 'purchase', 'search', 'nothing'),
  buyer: fc.string(),
  listing: fc.string(),
  at: fc.double(),
};
