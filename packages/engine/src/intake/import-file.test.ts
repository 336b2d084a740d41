import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeShelf, makeShop } from './intake.fixture.ts';

const shelf = makeShelf();
afterAll(() => shelf.remove());

const CATALOGUE = 'id,title,price,shop\nA,Apple,1.50,s1\nB,Bread,2.00,s1\n';
const SALES = `order,listing,quantity,at,price,buyer,country
1,A,6.0,1291191960.0,1.5,17850.0,United Kingdom
1,A,6.0,1291191960.0,1.5,17850.0,United Kingdom
1,B,,1291191960.0,,,
C2,A,-2.0,1291196460.0,1.5,17850.0,United Kingdom
3,A,-1,1291196460.0,1.5,,
4,A,0,1291196460.0,1.5,1,
5,A,6.5,1291196460.0,1.5,1,
6,A,1,soon,1.5,1,
7,A,1,1291196460.0,-1.5,1,
8,Z,1,1291196460.0,1.5,1,
9,,1,1291196460.0,1.5,1,
10,A,1,4000000000,1.5,1,
`;

async function stocked() {
  const shop = await makeShop(shelf);
  await shop.run({ path: shelf.file('catalogue.csv', CATALOGUE), as: 'listings', currency: 'GBP' });
  return shop;
}

