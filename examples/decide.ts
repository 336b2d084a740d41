/** Asks what to show a buyer on the home page, and reports what the buyer saw and clicked: a click on an ad is billed. */
import { randomUUID } from 'node:crypto';
import { type BuyerEvent, RialtoClient } from '@rialto/sdk';

const rialto = new RialtoClient({
  url: process.env['RIALTO_URL'] ?? 'http://127.0.0.1:4400',
  ...(process.env['RIALTO_KEY'] !== undefined && { key: process.env['RIALTO_KEY'] }),
});

const buyer = 'jon';
// A page would rather show its own default than wait for long.
const { decisionId, placements } = await rialto.decide(
  { buyer, placements: ['home'], context: { device: 'web', country: 'GB' } },
  { timeoutMs: 1000, retries: 1 },
);

const events: BuyerEvent[] = [];
for (const { placement, items } of placements) {
  console.log(`${placement} (decision ${decisionId}):`);
  for (const { kind, id, position, token } of items.slice(0, 6)) {
    console.log(`  ${position}. ${id}${kind === 'ad' ? ' (sponsored)' : ''}`);
    events.push({ id: randomUUID(), type: 'impression', buyer, listing: id, placement, token });
    // This buyer likes what is sponsored. A browser's Tracker reports both by itself.
    if (kind === 'ad') events.push({ id: randomUUID(), type: 'click', buyer, listing: id, placement, token });
  }
}
const { accepted } = await rialto.sendEvents(events);
console.log(`events: ${accepted} accepted`);
