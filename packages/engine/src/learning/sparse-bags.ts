/**
 * A bag of sparse features as one field of a network: the sum of their rows, each by its value. A row's values are brought to a
 * mean square of 1, so that counts and indicators count alike: what is learned is which features, in which proportion.
 */
import { ROW_NUMBERS, WIDTH } from './embedding-rows.ts';
import type { SparseRows } from './examples.ts';

/** The bags of some examples, by rows of a table. */
export interface Bags {
  readonly starts: Int32Array; // [examples + 1]
  readonly rows: Int32Array; // [entries]
  readonly values: Float32Array; // [entries]
}

export function bagsOf(
  { starts, indices, values }: SparseRows,
  { from, count }: { from: number; count: number },
  rowOf: (feature: number) => number,
): Bags {
  const first = starts[from]!;
  const entries = starts[from + count]! - first;
  const bags = {
    starts: new Int32Array(count + 1),
    rows: new Int32Array(entries),
    values: new Float32Array(entries),
  };
  for (let i = 0; i < count; i++) {
    const end = starts[from + i + 1]!;
    let squares = 0;
    for (let entry = starts[from + i]!; entry < end; entry++) squares += values[entry]! ** 2;
    const norm = Math.sqrt(squares / (end - starts[from + i]!));
    for (let entry = starts[from + i]!; entry < end; entry++) {
      bags.rows[entry - first] = rowOf(indices[entry]!);
      const value = values[entry]! / norm;
      bags.values[entry - first] = Number.isFinite(value) ? value : 0;
    }
    bags.starts[i + 1] = end - first;
  }
  return bags;
}

/** Sets each bag's row of `sums` to what its rows of the table add up to. sums: [bags × 16] */
export function sumBags({ starts, rows, values }: Bags, table: Float32Array, sums: Float32Array): void {
  sums.fill(0);
  for (let i = 0; i + 1 < starts.length; i++)
    for (let entry = starts[i]!; entry < starts[i + 1]!; entry++)
      for (let k = 0; k < WIDTH; k++)
        sums[ROW_NUMBERS * i + k]! += values[entry]! * table[ROW_NUMBERS * rows[entry]! + k]!;
}

/** ½ (|Σ x v|² − Σ |x v|²) of a bag, over the coordinates but the linear one. */
export function pairsWithin(
  { starts, rows, values }: Bags,
  table: Float32Array,
  sums: Float32Array,
  bag: number,
): number {
  let within = 0;
  for (let k = 1; k < WIDTH; k++) {
    within += sums[ROW_NUMBERS * bag + k]! ** 2;
    for (let entry = starts[bag]!; entry < starts[bag + 1]!; entry++)
      within -= (values[entry]! * table[ROW_NUMBERS * rows[entry]! + k]!) ** 2;
  }
  return within / 2;
}

/** What the update of a batch's bags goes by, as the kernel does for rows of other fields. */
export interface BagUpdate {
  /** ∂loss/∂v of the bags as rows, which are `sums`. */
  readonly slopes: Float32Array; // [bags × 8]
  readonly sums: Float32Array; // [bags × 16]
  /** e of each bag's example. */
  readonly errors: Float32Array; // [bags]
  readonly owner: number;
  readonly owners: number;
  readonly rate: number;
}

export function updateBags({ starts, rows, values }: Bags, table: Float32Array, by: BagUpdate): void {
  const { slopes, sums, errors, owner, owners, rate } = by;
  for (let i = 0; i + 1 < starts.length; i++) {
    const error = errors[i]!;
    for (let entry = starts[i]!; entry < starts[i + 1]!; entry++) {
      if ((rows[entry]! & (owners - 1)) !== owner) continue;
      const value = values[entry]!;
      for (let k = 0; k < WIDTH; k++) {
        const at = ROW_NUMBERS * rows[entry]! + k;
        const weight = table[at]!;
        const within = k === 0 ? 0 : error * (sums[i * ROW_NUMBERS + k]! - value * weight);
        const g = value * (slopes[i * WIDTH + k]! + within);
        const squares = table[at + WIDTH]! + g * g;
        table[at + WIDTH] = squares;
        table[at] = weight - (rate * g) / Math.sqrt(squares);
      }
    }
  }
}
