/**
 * Who met what, as compressed sparse rows: the columns of row r are `columns[starts[r] … starts[r + 1] − 1]`, ascending, each
 * once. The form that every recommender is fitted on, with buyers as rows and items as columns. Entries have no values: an
 * interaction is there or not.
 */
export interface SparseMatrix {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly starts: Int32Array; // [rowCount + 1]
  readonly columns: Int32Array; // [entries]
}

/** Pairs may come in any order and more than once. */
export function sparseMatrix(
  rowCount: number,
  columnCount: number,
  rows: ArrayLike<number>,
  columns: ArrayLike<number>,
): SparseMatrix {
  const byColumn = bucket(columnCount, columns, rows);
  const sorted = new Int32Array(columns.length);
  for (let column = 0; column < columnCount; column++)
    sorted.fill(column, byColumn.starts[column]!, byColumn.starts[column + 1]!);
  const byRow = bucket(rowCount, byColumn.values, sorted);
  return withoutRepeats(rowCount, columnCount, byRow);
}

export const rowOf = (matrix: SparseMatrix, row: number): Int32Array =>
  matrix.columns.subarray(matrix.starts[row]!, matrix.starts[row + 1]!);

export const rowSize = (matrix: SparseMatrix, row: number): number => matrix.starts[row + 1]! - matrix.starts[row]!;

/** Columns become rows. */
export function transposed({ rowCount, columnCount, starts, columns }: SparseMatrix): SparseMatrix {
  const rows = new Int32Array(columns.length);
  for (let row = 0; row < rowCount; row++) rows.fill(row, starts[row]!, starts[row + 1]!);
  const { starts: columnStarts, values } = bucket(columnCount, columns, rows);
  return { rowCount: columnCount, columnCount: rowCount, starts: columnStarts, columns: values };
}

/** In how many rows each column is. [columnCount] */
export function columnCounts({ columnCount, columns }: SparseMatrix): Int32Array {
  const counts = new Int32Array(columnCount);
  for (const column of columns) counts[column]!++;
  return counts;
}

/** Counting sort of `values` by `keys`, keeping the order within a key. */
function bucket(
  keyCount: number,
  keys: ArrayLike<number>,
  values: ArrayLike<number>,
): { starts: Int32Array; values: Int32Array } {
  const starts = new Int32Array(keyCount + 1);
  for (let i = 0; i < keys.length; i++) starts[keys[i]! + 1]!++;
  for (let key = 0; key < keyCount; key++) starts[key + 1]! += starts[key]!;
  const at = starts.slice(0, keyCount);
  const out = new Int32Array(keys.length);
  for (let i = 0; i < keys.length; i++) out[at[keys[i]!]!++] = values[i]!;
  return { starts, values: out };
}

function withoutRepeats(
  rowCount: number,
  columnCount: number,
  sorted: { starts: Int32Array; values: Int32Array },
): SparseMatrix {
  const starts = new Int32Array(rowCount + 1);
  let size = 0;
  for (let row = 0; row < rowCount; row++) {
    let last = -1;
    for (let i = sorted.starts[row]!; i < sorted.starts[row + 1]!; i++) {
      const column = sorted.values[i]!;
      if (column !== last) sorted.values[size++] = column;
      last = column;
    }
    starts[row + 1] = size;
  }
  return { rowCount, columnCount, starts, columns: sorted.values.slice(0, size) };
}
