/**
 * How well clicks are predicted: k-fold cross-validation, the folds dealt as scikit-learn deals them. In each fold the
 * model and all of its settings come from the training rows alone. AUC and log loss are means over folds; the calibration error
 * is of all out-of-fold predictions together, in bins of equally many rows.
 */
import { aucOf } from '../learning/auc.ts';
import { calibrationError, type ReliabilityBin, reliabilityTable } from '../learning/calibration.ts';
import { type ClickLearner, trainClicks } from '../learning/click-learners.ts';
import { type LabelledExamples, takeRows } from '../learning/examples.ts';
import { dealClicks, foldOf } from '../learning/folds.ts';
import { logLossOf } from '../learning/log-loss.ts';
import { sigmoid } from '../learning/logistic.ts';

const CALIBRATION_BINS = 20;

export interface FoldResult {
  readonly auc: number;
  readonly logLoss: number;
  readonly rows: Int32Array;
  readonly predictions: Float64Array; // [rows]
}

export interface FoldOptions {
  readonly folds: number;
  readonly seed: number;
  readonly learner: ClickLearner;
  /** Called as often as `stepsOf` the learner says. */
  readonly onStep?: () => void;
}

export interface ClickQuality {
  readonly auc: number;
  readonly logLoss: number;
  /** The log loss of predicting the share of clicks. */
  readonly baseLogLoss: number;
  readonly ece: number;
  readonly rows: number;
  readonly clicks: number;
  readonly reliability: readonly ReliabilityBin[];
}

/** One fold: train on the others, predict this one. */
export function evaluateFold(
  examples: LabelledExamples,
  fold: number,
  { folds, seed, learner, onStep }: FoldOptions,
): FoldResult {
  const { train, test } = foldOf(dealClicks(examples.labels, folds, seed), fold);
  const model = trainClicks(takeRows(examples, train), learner, seed + fold, onStep);
  const tested = takeRows(examples, test);
  const predictions = new Float64Array(test.length);
  model.score(tested, predictions);
  for (let row = 0; row < predictions.length; row++) predictions[row] = sigmoid(predictions[row]!);
  return {
    auc: aucOf(tested.labels, predictions),
    logLoss: logLossOf(tested.labels, predictions),
    rows: test,
    predictions,
  };
}

export function summarise({ rows, labels }: LabelledExamples, results: readonly FoldResult[]): ClickQuality {
  const predictions = new Float64Array(rows);
  for (const result of results) {
    result.rows.forEach((row, i) => {
      predictions[row] = result.predictions[i]!;
    });
  }
  const reliability = reliabilityTable(predictions, labels, CALIBRATION_BINS);
  const clicks = labels.reduce((sum, label) => sum + label, 0);
  const mean = (value: (result: FoldResult) => number): number =>
    results.reduce((sum, result) => sum + value(result), 0) / results.length;
  return {
    auc: mean(({ auc }) => auc),
    logLoss: mean(({ logLoss }) => logLoss),
    baseLogLoss: logLossOf(labels, new Float64Array(rows).fill(clicks / rows)),
    ece: calibrationError(reliability),
    rows,
    clicks,
    reliability,
  };
}
