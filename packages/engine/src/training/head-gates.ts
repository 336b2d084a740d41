/**
 * Whether newly trained heads may serve, action by action, on rows that are later than all they have seen: not where one predicts worse than what serves
 * for the action (its head, or its prior), nor worse than the action's mean alone, nor where its probabilities are not what happens.
 *
 *     z = mean over pages of Σ (ℓ_new − ℓ_old) / its standard error,   ℓ = −log p(what happened);   closed where z > 1.645
 *
 * Differences are summed by page, since items of one page are liked together. All models are held at the place where an item was shown by the effects that
 * were learned now. A head that serves may have taken its level from the very rows that judge; so it is also looked at with its level from the rows that the
 * new one has its own from, and the new one is worse only where it is worse than both. What else it has seen of them speaks for it, never for the new.
 */
import { type ActionModel, actionLogits } from '../learning/action-model.ts';
import {
  CALIBRATION_BINS,
  LEVEL_POSITIVES_MIN,
  type ShownExamples,
  type TrainedAction,
} from '../learning/action-trainer.ts';
import type { AdditiveModel } from '../learning/additive-model.ts';
import { scoreRow } from '../learning/additive-rows.ts';
import { calibrationError, type ReliabilityBin, reliabilityTable } from '../learning/calibration.ts';
import { sigmoid } from '../learning/logistic.ts';
import { fitStack } from '../learning/stacking.ts';
import { priorLogit } from '../ranking/action-heads.ts';
import type { Action } from '../ranking/value-expression.ts';
import { type PairedDifference, paired } from './gates.ts';

export interface HeadTrial {
  readonly rows: number;
  readonly positives: number;
  readonly against: 'head' | 'prior';
  readonly logLoss: number;
  /** Of what serves, on the same rows. */
  readonly logLossServing: number;
  /** Of the share of positives in the rows before. */
  readonly logLossMean: number;
  /** New minus old, of a page. */
  readonly paired: { readonly serving: PairedDifference; readonly mean: PairedDifference };
  /** Expected calibration error beyond what chance alone would show, as a share of the mean. */
  readonly calibrationError: number;
}

export interface HeadTrialInput {
  readonly action: Action;
  readonly trained: TrainedAction;
  readonly examples: ShownExamples;
  readonly labels: Uint8Array; // [rows]
  /** The ranker, by whose score priors go. */
  readonly start: AdditiveModel;
  /** The head that serves; undefined where the prior does. */
  readonly incumbent: ActionModel | undefined;
}

/** One-sided, at 5 %. */
const Z = 1.645;
const CALIBRATION_ERROR_MAX = 0.5;

export function tryHead(input: HeadTrialInput): HeadTrial {
  const { trained, examples, labels, incumbent } = input;
  const { first, predictions } = trained.judged;
  const judged = labels.subarray(first);
  const share = (sumOf(labels.subarray(0, first)) + 1) / (first + 2);
  const losses = lossesOf(predictions, judged);
  const byPage = (of: Float64Array): Float64Array => sumsByPage(of, examples.pages.subarray(first));
  const against = servingPredictions(input)
    .map((one) => lossesOf(one, judged))
    .map((serving) => ({ serving, difference: paired(byPage(losses), byPage(serving)) }));
  const { serving, difference } = against.reduce((a, b) => (zOf(b.difference) < zOf(a.difference) ? b : a));
  const mean = lossesOf(new Float64Array(judged.length).fill(share), judged);
  const table = reliabilityTable(predictions, judged, CALIBRATION_BINS);
  const positives = sumOf(judged);
  const beyond = Math.max(0, calibrationError(table) - chanceError(table));
  return {
    rows: judged.length,
    positives,
    against: incumbent === undefined ? 'prior' : 'head',
    logLoss: meanOf(losses),
    logLossServing: meanOf(serving),
    logLossMean: meanOf(mean),
    paired: {
      serving: difference,
      mean: paired(byPage(losses), byPage(mean)),
    },
    calibrationError: beyond / Math.max(positives / judged.length, meanOf(predictions)),
  };
}

