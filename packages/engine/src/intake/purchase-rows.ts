/**
 * Lines of orders as purchase and return events. A negative quantity is a return of as many pieces.
 *
 * The id of an event is `import:ORDER:LISTING:N`, where N counts the lines with this order and listing in the file: the same
 * file read again, or read in another order, gives the same ids, and lines that repeat within it are lines of their own.
 */
import type { Field } from './column-mapping.ts';
import { derivedId } from './derived-id.ts';
import { EventTaker } from './event-taker.ts';
import { parseQuantity } from './field-values.ts';
import type { ImportedEvent } from './intake-engine.ts';
import { idIn, lineIn, missing, momentIn, moneyIn, present, refusalAmong } from './mapped-cells.ts';
import { OccurrenceCounts } from './occurrence-counts.ts';
import { Refusal } from './refusal.ts';
import type { Cells } from './row.ts';

export const PURCHASE_FIELDS: readonly Field[] = [
  { name: 'order', required: true, alias: ['orderId'] },
  { name: 'listing', required: true, alias: ['listingId'] },
  { name: 'at', required: true, alias: ['time', 'timestamp'] },
  { name: 'quantity' },
  { name: 'price', or: 'priceMicros' },
  { name: 'priceMicros' },
  { name: 'buyer', alias: ['buyerId'] },
  { name: 'session', alias: ['sessionId'] },
  { name: 'country' },
  { name: 'title' },
];

export class PurchaseRows extends EventTaker {
  readonly #lines = new OccurrenceCounts();

  protected eventOf(cells: Cells): ImportedEvent | Refusal {
    const { mapping, currency } = this.context;
    const order = idIn(mapping, cells, 'order');
    if (order === undefined) return missing('order');
    const listing = idIn(mapping, cells, 'listing');
    if (listing === undefined) return missing('listing');
    const at = momentIn(mapping, cells, 'at') ?? missing('at');
    const quantityText = mapping.known(cells, 'quantity');
    const quantity = quantityText === undefined ? 1 : parseQuantity(quantityText);
    const priceMicros = moneyIn(mapping, cells, 'price', currency);
    const refusal = refusalAmong(at, quantity, priceMicros);
    if (refusal !== undefined) return refusal;
    const buyer = idIn(mapping, cells, 'buyer');
    const session = idIn(mapping, cells, 'session');
    const returned = (quantity as number) < 0;
    if (returned && buyer === undefined && session === undefined) {
      return new Refusal(
        'return-without-buyer',
        'the quantity is below 0, a return, but nobody is named who returned it',
      );
    }
    const facts = { title: mapping.text(cells, 'title'), priceMicros: priceMicros as number | undefined };
    const unknown = this.sink.refuseUnknown(listing, facts);
    if (unknown !== undefined) return unknown;
    const n = this.#lines.add(`${order}\n${listing}`);
    return present({
      id: derivedId(order, listing, n),
      type: returned ? 'return' : 'purchase',
      at,
      buyer,
      session,
      listing,
      order,
      quantity: Math.abs(quantity as number),
      priceMicros,
      country: lineIn(mapping, cells, 'country'),
    }) as ImportedEvent;
  }
}
