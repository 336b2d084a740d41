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
import { hashPair } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { adagradKernels } from './adagrad-kernels.ts';
import { ROW_NUMBERS, WEIGHT_BYTES, WIDTH } from './embedding-rows.ts';
import { learningKernels } from './learning-kernels.ts';
import {
  columnsOf,
  denseLength,
  layoutOf,
  type NetworkLayout,
  type NetworkShape,
  readoutsOf,
} from './network-layout.ts';
import { type HeadGradient, type NetworkParts, NetworkShard, Scratch } from './network-shard.ts';
import type { Bags } from './sparse-bags.ts';
import { type SharedMemory, sharedMemory } from './wasm-assembler.ts';

export interface LearningRates {
  /** Adagrad's step for rows of the table and for the dense weights. */
  readonly tableRate: number;
  readonly denseRate: number;
  /** What the sums of squared gradients of rows start from: few examples of a value should not move it far. */
  readonly caution: number;
}

/** A field that all examples have the same value of, but for those that lack it. */
export interface ConstantField {
  readonly field: number;
  /** Its two rows of the table: `first` and the next. */
  readonly first: number;
  /** The one of them that says nothing. */
  readonly silent: number;
}

/** Weights of new rows repeat after so many, so that a table is made quickly. */
const PATTERN_ROWS = 1024;
const TABLE_SCALE = 0.02;
/** What the sums of squared gradients of dense weights start from: all examples pull on them, so they may move at once. */
const DENSE_CAUTION = 0.01;
/** A sum of squares beside which no gradient moves anything. */
const STILL = 1e38;

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
  readonly #layout: NetworkLayout;
  readonly #parts: NetworkParts;
  /** c. [columns] */
  readonly biases: Float32Array;
  readonly #readouts: Float32Array; // [heads × (1 + products + units)]
  readonly #shards: readonly NetworkShard[];
  readonly #scratch: readonly Scratch[];

  /** Over a memory that another thread made, or a new one. */
  constructor(shape: NetworkShape, memory?: SharedMemory) {
    this.shape = shape;
    this.columns = columnsOf(shape);
    this.inputs = shape.fields * WIDTH;
    this.#layout = layoutOf(shape);
    this.memory = memory ?? sharedMemory(this.#layout.bytes);
    this.tableAddress = this.#layout.table;
    this.table = this.#floats(this.#layout.table, ROW_NUMBERS * shape.tableRows);
    this.dense = this.#floats(this.#layout.dense, denseLength(shape));
    this.denseSquares = this.#floats(this.#layout.denseSquares, denseLength(shape));
    const biases = this.inputs * this.columns;
    this.biases = this.dense.subarray(biases, biases + this.columns);
    this.#readouts = this.dense.subarray(biases + this.columns);
    this.#parts = {
      shape,
      memory: this.memory,
      layout: this.#layout,
      table: this.table,
      dense: this.dense,
      learning: learningKernels(this.memory),
      adagrad: adagradKernels(this.memory),
    };
    this.#shards = this.#layout.shards.map((_, shard) => new NetworkShard(this.#parts, shard));
    this.#scratch = this.#layout.scratch.map((_, member) => new Scratch(this.#parts, member));
  }

  #floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  /**
   * Weights before the first example. The row that nearly all examples have of a constant field is 0 and stays so: it would be one more bias, which
   * moves with all others at once, and many of them overshoot. Weights of other fields are the same with and without them.
   */
  initialise(seed: number, caution: number, constants: readonly ConstantField[] = []): void {
    const rng = new Rng(seed);
    this.#fillTable(rowPattern(rng, caution), constants);
    const { heads, products, units } = this.shape;
    this.denseSquares.fill(DENSE_CAUTION);
    const constant = new Set(constants.map(({ field }) => field));
    const scale = Math.sqrt(2 / (WIDTH * Math.max(1, this.shape.fields - constant.size)));
    for (let field = 0; field < this.shape.fields; field++) {
      const draws = constant.has(field) ? new Rng(hashPair(seed, field)) : rng;
      for (let k = 0; k < WIDTH; k++) {
        const row = this.dense.subarray((field * WIDTH + k) * this.columns);
        for (let column = 0; column < heads; column++) row[column] = k === 0 ? 1 : 0;
        for (let column = heads; column < heads + 2 * products + units; column++) row[column] = scale * draws.normal();
      }
    }
    const readouts = readoutsOf(this.shape);
    for (let head = 0; head < heads; head++) {
      const at = head * readouts;
      this.#readouts[at] = 1;
      for (let j = 1; j < readouts; j++) this.#readouts[at + j] = rng.normal() / Math.sqrt(readouts);
    }
    this.prepare();
  }

  #fillTable(pattern: Float32Array, constants: readonly ConstantField[]): void {
    let row = 0;
    let drawn = 0;
    const fill = (end: number): void => {
      while (row < end) {
        const from = drawn % PATTERN_ROWS;
        const rows = Math.min(PATTERN_ROWS - from, end - row);
        this.table.set(pattern.subarray(ROW_NUMBERS * from, ROW_NUMBERS * (from + rows)), ROW_NUMBERS * row);
        row += rows;
        drawn += rows;
      }
    };
    for (const { first, silent } of constants) {
      fill(first);
      this.table.set(pattern.subarray(0, 2 * ROW_NUMBERS), ROW_NUMBERS * first);
      this.table.fill(0, ROW_NUMBERS * silent, ROW_NUMBERS * silent + WIDTH);
      this.table.fill(STILL, ROW_NUMBERS * silent + WIDTH, ROW_NUMBERS * (silent + 1));
      row = first + 2;
    }
    fill(this.shape.tableRows);
  }

  /** To be called when the dense weights were set from outside. */
  prepare(): void {
    this.#transpose(0, this.shape.fields);
  }

  copyFrom(other: DeepNetwork): void {
    this.table.set(other.table);
    this.dense.set(other.dense);
    this.denseSquares.set(other.denseSquares);
    this.prepare();
  }

  /** c of a head. */
  setBias(head: number, logit: number): void {
    this.biases[head] = logit;
  }

  /** Where the rows' addresses of a shard's examples are to be written. [SHARD_ROWS × fields] */
  rowsOf(shard: number): Int32Array {
    return this.#shards[shard]!.rows;
  }

  setBags(shard: number, bags: Bags): void {
    this.#shards[shard]!.bags = bags;
  }

  /** Makes a shard's bags the last field of its examples. */
  addBags(shard: number): void {
    this.#shards[shard]!.addBags();
  }

  /** The log-odds of a shard's examples by head. out: [count × heads], from `at` on */
  forward(shard: number, count: number, out: Float64Array, at: number): void {
    this.#shards[shard]!.score(count, out, at, this.#scratch[0]!);
  }

  /** Puts W's rows into the order of these fields, for `shareFirst` and `forwardRest`. */
  reorder(fields: readonly number[]): void {
    const block = WIDTH * this.columns;
    const reordered = this.#floats(this.#layout.reordered, this.inputs * this.columns);
    fields.forEach((field, i) => {
      reordered.set(this.dense.subarray(field * block, (field + 1) * block), i * block);
    });
  }

  /** Takes the first `fields` of the reordered ones from the first example of shard 0, for all that follow. */
  shareFirst(fields: number): void {
    const [shard, scratch] = [this.#shards[0]!, this.#scratch[0]!];
    shard.begin(scratch);
    shard.project(1, { fields, weights: this.#layout.reordered }, scratch);
    shard.beginWithFirst(scratch);
  }

  /** The log-odds of examples of shard 0 by head, whose other reordered fields were shared. out: [count × heads], from `at` on */
  forwardRest(count: number, shared: number, out: Float64Array, at: number): void {
    const [shard, scratch] = [this.#shards[0]!, this.#scratch[0]!];
    const weights = this.#layout.reordered + 4 * shared * WIDTH * this.columns;
    shard.project(count, { fields: this.shape.fields - shared, weights }, scratch);
    shard.readOutAll(count, out, at, scratch);
  }

  /** The gradients of a shard, whose example i is row `from + i` of the data. Different members may do so at the same time. */
  learnShard(shard: number, count: number, from: number, gradients: readonly HeadGradient[], member = 0): void {
    this.#shards[shard]!.learn(count, from, gradients, this.#scratch[member]!);
  }

  /** Moves the weights that belong to `owner` of `owners`, a power of two, against the gradients of all shards. */
  update(owner: number, owners: number, rates: LearningRates): void {
    const { fields } = this.shape;
    for (const shard of this.#shards) shard.update(owner, owners, rates.tableRate);
    const first = Math.floor((fields * owner) / owners);
    const last = Math.floor((fields * (owner + 1)) / owners);
    this.#updateFields(first, last, rates.denseRate);
    this.#transpose(first, last);
    if (owner === 0) this.#updateDense(this.inputs * this.columns, this.dense.length, rates.denseRate);
  }

  #updateFields(first: number, last: number, rate: number): void {
    if (first === last) return;
    const { dense, denseSquares, shards } = this.#layout;
    const [one, other] = shards.map(({ gradient }) => gradient);
    const bytes = WEIGHT_BYTES * this.columns;
    const at = first * bytes;
    this.#parts.adagrad.moveWeights(
      dense + at,
      denseSquares + at,
      one! + at,
      other! - one!,
      (last - first) * bytes,
      rate,
    );
  }

  #updateDense(from: number, to: number, rate: number): void {
    const [a, b, c, d] = this.#shards.map(({ gradient }) => gradient);
    const { dense, denseSquares } = this;
    for (let i = from; i < to; i++) {
      const g = a![i]! + b![i]! + c![i]! + d![i]!;
      const squares = denseSquares[i]! + g * g;
      denseSquares[i] = squares;
      dense[i]! -= (rate * g) / Math.sqrt(squares);
    }
  }

  #transpose(first: number, last: number): void {
    if (first === last) return;
    const { dense, transposed } = this.#layout;
    const bytes = 4 * this.columns;
    const at = first * WIDTH * bytes;
    this.#parts.adagrad.transpose(dense + at, transposed + at, bytes, last - first);
  }
}

function rowPattern(rng: Rng, caution: number): Float32Array {
  const pattern = new Float32Array(ROW_NUMBERS * PATTERN_ROWS).fill(caution);
  for (let row = 0; row < PATTERN_ROWS; row++) {
    pattern[ROW_NUMBERS * row] = 0;
    for (let k = 1; k < WIDTH; k++) pattern[ROW_NUMBERS * row + k] = TABLE_SCALE * rng.normal();
  }
  return pattern;
}
