/** The kernels and the gradients against the formula written out plainly and derived numerically. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { DeepNetwork } from './deep-network.ts';

const SHAPE = { fields: 3, heads: 2, products: 2, units: 3, tableRows: 40 };
const CAUTION = 0.5;
const EXAMPLES = 9;
const RATES = { tableRate: 0.1, denseRate: 0.2, caution: CAUTION };

/** The log-odds by the formula. rows: of the table, by field. */
function plainLogit(network: DeepNetwork, rows: readonly number[], head: number): number {
  const { dense, table, columns, inputs } = network;
  const vectors = rows.map((row) => Array.from(table.subarray(16 * row, 16 * row + 8)));
  const x = vectors.flat();
  const y = Array.from({ length: columns }, (_, column) =>
    x.reduce((sum, value, input) => sum + value * dense[input * columns + column]!, dense[inputs * columns + column]!),
  );
  let pairs = 0;
  for (let f = 0; f < rows.length; f++)
    for (let g = 0; g < f; g++) for (let k = 1; k < 8; k++) pairs += vectors[f]![k]! * vectors[g]![k]!;
  const readout = dense.subarray((inputs + 1) * columns + head * 6);
  let z = y[head]! + readout[0]! * pairs;
  for (let p = 0; p < 2; p++) z += readout[1 + p]! * y[2 + 2 * p]! * y[3 + 2 * p]!;
  for (let j = 0; j < 3; j++) z += readout[3 + j]! * Math.max(0, y[6 + j]!);
  return z;
}

function randomNetwork(): { network: DeepNetwork; rows: number[][]; labels: number[][] } {
  const rng = new Rng(3);
  const network = new DeepNetwork(SHAPE);
  network.initialise(1, CAUTION);
  for (let i = 0; i < network.table.length; i++) if (i % 16 < 8) network.table[i] = 0.5 * rng.normal();
  for (let i = 0; i < network.dense.length; i++) network.dense[i] = 0.5 * rng.normal();
  network.denseSquares.fill(CAUTION);
  network.prepare();
  // Each row of the table is used once, but for row 0, so that single steps can be told from the sum.
  const rows = Array.from({ length: EXAMPLES }, (_, i) => [i % 2 === 0 ? 0 : 30 + i, 1 + i, 12 + i]);
  const labels = Array.from({ length: EXAMPLES }, () => [rng.below(2), rng.below(2)]);
  return { network, rows, labels };
}

function address(network: DeepNetwork, shard: number, rows: readonly number[][]): void {
  network.rowsOf(shard).set(rows.flat().map((row) => network.tableAddress + 64 * row));
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

describe('the network', () => {
  test('scores by the formula', () => {
    const { network, rows } = randomNetwork();
    address(network, 2, rows);
    const out = new Float64Array(2 * EXAMPLES);
    network.forward(2, EXAMPLES, out, 0);
    rows.forEach((row, i) => {
      for (const head of [0, 1]) expect(out[2 * i + head]).toBeCloseTo(plainLogit(network, row, head), 4);
    });
  });

  test('moves every weight against the numerical gradient, by Adagrad', () => {
    const { network, rows, labels } = randomNetwork();
    const loss = (): number =>
      rows.reduce(
        (sum, row, i) =>
          sum +
          [0, 1].reduce((all, head) => {
            const p = sigmoid(plainLogit(network, row, head));
            return all - Math.log(labels[i]![head] === 1 ? p : 1 - p);
          }, 0),
        0,
      );
    const derivative = (weights: Float32Array, at: number): number => {
      const value = weights[at]!;
      const step = 1e-3;
      weights[at] = value + step;
      const above = loss();
      weights[at] = value - step;
      const below = loss();
      weights[at] = value;
      return (above - below) / (2 * step);
    };
    const ofDense = Array.from(network.dense, (_, at) => derivative(network.dense, at));
    const cells = Array.from(network.table.keys()).filter((i) => i % 16 < 8 && i >= 16);
    const ofTable = cells.map((at) => derivative(network.table, at));
    const before = { dense: network.dense.slice(), table: network.table.slice() };
    // Two shards, and then three without examples.
    const gradients = [0, 1].map((head) => (row: number, z: number) => sigmoid(z) - labels[row]![head]!);
    address(network, 0, rows.slice(0, 5));
    network.learnShard(0, 5, 0, gradients);
    address(network, 1, rows.slice(5));
    network.learnShard(1, EXAMPLES - 5, 5, gradients);
    for (const shard of [2, 3]) network.learnShard(shard, 0, 0, gradients);
    for (const owner of [0, 1]) network.update(owner, 2, RATES);
    const moved = (g: number, rate: number): number => (-rate * g) / Math.sqrt(CAUTION + g * g);
    ofDense.forEach((g, at) => {
      expect(network.dense[at]! - before.dense[at]!, `dense weight ${at}`).toBeCloseTo(moved(g, RATES.denseRate), 2);
    });
    cells.forEach((at, i) => {
      const by = network.table[at]! - before.table[at]!;
      expect(by, `cell ${at} of the table`).toBeCloseTo(moved(ofTable[i]!, RATES.tableRate), 3);
    });
    expect(network.table[1]).not.toBe(before.table[1]);
  });
});
