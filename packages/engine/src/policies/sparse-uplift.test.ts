/** Sparse effects against worlds whose effects are known, and their regression against all models by hand. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { learnBins } from '../learning/binned-matrix.ts';
import type { UpliftRows } from './outcome-forests.ts';
import { fitSingleEffects } from './single-effects.ts';
import { trainSparseUplift } from './sparse-uplift.ts';
import { trainUplift } from './uplift-model.ts';

const ROWS = 6000;

interface World extends UpliftRows {
  readonly effects: Float64Array;
}

/** Visits of people with a habit; `effect` of the habit's probability, a word and a number. */
function world(seed: number, effect: (usual: number, word: number, number: number) => number): World {
  const rng = new Rng(seed);
  const columns = [0, 1, 2, 3].map(() => new Float32Array(ROWS));
  const treated = new Uint8Array(ROWS);
  const outcomes = new Float64Array(ROWS);
  const effects = new Float64Array(ROWS);
  for (let row = 0; row < ROWS; row++) {
    const [word, number, habit, luck] = [rng.below(2), rng.unit(), rng.normal(), rng.normal()];
    [word, number, habit, luck].forEach((value, i) => {
      columns[i]![row] = value;
    });
    const usual = 1 / (1 + Math.exp(2 - 0.8 * habit));
    effects[row] = effect(usual, word, number);
    treated[row] = rng.below(2);
    outcomes[row] = rng.unit() < usual + (treated[row] === 1 ? effects[row]! : 0) ? 1 : 0;
  }
  return { columns, treated, outcomes, effects };
}

/** Area between the curve of true effects by falling score and the random line. */
function trueQini(scores: Float64Array, effects: Float64Array): number {
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  const mean = effects.reduce((sum, one) => sum + one, 0) / ROWS;
  return order.reduce((sum, row, i) => sum + (effects[row]! - mean) * (ROWS - i - 0.5), 0) / ROWS ** 2;
}

const WORLDS: readonly [string, number, Parameters<typeof world>[1], number][] = [
  ['a word', 11, (_, word) => (word === 1 ? 0.12 : 0.02), 0.9],
  ['what people do anyway', 12, (usual) => 0.6 * usual * (1 - usual), 0.8],
  ['a word and a number together', 13, (_, word, number) => (word === (number > 0.5 ? 1 : 0) ? 0.16 : 0.02), 0.8],
];

test.each(WORLDS)(
  'effects that hang on %s (seed %i): nearly all that can be won, more than by two models',
  (_, seed, effect, share) => {
    const people = world(seed, effect);
    const others = world(seed + 100, effect);
    const map = learnBins({ rows: ROWS, dense: people.columns }, { binsMax: 64, rowsMin: 1 });
    const best = trueQini(others.effects, others.effects);
    const sparse = trueQini(trainSparseUplift(people, map, 1).predict(others.columns), others.effects) / best;
    const size = { rounds: 80, leavesMax: 4, rowsMin: 100 };
    const two = trueQini(trainUplift(people, map, { learner: 't', ...size }, 1)(others.columns), others.effects) / best;
    expect(sparse).toBeGreaterThan(share);
    expect(sparse).toBeGreaterThan(two);
  },
);

test('twelve features: tables are of those that tell most, and missing values have a level', () => {
  const { columns, treated, outcomes, effects } = world(14, (_, word, number) =>
    word === 1 && number > 0.5 ? 0.25 : 0,
  );
  const rng = new Rng(15);
  const noise = Array.from({ length: 8 }, () =>
    Float32Array.from(columns[0]!, () => (rng.unit() < 0.1 ? Number.NaN : rng.normal())),
  );
  const wide = { columns: [...noise, ...columns], treated, outcomes };
  const map = learnBins({ rows: ROWS, dense: wide.columns }, { binsMax: 64, rowsMin: 1 });
  const model = trainSparseUplift(wide, map, 1);
  expect(trueQini(model.predict(wide.columns), effects)).toBeGreaterThan(0.7 * trueQini(effects, effects));
  expect(model.drivers.slice(0, 2).map(({ features }) => features.join())).toContain('8,9');
});

test('seed 3: one single effect is the exact posterior over which column it is in', () => {
  const rng = new Rng(3);
  const rows = 40;
  const x = Array.from({ length: 3 }, () => Array.from({ length: rows }, () => rng.normal()));
  const y = x[1]!.map((value) => 0.5 * value + rng.normal());
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const gram = Float64Array.from(x.flatMap((a) => x.map((b) => dot(a, b))));
  const cross = Float64Array.from(x, (a) => dot(a, y));
  const blocks = [0.2, 0.3, 0.5].map((prior, at) => ({ at, size: 1, prior, slab: 0.7 }));
  const { coefficients, included } = fitSingleEffects({ size: 3, gram, cross }, blocks, 1);
  // y ~ N(0, I + s² x x'): by the matrix determinant lemma and Sherman and Morrison.
  const evidence = blocks.map(({ prior, slab }, b) => {
    const v = 1 / (gram[4 * b]! + 1 / slab ** 2);
    return prior * Math.sqrt(v / slab ** 2) * Math.exp((v * cross[b]! ** 2) / 2);
  });
  const all = evidence.reduce((sum, one) => sum + one, 0);
  evidence.forEach((one, b) => {
    expect(included[b]).toBeCloseTo(one / all, 10);
    expect(coefficients[b]).toBeCloseTo(((one / all) * cross[b]!) / (gram[4 * b]! + 1 / 0.49), 10);
  });
});

test('an outcome that never comes, and columns that never change, are no effect on anybody', () => {
  const treated = Uint8Array.from({ length: 200 }, (_, i) => i % 2);
  const rows = { columns: [new Float32Array(200).fill(7)], treated, outcomes: new Float64Array(200) };
  const map = learnBins({ rows: 200, dense: rows.columns }, { binsMax: 64, rowsMin: 1 });
  const effects = trainSparseUplift(rows, map, 1).predict(rows.columns);
  expect(effects.every((effect) => effect === 0)).toBe(true);
});
