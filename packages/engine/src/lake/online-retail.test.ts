/** The real shop's file, where it is present: imported, exported, and asked for counts and sums that were checked by hand. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { Engine } from '../delivery/engine.ts';
import { prepareImport, runImport } from '../intake/import-file.ts';
import { FileLog } from '../log/file-log.ts';
import { ask, makeShore } from './lake.fixture.ts';
import { refreshLake } from './refresh-lake.ts';

const DATA = process.env['RIALTO_DATA'] ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const path = join(DATA, 'shop/online-retail/online-retail.csv.gz');
const present = existsSync(path);
const shore = makeShore();
const data = join(shore.folder, 'data');
afterAll(() => shore.remove());

async function buyersOfLog(): Promise<Set<string>> {
  const log = await FileLog.open(join(data, 'log'), { readOnly: true });
  const buyers = new Set<string>();
  for await (const { records } of log.read(0, 0))
    for (const record of records)
      if (record.kind === 'event' && record.event.buyer !== undefined) buyers.add(record.event.buyer);
  await log.close();
  return buyers;
}

describe.skipIf(!present)(
  `online-retail${present ? '' : ` (skipped: ${path} is not there; RIALTO_DATA names another place)`}`,
  () => {
    test('half a million lines are imported, each listing and purchase once', { timeout: 300_000 }, async () => {
      const options = { path, rejectsPath: join(shore.folder, 'rejects.jsonl'), now: Date.UTC(2026, 0, 5) };
      const log = await FileLog.open(join(data, 'log'));
      const engine = await Engine.open({ log, clock: systemClock, tokenSecret: new Uint8Array(32), nonce: () => 'n' });
      const catalogue = { id: 'StockCode', title: 'Description', price: 'UnitPrice' };
      const sales = {
        order: 'InvoiceNo',
        listing: 'StockCode',
        quantity: 'Quantity',
        at: 'InvoiceDate',
        price: 'UnitPrice',
        buyer: 'CustomerID',
        country: 'Country',
      };
      const listings = await runImport(
        engine,
        await prepareImport({ ...options, as: 'listings', map: catalogue, currency: 'GBP' }),
      );
      expect(listings).toMatchObject({
        rows: 541_909,
        counts: { saved: 4_070 },
        rejectedByReason: { 'negative-price': 2 },
      });
      expect(engine.read('listing', '85123A')).toEqual({
        id: '85123A',
        title: 'WHITE HANGING HEART T-LIGHT HOLDER',
        priceMicros: 2_950_000,
      });
      const purchases = await runImport(engine, await prepareImport({ ...options, as: 'purchases', map: sales }));
      await engine.close();
      expect(purchases).toMatchObject({
        rows: 541_909,
        counts: { saved: 540_188, duplicates: 0 },
        rejectedByReason: { 'return-without-buyer': 1_719, 'negative-price': 2 },
      });
      const buyers = await buyersOfLog();
      expect(buyers.has('17850')).toBe(true);
      expect(buyers.size).toBe(4_372);
    });

    test('and exported in ten seconds of processor time', { timeout: 180_000 }, async () => {
      const directory = shore.lake();
      const log = await FileLog.open(join(data, 'log'), { readOnly: true });
      const before = process.cpuUsage();
      const { tables } = await refreshLake(log, directory);
      const { user, system } = process.cpuUsage(before); // of all threads: what else the machine does counts for less
      expect((user + system) / 1e6).toBeLessThan(10);
      await log.close();
      expect(tables.events.rows).toBe(540_188);
      expect(tables.events.bytes).toBeLessThan(10_000_000);
      expect(tables.listings.rows).toBe(4_070);
      const facts = await ask(
        directory,
        `SELECT count(DISTINCT buyer) AS buyers, count(DISTINCT order_id) AS orders, min(happened_at) AS since,
        max(happened_at) AS until, bool_and(imported) AS imported,
        sum(price_micros * coalesce(quantity, 1)) FILTER (type = 'purchase') AS sold FROM events`,
      );
      expect(facts).toEqual([FACTS]);
      const [first] = await ask(directory, `SELECT title, price_micros FROM listings WHERE id = '85123A'`);
      expect(first).toEqual({ title: 'WHITE HANGING HEART T-LIGHT HOLDER', price_micros: 2_950_000 });
    });
  },
);

const FACTS = {
  buyers: 4_372,
  orders: 24_380,
  since: '2010-12-01T08:26:00.000Z',
  until: '2011-12-09T12:50:00.000Z',
  imported: true,
  sold: 10_666_684_544_000,
};
