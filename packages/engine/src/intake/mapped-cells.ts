/** Cells of a row by our field, parsed. A missing value is undefined; one that cannot be read is a refusal. */
import type { ColumnMapping } from './column-mapping.ts';
import { parseId, parseWhole } from './field-values.ts';
import { parseMoment } from './moment.ts';
import { type CurrencyMarks, parseMoney } from './money.ts';
import { Refusal } from './refusal.ts';
import type { Cells } from './row.ts';

export function idIn(mapping: ColumnMapping, cells: Cells, field: string): string | undefined {
  const text = mapping.known(cells, field);
  return text === undefined ? undefined : parseId(text);
}

export function momentIn(mapping: ColumnMapping, cells: Cells, field: string): number | Refusal | undefined {
  const text = mapping.known(cells, field);
  return text === undefined ? undefined : parseMoment(text, mapping.dates);
}

/** From a column of decimal money (`price`), or one of integer micros (`priceMicros`). */
export function moneyIn(
  mapping: ColumnMapping,
  cells: Cells,
  field: string,
  currency: CurrencyMarks,
): number | Refusal | undefined {
  const text = mapping.known(cells, field);
  if (text !== undefined) return parseMoney(text, currency, mapping.decimals.get(field));
  const micros = mapping.known(cells, `${field}Micros`);
  if (micros === undefined) return undefined;
  const value = parseWhole(micros, `${field}Micros`, 'bad-price');
  if (value instanceof Refusal || value >= 0) return value;
  return new Refusal('negative-price', `${field}Micros is ${value}, below 0`);
}

/** One line of text: runs of white space become one space. */
export function lineIn(mapping: ColumnMapping, cells: Cells, field: string): string | undefined {
  return mapping.text(cells, field)?.replace(/\s+/g, ' ');
}

export function missing(field: string): Refusal {
  return new Refusal(`missing-${field}`, `the row has no ${field}`);
}

/** The first refusal among parsed values. */
export function refusalAmong(...values: readonly unknown[]): Refusal | undefined {
  return values.find((value) => value instanceof Refusal) as Refusal | undefined;
}

/** The same object without its undefined fields: an absent field is absent. */
export function present<T extends Record<string, unknown>>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined | Refusal> } {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) out[name] = value;
  return out as { [K in keyof T]?: Exclude<T[K], undefined | Refusal> };
}
