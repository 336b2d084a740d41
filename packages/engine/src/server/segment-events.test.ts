import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buyerEventSchema } from '../wire/event-schema.ts';
import { validateItems } from '../wire/validate.ts';
import { decimalMicros } from './decimal-micros.ts';
import { type SegmentSetting, segmentOutcome } from './segment-events.ts';

const setting: SegmentSetting = {
  receivedAt: 1_750_000_000_000,
  sentAt: undefined,
  currency: 'EUR',
  newId: () => 'made-up',
};
const common = { type: 'track', messageId: 'm1', userId: 'ann', anonymousId: 'visit' };
const product = { product_id: 'cup', sku: 'SKU-1', price: 12.5, quantity: 2 };

function eventsOf(message: object, change: Partial<SegmentSetting> = {}): readonly object[] {
  const outcome = segmentOutcome({ ...common, ...message }, undefined, { ...setting, ...change });
  if (outcome.kind !== 'events') throw new Error(JSON.stringify(outcome));
  return outcome.events;
}

const who = { buyer: 'ann', session: 'visit' };

describe('names', () => {
  test.each([
    ['Product Viewed', 'view'],
    ['product clicked', 'click'],
    ['Product Added', 'cart-add'],
    ['Product Removed', 'cart-remove'],
    ['Product Added to Wishlist', 'favourite'],
    ['Wishlist Product Added to Cart', 'cart-add'],
    ['Viewed Product', 'view'],
  ])('%s is a %s', (event, type) => {
    expect(eventsOf({ event, properties: product })).toEqual([
      { ...who, id: 'm1', type, listing: 'cup', quantity: 2, priceMicros: 12_500_000 },
    ]);
  });

  test('Product List Viewed is an impression of each product', () => {
    const properties = {
      placement: 'home',
      products: [
        { product_id: 'a', token: 't' },
        { sku: 'b', placement: 'side' },
      ],
    };
    expect(eventsOf({ event: 'Product List Viewed', properties })).toEqual([
      { ...who, id: 'm1:0', type: 'impression', listing: 'a', token: 't', placement: 'home' },
      { ...who, id: 'm1:1', type: 'impression', listing: 'b', placement: 'side' },
    ]);
  });

  test('Order Completed is a purchase of each product', () => {
    const properties = {
      order_id: 1234,
      currency: 'eur',
      products: [product, { product_id: 'bowl', price: '19.99', quantity: '1' }],
    };
    const events = eventsOf({ event: 'Order Completed', properties, context: { location: { country: 'France' } } });
    expect(events).toEqual([
      {
        ...who,
        id: 'm1:0',
        type: 'purchase',
        listing: 'cup',
        order: '1234',
        quantity: 2,
        priceMicros: 12_500_000,
        country: 'France',
      },
      {
        ...who,
        id: 'm1:1',
        type: 'purchase',
        listing: 'bowl',
        order: '1234',
        quantity: 1,
        priceMicros: 19_990_000,
        country: 'France',
      },
    ]);
    expect(validateItems(buyerEventSchema, events).bad).toEqual([]);
  });

  test('Order Refunded returns its products; without any it is refused', () => {
    const refund = (properties: object) =>
      segmentOutcome({ ...common, event: 'Order Refunded', properties }, undefined, setting);
    expect(refund({ order_id: 'o', products: [{ product_id: 'cup', quantity: 1 }] })).toMatchObject({
      events: [{ type: 'return', order: 'o', listing: 'cup', quantity: 1 }],
    });
    expect(refund({ order_id: 'o' })).toMatchObject({ kind: 'rejected', message: expect.stringContaining('products') });
  });

  test('Products Searched', () => {
    expect(eventsOf({ event: 'Products Searched', properties: { query: 'blue cup' } })).toEqual([
      { ...who, id: 'm1', type: 'search', query: 'blue cup' },
    ]);
  });

  test.each(['Promotion Viewed', 'Signed Up', 'Cart Viewed', 'Order Updated'])('%s is nothing to us', (event) => {
    expect(segmentOutcome({ ...common, event }, undefined, setting)).toEqual({ kind: 'ignored' });
  });

  test.each(['page', 'screen', 'identify', 'group', 'alias'])('nor is a %s call', (type) => {
    expect(segmentOutcome({ ...common, type }, undefined, setting)).toEqual({ kind: 'ignored' });
    expect(segmentOutcome({ userId: 'a' }, type, setting)).toEqual({ kind: 'ignored' });
  });
});

