/**
 * Trains the heads of action-model.ts: of each action a logistic regression on the features of what was shown, where it was shown and how far up,
 *
 *     logit p = score(features) + intercept[placement] + effect[position] + c · z,   effect[first position] = 0
 *
 * and then one network for all of them (action-network.ts), whose z adds what they miss.
 *
 * Effects of positions are part of the training alone: without them a model takes what stands on top for what is liked. Served, p is of the first
 * position. It begins as the ranker's own score, scaled (Platt), so that few examples suffice; lines are then refined by AdaGrad, drawn towards that start,
 * and intercepts and effects by Newton steps with a normal prior. The latest rows are held out: the first half of them chooses between start and
 * refinement and, with the second, sets the scale and level of what is predicted. The second half judges: by a model that is levelled on the first alone.
 */
import { Rng } from '../base/rng.ts';
import type { ActionModel } from './action-model.ts';
import { type ActionNetwork, type IdentifiedRows, networkLogits, trainActionNetwork } from './action-network.ts';
import { type AdditiveModel, GATES } from './additive-model.ts';
import { addRowGradient, scoreRow } from './additive-rows.ts';
import { calibrationError, reliabilityTable } from './calibration.ts';
import { sigmoid } from './logistic.ts';
import { fitStack } from './stacking.ts';

/** Rows of what was shown, oldest first. */
export interface ShownExamples extends IdentifiedRows {
  /** Index in `placementNames`. [rows] */
  readonly placements: Int32Array;
  /** From 0. [rows] */
  readonly positions: Int32Array;
  readonly placementNames: readonly string[];
  /** Rows that were shown together have the same number. [rows], not falling */
  readonly pages: Int32Array;
}

export interface TrainedAction extends ActionModel {
  readonly positives: number;
  /** Of the latest rows, at the positions where they were shown, by a model that had not seen them. */
  readonly holdout: {
    readonly rows: number;
    readonly logLoss: number;
    /** The same without the network. */
    readonly logLossAdditive: number;
    /** Of the share of positives alone. */
    readonly logLossBase: number;
    /** Expected calibration error. */
    readonly calibrationError: number;
  };
  /** Log-odds against the first position, as they were learned. [positions] */
  readonly positionEffects: Float64Array;
  /** What that model said of these rows: `first` and all after it. Its level is of those from `levelledFrom` up to there. */
  readonly judged: { readonly levelledFrom: number; readonly first: number; readonly predictions: Float64Array };
}

const POSITIVES_MIN = 50;
const HOLDOUT_SHARE = 0.2;
/** Fewer say nothing of the level that is to be judged. */
export const LEVEL_POSITIVES_MIN = 5;
const EPOCHS = 6;
const BATCH = 32;
const RATE = 0.1;
/** Of the normal prior of a weight around its start. */
const WEIGHT_PRECISION = 1;
const POSITIONS = 40;
/** Precisions of the normal priors of intercepts and effects: how far pages usually differ, 0.7 and 1 in log-odds. */
const PLACEMENT_PRECISION = 2;
const POSITION_PRECISION = 1;
/** Coordinates are moved in turns; what stands on top is liked, so that they hang together and need many. */
const SWEEPS = 30;
export const CALIBRATION_BINS = 20;

/**
 * Of the actions with enough positives to learn from, and to hold out. labels: [rows] by action, 1 where it happened.
 */
