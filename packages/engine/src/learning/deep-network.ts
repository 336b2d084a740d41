/**
 * A network over embeddings with several heads, in the family of factorisation machines, DeepFM (Guo et al., IJCAI 2017) and DCN-V2
 * (Wang et al., WWW 2021). Each field's value has a row v_f of eight weights; x is all rows side by side, y = W x + c:
 *
 *     z_t = y_t + s_t · Σ_{f<g} ⟨v_f, v_g⟩ + Σ_p a_tp y_{p,1} y_{p,2} + Σ_j u_tj max(0, y_j)
 *
 * a linear part for each head t, the pairs of a factorisation machine, products of two projections (a cross layer of low rank) and
 * rectified units. Everything is in one shared memory. A step over a batch has two phases: `learnShard` reads the weights and
 * writes a shard's gradients; `update` changes those weights that belong to one of several owners. Neither depends on who does
 * what when, so that any number of threads makes the same model, to the bit.
 */
import { Rng } from '../base/rng.ts';
import { type EmbeddingKernels, embeddingKernels, ROW_BYTES, ROW_NUMBERS, WIDTH } from './embedding-kernels.ts';
import { addPairsWithin, type Bags, sumBags, updateBags } from './sparse-bags.ts';
import { type SharedMemory, sharedMemory } from './wasm-assembler.ts';

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

export interface LearningRates {
  /** Adagrad's step for rows of the table and for the dense weights. */
  readonly tableRate: number;
  readonly denseRate: number;
  /** λ of ½ λ v² for each use of a row. */
  readonly decay: number;
  /** What the sums of squared gradients start from. */
  readonly caution: number;
}

/** ∂loss/∂z of a head, of row `row` of the data, at log-odds z. */
export type HeadGradient = (row: number, z: number) => number;

interface Layout {
  readonly table: number;
  readonly dense: number;
  readonly denseSquares: number;
  readonly transposed: number;
  readonly shards: readonly ShardLayout[];
  readonly bytes: number;
}

interface ShardLayout {
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
const columnsOf = ({ heads, products, units }: NetworkShape): number =>
  Math.ceil((heads + 2 * products + units) / 8) * 8;
const readoutsOf = ({ products, units }: NetworkShape): number => 1 + products + units;

/** W, c, then for each head s, a and u. */
function denseLength(shape: NetworkShape): number {
  const columns = columnsOf(shape);
  return (shape.fields * WIDTH + 1) * columns + shape.heads * readoutsOf(shape);
}

function layoutOf(shape: NetworkShape): Layout {
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
  return { table, dense, denseSquares, transposed, shards, bytes: at };
}

/** Weights of new rows repeat after so many, so that a table is made quickly. */
const PATTERN_ROWS = 1024;
const TABLE_SCALE = 0.02;

export class DeepNetwork {
  readonly shape: NetworkShape;
  readonly memory: SharedMemory;
  readonly columns: number;
  readonly inputs: number;
  /** [tableRows × 16] */
  readonly table: Float32Array;
  readonly tableAddress: number;
  /** [denseLength] */
  readonly dense: Float32Array;
  readonly denseSquares: Float32Array;
  readonly #layout: Layout;
  readonly #kernels: EmbeddingKernels;
  readonly #transposed: Float32Array; // [columns × inputs]
  readonly #readoutsAt: number;
  readonly #bags: (Bags | undefined)[] = []; // [shards]

