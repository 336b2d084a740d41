import { afterAll, describe, expect, test } from 'vitest';
import { makeShelf, makeShop, readAll } from './intake.fixture.ts';

const shelf = makeShelf();
afterAll(() => shelf.remove());

const RSS = `<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>
<title>Shop</title><link>https://shop.example</link>
<item>
  <g:id>TV_1</g:id><title>wrong</title><g:title>LG 22" TV &amp; stand</g:title><title>wrong too</title>
  <g:description><![CDATA[Bright <b>LED</b>]]></g:description>
  <g:link>https://shop.example/tv</g:link><g:image_link>https://shop.example/tv.png</g:image_link>
  <g:availability>in_stock</g:availability><g:price>159.00 USD</g:price>
  <g:sale_price>149.00 USD</g:sale_price>
  <g:shipping><g:country>US</g:country><g:price>14.95 USD</g:price></g:shipping>
  <g:brand>LG</g:brand><g:gtin>71919219405200</g:gtin><g:color>black</g:color>
  <g:google_product_category>Electronics &gt; Video</g:google_product_category>
  <g:product_type>TVs&gt;LED</g:product_type><g:product_type>Sale</g:product_type>
  <g:external_seller_id>seller-7</g:external_seller_id>
</item>
<item><g:id>EUR_1</g:id><g:title>Priced abroad</g:title><g:price>15.00 EUR</g:price></item>
</channel></rss>`;

const ATOM = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
<title>Shop</title><link rel="self" href="https://shop.example"/>
<entry><g:id>1</g:id><title>Mug</title><link rel="self" href="https://shop.example/feed"/><link href="https://shop.example/mug"/>
<summary>A mug</summary><g:price>USD 4.5</g:price><g:availability>backorder</g:availability>
<g:sale_price>4 USD</g:sale_price><g:sale_price_effective_date>2025-01-01T00:00Z/2025-02-01T00:00Z</g:sale_price_effective_date></entry>
</feed>`;

describe('Merchant Center feeds', () => {
  test('RSS', async () => {
    const shop = await makeShop(shelf);
    const path = shelf.file('feed.xml.gz', RSS);
    const summary = await shop.run({ path, as: 'listings' });
    expect(summary).toMatchObject({ format: 'merchant-xml', rows: 2, rejectedByReason: { 'currency-mismatch': 1 } });
    expect(shop.engine.read('listing', 'TV_1')).toEqual({
      id: 'TV_1',
      title: 'LG 22" TV & stand',
      priceMicros: 149_000_000,
      description: 'Bright <b>LED</b>',
      category: 'TVs > LED',
      shop: 'seller-7',
      brand: 'LG',
      availability: 'in-stock',
      url: 'https://shop.example/tv',
      imageUrl: 'https://shop.example/tv.png',
      attributes: { gtin: '71919219405200', color: 'black' },
    });
    expect(shelf.rejects()).toEqual([
      expect.objectContaining({
        line: 16,
        reason: 'currency-mismatch',
        row: { id: 'EUR_1', title: 'Priced abroad', price: '15.00 EUR' },
      }),
    ]);
  });

  test('Atom; a sale that is over does not count', async () => {
    const shop = await makeShop(shelf);
    await shop.run({ path: shelf.file('atom.xml', ATOM), as: 'listings' });
    expect(shop.engine.read('listing', '1')).toEqual({
      id: '1',
      title: 'Mug',
      priceMicros: 4_500_000,
      description: 'A mug',
      availability: 'backorder',
      url: 'https://shop.example/mug',
    });
  });

  test('TSV, with the names as people write them', async () => {
    const shop = await makeShop(shelf);
    const header = 'ID\tTitle\tLink\tImage Link\tPrice\tAvailability\titem group id\tsize\tshipping';
    const path = shelf.file(
      'feed.txt',
      `${header}\nA\tShirt\thttps://s.example/a\t\t9.99 USD\tout of stock\tG1\tM\tUS:::5 USD\n`,
    );
    const summary = await shop.run({ path, as: 'listings' });
    expect(summary.format).toBe('merchant-tsv');
    expect(shop.engine.read('listing', 'A')).toEqual({
      id: 'A',
      title: 'Shirt',
      priceMicros: 9_990_000,
      url: 'https://s.example/a',
      availability: 'out-of-stock',
      attributes: { item_group_id: 'G1', size: 'M' },
    });
  });

  test('a feed in chunks gives the same rows as at once', async () => {
    const items = Array.from(
      { length: 20_000 },
      (_, i) => `<item><g:id>${i}</g:id><title>Töpf €${i}</title><g:price>1 USD</g:price></item>`,
    );
    const feed = `<rss xmlns:g="http://base.google.com/ns/1.0"><channel>\n${items.join('\n')}</channel></rss>`;
    const { rows } = await readAll(shelf.file('large.xml', feed));
    expect(rows.length).toBe(20_000);
    expect(
      rows.every(
        ({ line, cells }, i) => line === i + 2 && cells['id'] === String(i) && cells['title'] === `Töpf €${i}`,
      ),
    ).toBe(true);
  });
});