export function trainActions(
  start: AdditiveModel,
  examples: ShownExamples,
  labels: ReadonlyMap<string, Uint8Array>,
  { seed, onAction }: { readonly seed: number; readonly onAction?: (action: string) => void },
): ReadonlyMap<string, TrainedAction> {
  const rows = examples.gates.length;
  const cut = Math.floor(rows * (1 - HOLDOUT_SHARE));
  const fits = new Map<string, Fit>();
  for (const [action, of] of labels) {
    if (sumOf(of, 0, cut) < POSITIVES_MIN || sumOf(of, cut, rows) < POSITIVES_MIN / 5) continue;
    onAction?.(action);
    fits.set(action, additiveFit(start, examples, of, { cut, seed }));
  }
  const tasks = [...fits].map(([action, fit]) => ({ action, labels: labels.get(action)!, logits: fit.logits() }));
  if (tasks.length > 0) onAction?.('all of them together');
  const trained = trainActionNetwork(examples, tasks, { learned: cut, chosen: judgingFrom(cut, rows) }, seed);
  const z = trained && networkLogits(trained.network, examples, { from: cut, to: rows });
  return new Map(
    [...fits].map(([action, fit], task) => {
      const scale = trained?.scales[task] ?? 0;
      const added = scale === 0 ? undefined : { shared: trained!.network, scale, z: z!.get(action)! };
      return [action, { positives: sumOf(labels.get(action)!, 0, rows), ...fit.calibrated(added) }];
    }),
  );
}

function additiveFit(
  start: AdditiveModel,
  examples: ShownExamples,
  labels: Uint8Array,
  { cut, seed }: { readonly cut: number; readonly seed: number },
): Fit {
  const scaled = new Fit(start, examples, labels, cut);
  scaled.fitEffects({ scale: true });
  const refined = new Fit(scaled.model, examples, labels, cut, scaled);
  const rng = new Rng(seed);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    refined.epoch(rng, RATE * (1 - epoch / EPOCHS));
  }
  refined.fitEffects({ scale: false });
  return refined.choosingLoss() < scaled.choosingLoss() ? refined : scaled;
}

/** The first row that judges: those held out before it choose. */
const judgingFrom = (cut: number, rows: number): number => Math.floor((cut + rows) / 2);

/** What a network adds to a head, on the rows held out. */
interface Added {
  readonly shared: ActionNetwork;
  readonly scale: number;
  readonly z: Float64Array; // [rows held out]
}

const sumOf = (labels: Uint8Array, from: number, to: number): number =>
  labels.subarray(from, to).reduce((sum, label) => sum + label, 0);

/** scale · score + shift */
function moved({ features, bias, lines }: AdditiveModel, scale: number, shift: number): AdditiveModel {
  return { features, bias: bias.map((one) => scale * one + shift), lines: lines.map((one) => scale * one) };
}

class Fit {
  model: AdditiveModel;
  readonly #start: AdditiveModel;
  readonly #examples: ShownExamples;
  readonly #labels: Uint8Array;
  readonly #cut: number;
  readonly #intercepts: Float64Array; // [placements]
  readonly #effects: Float64Array; // [POSITIONS]
  readonly #squares: Float64Array; // [lines]
  readonly #biasSquares = new Float64Array(GATES).fill(1e-6);
  readonly #interceptSquares: Float64Array; // [placements]
  readonly #effectSquares = new Float64Array(POSITIONS).fill(1e-6);

  constructor(start: AdditiveModel, examples: ShownExamples, labels: Uint8Array, cut: number, from?: Fit) {
    this.#start = start;
    this.model = { features: start.features, bias: start.bias.slice(), lines: start.lines.slice() };
    this.#examples = examples;
    this.#labels = labels;
    this.#cut = cut;
    this.#intercepts = from ? from.#intercepts.slice() : new Float64Array(examples.placementNames.length);
    this.#effects = from ? from.#effects.slice() : new Float64Array(POSITIONS);
    this.#squares = new Float64Array(start.lines.length).fill(1e-6);
    this.#interceptSquares = new Float64Array(this.#intercepts.length).fill(1e-6);
  }

  /** Of every row, where it was shown. [rows] */
  logits(): Float64Array {
    return Float64Array.from(this.#labels, (_, row) => this.#logit(row));
  }

  #logit(row: number): number {
    const { values, gates, placements } = this.#examples;
    return (
      scoreRow(this.model, values, row, gates[row]!) +
      this.#intercepts[placements[row]!]! +
      this.#effects[this.#positionOf(row)]!
    );
  }

