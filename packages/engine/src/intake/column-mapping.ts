/**
 * Which column of a file holds which field of ours.
 *
 * A stated mapping must name fields and columns that exist, or the import is refused before it writes anything. Without one
 * a column that has a field's name is taken, whatever its case and separators (`price_micros`, `PriceMicros`), as is
 * `attributes.NAME` for a listing's attribute.
 */
import { RialtoError } from '../base/errors.ts';
import type { DateOrder } from './moment.ts';
import { nearest } from './nearest-name.ts';
import type { DecimalMark } from './number-cells.ts';
import type { Cells, RowSource } from './row.ts';

export interface Field {
  readonly name: string;
  readonly required?: true;
  /** Another field that may stand in for it. */
  readonly or?: string;
  /** Other names that a column of it goes by. */
  readonly alias?: readonly string[];
}

export interface MappingRequest {
  /** Field → column. Empty: match by name. */
  readonly map: Readonly<Record<string, string>>;
  /** Field → one value for all rows. */
  readonly set: Readonly<Record<string, string>>;
  /** Of dates that do not begin with the year. */
  readonly dates?: DateOrder | undefined;
}

const ATTRIBUTE = 'attributes.';
/** What tools write where an id, a number or a time is not known. No list of words: somebody may search for "none". */
const NULL = /^(NULL|null|<null>|\\N|NaN|nan|None|<NA>|#N\/A|N\/A)$/;

/** Whether a trimmed cell says that an id, a number or a time is not known. */
export const isNull = (text: string): boolean => text.length <= 6 && NULL.test(text);

export class ColumnMapping {
  readonly #columns: ReadonlyMap<string, string>;
  readonly #constants: ReadonlyMap<string, string>;

  readonly dates: DateOrder | undefined;
  /** The decimal mark of fields that are money, where it is known. */
  readonly decimals: ReadonlyMap<string, DecimalMark>;

  constructor(
    columns: ReadonlyMap<string, string>,
    constants: ReadonlyMap<string, string>,
    {
      dates,
      decimals,
    }: { readonly dates?: DateOrder | undefined; readonly decimals?: ReadonlyMap<string, DecimalMark> },
  ) {
    this.#columns = columns;
    this.#constants = constants;
    this.dates = dates;
    this.decimals = decimals ?? new Map();
  }

  withDecimals(decimals: ReadonlyMap<string, DecimalMark>): ColumnMapping {
    return new ColumnMapping(this.#columns, this.#constants, { dates: this.dates, decimals });
  }

  has(field: string): boolean {
    return this.#columns.has(field) || this.#constants.has(field);
  }

  /** The names of the attributes that have columns of their own. */
  attributes(): readonly string[] {
    const fields = [...this.#columns.keys(), ...this.#constants.keys()].filter((field) => field.startsWith(ATTRIBUTE));
    return fields.map((field) => field.slice(ATTRIBUTE.length));
  }

  /** The cell as it is; undefined where it is empty. */
  value(cells: Cells, field: string): unknown {
    const column = this.#columns.get(field);
    const value = column === undefined ? this.#constants.get(field) : cells[column];
    return value === '' || value === null ? undefined : value;
  }

  /** The cell as trimmed text; undefined where it is empty. */
  text(cells: Cells, field: string): string | undefined {
    const value = this.value(cells, field);
    if (value === undefined) return undefined;
    const text = (
      typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value)
    ).trim();
    return text === '' ? undefined : text;
  }

  /** The same of an id, a number or a time: undefined, too, where it is `NULL` or the like. */
  known(cells: Cells, field: string): string | undefined {
    const text = this.text(cells, field);
    return text !== undefined && isNull(text) ? undefined : text;
  }

  /** Field → column, for telling the user what was taken for what. */
  toJSON(): Record<string, string> {
    return Object.fromEntries(this.#columns);
  }
}

export function resolveMapping(fields: readonly Field[], source: RowSource, request: MappingRequest): ColumnMapping {
  const constants = new Map(Object.entries(request.set));
  for (const field of [...Object.keys(request.map), ...constants.keys()]) checkField(field, fields, source);
  const stated = Object.entries(request.map);
  const columns = new Map(
    stated.length > 0 ? stated.map((pair) => checkColumn(pair, fields, source)) : byName(fields, source),
  );
  for (const field of constants.keys()) columns.delete(field);
  const mapping = new ColumnMapping(columns, constants, { dates: request.dates });
  const missing = fields.filter(
    (field) =>
      field.required === true && !mapping.has(field.name) && !(field.or !== undefined && mapping.has(field.or)),
  );
  if (missing.length === 0) return mapping;
  const names = missing.map((field) => field.name).join(', ');
  throw refused(`No column is mapped to ${names}; state it with --map ${missing[0]!.name}=COLUMN`, fields, source);
}

function checkField(field: string, fields: readonly Field[], source: RowSource): void {
  if (fields.some((known) => known.name === field)) return;
  const attributes = fields.some((known) => known.name === 'attributes');
  if (attributes && field.startsWith(ATTRIBUTE) && field.length > ATTRIBUTE.length) return;
  const guess = nearest(
    field,
    fields.map((known) => known.name),
  );
  const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
  throw refused(`There is no field ${JSON.stringify(field)}${hint}`, fields, source);
}

function checkColumn([field, column]: [string, string], fields: readonly Field[], source: RowSource): [string, string] {
  if (source.columns.includes(column)) return [field, column];
  const guess = nearest(column, source.columns);
  const hint = guess === undefined ? '' : `; did you mean ${JSON.stringify(guess)}?`;
  throw refused(`The file has no column ${JSON.stringify(column)} (for ${field})${hint}`, fields, source);
}

function* byName(fields: readonly Field[], source: RowSource): Generator<[string, string]> {
  const columns = new Map<string, string>();
  for (const column of source.columns) if (!columns.has(bare(column))) columns.set(bare(column), column);
  for (const field of fields) {
    const names = [field.name, ...(field.alias ?? [])];
    const column = names.map((name) => columns.get(bare(name))).find((found) => found !== undefined);
    if (column !== undefined) yield [field.name, column];
    else if (source.open) yield [field.name, field.name];
  }
  if (!fields.some((field) => field.name === 'attributes')) return;
  for (const column of source.columns) {
    if (column.startsWith(ATTRIBUTE) && column.length > ATTRIBUTE.length) yield [column, column];
  }
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function refused(message: string, fields: readonly Field[], source: RowSource): RialtoError {
  const names = fields.map((field) => (field.name === 'attributes' ? 'attributes, attributes.NAME' : field.name));
  const lists = `The file's columns: ${source.columns.slice(0, 100).join(', ')}. The fields: ${names.join(', ')}.`;
  return new RialtoError('bad-mapping', `${message}${message.endsWith('?') ? '' : '.'} ${lists}`, {
    columns: source.columns,
    fields: names,
  });
}