  /** Over a memory that another thread made, or a new one. */
  constructor(shape: NetworkShape, memory?: SharedMemory) {
    this.shape = shape;
    this.columns = columnsOf(shape);
    this.inputs = shape.fields * WIDTH;
    this.#layout = layoutOf(shape);
    this.memory = memory ?? sharedMemory(this.#layout.bytes);
    this.#kernels = embeddingKernels(this.memory);
    this.tableAddress = this.#layout.table;
    this.table = this.#floats(this.#layout.table, 16 * shape.tableRows);
    this.dense = this.#floats(this.#layout.dense, denseLength(shape));
    this.denseSquares = this.#floats(this.#layout.denseSquares, denseLength(shape));
    this.#transposed = this.#floats(this.#layout.transposed, this.inputs * this.columns);
    this.#readoutsAt = (this.inputs + 1) * this.columns;
  }

  #floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  /** Weights before the first example. */
  initialise(seed: number, caution: number): void {
    const rng = new Rng(seed);
    const pattern = new Float32Array(16 * PATTERN_ROWS).fill(caution);
    for (let row = 0; row < PATTERN_ROWS; row++) {
      pattern[16 * row] = 0;
      for (let k = 1; k < WIDTH; k++) pattern[16 * row + k] = TABLE_SCALE * rng.normal();
    }
    for (let at = 0; at < this.table.length; at += pattern.length)
      this.table.set(pattern.subarray(0, Math.min(pattern.length, this.table.length - at)), at);
    const { heads, products, units } = this.shape;
    this.denseSquares.fill(caution);
    const scale = Math.sqrt(2 / this.inputs);
    for (let input = 0; input < this.inputs; input++) {
      const row = this.dense.subarray(input * this.columns, (input + 1) * this.columns);
      for (let column = 0; column < heads; column++) row[column] = input % WIDTH === 0 ? 1 : 0;
      for (let column = heads; column < heads + 2 * products + units; column++) row[column] = scale * rng.normal();
    }
    const readouts = readoutsOf(this.shape);
    for (let head = 0; head < heads; head++) {
      const at = this.#readoutsAt + head * readouts;
      this.dense[at] = 1;
      for (let j = 1; j < readouts; j++) this.dense[at + j] = rng.normal() / Math.sqrt(readouts);
    }
    this.prepare();
  }

  /** To be called when the dense weights were set from outside. */
  prepare(): void {
    this.#transpose(0, this.inputs);
  }

  copyFrom(other: DeepNetwork): void {
    this.table.set(other.table);
    this.dense.set(other.dense);
    this.denseSquares.set(other.denseSquares);
    this.prepare();
  }

  /** c of a head. */
  setBias(head: number, logit: number): void {
    this.dense[this.inputs * this.columns + head] = logit;
  }

  /** Where the rows' addresses of a shard's examples are to be written. [SHARD_ROWS × fields] */
  rowsOf(shard: number): Int32Array {
    return new Int32Array(this.memory.buffer, this.#layout.shards[shard]!.rows, SHARD_ROWS * this.shape.fields);
  }

  setBags(shard: number, bags: Bags): void {
    this.#bags[shard] = bags;
  }

  /** Makes a shard's bags the last field of its examples. */
  addBags(shard: number): void {
    const address = this.#layout.shards[shard]!.bags;
    const bags = this.#bags[shard]!;
    sumBags(bags, this.table, this.#floats(address, ROW_NUMBERS * SHARD_ROWS));
    const addresses = this.rowsOf(shard);
    const { fields } = this.shape;
    for (let i = 0; i + 1 < bags.starts.length; i++) addresses[(i + 1) * fields - 1] = address + i * ROW_BYTES;
  }

  /** The kernel takes a bag for one field: adds the pairs within each. */
  #pairWithinBags(shard: number): void {
    const bags = this.#bags[shard];
    if (bags === undefined) return;
    const layout = this.#layout.shards[shard]!;
    const sums = this.#floats(layout.bags, ROW_NUMBERS * SHARD_ROWS);
    addPairsWithin(bags, this.table, sums, this.#floats(layout.pairs, 4 * SHARD_ROWS));
  }

  #updateBags(shard: number, owner: number, owners: number, rates: LearningRates): void {
    const bags = this.#bags[shard];
    if (bags === undefined) return;
    const layout = this.#layout.shards[shard]!;
    const s = this.#floats(layout.s, SHARD_ROWS * WIDTH);
    const e = this.#floats(layout.e, SHARD_ROWS);
    const dx = this.#floats(layout.dx, SHARD_ROWS * this.inputs);
    const stride = this.inputs;
    updateBags(bags, this.table, { s, e, dx, stride, owner, owners, rate: rates.tableRate, decay: rates.decay });
  }

  #setCount(shard: number, count: number): void {
    new Int32Array(this.memory.buffer, this.#layout.shards[shard]!.count, 1)[0] = count;
  }

  /** The log-odds of a shard's examples by head. out: [count × heads], from `at` on */
  forward(shard: number, count: number, out: Float64Array, at: number): void {
    const { heads } = this.shape;
    this.#project(shard, count);
    const y = this.#floats(this.#layout.shards[shard]!.y, SHARD_ROWS * this.columns);
    const pairs = this.#floats(this.#layout.shards[shard]!.pairs, 4 * SHARD_ROWS);
    for (let i = 0; i < count; i++)
      for (let head = 0; head < heads; head++) out[at + i * heads + head] = this.#readOut(y, pairs, i, head);
  }

  #project(shard: number, count: number): void {
    const { rows, x, s, pairs, y } = this.#layout.shards[shard]!;
    this.#kernels.gather(rows, x, s, pairs, count, this.shape.fields);
    this.#pairWithinBags(shard);
    const whole = Math.ceil(count / 4) * 4;
    const { inputs, columns } = this;
    this.#kernels.multiply(y, 4 * columns, x, 4 * inputs, 4, this.#layout.dense, 4 * columns, whole, columns, inputs);
  }

  #readOut(y: Float32Array, pairs: Float32Array, i: number, head: number): number {
    const { heads, products, units } = this.shape;
    const { dense, columns } = this;
    const bias = this.inputs * columns;
    const at = i * columns;
    let readout = this.#readoutsAt + head * readoutsOf(this.shape);
    const p = 4 * i;
    let z = y[at + head]! + dense[bias + head]!;
    z += dense[readout++]! * (pairs[p]! + pairs[p + 1]! + (pairs[p + 2]! + pairs[p + 3]!));
    let column = heads;
    for (let product = 0; product < products; product++, column += 2)
      z +=
        dense[readout++]! *
        (y[at + column]! + dense[bias + column]!) *
        (y[at + column + 1]! + dense[bias + column + 1]!);
    for (let unit = 0; unit < units; unit++, column++, readout++) {
      const value = y[at + column]! + dense[bias + column]!;
      if (value > 0) z += dense[readout]! * value;
    }
    return z;
  }

