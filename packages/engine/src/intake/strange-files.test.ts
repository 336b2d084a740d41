/** Files as other tools and countries write them: what they say is taken as it was meant, once, and nothing of it is lost. */
import { afterAll, describe, expect, test } from 'vitest';
import type { ImportOptions } from './import-file.ts';
import { makeShelf, makeShop, type Shop } from './intake.fixture.ts';
import { readInteractions } from './interaction-file.ts';

const shelf = makeShelf();
afterAll(() => shelf.remove());

async function shopOf(text: string | Buffer, options: Partial<ImportOptions> = {}, name = 'x.csv') {
  const shop = await makeShop(shelf);
  const path = shelf.file(name, text as string);
  const stated = { path, as: 'listings', ...options } as const;
  const first = await shop.run(stated);
  const again = await shop.run(stated);
  expect(again.counts.saved).toBe(0);
  return { shop, first };
}

const prices = (shop: Shop, ...ids: string[]) =>
  ids.map((id) => (shop.engine.read('listing', id)?.priceMicros ?? Number.NaN) / 1e6);

describe('tables', () => {
  test('rows may end with a delimiter that the header lacks; what stands behind it is refused', async () => {
    const { shop, first } = await shopOf('id,title,price\n1,A,3,\n2,B,4,,\n3,C,5,x\n');
    expect(prices(shop, '1', '2', '3')).toEqual([3, 4, Number.NaN]);
    expect(first.rejectedByReason).toEqual({ 'ragged-row': 1 });
  });

  test.each(['\n', '\r\n'])("Excel's line that names the delimiter is no header", async (end) => {
    const { shop, first } = await shopOf(['sep=|', 'id|title|price', '1|A;B|3'].join(end));
    expect(shop.engine.read('listing', '1')).toMatchObject({ title: 'A;B', priceMicros: 3e6 });
    expect(first.rows).toBe(1);
  });

  test('NULL and its like are no price, no stock and nobody; a title or a query is what it is', async () => {
    const { shop, first } = await shopOf(
      'id,title,price,stock,shop\n1,None,NULL,NaN,None\n1,None,3,\\N,null\nNULL,x,3,,\n',
    );
    expect(shop.engine.read('listing', '1')).toEqual({ id: '1', title: 'None', priceMicros: 3e6 });
    expect(first.rejectedByReason).toEqual({ 'missing-id': 1 });
    const events = 'type,at,buyer,session,query,listing\nsearch,2026-01-02,nan,s1,null,\nview,2026-01-02,NULL,s1,,1\n';
    await shop.run({ path: shelf.file('e.csv', events), as: 'events' });
    const [search, view] = (await shop.events()).sort((a, b) => (a.type < b.type ? -1 : 1));
    expect([search, view].map((event) => event && 'buyer' in event)).toEqual([false, false]);
    expect(search).toMatchObject({ query: 'null', session: 's1' });
  });

  test('availability in plain words, ratings with a comma, and event types of other logs', async () => {
    const { shop, first } = await shopOf('id,price,availability\n1,3,yes\n2,3,FALSE\n3,3,0\n4,3,1\n5,3,perhaps\n');
    const found = ['1', '2', '3', '4'].map((id) => shop.engine.read('listing', id)?.availability);
    expect(found).toEqual(['in-stock', 'out-of-stock', 'out-of-stock', 'in-stock']);
    expect(first.rejectedByReason).toEqual({ 'bad-availability': 1 });
    await shop.run({ path: shelf.file('r.csv', 'id;listing;rating\nr;1;4,5\n'), as: 'reviews' });
    expect(shop.engine.read('review', 'r')).toMatchObject({ rating: 4.5 });
    const rows = ['cart,2026-01-02,s,1,', 'transaction,2026-01-02,s,1,o', 'Page View,2026-01-02,s,1,'];
    const events = ['type,at,session,listing,order', ...rows].join('\n');
    await shop.run({ path: shelf.file('t.csv', events), as: 'events' });
    expect((await shop.events()).map(({ type }) => type).sort()).toEqual(['cart-add', 'purchase', 'view']);
  });
});

