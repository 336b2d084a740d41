/** How large a network over embeddings is, and where in its memory everything lies. */
import { ROW_BYTES, WIDTH } from './embedding-kernels.ts';

export interface NetworkShape {
  readonly fields: number;
  readonly heads: number;
  readonly products: number;
  readonly units: number;
  readonly tableRows: number;
}

/** The examples of a batch are learned from in shards, each by one thread. */
export const SHARDS = 4;
export const SHARD_ROWS = 64;

/** Addresses in bytes. */
export interface NetworkLayout {
  readonly table: number;
  readonly dense: number;
  readonly denseSquares: number;
  readonly transposed: number;
  /** W with its rows in another order, for scoring in parts. */
  readonly reordered: number;
  readonly shards: readonly ShardLayout[];
  readonly bytes: number;
}

export interface ShardLayout {
  readonly rows: number;
  readonly x: number;
  readonly dx: number;
  readonly s: number;
  readonly pairs: number;
  readonly y: number;
  readonly dy: number;
  readonly e: number;
  readonly gradient: number;
  /** Rows of the table's form for what a bag of sparse features adds up to. */
  readonly bags: number;
  /** How many examples it holds. */
  readonly count: number;
}

const aligned = (value: number): number => Math.ceil(value / 64) * 64;

/** Columns of y: heads, pairs of projections, units, and as many more as the kernels need. */
export const columnsOf = ({ heads, products, units }: NetworkShape): number =>
  Math.ceil((heads + 2 * products + units) / 8) * 8;
export const readoutsOf = ({ products, units }: NetworkShape): number => 1 + products + units;

/** W, c, then for each head s, a and u. */
export function denseLength(shape: NetworkShape): number {
  const columns = columnsOf(shape);
  return (shape.fields * WIDTH + 1) * columns + shape.heads * readoutsOf(shape);
}

export function layoutOf(shape: NetworkShape): NetworkLayout {
  let at = 64;
  const take = (bytes: number): number => {
    const start = at;
    at = aligned(at + bytes);
    return start;
  };
  const inputs = shape.fields * WIDTH;
  const columns = columnsOf(shape);
  const table = take(shape.tableRows * ROW_BYTES);
  const dense = take(4 * denseLength(shape));
  const denseSquares = take(4 * denseLength(shape));
  const transposed = take(4 * inputs * columns);
  const reordered = take(4 * inputs * columns);
  const shards = Array.from({ length: SHARDS }, () => ({
    rows: take(4 * SHARD_ROWS * shape.fields),
    x: take(4 * SHARD_ROWS * inputs),
    dx: take(4 * SHARD_ROWS * inputs),
    s: take(4 * SHARD_ROWS * WIDTH),
    pairs: take(16 * SHARD_ROWS),
    y: take(4 * SHARD_ROWS * columns),
    dy: take(4 * SHARD_ROWS * columns),
    e: take(4 * SHARD_ROWS),
    gradient: take(4 * denseLength(shape)),
    bags: take(SHARD_ROWS * ROW_BYTES),
    count: take(4),
  }));
  return { table, dense, denseSquares, transposed, reordered, shards, bytes: at };
}