describe('listings', () => {
  test('stock and where it ships, for claims and for countries', async () => {
    const shop = await makeShop(shelf);
    const rows = [
      'id,price,stock,stock_at,ships_to',
      'A,1,6.0,2026-05-20 12:00:00,DE;AT',
      'B,1,-2,,',
      'C,1,,,GB',
      'D,1,few,,',
    ];
    const { rejectedByReason } = await shop.run({ path: shelf.file('stock.csv', rows.join('\n')), as: 'listings' });
    expect(rejectedByReason).toEqual({ 'bad-stock': 1 });
    const at = Date.UTC(2026, 4, 20, 12);
    expect(shop.engine.read('listing', 'A')).toMatchObject({ stock: { quantity: 6, at }, shipsTo: ['DE', 'AT'] });
    expect(shop.engine.read('listing', 'B')).toMatchObject({ stock: { quantity: 0 } });
    expect(shop.engine.read('listing', 'C')).toEqual({ id: 'C', title: 'C', priceMicros: 1_000_000, shipsTo: ['GB'] });
    const lines = ['A', 'B'].map((id) => JSON.stringify({ ...shop.engine.read('listing', id)!, id: `${id}2` }));
    await shop.run({ path: shelf.file('stock.jsonl', lines.join('\n')), as: 'listings' });
    expect(shop.engine.read('listing', 'A2')).toEqual({ ...shop.engine.read('listing', 'A'), id: 'A2' });
  });

  test('rows of one id are merged, and a second run changes nothing', async () => {
    const shop = await makeShop(shelf);
    const rows = [
      'code,name,amount,tags,colour',
      'A,?,2.50,red;blue,',
      'A,Lamp,2.55,,white',
      'A,Lamp,2.55,,',
      'B.,,3,,',
      'C,No price,,,',
      'D,Below,-1,,',
    ];
    const options = {
      path: shelf.file('junk.csv', rows.join('\n')),
      as: 'listings' as const,
      map: { id: 'code', title: 'name', price: 'amount', tags: 'tags', 'attributes.colour': 'colour' },
    };
    const first = await shop.run(options);
    expect(first.counts).toMatchObject({ saved: 2, unchanged: 0, entities: 3, merged: 2, untitled: 1 });
    expect(first.rejectedByReason).toEqual({ 'missing-price': 1, 'negative-price': 1 });
    expect(shop.engine.read('listing', 'A')).toEqual({
      id: 'A',
      title: 'Lamp',
      priceMicros: 2_550_000,
      tags: ['red', 'blue'],
      attributes: { colour: 'white' },
    });
    expect(shop.engine.read('listing', 'B.')).toEqual({ id: 'B.', title: 'B.', priceMicros: 3_000_000 });
    const before = await shop.records();
    const second = await shop.run(options);
    expect(second.counts).toMatchObject({ saved: 0, unchanged: 2 });
    expect(await shop.records()).toEqual(before);
  });

  test('JSON lines: nested values, micros, and what the schema refuses', async () => {
    const shop = await makeShop(shelf);
    const lines = [
      { id: 1, title: 'Lamp', price_micros: 5, category: ['Home', 'Light'], tags: ['a;b'], attributes: { size: 3 } },
      { id: 2, title: 'Bad link', price_micros: 5, url: 'javascript:alert(1)' },
      { id: 3, title: 'x'.repeat(2000), price_micros: 5 },
      { id: 4, title: 'Fraction', price_micros: 5.5 },
    ];
    const path = shelf.file('shop.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
    const summary = await shop.run({ path, as: 'listings', language: 'de' });
    expect(summary.rejectedByReason).toEqual({ 'bad-listing': 2, 'bad-price': 1 });
    expect(shop.engine.read('listing', '1')).toEqual({
      id: '1',
      title: 'Lamp',
      priceMicros: 5,
      category: 'Home > Light',
      tags: ['a;b'],
      attributes: { size: '3' },
    });
    expect(shop.engine.read('settings', '')).toEqual({ currency: 'USD', language: 'de' });
  });

  test('the first import sets the currency; a conflicting one is refused before anything is written', async () => {
    const shop = await stocked();
    expect(shop.engine.read('settings', '')?.currency).toBe('GBP');
    const before = await shop.records();
    const path = shelf.file('euros.csv', CATALOGUE);
    await expect(shop.run({ path, as: 'listings', currency: 'EUR' })).rejects.toMatchObject({
      code: 'currency-mismatch',
    });
    await expect(shop.run({ path, as: 'listings', currency: 'GPB' })).rejects.toThrow(/GPB.*did you mean/);
    await expect(shop.run({ path, as: 'listings', map: { id: 'idd' } })).rejects.toMatchObject({ code: 'bad-mapping' });
    await expect(shop.run({ path, as: 'listings', rejectsPath: path })).rejects.toThrow(/overwrite/);
    expect(await shop.records()).toEqual(before);
  });

  test('saving many shows how far it is', async () => {
    const shop = await makeShop(shelf);
    const rows = Array.from({ length: 2_500 }, (_, i) => `${i},Lamp,1`);
    const told: unknown[] = [];
    const onProgress = ({ saving }: { saving?: unknown }) => told.push(saving);
    await shop.run({
      path: shelf.file('2500.csv', ['id,title,price', ...rows].join('\n')),
      as: 'listings',
      onProgress,
    });
    expect(told.filter(Boolean)).toEqual([
      { done: 1000, total: 2500 },
      { done: 2000, total: 2500 },
    ]);
  });

  test('a text in another language than the marketplace says so', async () => {
    const shop = await stocked();
    await shop.run({ path: shelf.file('dutch.csv', 'id,title,price\nC,Kaas,3\n'), as: 'listings', language: 'nl' });
    expect(shop.engine.read('listing', 'C')).toEqual({
      id: 'C',
      title: 'Kaas',
      priceMicros: 3_000_000,
      language: 'nl',
    });
    expect(shop.engine.read('settings', '')?.language).toBe('en');
  });
});

describe('purchases', () => {
  test('lines become events, negative quantities returns, bad lines rejects', async () => {
    const shop = await stocked();
    const summary = await shop.run({ path: shelf.file('sales.csv', SALES), as: 'purchases' });
    expect(summary).toMatchObject({ rows: 12, rejected: 8, counts: { saved: 4, duplicates: 0 } });
    const at = 1_291_191_960_000;
    const line = { buyer: '17850', listing: 'A', priceMicros: 1_500_000, country: 'United Kingdom' };
    expect(await shop.events()).toEqual([
      { id: 'import:1:A:1', type: 'purchase', at, order: '1', quantity: 6, ...line },
      { id: 'import:1:A:2', type: 'purchase', at, order: '1', quantity: 6, ...line },
      { id: 'import:1:B:1', type: 'purchase', at, order: '1', quantity: 1, listing: 'B' },
      { id: 'import:C2:A:1', type: 'return', at: 1_291_196_460_000, order: 'C2', quantity: 2, ...line },
    ]);
    expect(shelf.rejects().map(({ line, reason }) => [line, reason])).toEqual([
      [6, 'return-without-buyer'],
      [7, 'zero-quantity'],
      [8, 'bad-quantity'],
      [9, 'bad-time'],
      [10, 'negative-price'],
      [11, 'unknown-listing'],
      [12, 'missing-listing'],
      [13, 'in-the-future'],
    ]);
    expect(shelf.rejects()[5]!.row).toMatchObject({ order: '8', listing: 'Z' });
  });

  test('again, and in another order, nothing is counted twice', async () => {
    const shop = await stocked();
    await shop.run({ path: shelf.file('sales.csv', SALES), as: 'purchases' });
    const before = await shop.records();
    const again = await shop.run({ path: shelf.file('sales.csv', SALES), as: 'purchases' });
    expect(again.counts).toMatchObject({ saved: 0, duplicates: 4 });
    const [header, ...lines] = SALES.trim().split('\n');
    const path = shelf.file('reversed.csv', [header, ...lines.reverse()].join('\n'));
    expect((await shop.run({ path, as: 'purchases' })).counts).toMatchObject({ saved: 0, duplicates: 4 });
    expect(await shop.records()).toEqual(before);
  });

  test('unknown listings are made where that is asked for', async () => {
    const shop = await makeShop(shelf);
    const options = { path: shelf.file('sales.csv', SALES), as: 'purchases' as const, createListings: true };
    const summary = await shop.run(options);
    expect(summary.counts).toMatchObject({ saved: 5, created: 3, untitled: 3 });
    expect(shop.engine.read('listing', 'Z')).toEqual({ id: 'Z', title: 'Z', priceMicros: 1_500_000 });
    expect((await shop.run(options)).counts).toMatchObject({ saved: 0, created: 0, duplicates: 5 });
  });

  test('interrupted and run again comes to the same end', async () => {
    const rows = Array.from(
      { length: 25_000 },
      (_, i) => `${i % 9000},${i % 2 ? 'A' : 'B'},1,${1_291_191_960 + i},1,${i % 77},`,
    );
    const path = shelf.file('many.csv', ['order,listing,quantity,at,price,buyer,country', ...rows].join('\n'));
    const whole = await stocked();
    await whole.run({ path, as: 'purchases' });
    const broken = await stocked();
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    const first = await broken.run({ path, as: 'purchases', signal: stop.signal, onProgress });
    expect(first.interrupted).toBe(true);
    expect(first.counts.saved).toBe(first.rows);
    expect(first.rows).toBeLessThan(25_000);
    const second = await broken.run({ path, as: 'purchases' });
    expect(second.counts).toMatchObject({ saved: 25_000 - first.rows, duplicates: first.rows });
    expect(await broken.events()).toEqual(await whole.events());
  });

  test('what came before damage in the file is kept', async () => {
    const shop = await stocked();
    const path = shelf.file('damaged.csv', `${SALES}11,A,1,1291196460.0,1.5,1,"open`);
    await expect(shop.run({ path, as: 'purchases' })).rejects.toMatchObject({ code: 'bad-file' });
    expect((await shop.events()).length).toBe(4);
    expect(shelf.rejects().length).toBe(8);
  });

  test('an earlier rejects file does not outlive a clean run', async () => {
    const shop = await stocked();
    await shop.run({ path: shelf.file('sales.csv', SALES), as: 'purchases' });
    const summary = await shop.run({
      path: shelf.file('clean.csv', SALES.split('\n').slice(0, 3).join('\n')),
      as: 'purchases',
    });
    expect(summary).toMatchObject({ rejected: 0 });
    expect(existsSync(join(shelf.folder, 'rejects.jsonl'))).toBe(false);
  });
});

describe('the other kinds', () => {
  test('events: a constant type, made-up ids, no tokens', async () => {
    const shop = await stocked();
    const path = shelf.file(
      'clicks.csv',
      'SessionId,ItemId,Time\n1,A,2014-04-07T10:51:09.277Z\n1,A,2014-04-07T10:51:09.277Z\n1,B,2014-04-07T10:54:09Z\n',
    );
    const options = {
      path,
      as: 'events' as const,
      map: { session: 'SessionId', listing: 'ItemId', at: 'Time' },
      set: { type: 'view' },
    };
    expect((await shop.run(options)).counts).toMatchObject({ saved: 3, duplicates: 0 });
    expect((await shop.run(options)).counts).toMatchObject({ saved: 0, duplicates: 3 });
    expect((await shop.events()).map(({ type, session, listing }) => `${type} ${session} ${listing}`).sort()).toEqual([
      'view 1 A',
      'view 1 A',
      'view 1 B',
    ]);
    await expect(shop.run({ ...options, map: { ...options.map, token: 'ItemId' } })).rejects.toThrow(
      /no field "token"/,
    );
  });

  test('reviews: made-up ids make the same review one', async () => {
    const shop = await stocked();
    const path = shelf.file(
      'reviews.csv',
      'listing,rating,text,time\nA,5.0,Good,1291191960\nA,5.0,Good,1291191960\nA,6,Great,\nZ,3,Who?,\nB,2,Stale,\n',
    );
    const summary = await shop.run({ path, as: 'reviews' });
    expect(summary.counts).toMatchObject({ saved: 2 });
    expect(summary.rejectedByReason).toEqual({ 'bad-review': 1, 'repeated-id': 1, 'unknown-reference': 1 });
    expect((await shop.run({ path, as: 'reviews' })).counts).toMatchObject({ saved: 0, unchanged: 2 });
  });

  test('shops and campaigns', async () => {
    const shop = await stocked();
    const shops = shelf.file('shops.csv', 'shop,shop_name,country\ns1,Corner,GB\ns1,Corner,\ns2,,\n');
    expect((await shop.run({ path: shops, as: 'shops' })).counts).toMatchObject({ saved: 2, merged: 1, untitled: 1 });
    expect(shop.engine.read('shop', 's1')).toEqual({ id: 's1', name: 'Corner', country: 'GB' });
    const campaigns = shelf.file(
      'c.csv',
      'id,shop,listings,bid,daily_budget,starts_at\nc1,s1,A|B,0.25,£10,2026-01-01\nc2,s9,A,1,1,\nc3,s1,A,,1,\n',
    );
    const summary = await shop.run({ path: campaigns, as: 'campaigns' });
    expect(summary.rejectedByReason).toEqual({ 'missing-bid': 1, 'unknown-reference': 1 });
    expect(shop.engine.read('campaign', 'c1')).toEqual({
      id: 'c1',
      shop: 's1',
      listings: ['A', 'B'],
      bidMicros: 250_000,
      dailyBudgetMicros: 10_000_000,
      startsAt: Date.UTC(2026, 0, 1),
    });
  });

  test('campaigns with all that they may have, as JSON lines and as columns', async () => {
    const shop = await stocked();
    await shop.run({ path: shelf.file('shops.csv', 'shop,shop_name\ns1,Corner\n'), as: 'shops' });
    const parts = {
      bidding: { strategy: 'target-roas', roas: 4 },
      schedule: { timeZone: 'Europe/London', hours: [{ days: [1, 2], from: 8, to: 20 }] },
      frequencyCap: { impressions: 3, hours: 24 },
      targeting: { keywords: [{ text: 'cup', match: 'phrase' }], countries: ['GB'] },
    };
    const common = { id: 'c1', shop: 's1', listings: ['A'], objective: 'sales' };
    const text = JSON.stringify({ ...common, weeklyBudget: '70', dayMultiple: 1.5, ...parts });
    const refused = [
      { ...common, id: 'c2', weeklyBudget: 1 },
      { ...common, id: 'c3', bid: 1 },
      { ...common, id: 'c4', bid: 1, weeklyBudget: 1, bidding: { strategy: 'guess' } },
      { ...common, id: 'c5', bid: 1, weeklyBudget: 1, dayMultiple: 'two' },
      { ...common, id: 'c6', bid: 1, weeklyBudget: 1, targeting: '{' },
      { ...common, id: 'c7', bid: 1, weeklyBudget: 1, targeting: { products: ['nothing'] } },
    ];
    const lines = shelf.file('c.jsonl', `${[text, ...refused.map((one) => JSON.stringify(one))].join('\n')}\n`);
    const summary = await shop.run({ path: lines, as: 'campaigns' });
    expect(summary.rejectedByReason).toEqual({
      'missing-bid': 1,
      'missing-dailyBudget': 1,
      'bad-campaign': 3,
      'unknown-reference': 1,
    });
    const expected = { ...common, weeklyBudgetMicros: 70_000_000, dayMultiple: 1.5, ...parts };
    expect(shop.engine.read('campaign', 'c1')).toEqual(expected);
    const cells = Object.values(parts).map((part) => `"${JSON.stringify(part).replaceAll('"', '""')}"`);
    const columns = shelf.file(
      'd.csv',
      `id,shop,listings,objective,weekly_budget,day_multiple,${Object.keys(parts).join(',')}\nc9,s1,A,Sales,70,1.5,${cells.join(',')}\n`,
    );
    expect((await shop.run({ path: columns, as: 'campaigns' })).counts).toMatchObject({ saved: 1 });
    expect(shop.engine.read('campaign', 'c9')).toEqual({ ...expected, id: 'c9' });
  });
});
