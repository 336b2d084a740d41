/**
 * A part of a batch that a network (deep-network.ts) learns from: its gradients, and how they move the rows of the table. Most rows are used
 * by several examples of a shard. Each is projected once, and moved once, by what its examples pull together (learning-kernels.ts).
 */
import type { AdagradKernels } from './adagrad-kernels.ts';
import { ROW_BYTES, ROW_NUMBERS, WIDTH } from './embedding-rows.ts';
import { type LearningKernels, RECORD_TAIL } from './learning-kernels.ts';
import {
  columnsOf,
  denseLength,
  type NetworkLayout,
  type NetworkShape,
  recordBytesOf,
  type ScratchLayout,
  SHARD_ROWS,
  type ShardLayout,
} from './network-layout.ts';
import { readBack, readOut } from './readout.ts';
import { type Bags, pairsWithin, sumBags, updateBags } from './sparse-bags.ts';
import type { SharedMemory } from './wasm-assembler.ts';

/** ∂loss/∂z of a head, of row `row` of the data, at log-odds z. */
export type HeadGradient = (row: number, z: number) => number;

/** What the shards of a network have in common. */
export interface NetworkParts {
  readonly shape: NetworkShape;
  readonly memory: SharedMemory;
  readonly layout: NetworkLayout;
  readonly table: Float32Array;
  readonly dense: Float32Array;
  readonly learning: LearningKernels;
  readonly adagrad: AdagradKernels;
}

/** Fields side by side, and where their rows of W begin. */
export interface FieldSpan {
  readonly fields: number;
  readonly weights: number;
}

/** What one learns and scores with, shard after shard: small, so that it stays in the processor's cache. */
export class Scratch {
  readonly at: ScratchLayout;
  readonly start: Float32Array;
  readonly sum: Float32Array;
  readonly sums: Float32Array; // [SHARD_ROWS × record]
  readonly pulls: Float32Array; // [SHARD_ROWS × record]

  constructor({ shape, memory, layout }: NetworkParts, member: number) {
    this.at = layout.scratch[member]!;
    const bytes = recordBytesOf(shape);
    const records = (address: number, count: number) => new Float32Array(memory.buffer, address, (count * bytes) / 4);
    this.start = records(this.at.start, 1);
    this.sum = records(this.at.sum, 1);
    this.sums = records(this.at.sums, SHARD_ROWS);
    this.pulls = records(this.at.pulls, SHARD_ROWS);
    const pullsAt = new Int32Array(memory.buffer, this.at.pullsAt, SHARD_ROWS);
    for (let i = 0; i < SHARD_ROWS; i++) pullsAt[i] = this.at.pulls + i * bytes;
  }
}

export class NetworkShard {
  readonly #network: NetworkParts;
  readonly #layout: ShardLayout;
  readonly #columns: number;
  readonly #recordBytes: number;
  /** Addresses of its examples' rows. [SHARD_ROWS × fields] */
  readonly rows: Int32Array;
  /** Of the dense weights. */
  readonly gradient: Float32Array;
  readonly #ofBiases: Float32Array;
  readonly #ofReadouts: Float32Array;
  readonly #biases: Float32Array;
  readonly #readouts: Float32Array;
  readonly #firsts: Int32Array;
  readonly #slopes: Float32Array;
  readonly #errors: Float32Array;
  readonly #bagRows: Float32Array;
  #bags: Bags | undefined;

  constructor(network: NetworkParts, shard: number) {
    const { shape, memory, layout, dense } = network;
    this.#network = network;
    this.#layout = layout.shards[shard]!;
    this.#columns = columnsOf(shape);
    this.#recordBytes = recordBytesOf(shape);
    const floats = (address: number, length: number) => new Float32Array(memory.buffer, address, length);
    const { rows, gradient, firsts, slopes, errors, bags } = this.#layout;
    this.rows = new Int32Array(memory.buffer, rows, SHARD_ROWS * shape.fields);
    this.gradient = floats(gradient, denseLength(shape));
    const biases = shape.fields * WIDTH * this.#columns;
    const readouts = biases + this.#columns;
    this.#ofBiases = this.gradient.subarray(biases, readouts);
    this.#ofReadouts = this.gradient.subarray(readouts);
    this.#biases = dense.subarray(biases, readouts);
    this.#readouts = dense.subarray(readouts);
    this.#firsts = new Int32Array(memory.buffer, firsts, shape.fields + 1);
    this.#slopes = floats(slopes, WIDTH * SHARD_ROWS * shape.fields);
    this.#errors = floats(errors, SHARD_ROWS);
    this.#bagRows = floats(bags, ROW_NUMBERS * SHARD_ROWS);
  }

  set bags(bags: Bags) {
    this.#bags = bags;
  }

