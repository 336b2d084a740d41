/**
 * A market of impressions whose click probabilities are known: 30 fields, of which ten are categories of up to 100,000 values, by
 * Zipf's law, ten are small categories, evenly, and ten are numbers x, normally. The log-odds of a click are
 *
 *     b + Σ_f m_f + Σ_{(f,g) of 24 pairs} s_fg ⟨u_f, u_g⟩ + Σ_{4 segments} γ (tanh L · tanh R + ½ tanh(L − 1)) + Σ_{5 numbers} shape
 *
 * with m and u normal, drawn for each value of a category; L and R are sums of single coordinates of u over five categories and a
 * number; a shape is a wave or a step of a number, and a slope in the next number that differs by a small category. So single
 * values, pairs, saturated sums of many fields and curves all tell, and many of the 300,000 values are too rare to be learned.
 * The share of clicks, about 5 %, follows from b.
 */
import { hashPair } from '../src/base/hash.ts';
import { Rng } from '../src/base/rng.ts';
import type { LabelledExamples } from '../src/learning/examples.ts';
import { sigmoid } from '../src/learning/logistic.ts';

export interface TrainingMarket {
  readonly examples: LabelledExamples;
  /** Click probabilities. [rows] */
  readonly truth: Float64Array;
}

const LARGE = [100_000, 100_000, 50_000, 20_000, 10_000, 5000, 2000, 1000, 500, 200];
const SMALL = [2, 3, 4, 5, 6, 8, 10, 12, 16, 24];
const SIZES = [...LARGE, ...SMALL];
const NUMBERS = 10;
const ZIPF = 1.1;
const RANK = 4;

const MAIN = 0.25;
const PAIRS = 24;
const PAIR = 0.06;
const SEGMENTS = 4;
const SEGMENT = 0.55;
const SHAPE = 0.4;
const SLOPE = 0.24;
/** b is what makes the click rate this, over so many impressions of their own. */
const CLICK_RATE = 0.05;
const CALIBRATION_ROWS = 50_000;
const CALIBRATION_SEED = 999;

/** A normal number of a value's own. */
function effect(salt: number, value: number): number {
  const u = (hashPair(salt, value) + 0.5) / 4294967296;
  const v = hashPair(value ^ 0x5bd1e995, salt) / 4294967296;
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}

/** A rank of 1 … n with a chance of about rank^−s, by inverting the integral. */
function zipf(rng: Rng, n: number): number {
  const low = 0.5 ** (1 - ZIPF);
  const high = (n + 0.5) ** (1 - ZIPF);
  return Math.min(n, Math.max(1, Math.round((low + rng.unit() * (high - low)) ** (1 / (1 - ZIPF)))));
}

/** Impressions by seed, of a world: what makes people click. */
export function trainingMarket(world: number): (rows: number, seed: number) => TrainingMarket {
  const logOdds = logOddsOf(world);
  const bias = biasFor(drawImpressions(CALIBRATION_ROWS, new Rng(CALIBRATION_SEED), logOdds).truth);
  return (rows, seed) => {
    const rng = new Rng(seed);
    const { columns, numbers, truth } = drawImpressions(rows, rng, logOdds);
    const labels = new Uint8Array(new SharedArrayBuffer(rows));
    for (let row = 0; row < rows; row++) {
      truth[row] = sigmoid(truth[row]! + bias);
      labels[row] = rng.unit() < truth[row]! ? 1 : 0;
    }
    const examples = {
      rows,
      labels,
      numbers: numbers.map((column, i) => ({ name: `number-${i + 1}`, values: column })),
      categories: columns.map((column, i) => ({ name: `category-${i + 1}`, values: column })),
    };
    return { examples, truth };
  };
}

/** Fields, and log-odds but for b. */
function drawImpressions(rows: number, rng: Rng, logOdds: LogOdds) {
  // In memory that threads share, as training would read a file into.
  const columns = SIZES.map(() => new Int32Array(new SharedArrayBuffer(4 * rows)));
  const numbers = Array.from({ length: NUMBERS }, () => new Float32Array(new SharedArrayBuffer(4 * rows)));
  const truth = new Float64Array(rows);
  const values = new Int32Array(SIZES.length);
  const xs = new Float64Array(NUMBERS);
  for (let row = 0; row < rows; row++) {
    for (let f = 0; f < SIZES.length; f++) {
      values[f] = f < LARGE.length ? zipf(rng, SIZES[f]!) : 1 + rng.below(SIZES[f]!);
      columns[f]![row] = values[f]!;
    }
    for (let f = 0; f < NUMBERS; f++) {
      xs[f] = rng.normal();
      numbers[f]![row] = xs[f]!;
    }
    truth[row] = logOdds(values, xs);
  }
  return { columns, numbers, truth };
}

/** Solves mean σ(z + b) = CLICK_RATE by bisection. */
function biasFor(logOdds: Float64Array): number {
  let [low, high] = [-20, 20];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    const sum = logOdds.reduce((total, z) => total + sigmoid(z + middle), 0);
    if (sum > CLICK_RATE * logOdds.length) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

type LogOdds = (values: Int32Array, xs: Float64Array) => number;

/** u (the first RANK) and m (the last) of each value. */
function effectsOf(world: number): Float64Array[] {
  return SIZES.map((size, f) =>
    Float64Array.from({ length: (size + 1) * (RANK + 1) }, (_, i) =>
      effect(world * 1000 + f * 16 + (i % (RANK + 1)), Math.floor(i / (RANK + 1))),
    ),
  );
}

function logOddsOf(world: number): LogOdds {
  const effects = effectsOf(world);
  const rng = new Rng(world);
  const pairs = Array.from({ length: PAIRS }, () => {
    const left = rng.below(SIZES.length);
    const right = (left + 1 + rng.below(SIZES.length - 1)) % SIZES.length;
    return { left, right, strength: PAIR * (0.5 + rng.unit()) };
  });
  const segments = Array.from({ length: SEGMENTS }, () => Array.from({ length: 10 }, () => 4 + rng.below(16)));
  return (values, xs) => {
    const of = (f: number, k: number): number => effects[f]![values[f]! * (RANK + 1) + k]!;
    let z = 0;
    for (let f = 0; f < SIZES.length; f++) z += MAIN * of(f, RANK);
    for (const { left, right, strength } of pairs)
      for (let k = 0; k < RANK; k++) z += strength * of(left, k) * of(right, k);
    segments.forEach((fields, segment) => {
      let left = xs[segment]!;
      let right = xs[segment + SEGMENTS]!;
      fields.forEach((f, i) => {
        if (i < 5) left += of(f, (segment + 1) % RANK);
        else right += of(f, segment % RANK);
      });
      z += SEGMENT * (Math.tanh(left) * Math.tanh(right) + 0.5 * Math.tanh(left - 1));
    });
    for (let f = 0; f < NUMBERS; f += 2) {
      z += SHAPE * (f % 4 === 0 ? Math.sin(2 * xs[f]!) : xs[f]! > 0.5 ? 1 : -0.5);
      z += SLOPE * of(LARGE.length + f, 0) * xs[f + 1]!;
    }
    return z;
  };
}