  #positionOf(row: number): number {
    return Math.min(POSITIONS - 1, this.#examples.positions[row]!);
  }

  epoch(rng: Rng, rate: number): void {
    const order = Int32Array.from({ length: this.#cut }, (_, row) => row);
    for (let i = order.length - 1; i > 0; i--) {
      const j = rng.below(i + 1);
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    for (let from = 0; from < order.length; from += BATCH) this.#learn(order.subarray(from, from + BATCH), rate);
  }

  #learn(rows: Int32Array, rate: number): void {
    const { values, gates, placements } = this.#examples;
    const { features, lines, bias } = this.model;
    const sums = new Float64Array(lines.length);
    const biasSums = new Float64Array(GATES);
    const interceptSums = new Float64Array(this.#intercepts.length);
    const effectSums = new Float64Array(POSITIONS);
    for (const row of rows) {
      const gradient = sigmoid(this.#logit(row)) - this.#labels[row]!;
      addRowGradient(sums, values, row, gates[row]!, features.length, gradient);
      biasSums[gates[row]!]! += gradient;
      interceptSums[placements[row]!]! += gradient;
      effectSums[this.#positionOf(row)]! += gradient;
    }
    effectSums[0] = 0;
    const share = rows.length / this.#cut;
    const by = { rate, pull: WEIGHT_PRECISION * share };
    step(lines, this.#start.lines, sums, this.#squares, by);
    step(bias, this.#start.bias, biasSums, this.#biasSquares, by);
    step(this.#intercepts, 0, interceptSums, this.#interceptSquares, { rate, pull: PLACEMENT_PRECISION * share });
    step(this.#effects, 0, effectSums, this.#effectSquares, { rate, pull: POSITION_PRECISION * share });
  }

  /** The level, the intercepts and the effects of positions, by turns; the scale of the scores too where asked for. */
  fitEffects({ scale: scales }: { readonly scale: boolean }): void {
    const { placements, values, gates } = this.#examples;
    const scores = Float64Array.from({ length: this.#cut }, (_, row) => scoreRow(this.model, values, row, gates[row]!));
    const mean = scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);
    const centred = scores.map((score) => score - mean);
    const level = Float64Array.of(mean);
    const scale = Float64Array.of(1);
    const logits = new Float64Array(this.#cut);
    const newton = (
      weights: Float64Array,
      groupOf: (row: number) => number,
      { precision = 0, first = 0, by = ONES },
    ) => {
      const gradient = weights.map((weight) => precision * weight);
      const curvature = new Float64Array(weights.length).fill(precision + 1e-9);
      for (let row = 0; row < this.#cut; row++) {
        const p = sigmoid(logits[row]!);
        const x = by.length === 0 ? 1 : by[row]!;
        gradient[groupOf(row)]! += (p - this.#labels[row]!) * x;
        curvature[groupOf(row)]! += p * (1 - p) * x * x;
      }
      const moves = weights.map((_, i) => (i < first ? 0 : -Math.max(-1, Math.min(1, gradient[i]! / curvature[i]!))));
      for (let i = 0; i < weights.length; i++) weights[i]! += moves[i]!;
      for (let row = 0; row < this.#cut; row++) logits[row]! += moves[groupOf(row)]! * (by.length === 0 ? 1 : by[row]!);
    };
    for (let row = 0; row < this.#cut; row++)
      logits[row] = scores[row]! + this.#intercepts[placements[row]!]! + this.#effects[this.#positionOf(row)]!;
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      newton(level, () => 0, {});
      if (scales) newton(scale, () => 0, { by: centred });
      newton(this.#intercepts, (row) => placements[row]!, { precision: PLACEMENT_PRECISION });
      newton(this.#effects, (row) => this.#positionOf(row), { precision: POSITION_PRECISION, first: 1 });
    }
    // At the most likely level the intercepts' mean is 0, for nothing but their prior holds it; sweeps alone are slow to find it.
    const common = this.#intercepts.reduce((sum, one) => sum + one, 0) / this.#intercepts.length;
    this.#intercepts.forEach((intercept, i) => {
      this.#intercepts[i] = intercept - common;
    });
    this.model = moved(this.model, scale[0]!, level[0]! + common - scale[0]! * mean);
  }

  #rows(from: number, to: number, added?: Added): Rows {
    const labels = this.#labels.subarray(from, to);
    const ofNetwork = (row: number): number => (added === undefined ? 0 : added.scale * added.z[row - this.#cut]!);
    return { logits: Float64Array.from(labels, (_, i) => this.#logit(from + i) + ofNetwork(from + i)), labels };
  }

  get #judging(): number {
    return judgingFrom(this.#cut, this.#labels.length);
  }

  choosingLoss(): number {
    const { logits, labels } = this.#rows(this.#cut, this.#judging);
    return meanLoss(logits.map(sigmoid), labels);
  }

  #judge(added: Added | undefined): Float64Array {
    const seen = this.#rows(this.#cut, this.#judging, added);
    const { logits } = this.#rows(this.#judging, this.#labels.length, added);
    const levelled = sumOf(seen.labels, 0, seen.labels.length) >= LEVEL_POSITIVES_MIN;
    const { bias, weights } = levelled ? fitStack([seen.logits], seen.labels) : { bias: 0, weights: [1] };
    return logits.map((logit) => sigmoid(weights[0]! * logit + bias));
  }

  /** Scaled and levelled by the rows held out. */
  calibrated(added: Added | undefined): Omit<TrainedAction, 'positives'> {
    const held = this.#rows(this.#cut, this.#labels.length, added);
    const { bias, weights } = fitStack([held.logits], held.labels);
    const scale = weights[0]!;
    const predictions = this.#judge(added);
    const labels = this.#labels.subarray(this.#judging);
    const share = sumOf(labels, 0, labels.length) / labels.length;
    const names = this.#examples.placementNames;
    return {
      model: moved(this.model, scale, bias),
      intercepts: new Map(names.map((name, i) => [name, scale * this.#intercepts[i]!])),
      ...(added && { network: { shared: added.shared, scale: scale * added.scale } }),
      positionEffects: this.#effects.map((effect) => scale * effect),
      holdout: {
        rows: labels.length,
        logLoss: meanLoss(predictions, labels),
        logLossAdditive: meanLoss(this.#judge(undefined), labels),
        logLossBase: meanLoss(new Float64Array(labels.length).fill(share), labels),
        calibrationError: calibrationError(reliabilityTable(predictions, labels, CALIBRATION_BINS)),
      },
      judged: { levelledFrom: this.#cut, first: this.#judging, predictions },
    };
  }
}

interface Rows {
  readonly logits: Float64Array;
  readonly labels: Uint8Array;
}

const ONES = new Float64Array(0);

/** One AdaGrad step of every weight that has a gradient, drawn to where it started. */
function step(
  weights: Float32Array | Float64Array,
  start: Float32Array | 0,
  gradient: Float64Array,
  squares: Float64Array,
  { rate, pull }: { readonly rate: number; readonly pull: number },
): void {
  for (let i = 0; i < weights.length; i++) {
    if (gradient[i] === 0) continue;
    const pulled = gradient[i]! + pull * (weights[i]! - (start === 0 ? 0 : start[i]!));
    squares[i]! += pulled * pulled;
    weights[i]! -= (rate * pulled) / Math.sqrt(squares[i]!);
  }
}

function meanLoss(predictions: Float64Array, labels: Uint8Array): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row++)
    sum -= Math.log(Math.max(1e-12, labels[row] === 1 ? predictions[row]! : 1 - predictions[row]!));
  return sum / labels.length;
}
