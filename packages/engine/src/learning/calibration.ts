/**
 * Predicted probabilities made to mean what they say: isotonic regression by pool-adjacent-violators (Ayer et al., 1955; Zadrozny
 * and Elkan, KDD 2002), Platt's scaling (1999), and a bias for each segment, and how far from the truth they are.
 *
 *     expected calibration error = Σ_bins rows/all · |mean prediction − share of positives|
 *
 * over bins of equally many rows, by rising prediction.
 */
import { gather } from './examples.ts';
import { logitOf, sigmoid } from './logistic.ts';
import { applyStack, fitStack } from './stacking.ts';

/** From a prediction to a probability. */
export type Calibration = (prediction: number) => number;

/** A rising step function through `xs`, straight between them, level outside. */
export interface IsotonicFit {
  readonly xs: Float64Array; // [knots], rising
  readonly ys: Float64Array; // [knots], not falling
  /** How many rows the first and the last value are the mean of. */
  readonly endRows: readonly [number, number];
}

/** The not falling function of the prediction with the least squared error. labels, predictions: [rows] */
export function fitIsotonic(predictions: Float64Array, labels: Uint8Array): IsotonicFit {
  const order = Int32Array.from(predictions.keys()).sort((a, b) => predictions[a]! - predictions[b]!);
  const blocks: { sum: number; rows: number; from: number; to: number }[] = [];
  for (let i = 0; i < order.length; ) {
    const x = predictions[order[i]!]!;
    let block = { sum: 0, rows: 0, from: x, to: x };
    for (; i < order.length && predictions[order[i]!] === x; i++) {
      block.sum += labels[order[i]!]!;
      block.rows++;
    }
    for (
      let last = blocks.at(-1);
      last !== undefined && last.sum * block.rows >= block.sum * last.rows;
      last = blocks.at(-1)
    ) {
      block = { sum: last.sum + block.sum, rows: last.rows + block.rows, from: last.from, to: block.to };
      blocks.pop();
    }
    blocks.push(block);
  }
  const knots = blocks.flatMap(({ sum, rows, from, to }) => {
    const y = sum / rows;
    return from === to ? [[from, y] as const] : [[from, y] as const, [to, y] as const];
  });
  return {
    xs: Float64Array.from(knots, ([x]) => x),
    ys: Float64Array.from(knots, ([, y]) => y),
    endRows: [blocks[0]?.rows ?? 0, blocks.at(-1)?.rows ?? 0],
  };
}

/**
 * Nothing is certain: where the lowest rows were all negative, or the highest all positive, their probability is that of the rule
 * of succession, 1 in rows + 2, as far as the next value allows.
 */
export function isotonicCalibration({ xs, ys: fitted, endRows }: IsotonicFit): Calibration {
  const lowest = fitted.find((y) => y > 0) ?? 1;
  const highest = fitted.findLast((y) => y < 1) ?? 0;
  const floor = Math.min(lowest, 1 / (endRows[0] + 2));
  const ceiling = Math.max(highest, 1 - 1 / (endRows[1] + 2));
  const ys = fitted.map((y) => Math.min(ceiling, Math.max(floor, y)));
  return (prediction) => {
    let low = 0;
    let high = xs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (xs[middle]! < prediction) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return ys[0]!;
    if (low === xs.length) return ys[low - 1]!;
    const share = (prediction - xs[low - 1]!) / (xs[low]! - xs[low - 1]!);
    return ys[low - 1]! + (ys[low]! - ys[low - 1]!) * share;
  };
}

/** σ(a · logit + b), of the greatest likelihood. predictions: probabilities, [rows] */
export function plattCalibration(predictions: Float64Array, labels: Uint8Array): Calibration {
  const stack = fitStack([predictions.map(boundedLogit)], labels);
  const out = new Float64Array(1);
  return (prediction) => {
    applyStack(stack, [Float64Array.of(boundedLogit(prediction))], out);
    return sigmoid(out[0]!);
  };
}

const CERTAINTY = 1e-9;
const boundedLogit = (p: number): number => logitOf(Math.min(1 - CERTAINTY, Math.max(CERTAINTY, p)));

/**
 * For each segment the number added to the log-odds so that the mean prediction is the share of positives, as if `strength` more
 * rows of it had been right already. A segment that is not known gets none.
 */
export function segmentBiases(
  predictions: Float64Array,
  labels: Uint8Array,
  segments: Int32Array,
  strength: number,
): Map<number, number> {
  const rowsOf = new Map<number, number[]>();
  segments.forEach((segment, row) => {
    const rows = rowsOf.get(segment);
    if (rows === undefined) rowsOf.set(segment, [row]);
    else rows.push(row);
  });
  const biases = new Map<number, number>();
  for (const [segment, rows] of rowsOf) {
    const chosen = Int32Array.from(rows);
    biases.set(segment, balancingBias(gather(predictions, chosen), gather(labels, chosen), strength));
  }
  return biases;
}

/** Solves Σ σ(logit + b) + strength · (σ(l̄ + b) − σ(l̄)) = positives by bisection; the left side rises with b. */
function balancingBias(predictions: Float64Array, labels: Uint8Array, strength: number): number {
  const logits = predictions.map(boundedLogit);
  let wanted = 0;
  let mean = 0;
  for (let row = 0; row < labels.length; row++) {
    wanted += labels[row]!;
    mean += predictions[row]! / labels.length;
  }
  const centre = boundedLogit(mean);
  let low = -20;
  let high = 20;
  for (let step = 0; step < 60; step++) {
    const bias = (low + high) / 2;
    let sum = strength * (sigmoid(centre + bias) - mean);
    for (const logit of logits) sum += sigmoid(logit + bias);
    if (sum > wanted) high = bias;
    else low = bias;
  }
  return (low + high) / 2;
}

export interface ReliabilityBin {
  readonly rows: number;
  /** The mean prediction. */
  readonly predicted: number;
  /** The share of positives. */
  readonly observed: number;
}

/** Bins of equally many rows, by rising prediction; fewer where there are fewer rows. labels, predictions: [rows] */
export function reliabilityTable(predictions: Float64Array, labels: Uint8Array, bins: number): ReliabilityBin[] {
  const order = Int32Array.from(predictions.keys()).sort((a, b) => predictions[a]! - predictions[b]!);
  const table: ReliabilityBin[] = [];
  for (let bin = 0; bin < bins; bin++) {
    const from = Math.round((bin * order.length) / bins);
    const to = Math.round(((bin + 1) * order.length) / bins);
    if (from === to) continue;
    let predicted = 0;
    let observed = 0;
    for (let i = from; i < to; i++) {
      predicted += predictions[order[i]!]!;
      observed += labels[order[i]!]!;
    }
    table.push({ rows: to - from, predicted: predicted / (to - from), observed: observed / (to - from) });
  }
  return table;
}

export function calibrationError(table: readonly ReliabilityBin[]): number {
  const all = table.reduce((sum, { rows }) => sum + rows, 0);
  return table.reduce((sum, { rows, predicted, observed }) => sum + (rows / all) * Math.abs(predicted - observed), 0);
}
