import type { Column } from '../base/column.ts';

/** Leaves only these rows of a column, which rise. */
export function keepRows(
  column: Column<Float32Array> | Column<Int32Array> | Column<Uint8Array>,
  rows: Int32Array,
): void {
  const { data } = column;
  for (let i = 0; i < rows.length; i++) data[i] = data[rows[i]!]!;
  column.length = rows.length;
}
