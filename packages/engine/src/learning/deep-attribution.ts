/**
 * How much each field of an example moved a network's log-odds, against the same example with the fields of a baseline: integrated
 * gradients (Sundararajan et al., ICML 2017) on the straight path between the embeddings of the two, d = x − x₀. As the network is of second
 * order but for its units, whose inputs move linearly along the path, the integral has a closed form; with D_f = W_fᵀ d_f and bars for
 * means along the path,
 *
 *     φ_f = D_f,t + s_t ⟨d_f, S̄ − v̄_f⟩ + Σ_p a_p (D_f,p1 ȳ_p2 + D_f,p2 ȳ_p1) + Σ_j u_j D_f,j · share of the path with y_j > 0
 *
 * The φ add up to z(x) − z(x₀), whatever the order of fields. Of one head, and of models without sparse features.
 */
import type { DeepModel } from './deep-clicks.ts';
import { ROW_BYTES, ROW_NUMBERS, WIDTH } from './embedding-rows.ts';
import type { Examples } from './examples.ts';
import { addressRows } from './field-slots.ts';

export class DeepAttribution {
  readonly #model: DeepModel;
  readonly #baseRows: Int32Array; // [fields]
  readonly #baseY: Float64Array; // [columns]
  /** D. [fields × columns] */
  readonly #moves: Float64Array;

  readonly #head: number;

  /** baseline: one row, of the model's columns. */
  constructor(model: DeepModel, baseline: Examples, head = 0) {
    const { network } = model;
    this.#model = model;
    this.#head = head;
    this.#baseRows = rowsOf(model, baseline);
    this.#moves = new Float64Array(network.shape.fields * network.columns);
    this.#baseY = Float64Array.from(network.biases);
    this.#baseRows.forEach((row, field) => {
      for (let k = 0; k < WIDTH; k++) {
        const weight = network.table[row * ROW_NUMBERS + k]!;
        const at = (field * WIDTH + k) * network.columns;
        for (let column = 0; column < network.columns; column++)
          this.#baseY[column]! += weight * network.dense[at + column]!;
      }
    });
  }

  /** Where the head's readout begins among the dense weights. */
  get #readouts(): number {
    const { inputs, columns, shape } = this.#model.network;
    return (inputs + 1) * columns + this.#head * (1 + shape.products + shape.units);
  }

  /** φ of each row of the examples. [rows][fields], numbers first */
  attribute(examples: Examples): Float64Array[] {
    const { fields } = this.#model.network.shape;
    const rows = rowsOf(this.#model, examples);
    return Array.from({ length: examples.rows }, (_, i) =>
      this.#attributeRow(rows.subarray(i * fields, (i + 1) * fields)),
    );
  }

  #attributeRow(rows: Int32Array): Float64Array {
    const { network } = this.#model;
    const { columns } = network;
    const y = this.#move(rows);
    const pull = this.#pulls(y);
    const weight = network.dense[this.#readouts]!;
    const mean = this.#meanSums(rows);
    return Float64Array.from(rows, (row, field) => {
      const base = this.#baseRows[field]!;
      if (row === base) return 0;
      let effect = 0;
      for (let column = 0; column < columns; column++) effect += this.#moves[field * columns + column]! * pull[column]!;
      for (let k = 1; k < WIDTH; k++) {
        const to = network.table[row * ROW_NUMBERS + k]!;
        const from = network.table[base * ROW_NUMBERS + k]!;
        effect += weight * (to - from) * (mean[k]! - (to + from) / 2);
      }
      return effect;
    });
  }

  /** Sets D for an example; returns its y. */
  #move(rows: Int32Array): Float64Array {
    const { table, dense, columns } = this.#model.network;
    const y = this.#baseY.slice();
    this.#moves.fill(0);
    rows.forEach((row, field) => {
      const base = this.#baseRows[field]!;
      if (row === base) return;
      for (let k = 0; k < WIDTH; k++) {
        const d = table[row * ROW_NUMBERS + k]! - table[base * ROW_NUMBERS + k]!;
        const at = (field * WIDTH + k) * columns;
        for (let column = 0; column < columns; column++)
          this.#moves[field * columns + column]! += d * dense[at + column]!;
      }
      for (let column = 0; column < columns; column++) y[column]! += this.#moves[field * columns + column]!;
    });
    return y;
  }

  /** The mean of ∂z/∂y along the path. [columns] */
  #pulls(y: Float64Array): Float64Array {
    const { shape, columns, dense } = this.#model.network;
    const { heads, products, units } = shape;
    const from = this.#baseY;
    const pull = new Float64Array(columns);
    pull[this.#head] = 1;
    let weight = this.#readouts + 1;
    let column = heads;
    for (let product = 0; product < products; product++, column += 2, weight++) {
      pull[column] = (dense[weight]! * (from[column + 1]! + y[column + 1]!)) / 2;
      pull[column + 1] = (dense[weight]! * (from[column]! + y[column]!)) / 2;
    }
    for (let unit = 0; unit < units; unit++, column++, weight++)
      pull[column] = dense[weight]! * shareAbove(from[column]!, y[column]!);
    return pull;
  }

  /** S halfway between. [8] */
  #meanSums(rows: Int32Array): Float64Array {
    const { table } = this.#model.network;
    const mean = new Float64Array(WIDTH);
    rows.forEach((row, field) => {
      for (let k = 0; k < WIDTH; k++)
        mean[k]! += (table[row * ROW_NUMBERS + k]! + table[this.#baseRows[field]! * ROW_NUMBERS + k]!) / 2;
    });
    return mean;
  }
}

/** The share of the way from one value to another that lies above 0. */
function shareAbove(from: number, to: number): number {
  if (from <= 0 && to <= 0) return 0;
  if (from > 0 && to > 0) return 1;
  return Math.max(from, to) / Math.abs(to - from);
}

/** Rows of the table. [rows × fields] */
function rowsOf({ slots, network }: DeepModel, examples: Examples): Int32Array {
  const { fields } = network.shape;
  const out = new Int32Array(examples.rows * fields);
  addressRows(slots, examples, { from: 0, count: examples.rows, fields, base: 0 }, out);
  return out.map((address) => address / ROW_BYTES);
}
