/**
 * A trained network over embeddings (deep-network.ts), made ready to score many examples that share most of their values: what
 * each value of a field adds to the sums that the score is made of,
 *
 *     y = c + Σ_f W_f v_f,   S = Σ_f v_f,   Q = Σ_f |v_f|²,   z = y_1 + s · ½ (|S|² − Q) + Σ_p a_p y_{p,1} y_{p,2} + Σ_j u_j max(0, y_j)
 *
 * is worked out beforehand for ranges of numbers, so that a value costs a few additions. Coordinate 0 of v takes no part in S and Q. Sums
 * are laid out as [y, S, Q], `width` numbers.
 */
import { binOf } from './binned-matrix.ts';
import type { DeepModel } from './deep-clicks.ts';
import { ROW_NUMBERS, WIDTH } from './embedding-rows.ts';
import { categoryRow, categorySalt } from './field-slots.ts';

export class ProjectedNetwork {
  readonly width: number;
  /** What each range of each number adds. [ranges × width] */
  readonly numbers: Float64Array;
  readonly #model: DeepModel;
  readonly #firstRows: Int32Array; // [numbers]
  readonly #salts: readonly number[]; // [categories]

  constructor(model: DeepModel) {
    const { network, slots, schema } = model;
    const { edgeStarts } = slots.bins;
    this.#model = model;
    this.width = network.columns + WIDTH + 1;
    this.#firstRows = Int32Array.from(schema.numbers, (_, i) => edgeStarts[i]! + 2 * i);
    this.#salts = schema.categories.map(categorySalt);
    const count = schema.numbers.length;
    const rows = edgeStarts[count]! + 2 * count;
    this.numbers = new Float64Array(rows * this.width);
    for (let field = 0; field < count; field++) {
      const end = field + 1 < count ? this.#firstRows[field + 1]! : rows;
      for (let row = this.#firstRows[field]!; row < end; row++)
        this.#addRow(field, row, this.numbers, row * this.width);
    }
  }

  /** Where in `numbers` a number's value is. */
  numberAt(number: number, value: number): number {
    return (this.#firstRows[number]! + binOf(this.#model.slots.bins, number, value)) * this.width;
  }

  /** Adds what a number's value adds. */
  addNumber(number: number, value: number, sums: Float64Array, at: number): void {
    const from = this.numberAt(number, value);
    const { numbers, width } = this;
    for (let i = 0; i < width; i++) sums[at + i]! += numbers[from + i]!;
  }

  /** Adds what a category adds. */
  addCategory(category: number, value: number, sums: Float64Array, at: number): void {
    const { slots, schema } = this.#model;
    const row = categoryRow(slots, this.#salts[category]!, value);
    this.#addRow(schema.numbers.length + category, row, sums, at);
  }

  /** Adds c. */
  addBiases(sums: Float64Array, at: number): void {
    const { biases, columns } = this.#model.network;
    for (let column = 0; column < columns; column++) sums[at + column]! += biases[column]!;
  }

  #addRow(field: number, row: number, sums: Float64Array, at: number): void {
    const { table, dense, columns } = this.#model.network;
    let squares = 0;
    for (let k = 0; k < WIDTH; k++) {
      const weight = table[row * ROW_NUMBERS + k]!;
      const from = (field * WIDTH + k) * columns;
      for (let column = 0; column < columns; column++) sums[at + column]! += weight * dense[from + column]!;
      if (k === 0) continue;
      sums[at + columns + k]! += weight;
      squares += weight * weight;
    }
    sums[at + columns + WIDTH]! += squares;
  }

  /** z of the sums, of a head. */
  score(sums: Float64Array, at: number, head = 0): number {
    const { dense, columns, inputs, shape } = this.#model.network;
    let weight = (inputs + 1) * columns + head * (1 + shape.products + shape.units);
    let pairs = -sums[at + columns + WIDTH]!;
    for (let k = 1; k < WIDTH; k++) pairs += sums[at + columns + k]! ** 2;
    let z = sums[at + head]! + (dense[weight++]! * pairs) / 2;
    let y = at + shape.heads;
    for (let product = 0; product < shape.products; product++, y += 2) z += dense[weight++]! * sums[y]! * sums[y + 1]!;
    for (let unit = 0; unit < shape.units; unit++, y++, weight++) if (sums[y]! > 0) z += dense[weight]! * sums[y]!;
    return z;
  }
}
