/** Some columns of a table (CSV, TSV, JSON lines, Parquet; gzipped or not), read whole, as text or as numbers. */
import { RialtoError } from '../base/errors.ts';
import type { OnRead } from './byte-source.ts';
import { KeptText } from './kept-text.ts';
import type { Row } from './row.ts';
import { openRows } from './rows.ts';

export interface TableColumns {
  readonly path: string;
  readonly rows: number;
  /** Where a row begins in the file. */
  line(row: number): number;
  /** Empty cells are empty strings. Throws `bad-file` where it was not asked for. */
  text(column: string): readonly string[];
  /** Throws `bad-file` on a cell that is no finite number. */
  numbers(column: string): Float64Array;
}

/** Throws `bad-file` where a column is missing, and `no-data` where there are no rows. */
export async function readColumns(path: string, columns: readonly string[], onRead?: OnRead): Promise<TableColumns> {
  const wanted = [...new Set(columns)];
  const cells = new Map(wanted.map((name) => [name, [] as string[]]));
  const kept = new KeptText(path);
  const lines: number[] = [];
  const opened = await openRows({ path, feeds: false, now: 0, warn: () => {}, onRead });
  try {
    const { columns: there } = opened.source;
    const missing = wanted.find((name) => there.length > 0 && !there.includes(name));
    if (missing !== undefined)
      throw new RialtoError('bad-file', `${path} has no column ${missing}: its columns are ${there.join(', ')}`, {
        path,
        column: missing,
      });
    for await (const batch of opened.source.rows) {
      for (const row of batch) {
        lines.push(row.line);
        for (const name of wanted) cells.get(name)!.push(kept.keep(cellOf(row, name, path), row.line));
      }
    }
  } finally {
    await opened.close();
  }
  if (lines.length === 0) throw new RialtoError('no-data', `${path} has a header but no rows`, { path });
  const text = (column: string): readonly string[] => {
    const found = cells.get(column);
    if (found === undefined) throw new RialtoError('bad-file', `the column ${column} of ${path} was not read`);
    return found;
  };
  const line = (row: number): number => lines[row]!;
  return {
    path,
    rows: lines.length,
    line,
    text,
    numbers: (column) => numbersOf(text(column), { column, path, lines }),
  };
}

function cellOf(row: Row, column: string, path: string): string {
  if (row.refusal !== undefined)
    throw new RialtoError('bad-file', `${path}, line ${row.line}: ${row.refusal.message}`, { path, line: row.line });
  const value = row.cells[column];
  return value === undefined || value === null ? '' : String(value).trim();
}

interface Where {
  readonly column: string;
  readonly path: string;
  readonly lines: readonly number[];
}

function numbersOf(text: readonly string[], { column, path, lines }: Where): Float64Array {
  return Float64Array.from(text, (cell, i) => {
    const value = cell === 'true' || cell === 'True' ? 1 : cell === 'false' || cell === 'False' ? 0 : Number(cell);
    if (cell !== '' && Number.isFinite(value)) return value;
    const what = cell === '' ? 'is empty' : `is ${JSON.stringify(cell)}, which is no number`;
    throw new RialtoError('bad-file', `${path}, line ${lines[i]}: ${column} ${what}`, { path, line: lines[i], column });
  });
}