describe('time', () => {
  const at = (message: object, change: Partial<SegmentSetting> = {}): unknown =>
    (eventsOf({ event: 'Product Viewed', properties: product, ...message }, change)[0] as { at?: number }).at;

  test("is corrected by how far the sender's clock is off", () => {
    const wrong = { timestamp: '2001-01-01T00:00:00.000Z', sentAt: '2001-01-01T00:00:05.000Z' };
    expect(at(wrong)).toBe(setting.receivedAt - 5_000);
    expect(at({ timestamp: wrong.timestamp }, { sentAt: Date.parse(wrong.sentAt) })).toBe(setting.receivedAt - 5_000);
    expect(at({ originalTimestamp: wrong.timestamp, sentAt: wrong.sentAt })).toBe(setting.receivedAt - 5_000);
  });

  test('stands as it is where the sender does not say when it sent', () => {
    expect(at({ timestamp: '2025-06-15T10:00:00+02:00' })).toBe(Date.parse('2025-06-15T08:00:00Z'));
    expect(at({ timestamp: 1_749_000_000_000 })).toBe(1_749_000_000_000);
  });

  test('is left to the arrival where it is absent or unreadable', () => {
    expect(at({})).toBeUndefined();
    expect(at({ timestamp: 'yesterday' })).toBeUndefined();
  });
});

describe('refusals', () => {
  const outcome = (value: unknown, type?: string) => segmentOutcome(value, type, setting);

  test('prices in another currency', () => {
    const properties = { ...product, currency: 'USD' };
    expect(outcome({ ...common, event: 'Product Viewed', properties })).toMatchObject({
      kind: 'rejected',
      reason: 'currency-mismatch',
      message: expect.stringMatching(/USD.*EUR/),
    });
    const { price, ...unpriced } = properties;
    expect(price).toBe(12.5);
    expect(outcome({ ...common, event: 'Product Viewed', properties: unpriced })).toMatchObject({ kind: 'events' });
  });

  test.each([null, 7, 'track', [], {}, { type: 'trick' }, { type: 'track' }, { type: 'track', event: 7 }])(
    '%j',
    (value) => {
      expect(outcome(value)).toMatchObject({ kind: 'rejected', message: expect.any(String) });
    },
  );

  test.each([
    ['no product', {}, 'listing'],
    ['a price that is none', { ...product, price: '12,50 €' }, 'priceMicros'],
    ['a negative price', { ...product, price: -1 }, 'priceMicros'],
    ['half a piece', { ...product, quantity: 0.5 }, 'quantity'],
  ])('%s is refused by the schema', (_name, properties, field) => {
    const { bad } = validateItems(buyerEventSchema, eventsOf({ event: 'Product Viewed', properties }));
    expect(bad).toHaveLength(1);
    expect(bad[0]!.message).toContain(field);
  });

  test('whatever comes, nothing is thrown', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('Order Completed', 'Product Viewed', 'Products Searched'),
        (properties, event) => {
          const found = outcome({ ...common, event, properties });
          if (found.kind === 'events') validateItems(buyerEventSchema, found.events);
        },
      ),
      { seed: 2, numRuns: 300 },
    );
  });
});

describe('decimal amounts as micros', () => {
  test.each<[unknown, number | undefined]>([
    [0, 0],
    [19.99, 19_990_000],
    ['19.99', 19_990_000],
    [' 5. ', 5_000_000],
    [0.1 + 0.2, 300_000],
    [1e-6, 1],
    [4e-7, 0],
    [5e-7, 1],
    ['0.0000005', 1],
    [1.005, 1_005_000],
    [4.35, 4_350_000],
    [1_000_000_000.01, 1_000_000_000_010_000],
    ['1E3', 1_000_000_000],
    [1e21, undefined],
    ['9007199254.740991', 9_007_199_254_740_991],
    ['9007199254.740992', undefined],
    [-1, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['1e99', undefined],
    ['1e999999', undefined],
    ['9'.repeat(1_000), undefined],
    ['1,000.00', undefined],
    ['', undefined],
    ['0x10', undefined],
    [null, undefined],
    [{}, undefined],
  ])('%j', (amount, micros) => {
    expect(decimalMicros(amount)).toBe(micros);
  });

  test('every number of cents is exact', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000_000 }), (cents) => {
        expect(decimalMicros(cents / 100)).toBe(cents * 10_000);
        expect(decimalMicros((cents / 100).toFixed(2))).toBe(cents * 10_000);
      }),
      { seed: 3, numRuns: 2_000 },
    );
  });
});