describe('decimal marks of money', () => {
  test('other amounts of the column tell what three digits behind a mark are', async () => {
    const { shop, first } = await shopOf('id;price\n1;3,14\n2;1.234\n3;1,234\n4;1.234,50 €\n5;12\n', {
      currency: 'EUR',
    });
    expect(prices(shop, '1', '2', '3', '4', '5')).toEqual([3.14, 1234, 1.234, 1234.5, 12]);
    expect(first.warnings.join()).toMatch(/price: read with a decimal comma .*--decimal point/);
    const point = await shopOf('id,price\n1,3.14\n2,"1,234"\n3,1.234\n');
    expect(prices(point.shop, '1', '2', '3')).toEqual([3.14, 1234, 1.234]);
    expect(point.first.warnings).toEqual([]);
  });

  test('where they do not, or say both, a comma is refused with what to do; --decimal decides', async () => {
    const { shop, first } = await shopOf('id;price\n1;1,234\n2;1.234\n');
    expect(first.rejectedByReason).toEqual({ 'ambiguous-price': 1 });
    expect(shelf.rejects()[0]!.message).toMatch(/--decimal comma or point/);
    expect(prices(shop, '2')).toEqual([1.234]);
    expect((await shopOf('id;price\n1;3,5\n2;3.5\n3;1,234\n')).first.rejected).toBe(1);
    const comma = await shopOf('id;price\n1;1,234\n2;1.234\n', { decimal: 'comma' });
    expect(prices(comma.shop, '1', '2')).toEqual([1.234, 1234]);
    const point = await shopOf('id;price\n1;1,234\n2;1.234\n', { decimal: 'point' });
    expect(prices(point.shop, '1', '2')).toEqual([1234, 1.234]);
  });
});

describe('JSON lines', () => {
  test('numbers wider than 53 bits stay the ids that they are', async () => {
    const lines = ['{"id":9007199254740993,"title":"a 12345678901234567890","price":0.12345678901234567}'];
    const { shop } = await shopOf([...lines, '{"id":9007199254740992,"price":2}'].join('\n'), {}, 'x.jsonl');
    expect(shop.engine.read('listing', '9007199254740993')).toMatchObject({ title: 'a 12345678901234567890' });
    expect(prices(shop, '9007199254740993', '9007199254740992')).toEqual([0.123457, 2]);
  });
});

describe('merchant feeds', () => {
  const item = (id: string, sale: string) =>
    `<item><g:id>${id}</g:id><g:price>15,00 EUR</g:price><g:sale_price>${sale}</g:sale_price></item>`;
  const feed = `<rss><channel>${item('1', '0.00 EUR')}${item('2', '9,50 EUR')}${item('3', '')}</channel></rss>`;

  test('a prefix that is not declared is Google’s, and a sale price of nothing is no sale', async () => {
    const { shop } = await shopOf(feed, { currency: 'EUR' }, 'x.xml');
    expect(prices(shop, '1', '2', '3')).toEqual([15, 9.5, 15]);
  });
});

describe('dates', () => {
  const rows = 'order,listing,at,buyer\n1,A,12/1/2010 8:26,b\n2,A,1 Dec 2010,b\n';

  test('day or month first is refused with what to say, and read where it is said', async () => {
    const { first } = await shopOf(rows, { as: 'purchases', createListings: true });
    expect(first.rejectedByReason).toEqual({ 'bad-time': 1 });
    expect(shelf.rejects()[0]!.message).toContain('--dates day-first or month-first');
    const { shop } = await shopOf(rows, { as: 'purchases', createListings: true, dates: 'month-first' });
    expect((await shop.events()).map(({ at }) => at).sort()).toEqual([
      Date.UTC(2010, 11, 1),
      Date.UTC(2010, 11, 1, 8, 26),
    ]);
  });

  test('of clicks, too', async () => {
    const path = shelf.file('c.csv', 'user,item,time\nu,a,13/1/2010 8:26\n');
    const { times } = await readInteractions({ path, dates: 'day-first' });
    expect([...times]).toEqual([Date.UTC(2010, 0, 13, 8, 26) / 1000]);
    await expect(readInteractions({ path })).rejects.toThrow(/--dates/);
  });
});

describe('who met what', () => {
  const read = (name: string, text: string) => readInteractions({ path: shelf.file(name, text) });

  test('ids that data frames made fractions of are the ids that they were', async () => {
    const { users, items } = await read('f.csv', 'user,item\n17850.0,22.0\n17850,007\n');
    expect([users, items]).toEqual([
      ['17850', '17850'],
      ['22', '007'],
    ]);
  });

  test.each(['NULL', 'nan', '\\N', '<NA>'])('nobody called %s met anything', async (nobody) => {
    await expect(read('n.csv', `user,item\n1,2\n${nobody},3\n`)).rejects.toThrow(
      /line 3: user is ".*leave out the rows/,
    );
  });

  test('an object is no id', async () => {
    await expect(read('o.jsonl', '{"user":{"id":1},"item":2}\n')).rejects.toThrow(/line 1: user is \{"id":1\}/);
  });
});
