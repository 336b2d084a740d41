/** How large a network over embeddings is, and where in its memory everything lies. */
import { ROW_BYTES, WEIGHT_BYTES, WIDTH } from './embedding-rows.ts';
import { EXAMPLES_MAX, PLACES_BYTES, RECORD_TAIL } from './learning-kernels.ts';

export interface NetworkShape {
  readonly fields: number;
  readonly heads: number;
  readonly products: number;
  readonly units: number;
  readonly tableRows: number;
}

/** The examples of a batch are learned from in shards, each by one thread. */
export const SHARDS = 4;
export const SHARD_ROWS = EXAMPLES_MAX;

/** Addresses in bytes. */
export interface NetworkLayout {
  readonly table: number;
  readonly dense: number;
  readonly denseSquares: number;
  readonly transposed: number;
  /** W with its rows in another order, for scoring in parts. */
  readonly reordered: number;
  readonly shards: readonly ShardLayout[];
  /** One for each of those who may learn at the same time. [SHARDS] */
  readonly scratch: readonly ScratchLayout[];
  readonly bytes: number;
}

export interface ShardLayout {
  /** Addresses of rows. [SHARD_ROWS × fields] */
  readonly rows: number;
  /** Rows of the table's form for what a bag of sparse features adds up to. */
  readonly bags: number;
  /** e of each example. */
  readonly errors: number;
  /** Its rows of the table, each once for each field; how many come before those of a field; ∂loss/∂v of each. */
  readonly distinct: number;
  readonly firsts: number;
  readonly slopes: number;
  /** Of the dense weights. */
  readonly gradient: number;
}

/** What learning from a shard, or scoring one, takes in between (learning-kernels.ts). */
export interface ScratchLayout {
  readonly uses: number;
  readonly places: number;
  readonly records: number;
  readonly pulled: number;
  readonly sums: number;
  readonly pulls: number;
  /** Addresses of the pulls; a record to begin sums with; a sum. */
  readonly pullsAt: number;
  readonly start: number;
  readonly sum: number;
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

export const recordBytesOf = (shape: NetworkShape): number => aligned(4 * (columnsOf(shape) + RECORD_TAIL));

export function layoutOf(shape: NetworkShape): NetworkLayout {
  // No row is at 0.
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
    bags: take(SHARD_ROWS * ROW_BYTES),
    errors: take(4 * SHARD_ROWS),
    distinct: take(4 * SHARD_ROWS * shape.fields),
    firsts: take(4 * (shape.fields + 1)),
    slopes: take(WEIGHT_BYTES * wholeTiles(SHARD_ROWS * shape.fields)),
    gradient: take(4 * denseLength(shape)),
  }));
  const scratch = shards.map(() => scratchLayout(shape, take));
  return { table, dense, denseSquares, transposed, reordered, shards, scratch, bytes: at };
}

/** Products are made four rows at a time. */
const wholeTiles = (rows: number): number => rows + 3;

function scratchLayout(shape: NetworkShape, take: (bytes: number) => number): ScratchLayout {
  const recordBytes = recordBytesOf(shape);
  return {
    uses: take(4 * SHARD_ROWS * shape.fields),
    places: take(PLACES_BYTES),
    records: take(recordBytes * wholeTiles(SHARD_ROWS * shape.fields)),
    pulled: take(recordBytes * wholeTiles(SHARD_ROWS)),
    sums: take(recordBytes * SHARD_ROWS),
    pulls: take(recordBytes * SHARD_ROWS),
    pullsAt: take(4 * SHARD_ROWS),
    start: take(recordBytes),
    sum: take(recordBytes),
  };
}
