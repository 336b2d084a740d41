/**
 * Cells of a table gathered into columns of examples, row by row. A column is kept as a number where every value in it is one, and
 * as a category where no value has a fraction; whole numbers may be either and are kept as both. Columns without two different
 * values are left out, and so are categories that are never repeated, such as the id of the row.
 */

import { type Column, float32Column, int32Column } from '../base/column.ts';
import { RialtoError } from '../base/errors.ts';
import { type CategoryColumn, categoryOf, type NumberColumn } from '../learning/examples.ts';

interface Gathered {
  readonly name: string;
  readonly numbers: Column<Float32Array>;
  readonly categories: Column<Int32Array>;
  numeric: boolean;
  whole: boolean;
}

const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i;
const INFINITE = /^\s*[-+]?inf(inity)?\s*$/i;
const MISSING = /^\s*(nan|null|na|n\/a|\\n)?\s*$/i;

export class ExampleCells {
  readonly #columns: Gathered[];

  constructor(names: readonly string[]) {
    this.#columns = names.map((name) => ({
      name,
      numbers: float32Column(),
      categories: int32Column(),
      numeric: true,
      whole: true,
    }));
  }

  /** Adds a row: one cell of each column. Throws `bad-file`, which says `where`, on a number that is not finite; "NaN" is missing, as data frames write it. */
  add(cells: readonly string[], where: string): void {
    for (let i = 0; i < this.#columns.length; i++) this.#cell(this.#columns[i]!, cells[i]!, where);
  }

  #cell(column: Gathered, cell: string, where: string): void {
    const missing = MISSING.test(cell);
    column.categories.push(missing ? 0 : categoryOf(cell));
    const value = missing || !column.numeric ? Number.NaN : Number(cell);
    column.numbers.push(value);
    if (missing) return;
    if (column.numeric && !NUMBER.test(cell)) {
      if (INFINITE.test(cell))
        throw new RialtoError(
          'bad-file',
          `${where}: ${column.name} is "${cell}", which is not finite: give a number, or leave it empty where it is not known`,
        );
      column.numeric = false;
    }
    if (column.numeric && !Number.isInteger(value)) column.whole = false;
  }

  /** Leaves only these rows, which rise. */
  keep(rows: Int32Array): void {
    for (const { numbers, categories } of this.#columns) {
      keepRows(numbers, rows);
      keepRows(categories, rows);
    }
  }

  /** Once: what was gathered is given away, column by column, so that it is not in memory twice. */
  columns(): { numbers: NumberColumn[]; categories: CategoryColumn[] } {
    const numbers: NumberColumn[] = [];
    const categories: CategoryColumn[] = [];
    for (const { name, numeric, whole, numbers: values, categories: hashes } of this.#columns) {
      const distinct = distinctCount(hashes.view());
      if (distinct < 2) continue;
      const repeated = distinct < hashes.length;
      if (numeric) numbers.push({ name, values: takeShared(values) });
      if ((!numeric || whole) && repeated) categories.push({ name, values: takeShared(hashes) });
    }
    return { numbers, categories };
  }
}

/** In memory that worker threads see, so that they need no copy. */
function takeShared<T extends Float32Array | Int32Array>(column: Column<T>): T {
  const values = column.take();
  const shared = new (values.constructor as new (buffer: SharedArrayBuffer) => T)(
    new SharedArrayBuffer(values.byteLength),
  );
  shared.set(values);
  return shared;
}

/** Leaves only these rows, which rise. */
export function keepRows(
  column: Column<Float32Array> | Column<Int32Array> | Column<Uint8Array>,
  rows: Int32Array,
): void {
  const { data } = column;
  for (let i = 0; i < rows.length; i++) data[i] = data[rows[i]!]!;
  column.length = rows.length;
}

/** By sorting, for a set holds no more than 16 million values. */
function distinctCount(values: Int32Array): number {
  const sorted = values.slice().sort();
  let distinct = Math.min(1, sorted.length);
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  return distinct;
}
