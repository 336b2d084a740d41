/**
 * Rows as listings. A table of sales names a listing once a line, with prices and titles that change and junk between them:
 * rows of one id are merged, and each field takes its most common value.
 */
import type { Listing } from '@rialto/sdk';
import { listingSchema } from '../wire/listing-schema.ts';
import type { ColumnMapping, Field } from './column-mapping.ts';
import { EntitySink } from './entity-sink.ts';
import { parseAvailability, parseCategory, parseList, parseWhole } from './field-values.ts';
import type { IntakeContext, RowTaker } from './intake-engine.ts';
import { idIn, lineIn, missing, momentIn, moneyIn, present, refusalAmong } from './mapped-cells.ts';
import { Refusal } from './refusal.ts';
import type { Cells, Row } from './row.ts';
import { type Merged, RowMerge, type Value } from './row-merge.ts';

export const LISTING_FIELDS: readonly Field[] = [
  { name: 'id', required: true, alias: ['listing', 'listingId'] },
  { name: 'title' },
  { name: 'price', required: true, or: 'priceMicros' },
  { name: 'priceMicros' },
  { name: 'description' },
  { name: 'category' },
  { name: 'shop', alias: ['shopId'] },
  { name: 'brand' },
  { name: 'tags' },
  { name: 'attributes' },
  { name: 'availability' },
  { name: 'language' },
  { name: 'url' },
  { name: 'imageUrl' },
  { name: 'stock', alias: ['inventory'] },
  { name: 'stockAt' },
  { name: 'shipsTo' },
];

/** What `RowMerge` keeps of a row, in this order; the attributes that have columns follow. */
const MERGED = [
  ...(['title', 'priceMicros', 'description', 'category', 'shop', 'brand', 'tags'] as const),
  ...(['attributes', 'availability', 'language', 'url', 'imageUrl', 'stock', 'shipsTo'] as const),
];

const SAVING_TOLD_EVERY = 1_000;

export class ListingRows implements RowTaker {
  readonly #context: IntakeContext;
  readonly #merge = new RowMerge();
  readonly #attributes: readonly string[];

  constructor(context: IntakeContext) {
    this.#context = context;
    this.#attributes = context.mapping.attributes();
  }

  take(row: Row): undefined {
    const { mapping, rejects } = this.#context;
    const id = idIn(mapping, row.cells, 'id');
    const values = id === undefined ? missing('id') : this.#values(mapping, row.cells);
    if (values instanceof Refusal) rejects.add(row, values);
    else this.#merge.add(id!, row.line, values);
  }

  async finish(): Promise<void> {
    const { counts, rejects } = this.#context;
    const sink = new EntitySink('listing', listingSchema, this.#context);
    counts.entities = this.#merge.size;
    let done = 0;
    for (const merged of this.#merge.take()) {
      if (++done % SAVING_TOLD_EVERY === 0) this.#context.onSaving(done);
      counts.merged += merged.rows - 1;
      const fields = this.#named(merged);
      const origin = { line: merged.line, cells: { id: merged.id, ...fields } };
      if (fields['priceMicros'] === undefined) {
        rejects.add(origin, new Refusal('missing-price', `no row of listing ${merged.id} has a price`));
        continue;
      }
      await sink.add(this.#listing(merged.id, fields), origin);
    }
    await sink.finish();
  }

  #values(mapping: ColumnMapping, cells: Cells): (Value | undefined)[] | Refusal {
    const price = moneyIn(mapping, cells, 'price', this.#context.currency);
    const availabilityText = mapping.known(cells, 'availability');
    const availability = availabilityText === undefined ? undefined : parseAvailability(availabilityText);
    const stock = stockIn(mapping, cells);
    const refusal = refusalAmong(price, availability, stock);
    if (refusal !== undefined) return refusal;
    const category = mapping.value(cells, 'category');
    const values: (Value | undefined)[] = [
      mapping.text(cells, 'title'),
      price as number | undefined,
      mapping.text(cells, 'description'),
      category === undefined ? undefined : parseCategory(category).replace(/\s+/g, ' ') || undefined,
      idIn(mapping, cells, 'shop'),
      lineIn(mapping, cells, 'brand'),
      listKey(mapping.value(cells, 'tags')),
      objectKey(mapping.value(cells, 'attributes')),
      availability as string | undefined,
      mapping.text(cells, 'language'),
      mapping.text(cells, 'url'),
      mapping.text(cells, 'imageUrl'),
      stock as string | undefined,
      listKey(mapping.value(cells, 'shipsTo')),
    ];
    for (const name of this.#attributes) values.push(mapping.text(cells, `attributes.${name}`));
    return values;
  }

  #named({ values }: Merged): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    MERGED.forEach((name, i) => {
      if (values[i] !== undefined) fields[name] = values[i];
    });
    for (const name of ['tags', 'stock', 'shipsTo'])
      if (fields[name] !== undefined) fields[name] = JSON.parse(fields[name] as string);
    const attributes: Record<string, string> =
      fields['attributes'] === undefined ? {} : JSON.parse(fields['attributes'] as string);
    this.#attributes.forEach((name, i) => {
      const value = values[MERGED.length + i];
      if (value !== undefined) attributes[name] = String(value);
    });
    if (Object.keys(attributes).length > 0) fields['attributes'] = attributes;
    return fields;
  }

  #listing(id: string, fields: Record<string, unknown>): Listing {
    const { counts, language } = this.#context;
    if (fields['title'] === undefined) counts.untitled++;
    // The schema checks what the file made of each field.
    return present({ id, title: id, language, ...fields }) as unknown as Listing;
  }
}

/** A number of pieces, and when they were counted where a column says so; or both, as the API has them. */
function stockIn(mapping: ColumnMapping, cells: Cells): string | Refusal | undefined {
  const given = mapping.value(cells, 'stock');
  if (typeof given === 'object' && given !== null) return JSON.stringify(given);
  const text = mapping.known(cells, 'stock');
  if (text === undefined) return undefined;
  const quantity = parseWhole(text, 'stock', 'bad-stock');
  const at = momentIn(mapping, cells, 'stockAt');
  const refusal = refusalAmong(quantity, at);
  return refusal ?? JSON.stringify({ quantity: Math.max(0, quantity as number), ...(at !== undefined && { at }) });
}

/** Lists and objects are merged by their text. */
function listKey(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const list = parseList(value);
  return list.length === 0 ? undefined : JSON.stringify(list);
}

function objectKey(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const attributes: Record<string, string> = {};
  for (const [name, inner] of Object.entries(value))
    if (inner !== null && inner !== '') attributes[name] = String(inner);
  return JSON.stringify(attributes);
}
