/** Loads a small catalogue, and a campaign that advertises some of it. Running it again changes nothing. */
import { type Listing, RialtoClient } from '@rialto/sdk';

const rialto = new RialtoClient({
  url: process.env['RIALTO_URL'] ?? 'http://127.0.0.1:4400',
  ...(process.env['RIALTO_KEY'] !== undefined && { key: process.env['RIALTO_KEY'] }),
});

const SHOPS = ['anna', 'bodo', 'clio'];
const KINDS = ['mug', 'bowl', 'vase', 'lamp'];
const COLOURS = ['red', 'blue', 'green', 'white', 'black'];

/** Made one by one: a catalogue of any size goes through as a stream. */
function* catalogue(): Generator<Listing> {
  for (const shop of SHOPS) {
    for (const kind of KINDS) {
      for (const [index, colour] of COLOURS.entries()) {
        yield {
          id: `${shop}-${colour}-${kind}`,
          title: `${colour} ${kind}`,
          shop,
          category: `Home > ${kind}`,
          tags: [colour, 'handmade'],
          priceMicros: (10 + index) * 1_000_000,
        };
      }
    }
  }
}

await rialto.shops.putAll(SHOPS.map((id) => ({ id, name: `${id}'s pottery` })));
const { saved, unchanged, rejected } = await rialto.listings.putAll(catalogue());
console.log(`listings: ${saved} saved, ${unchanged} unchanged, ${rejected.length} rejected`);
for (const { id, code, message } of rejected) console.log(`  ${id}: ${code}: ${message}`);

const changed = await rialto.campaigns.put({
  id: 'anna-spring',
  shop: 'anna',
  listings: ['anna-red-mug', 'anna-blue-vase'],
  bidMicros: 300_000,
  dailyBudgetMicros: 5_000_000,
});
console.log(`campaign anna-spring: ${changed ? 'saved' : 'unchanged'}`);