/** Empty where the head may serve. */
export function headReasons(action: Action, { trial }: { readonly trial: HeadTrial }): string[] {
  const { rows, against, logLoss, logLossServing, logLossMean, paired, calibrationError } = trial;
  const worse = ({ mean, standardError }: PairedDifference): boolean => mean > Z * standardError;
  const reasons: string[] = [];
  if (!Number.isFinite(logLoss)) reasons.push(`${action}: its log loss on later items is no number`);
  if (worse(paired.serving))
    reasons.push(
      `${action}: it predicts worse than ${against === 'head' ? 'the head that serves' : 'the prior'}: log loss ${logLoss.toFixed(4)} against ${logLossServing.toFixed(4)} on the latest ${rows} items`,
    );
  if (worse(paired.mean))
    reasons.push(
      `${action}: it predicts worse than the mean alone: log loss ${logLoss.toFixed(4)} against ${logLossMean.toFixed(4)} on the latest ${rows} items`,
    );
  if (!(calibrationError <= CALIBRATION_ERROR_MAX))
    reasons.push(
      `${action}: it is not calibrated: off by ${(100 * calibrationError).toFixed(0)} % of the mean beyond chance, at most ${100 * CALIBRATION_ERROR_MAX} % is let through`,
    );
  return reasons;
}

const zOf = ({ mean, standardError }: PairedDifference): number => (mean === 0 ? 0 : mean / standardError);

/** What serves now, of the rows that judge, each where it was shown; a head also levelled as the new one was. */
function servingPredictions(input: HeadTrialInput): readonly Float64Array[] {
  const { action, trained, examples, labels, incumbent } = input;
  if (incumbent === undefined) return [priorPredictions(input)];
  const { levelledFrom, first } = trained.judged;
  const logitsOf = (from: number, to: number): Float64Array =>
    actionLogits(action, incumbent, examples, { from, to }).map((logit, i) => logit + effectAt(input, from + i));
  const logits = logitsOf(first, examples.gates.length);
  const seen = labels.subarray(levelledFrom, first);
  if (sumOf(seen) < LEVEL_POSITIVES_MIN) return [logits.map(sigmoid)];
  const { bias, weights } = fitStack([logitsOf(levelledFrom, first)], seen);
  return [logits.map(sigmoid), logits.map((logit) => sigmoid(weights[0]! * logit + bias))];
}

/** Of the place where a row was shown, in log-odds. */
function effectAt({ trained: { positionEffects }, examples: { positions } }: HeadTrialInput, row: number): number {
  return positionEffects[Math.min(positionEffects.length - 1, positions[row]!)]!;
}

function priorPredictions(input: HeadTrialInput): Float64Array {
  const { action, trained, examples, start } = input;
  const { values, gates, pages } = examples;
  const { first, predictions } = trained.judged;
  const out = new Float64Array(predictions.length);
  const scores = Float64Array.from(out, (_, i) => scoreRow(start, values, first + i, gates[first + i]!));
  for (let from = 0; from < out.length; ) {
    let to = from;
    // The best that was shown stands for the best candidate.
    let best = Number.NEGATIVE_INFINITY;
    for (; to < out.length && pages[first + to] === pages[first + from]; to++) best = Math.max(best, scores[to]!);
    for (; from < to; from++)
      out[from] = sigmoid(priorLogit(action, scores[from]!, best) + effectAt(input, first + from));
  }
  return out;
}

function lossesOf(predictions: Float64Array, labels: Uint8Array): Float64Array {
  return predictions.map((p, row) => -Math.log(Math.max(1e-12, labels[row] === 1 ? p : 1 - p)));
}

/** values, pages: [rows]; returns one sum for each page. */
function sumsByPage(values: Float64Array, pages: Int32Array): Float64Array {
  const sums: number[] = [];
  values.forEach((value, row) => {
    if (row > 0 && pages[row] === pages[row - 1]) sums[sums.length - 1]! += value;
    else sums.push(value);
  });
  return Float64Array.from(sums);
}

/** The expected calibration error of true probabilities: Σ rows/all · E|N(0, p (1 − p) / rows)|, E|N(0, σ²)| = σ √(2 / π). */
function chanceError(table: readonly ReliabilityBin[]): number {
  const all = table.reduce((sum, { rows }) => sum + rows, 0);
  return table.reduce(
    (sum, { rows, predicted }) => sum + (rows / all) * Math.sqrt(((2 / Math.PI) * predicted * (1 - predicted)) / rows),
    0,
  );
}

const sumOf = (labels: Uint8Array): number => labels.reduce((sum, label) => sum + label, 0);
const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
