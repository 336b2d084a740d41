/**
 * How far a buyer has come in a visit, from what was touched last: about to buy (something is in the cart), comparing (two listings
 * of one category within the hour), come back (has bought before), or browsing.
 */
import { MILLIS_PER_HOUR } from '../base/units.ts';
import type { Market } from '../market/market.ts';

export type BuyerStage = 'buying' | 'comparing' | 'returning' | 'browsing';

const TOUCHED_MAX = 12;

export function stageOf({ interactions, listings, buyers }: Market, buyer: number, at: number): BuyerStage {
  const viewed = new Set<number>();
  let compares = false;
  let row = interactions.first(buyer);
  for (let i = 0; i < TOUCHED_MAX && row >= 0; i++, row = interactions.next.data[row]!) {
    if (interactions.carts.data[row]! > interactions.purchases.data[row]!) return 'buying';
    if (Math.abs(at - interactions.lastViewAt.data[row]!) > MILLIS_PER_HOUR) continue;
    const category = listings.category.data[interactions.listing.data[row]!]!;
    compares ||= category >= 0 && viewed.has(category);
    viewed.add(category);
  }
  if (compares) return 'comparing';
  return buyer >= 0 && buyers.orders.data[buyer]! > 0 ? 'returning' : 'browsing';
}
