/** Random effects: the contract, coefficients and variances against closed forms and a known truth, and fields that tell nothing. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { categoryOf, type LabelledExamples } from './examples.ts';
import { learnerContract } from './learner.contract.ts';
import { sigmoid } from './logistic.ts';
import { effectsLearner, trainEffects } from './random-effects.ts';

learnerContract(effectsLearner());

interface World {
  readonly examples: LabelledExamples;
  /** [values] */
  readonly effects: Float64Array;
}

const category = (name: string, values: Int32Array) => ({ name, values: values.map((v) => categoryOf(String(v))) });

/** A field of `values` values with effects of a deviation, and one of as many values without. */
function world(rows: number, values: number, deviation: number, seed: number): World {
  const rng = new Rng(seed);
  const effects = Float64Array.from({ length: values }, () => deviation * rng.normal());
  const tells = Int32Array.from({ length: rows }, () => rng.below(values));
  const idle = Int32Array.from({ length: rows }, () => rng.below(values));
  const labels = Uint8Array.from(tells, (v) => (rng.unit() < sigmoid(effects[v]! - 2) ? 1 : 0));
  return {
    effects,
    examples: { rows, numbers: [], categories: [category('tells', tells), category('idle', idle)], labels },
  };
}

/** Of the weights of a model of two fields, those of the first, by value. */
function weightsOf(examples: LabelledExamples, scale: number, values: number) {
  const model = trainEffects(examples, { binsMax: 16, scale });
  return [0, 1].map((field) => {
    const from = field === 0 ? 0 : model.map.counts[0]!.counts.length;
    const { slots } = model.map.counts[field]!;
    return Float64Array.from({ length: values }, (_, v) => model.weights[from + slots.get(categoryOf(String(v)))!]!);
  });
}

const meanSquare = (xs: Float64Array): number => xs.reduce((sum, x) => sum + x * x, 0) / xs.length;

describe('random effects', () => {
  test('effects are found, those of a field that tells nothing stay near 0', () => {
    const { examples, effects } = world(20_000, 30, 0.8, 1);
    const [found, idle] = weightsOf(examples, 0.01, 30);
    const mean = effects.reduce((sum, x) => sum + x, 0) / 30;
    const error = meanSquare(found!.map((w, v) => w - (effects[v]! - mean)));
    expect(error).toBeLessThan(0.1 * meanSquare(effects));
    expect(meanSquare(idle!)).toBeLessThan(0.01 * meanSquare(found!));
  });

  test('a field of a value for every other row does not drown one that tells', () => {
    const { examples, effects } = world(6000, 5, 0.8, 2);
    const rng = new Rng(3);
    const ids = Int32Array.from({ length: examples.rows }, () => rng.below(3000));
    const [alone] = weightsOf(examples, 0.01, 5);
    const [beside] = weightsOf({ ...examples, categories: [examples.categories[0]!, category('id', ids)] }, 0.01, 5);
    const correlation = (a: Float64Array, b: Float64Array): number =>
      a.reduce((sum, x, i) => sum + x * b[i]!, 0) / Math.sqrt(meanSquare(a) * meanSquare(b)) / a.length;
    expect(correlation(alone!, beside!)).toBeGreaterThan(0.99);
    expect(correlation(beside!, effects)).toBeGreaterThan(0.9);
  });

  test('at the end the gradient is 0: each weight is what the data pull with, times its variance', () => {
    const { examples } = world(5000, 8, 0.6, 4);
    const model = trainEffects(examples, { binsMax: 16, scale: 0.3 });
    const logits = new Float64Array(examples.rows);
    model.score(examples, logits);
    const { slots, counts } = model.map.counts[0]!;
    const pulls = new Float64Array(counts.length);
    examples.categories[0]!.values.forEach((value, row) => {
      pulls[slots.get(value)!]! += examples.labels[row]! - sigmoid(logits[row]!);
    });
    const weights = model.weights.subarray(0, pulls.length);
    const variance = meanSquare(weights) / (pulls.reduce((sum, pull, v) => sum + pull * weights[v]!, 0) / pulls.length);
    expect(variance).toBeGreaterThan(0.05);
    weights.forEach((weight, v) => {
      expect(Math.abs(weight - variance * pulls[v]!), `value ${v}`).toBeLessThan(0.01);
    });
    expect(Math.abs(pulls.reduce((sum, x) => sum + x, 0))).toBeLessThan(0.5);
  });

  test('what is frequent is told by its count where single values are too rare', () => {
    const rng = new Rng(5);
    const rows = 8000;
    const ids = Int32Array.from({ length: rows }, (_, row) => (row % 2 === 0 ? rng.below(20) : 100 + rng.below(4000)));
    const labels = Uint8Array.from(ids, (id) => (rng.unit() < (id < 20 ? 0.3 : 0.1) ? 1 : 0));
    const model = trainEffects({ rows, numbers: [], categories: [category('id', ids)], labels });
    const never = { rows: 1, numbers: [], categories: [category('id', Int32Array.of(-7))] };
    const out = new Float64Array(1);
    model.score(never, out);
    expect(sigmoid(out[0]!)).toBeGreaterThan(0.06);
    expect(sigmoid(out[0]!)).toBeLessThan(0.15);
  });

  test('sparse features of several a row converge too', () => {
    const rng = new Rng(6);
    const rows = 4000;
    const starts = Int32Array.from({ length: rows + 1 }, (_, row) => 3 * row);
    const indices = Int32Array.from({ length: 3 * rows }, (_, at) => 10 * (at % 3) + rng.below(10));
    const values = new Float32Array(3 * rows).fill(1);
    const labels = Uint8Array.from({ length: rows }, (_, row) => {
      const z = [0, 1, 2].reduce((sum, i) => sum + (indices[3 * row + i]! % 10 < 3 ? 0.9 : -0.4), -1);
      return rng.unit() < sigmoid(z) ? 1 : 0;
    });
    const model = trainEffects({ rows, numbers: [], categories: [], sparse: { starts, indices, values }, labels });
    for (let feature = 0; feature < 30; feature++)
      expect(Math.abs(model.weights[feature]! - (feature % 10 < 3 ? 0.9 : -0.4)), `feature ${feature}`).toBeLessThan(
        0.45,
      );
  });
});

test('a sparse feature of a number for which there is no room is refused by name', () => {
  const sparse = {
    starts: Int32Array.of(0, 1, 2),
    indices: Int32Array.of(1, 2_000_000_000),
    values: Float32Array.of(1, 1),
  };
  const examples = { rows: 2, numbers: [], categories: [], sparse, labels: Uint8Array.of(0, 1) };
  expect(() => trainEffects(examples)).toThrow(/the sparse feature 2000000000 is too large for random effects/);
});