  /** Makes its bags the last field of its examples. */
  addBags(): void {
    const bags = this.#bags!;
    sumBags(bags, this.#network.table, this.#bagRows);
    const { fields } = this.#network.shape;
    for (let i = 0; i + 1 < bags.starts.length; i++)
      this.rows[(i + 1) * fields - 1] = this.#layout.bags + i * ROW_BYTES;
  }

  /** The sum of the pairs within an example's bag, which is one row to the kernels. */
  pairsWithin(example: number): number {
    return this.#bags === undefined ? 0 : pairsWithin(this.#bags, this.#network.table, this.#bagRows, example);
  }

  /** The gradients of its examples, of which i is row `from + i` of the data. */
  learn(count: number, from: number, gradients: readonly HeadGradient[], scratch: Scratch): void {
    if (count === 0) {
      this.gradient.fill(0);
      this.#firsts.fill(0);
      return;
    }
    this.begin(scratch);
    this.project(count, { fields: this.#network.shape.fields, weights: this.#network.layout.dense }, scratch);
    this.#readBackAll(count, from, gradients, scratch);
    this.#pullBack(count, scratch);
  }

  /** The log-odds of its examples by head. out: [count × heads], from `at` on */
  score(count: number, out: Float64Array, at: number, scratch: Scratch): void {
    this.begin(scratch);
    this.project(count, { fields: this.#network.shape.fields, weights: this.#network.layout.dense }, scratch);
    this.readOutAll(count, out, at, scratch);
  }

  /** Sums begin with c alone. */
  begin({ start }: Scratch): void {
    start.fill(0).set(this.#biases);
  }

  /** Sums begin with what its first example came to. */
  beginWithFirst({ start, sums }: Scratch): void {
    start.set(sums.subarray(0, start.length));
  }

  /** y, S and Σ_f v_f² of its examples, in `sums`. */
  project(count: number, { fields, weights }: FieldSpan, { at }: Scratch): void {
    const { uses, places, records, start, sums } = at;
    const { learning } = this.#network;
    const { rows, distinct, firsts } = this.#layout;
    const bytes = this.#recordBytes;
    const yBytes = 4 * this.#columns;
    learning.number(rows, uses, distinct, firsts, places, records, bytes, count, fields);
    learning.gather(distinct, records + yBytes, bytes, this.#firsts[fields]!);
    learning.project(firsts, records, weights, bytes, yBytes, fields);
    learning.collect(uses, start, sums, bytes, count, fields);
  }

  /** From the sums of its examples to their log-odds by head. out: [count × heads], from `at` on */
  readOutAll(count: number, out: Float64Array, at: number, { sums }: Scratch): void {
    const { shape } = this.#network;
    const record = this.#recordBytes / 4;
    for (let i = 0; i < count; i++) {
      const y = i * record;
      const pairs = pairsOf(sums, y + this.#columns) + this.pairsWithin(i);
      for (let head = 0; head < shape.heads; head++)
        out[at + i * shape.heads + head] = readOut(shape, this.#readouts, { y: sums, at: y, pairs, head });
    }
  }

  /** What pulls on each example: ∂loss/∂y, ∂loss/∂P · S, ∂loss/∂P. Adds up ∂loss/∂ readouts. */
  #readBackAll(count: number, from: number, gradients: readonly HeadGradient[], { sums, pulls }: Scratch): void {
    const { shape } = this.#network;
    const record = this.#recordBytes / 4;
    const into = { dy: pulls, gradient: this.#ofReadouts.fill(0) };
    pulls.fill(0, 0, count * record);
    for (let i = 0; i < count; i++) {
      const at = i * record;
      const tail = at + this.#columns;
      const pairs = pairsOf(sums, tail) + this.pairsWithin(i);
      let e = 0;
      for (let head = 0; head < shape.heads; head++) {
        const place = { y: sums, at, pairs, head };
        const error = gradients[head]!(from + i, readOut(shape, this.#readouts, place));
        if (error !== 0) e += readBack(shape, this.#readouts, place, error, into);
      }
      for (let k = 0; k < WIDTH; k++) pulls[tail + k] = e * sums[tail + k]!;
      pulls[tail + WIDTH] = e;
      this.#errors[i] = e;
    }
  }

  /** From what pulls on the examples to ∂loss/∂W, ∂loss/∂c and ∂loss/∂v. */
  #pullBack(count: number, scratch: Scratch): void {
    const { shape, layout, learning } = this.#network;
    const { firsts, gradient, slopes } = this.#layout;
    const { fields } = shape;
    const bytes = this.#recordBytes;
    const yBytes = 4 * this.#columns;
    const { uses, records, pulls, pulled, pullsAt, start, sum } = scratch.at;
    const { transposed } = layout;
    learning.pullBack(uses, firsts, records, pulls, pulled, transposed, gradient, slopes, bytes, yBytes, count, fields);
    scratch.start.fill(0);
    learning.collect(pullsAt, start, sum, bytes, 1, count);
    this.#ofBiases.set(scratch.sum.subarray(0, this.#columns));
  }

  /** Moves those rows that belong to `owner` of `owners`. */
  update(owner: number, owners: number, rate: number): void {
    const { shape, table, adagrad } = this.#network;
    const { distinct, slopes } = this.#layout;
    const bagged = this.#bags !== undefined;
    const count = this.#firsts[shape.fields - (bagged ? 1 : 0)]!;
    if (count > 0) adagrad.moveRows(distinct, slopes, count, owners - 1, owner, rate);
    if (!bagged || this.#firsts[shape.fields] === 0) return;
    updateBags(this.#bags!, table, {
      slopes: this.#slopes.subarray(count * WIDTH),
      sums: this.#bagRows,
      errors: this.#errors,
      owner,
      owners,
      rate,
    });
  }
}

/** ½ (|S|² − Σ_f |v_f|²), but for the linear coordinate, of sums whose S and squares are from `at` on. */
function pairsOf(sums: Float32Array, at: number): number {
  let twice = 0;
  for (let k = 1; k < WIDTH; k++) twice += sums[at + k]! * sums[at + k]!;
  for (let k = WIDTH; k < RECORD_TAIL; k++) twice -= sums[at + k]!;
  return twice / 2;
}
