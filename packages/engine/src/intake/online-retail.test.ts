/** The real shop's file, where it is present: counts that were checked by hand, and how long it may take. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { makeShelf, makeShop } from './intake.fixture.ts';

const DATA = process.env['RIALTO_DATA'] ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const path = join(DATA, 'shop/online-retail/online-retail.csv.gz');
const present = existsSync(path);
const shelf = makeShelf();
afterAll(() => shelf.remove());

describe.skipIf(!present)(
  `online-retail${present ? '' : ` (skipped: ${path} is not there; RIALTO_DATA names another place)`}`,
  () => {
    test('listings and purchases', { timeout: 120_000 }, async () => {
      const shop = await makeShop(shelf);
      const listings = await shop.run({
        path,
        as: 'listings',
        map: { id: 'StockCode', title: 'Description', price: 'UnitPrice' },
        currency: 'GBP',
      });
      expect(listings).toMatchObject({
        rows: 541_909,
        counts: { saved: 4_070 },
        rejectedByReason: { 'negative-price': 2 },
      });
      expect(shop.engine.read('listing', '85123A')).toEqual({
        id: '85123A',
        title: 'WHITE HANGING HEART T-LIGHT HOLDER',
        priceMicros: 2_950_000,
      });
      const map = {
        order: 'InvoiceNo',
        listing: 'StockCode',
        quantity: 'Quantity',
        at: 'InvoiceDate',
        price: 'UnitPrice',
        buyer: 'CustomerID',
        country: 'Country',
      };
      const purchases = await shop.run({ path, as: 'purchases', map });
      expect(purchases).toMatchObject({
        rows: 541_909,
        counts: { saved: 540_188, duplicates: 0 },
        rejectedByReason: { 'return-without-buyer': 1_719, 'negative-price': 2 },
      });
      const buyers = new Set((await shop.events()).map((event) => event.buyer));
      buyers.delete(undefined);
      expect(buyers.has('17850')).toBe(true);
      expect(buyers.size).toBe(4_372);
    });
  },
);
