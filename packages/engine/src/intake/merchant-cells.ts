/**
 * The attributes of Google Merchant Center's product specification as our listing's fields.
 *
 * `sale_price` is the price while its `sale_price_effective_date` holds (always, where there is none). The merchant's own
 * `product_type` comes before `google_product_category`; `external_seller_id`, which marketplaces send, is the shop. What
 * describes the product itself becomes an attribute; shipping, tax and advertising settings are left out.
 */
import { merchantName } from './file-format.ts';
import { parseMoment } from './moment.ts';
import { Refusal } from './refusal.ts';
import type { Cells, Row, RowBatches, RowSource } from './row.ts';

/** [our field, the merchant's attributes, the first that is not empty] */
const FIELDS: readonly (readonly [string, readonly string[]])[] = [
  ['id', ['id']],
  ['title', ['title', 'structured_title']],
  ['description', ['description', 'summary']],
  ['category', ['product_type', 'google_product_category']],
  ['shop', ['external_seller_id', 'seller_id']],
  ['brand', ['brand']],
  ['availability', ['availability']],
  ['url', ['link']],
  ['imageUrl', ['image_link']],
  ['language', ['content_language']],
  ['stock', ['quantity', 'sell_on_google_quantity', 'quantity_to_sell_on_facebook']],
];

const ATTRIBUTES: readonly string[] = [
  ...['item_group_id', 'gtin', 'mpn', 'condition', 'adult', 'age_group', 'gender', 'color', 'size', 'size_type'],
  ...['size_system', 'material', 'pattern', 'multipack', 'is_bundle', 'energy_efficiency_class', 'availability_date'],
  ...['product_length', 'product_width', 'product_height', 'product_weight', 'unit_pricing_measure'],
  ...['custom_label_0', 'custom_label_1', 'custom_label_2', 'custom_label_3', 'custom_label_4'],
];

const MERCHANT_FIELDS: readonly string[] = [
  ...FIELDS.map(([field]) => field),
  'price',
  ...ATTRIBUTES.map((name) => `attributes.${name}`),
];

/** The same rows with our own fields as columns; what the file said stays as `raw`. `now` decides which sales are on. */
export function merchantSource(source: RowSource, now: number): RowSource {
  return { ...source, columns: MERCHANT_FIELDS, open: false, rows: listings(source.rows, now) };
}

async function* listings(batches: RowBatches, now: number): RowBatches {
  const listing = (row: Row): Row =>
    row.refusal === undefined ? { line: row.line, cells: merchantCells(row.cells, now), raw: row.cells } : row;
  for await (const rows of batches) yield rows.map(listing);
}

function merchantCells(cells: Cells, now: number): Cells {
  const found: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(cells)) {
    if (value !== '' && value !== null && value !== undefined) found[merchantName(column)] ??= value;
  }
  const out: Record<string, unknown> = {};
  for (const [field, names] of FIELDS) {
    const name = names.find((candidate) => found[candidate] !== undefined);
    if (name !== undefined) out[field] = found[name];
  }
  for (const name of ATTRIBUTES) if (found[name] !== undefined) out[`attributes.${name}`] = found[name];
  const onSale = isSalePrice(found['sale_price']) && isOn(found['sale_price_effective_date'], now);
  const price = onSale ? found['sale_price'] : found['price'];
  if (price !== undefined) out['price'] = price;
  return out;
}

/** Shops that have no sale write 0, too: nothing is given away by it. */
function isSalePrice(price: unknown): boolean {
  return price !== undefined && /[1-9]/.test(String(price));
}

/** `start/end` in ISO 8601. Dates that cannot be read do not hold: the full price stands. */
function isOn(range: unknown, now: number): boolean {
  if (range === undefined) return true;
  const ends = String(range)
    .split('/')
    .map((end) => parseMoment(end.trim()));
  const [start, end] = ends;
  if (ends.length !== 2 || start instanceof Refusal || end instanceof Refusal) return false;
  return start! <= now && now < end!;
}
