import { describe, expect, test } from 'vitest';
import { RialtoError } from '../base/errors.ts';
import { type Field, resolveMapping } from './column-mapping.ts';
import { LISTING_FIELDS } from './listing-rows.ts';
import { PURCHASE_FIELDS } from './purchase-rows.ts';
import type { RowSource } from './row.ts';

function source(columns: readonly string[], open = false): RowSource {
  const rows: RowSource['rows'] = (async function* () {})();
  return { format: open ? 'jsonl' : 'csv', columns, open, rows };
}

function resolve(fields: readonly Field[], columns: readonly string[], map = {}, set = {}, open = false) {
  return resolveMapping(fields, source(columns, open), { map, set });
}

function refusal(...args: Parameters<typeof resolve>): string {
  try {
    resolve(...args);
  } catch (error) {
    expect(error).toBeInstanceOf(RialtoError);
    expect((error as RialtoError).code).toBe('bad-mapping');
    return (error as RialtoError).message;
  }
  throw new Error('the mapping was taken');
}

describe('a column mapping', () => {
  test('matches by name, whatever the case and separators', () => {
    const columns = ['ID', 'Title', 'price_micros', 'image-URL', 'attributes.colour', 'other'];
    expect(resolve(LISTING_FIELDS, columns).toJSON()).toEqual({
      id: 'ID',
      title: 'Title',
      priceMicros: 'price_micros',
      imageUrl: 'image-URL',
      'attributes.colour': 'attributes.colour',
    });
    expect(resolve(PURCHASE_FIELDS, ['order_id', 'listingId', 'timestamp', 'BUYER']).toJSON()).toEqual({
      order: 'order_id',
      listing: 'listingId',
      at: 'timestamp',
      buyer: 'BUYER',
    });
  });

  test('that is stated is all there is', () => {
    const mapping = resolve(LISTING_FIELDS, ['id', 'brand', 'Price'], {
      id: 'id',
      price: 'Price',
      'attributes.x': 'brand',
    });
    expect(mapping.has('brand')).toBe(false);
    expect(mapping.attributes()).toEqual(['x']);
    expect(mapping.text({ brand: ' a ' }, 'attributes.x')).toBe('a');
  });

  test('gives one value to all rows, which wins over a column', () => {
    const mapping = resolve(PURCHASE_FIELDS, ['order', 'listing', 'at', 'country'], {}, { country: 'NL' });
    expect(mapping.text({ country: 'FR' }, 'country')).toBe('NL');
  });

  test('takes keys of JSON lines that only later rows have', () => {
    const mapping = resolve(LISTING_FIELDS, ['id', 'price'], {}, {}, true);
    expect(mapping.text({ brand: 'LG' }, 'brand')).toBe('LG');
  });

  test('says what is wrong, and lists columns and fields', () => {
    const columns = ['StockCode', 'UnitPrice'];
    expect(refusal(LISTING_FIELDS, columns, { id: 'StockCod', price: 'UnitPrice' })).toMatch(
      /no column "StockCod" \(for id\); did you mean "StockCode"\?.*columns: StockCode, UnitPrice.*fields: id, title/,
    );
    expect(refusal(LISTING_FIELDS, columns, { pirce: 'UnitPrice' })).toMatch(/no field "pirce"; did you mean price\?/);
    expect(refusal(LISTING_FIELDS, columns, { id: 'StockCode' })).toMatch(
      /mapped to price; state it with --map price=COLUMN/,
    );
    expect(refusal(LISTING_FIELDS, columns)).toMatch(/mapped to id, price/);
    expect(refusal(PURCHASE_FIELDS, columns, { 'attributes.x': 'UnitPrice' })).toMatch(/no field "attributes.x"/);
  });
});
