/**
 * Cells of a table gathered into columns of examples, row by row. A column is kept as a number where every value in it is one, and
 * as a category where no value has a fraction; whole numbers may be either and are kept as both. Columns without two different
 * values are left out, and so are categories that are never repeated, such as the id of the row.
 */

import { type Column, int32Column } from '../base/column.ts';
import { type CategoryColumn, categoryOf, type NumberColumn } from '../learning/examples.ts';
import { keepRows } from './keep-rows.ts';
import { type DecimalMark, NumberCells } from './number-cells.ts';

interface Gathered {
  readonly name: string;
  readonly numbers: NumberCells;
  readonly categories: Column<Int32Array>;
}

/** What the columns became. */
export interface ExampleColumns {
  readonly numbers: NumberColumn[];
  readonly categories: CategoryColumn[];
  /** For people: what was understood that another table might mean otherwise, and what was left out. */
  readonly notes: string[];
}

const MISSING = /^\s*(-?nan|null|<null>|na|n\/a|#n\/a|<na>|\\n|\?|#null!|#div\/0!|#value!)?\s*$/i;

export class ExampleCells {
  readonly #columns: Gathered[];

  constructor(names: readonly string[]) {
    this.#columns = names.map((name) => ({ name, numbers: new NumberCells(name), categories: int32Column() }));
  }

  /** Adds a row: one cell of each column, which says `where`. "NaN" and the like are missing, as data frames and other tools write it. */
  add(cells: readonly string[], where: string): void {
    for (let i = 0; i < this.#columns.length; i++) {
      const { numbers, categories } = this.#columns[i]!;
      const missing = MISSING.test(cells[i]!);
      categories.push(missing ? 0 : categoryOf(cells[i]!));
      numbers.add(cells[i]!, missing, where);
    }
  }

  /** Leaves only these rows, which rise. */
  keep(rows: Int32Array): void {
    for (const { numbers, categories } of this.#columns) {
      numbers.keep(rows);
      keepRows(categories, rows);
    }
  }

  /**
   * Once: what was gathered is given away, column by column, so that it is not in memory twice. Throws `bad-file` on a number that is
   * not finite or too large to be kept.
   */
  columns(): ExampleColumns {
    const marks = this.#marks();
    const out: ExampleColumns = { numbers: [], categories: [], notes: [] };
    const noted = new Map<string | undefined, string[]>(NOTES.map((note) => [note, []]));
    for (const [i, { name, numbers: cells, categories: hashes }] of this.#columns.entries()) {
      const mark = marks[i];
      const distinct = distinctCount(hashes.view());
      const repeated = distinct < hashes.length;
      noted.get(noteOf(cells, mark, distinct, repeated))?.push(name);
      if (distinct < 2) continue;
      const number = mark && cells.take(mark);
      if (number !== undefined) out.numbers.push({ name, values: takeShared(number.values) });
      if (number?.whole !== false && repeated) out.categories.push({ name, values: takeShared(hashes) });
    }
    for (const [note, names] of noted) if (names.length > 0) out.notes.push(`${note}: ${listed(names)}`);
    return out;
  }

  /** The decimal mark of each column; undefined where it is none of numbers. One that may be either is read as the others of the table. */
  #marks(): (DecimalMark | undefined)[] {
    const found = this.#columns.map(({ numbers }) => numbers.marks);
    const commas = found.some((marks) => marks.length === 1 && marks[0] === 'comma');
    return found.map((marks) => (marks.length > 1 ? (commas ? 'comma' : 'point') : marks[0]));
  }
}

const NOTES = [
  'read as numbers with a decimal comma',
  'read as numbers with commas between thousands',
  'left out, for all rows have the same',
  'left out, for each row has another text',
] as const;

/** What is to be said of a column, if anything. */
function noteOf(
  cells: NumberCells,
  mark: DecimalMark | undefined,
  distinct: number,
  repeated: boolean,
): (typeof NOTES)[number] | undefined {
  const [comma, thousands, one, never] = NOTES;
  if (distinct < 2) return distinct === 0 ? undefined : one;
  if (mark === undefined) return repeated ? undefined : never;
  if (!cells.hasCommas) return undefined;
  return mark === 'comma' ? comma : thousands;
}

const NAMED_MAX = 20;

function listed(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return `${names.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
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

/** By sorting, for a set holds no more than 16 million values. */
function distinctCount(values: Int32Array): number {
  const sorted = values.slice().sort();
  let distinct = Math.min(1, sorted.length);
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  return distinct;
}