  /** The gradients of a shard, whose example i is row `from + i` of the data. */
  learnShard(shard: number, count: number, from: number, gradients: readonly HeadGradient[]): void {
    const layout = this.#layout.shards[shard]!;
    const { inputs, columns } = this;
    this.#setCount(shard, count);
    const gradient = this.#floats(layout.gradient, this.dense.length);
    if (count === 0) {
      gradient.fill(0);
      return;
    }
    this.#project(shard, count);
    gradient.fill(0, inputs * columns);
    const dy = this.#floats(layout.dy, SHARD_ROWS * columns).fill(0);
    const y = this.#floats(layout.y, SHARD_ROWS * columns);
    const pairs = this.#floats(layout.pairs, 4 * SHARD_ROWS);
    const e = this.#floats(layout.e, SHARD_ROWS);
    for (let i = 0; i < count; i++) {
      e[i] = 0;
      for (let head = 0; head < this.shape.heads; head++) {
        const error = gradients[head]!(from + i, this.#readOut(y, pairs, i, head));
        if (error !== 0) this.#readBack({ y, pairs, dy, e, gradient }, i, head, error);
      }
      const bias = inputs * columns;
      for (let column = 0; column < columns; column++) gradient[bias + column]! += dy[i * columns + column]!;
    }
    const whole = Math.ceil(count / 4) * 4;
    const { transposed } = this.#layout;
    this.#kernels.multiply(
      layout.dx,
      4 * inputs,
      layout.dy,
      4 * columns,
      4,
      transposed,
      4 * inputs,
      whole,
      inputs,
      columns,
    );
    this.#kernels.multiply(
      layout.gradient,
      4 * columns,
      layout.x,
      4,
      4 * inputs,
      layout.dy,
      4 * columns,
      inputs,
      columns,
      count,
    );
  }

  #readBack(
    shard: { y: Float32Array; pairs: Float32Array; dy: Float32Array; e: Float32Array; gradient: Float32Array },
    i: number,
    head: number,
    error: number,
  ): void {
    const { y, pairs, dy, e, gradient } = shard;
    const { heads, products, units } = this.shape;
    const { dense, columns } = this;
    const bias = this.inputs * columns;
    const at = i * columns;
    let readout = this.#readoutsAt + head * readoutsOf(this.shape);
    const p = 4 * i;
    dy[at + head]! += error;
    e[i]! += error * dense[readout]!;
    gradient[readout++]! += error * (pairs[p]! + pairs[p + 1]! + (pairs[p + 2]! + pairs[p + 3]!));
    let column = heads;
    for (let product = 0; product < products; product++, column += 2, readout++) {
      const left = y[at + column]! + dense[bias + column]!;
      const right = y[at + column + 1]! + dense[bias + column + 1]!;
      const weighted = error * dense[readout]!;
      gradient[readout]! += error * left * right;
      dy[at + column]! += weighted * right;
      dy[at + column + 1]! += weighted * left;
    }
    for (let unit = 0; unit < units; unit++, column++, readout++) {
      const value = y[at + column]! + dense[bias + column]!;
      if (value <= 0) continue;
      gradient[readout]! += error * value;
      dy[at + column]! += error * dense[readout]!;
    }
  }

  /** Moves the weights that belong to `owner` of `owners`, a power of two, against the gradients of all shards. */
  update(owner: number, owners: number, rates: LearningRates): void {
    const { fields } = this.shape;
    this.#layout.shards.forEach(({ rows, x, dx, s, e, count }, shard) => {
      const examples = new Int32Array(this.memory.buffer, count, 1)[0]!;
      if (examples === 0) return;
      this.#kernels.update(rows, x, dx, s, e, examples, fields, owners - 1, owner, rates.tableRate, rates.decay);
      this.#updateBags(shard, owner, owners, rates);
    });
    const first = Math.floor((this.inputs * owner) / owners);
    const last = Math.floor((this.inputs * (owner + 1)) / owners);
    this.#updateDense(first * this.columns, last * this.columns, rates.denseRate);
    this.#transpose(first, last);
    if (owner === 0) this.#updateDense(this.inputs * this.columns, this.dense.length, rates.denseRate);
  }

  #updateDense(from: number, to: number, rate: number): void {
    const [a, b, c, d] = this.#layout.shards.map(({ gradient }) => this.#floats(gradient, this.dense.length));
    const { dense, denseSquares } = this;
    for (let i = from; i < to; i++) {
      const g = a![i]! + b![i]! + c![i]! + d![i]!;
      const squares = denseSquares[i]! + g * g;
      denseSquares[i] = squares;
      dense[i]! -= (rate * g) / Math.sqrt(squares);
    }
  }

  #transpose(first: number, last: number): void {
    const { columns, inputs, dense } = this;
    for (let input = first; input < last; input++)
      for (let column = 0; column < columns; column++)
        this.#transposed[column * inputs + input] = dense[input * columns + column]!;
  }
}
