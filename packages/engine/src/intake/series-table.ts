/**
 * Series from a table, one a row: the id in the first column, then its values in time order. Rows may end early: the cells that
 * are empty at their end are not there, those in between are missing (NaN).
 */
import { RialtoError } from '../base/errors.ts';
import type { Row } from './row.ts';
import { openRows } from './rows.ts';

export interface SeriesTable {
  readonly ids: readonly string[];
  readonly values: readonly Float64Array[];
}

const MISSING = new Set(['', 'NA', 'NaN', 'nan', 'null']);

export async function readSeriesTable(path: string, warn: (message: string) => void): Promise<SeriesTable> {
  const file = await openRows({ path, feeds: false, now: 0, warn });
  const ids: string[] = [];
  const values: Float64Array[] = [];
  const seen = new Set<string>();
  try {
    for await (const batch of file.source.rows) {
      for (const row of batch) {
        const { line } = row;
        const [id, ...rest] = cellsOf(row, file.source.columns, path);
        if (id === undefined || id === '')
          throw new RialtoError('bad-file', `${path}, line ${line}: the series has no id`);
        if (seen.has(id)) throw new RialtoError('bad-file', `${path}, line ${line}: the series ${id} is there twice`);
        seen.add(id);
        ids.push(id);
        values.push(valuesOf(rest, `${path}, line ${line}, series ${id}`));
      }
    }
  } finally {
    await file.close();
  }
  if (ids.length === 0) throw new RialtoError('bad-file', `${path} has no series: one a row, the id first`);
  return { ids, values };
}

/** A row of fewer or more cells than the header is no fault here: series differ in length. */
function cellsOf({ cells, raw, refusal, line }: Row, columns: readonly string[], path: string): readonly string[] {
  const ragged = refusal?.reason === 'ragged-row' && Array.isArray(raw);
  if (refusal !== undefined && !ragged)
    throw new RialtoError('bad-file', `${path}, line ${line}: ${refusal.message}`, { path, line });
  const row: readonly unknown[] = ragged ? raw : columns.map((column) => cells[column]);
  return row.map((cell) => String(cell ?? '').trim());
}

function valuesOf(cells: readonly string[], where: string): Float64Array {
  let length = cells.length;
  while (length > 0 && MISSING.has(cells[length - 1]!)) length--;
  return Float64Array.from({ length }, (_, i) => {
    const cell = cells[i]!;
    if (MISSING.has(cell)) return Number.NaN;
    const value = Number(cell);
    if (!Number.isFinite(value))
      throw new RialtoError('bad-file', `${where}: value ${i + 1} is ${JSON.stringify(cell)}, not a number`);
    return value;
  });
}
