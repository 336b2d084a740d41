/** Reports what buyers did, as a shop's server would: a few orders. Every event has an id of its own, so sending twice counts once. */
import { type BuyerEvent, RialtoClient } from '@rialto/sdk';

const rialto = new RialtoClient({
  url: process.env['RIALTO_URL'] ?? 'http://127.0.0.1:4400',
  ...(process.env['RIALTO_KEY'] !== undefined && { key: process.env['RIALTO_KEY'] }),
});

const BASKETS: Readonly<Record<string, readonly string[]>> = {
  ines: ['anna-red-mug', 'anna-red-bowl'],
  jon: ['anna-red-mug', 'bodo-white-lamp'],
  kim: ['anna-red-mug', 'anna-red-bowl', 'clio-green-vase'],
};

const events: BuyerEvent[] = Object.entries(BASKETS).flatMap(([buyer, basket]) =>
  basket.map((listing, line) => ({
    id: `order-${buyer}:${line}`,
    type: 'purchase' as const,
    order: `order-${buyer}`,
    buyer,
    listing,
    priceMicros: 10_000_000,
  })),
);
// One bad event does not harm the others: it comes back with its reason.
events.push({ id: 'view-of-nothing', type: 'view', buyer: 'ines', listing: 'no-such-listing' });

const { accepted, duplicates, rejected } = await rialto.sendEvents(events);
console.log(`events: ${accepted} accepted, ${duplicates} known already, ${rejected.length} rejected`);
for (const { id, reason, message } of rejected) console.log(`  ${id}: ${reason}: ${message}`);
