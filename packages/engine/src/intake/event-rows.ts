/**
 * Rows as events of any type: clicks and sessions kept by another system. Tokens are not read: history bills nobody.
 *
 * A row without an id gets one made from what it says and how often the file has said it, so that reading the file again
 * counts nothing twice.
 */
import type { EventType } from '@rialto/sdk';
import type { Field } from './column-mapping.ts';
import { contentId } from './derived-id.ts';
import { EventTaker } from './event-taker.ts';
import { parseWhole } from './field-values.ts';
import type { ImportedEvent } from './intake-engine.ts';
import { idIn, lineIn, missing, momentIn, moneyIn, present, refusalAmong } from './mapped-cells.ts';
import { OccurrenceCounts } from './occurrence-counts.ts';
import type { Refusal } from './refusal.ts';
import type { Cells } from './row.ts';

export const EVENT_FIELDS: readonly Field[] = [
  { name: 'type', required: true },
  { name: 'at', required: true, alias: ['time', 'timestamp'] },
  { name: 'id', alias: ['eventId'] },
  { name: 'buyer', alias: ['buyerId'] },
  { name: 'session', alias: ['sessionId'] },
  { name: 'listing', alias: ['listingId'] },
  { name: 'placement' },
  { name: 'order', alias: ['orderId'] },
  { name: 'quantity' },
  { name: 'price', or: 'priceMicros' },
  { name: 'priceMicros' },
  { name: 'query' },
  { name: 'country' },
  { name: 'title' },
];

const TYPE_ALIASES: Readonly<Record<string, EventType>> = {
  'add-to-cart': 'cart-add',
  addtocart: 'cart-add',
  cart: 'cart-add',
  'remove-from-cart': 'cart-remove',
  removefromcart: 'cart-remove',
  favorite: 'favourite',
  buy: 'purchase',
  transaction: 'purchase',
  pageview: 'view',
  'page-view': 'view',
};

export class EventRows extends EventTaker {
  readonly #seen = new OccurrenceCounts();

  protected eventOf(cells: Cells): ImportedEvent | Refusal {
    const { mapping, currency } = this.context;
    const type = mapping.text(cells, 'type');
    if (type === undefined) return missing('type');
    const at = momentIn(mapping, cells, 'at') ?? missing('at');
    const quantityText = mapping.known(cells, 'quantity');
    const quantity = quantityText === undefined ? undefined : parseWhole(quantityText, 'quantity', 'bad-quantity');
    const priceMicros = moneyIn(mapping, cells, 'price', currency);
    const refusal = refusalAmong(at, quantity, priceMicros);
    if (refusal !== undefined) return refusal;
    const listing = idIn(mapping, cells, 'listing');
    const facts = { title: mapping.text(cells, 'title'), priceMicros: priceMicros as number | undefined };
    const unknown = listing === undefined ? undefined : this.sink.refuseUnknown(listing, facts);
    if (unknown !== undefined) return unknown;
    const said = present({
      type: typeOf(type),
      at,
      buyer: idIn(mapping, cells, 'buyer'),
      session: idIn(mapping, cells, 'session'),
      listing,
      placement: idIn(mapping, cells, 'placement'),
      order: idIn(mapping, cells, 'order'),
      quantity,
      priceMicros,
      query: mapping.text(cells, 'query'),
      country: lineIn(mapping, cells, 'country'),
    });
    return { id: idIn(mapping, cells, 'id') ?? this.#idOf(said), ...said } as ImportedEvent;
  }

  #idOf(said: object): string {
    const content = JSON.stringify(said);
    return contentId([content, this.#seen.add(content)]);
  }
}

/** `Add_To_Cart`, `cart add` and `cart-add` are the same; the schema refuses what is no type. */
function typeOf(text: string): string {
  const name = text.toLowerCase().replace(/[\s_]+/g, '-');
  return TYPE_ALIASES[name] ?? name;
}
