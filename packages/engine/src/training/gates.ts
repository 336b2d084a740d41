/**
 * Whether a newly trained ranker may serve: not where it is worse than what serves, or than the untrained ranker, told by paired tests on
 * the same held-out orders, nor where training brought its log loss down by nothing, nor where what it predicts is not what happens.
 *
 *     z = mean(dᵢ) / (s / √n),   dᵢ: the order's log loss (or minus its recall), challenger minus incumbent; closed where z > 1.645
 *
 * An incumbent may have been trained on some of the orders: that speaks for it, never for the challenger.
 */
import type { Judgement } from './judge-rankers.ts';

export interface GateResult {
  /** Empty where the model may serve. */
  readonly reasons: readonly string[];
  /** Against what serves; absent where nothing does, or what does cannot be served by this version. */
  readonly paired?: { readonly logLoss: PairedDifference; readonly recall: PairedDifference };
}

export interface PairedDifference {
  /** Challenger minus incumbent. */
  readonly mean: number;
  readonly standardError: number;
}

export interface Contest {
  readonly challenger: Judgement;
  readonly untrained: Judgement;
  readonly incumbent?: Judgement | undefined;
  /** How many results a recall looks at. */
  readonly k: number;
}

/** One-sided, at 5 %. */
const Z = 1.645;
/** Of `Judgement.calibrationError`: predictions that are off by this much of the mean are not probabilities. */
const CALIBRATION_ERROR_MAX = 0.5;

export function judgeGates({ challenger, untrained, incumbent, k }: Contest): GateResult {
  const reasons: string[] = [];
  const orders = challenger.recalls.length;
  const gained = paired(challenger.recalls, untrained.recalls);
  if (-gained.mean > Z * gained.standardError)
    reasons.push(
      `training does not help yet: recall@${k} ${challenger.recall.toFixed(4)} on the latest ${orders} orders, ${untrained.recall.toFixed(4)} untrained`,
    );
  else if (challenger.logLoss >= untrained.logLoss)
    reasons.push(
      `training does not help yet: log loss ${challenger.logLoss.toFixed(4)} on the latest ${orders} orders, ${untrained.logLoss.toFixed(4)} untrained`,
    );
  if (!Number.isFinite(challenger.logLoss)) reasons.push('its log loss on held-out orders is no number');
  if (!(challenger.calibrationError <= CALIBRATION_ERROR_MAX))
    reasons.push(
      `it is not calibrated: predictions are off by ${percent(challenger.calibrationError)} of the mean, at most ${percent(CALIBRATION_ERROR_MAX)} is let through`,
    );
  if (incumbent === undefined) return { reasons };
  const logLoss = paired(challenger.losses, incumbent.losses);
  const recall = paired(challenger.recalls, incumbent.recalls);
  if (logLoss.mean > Z * logLoss.standardError)
    reasons.push(
      `it is worse than what serves: log loss ${signed(logLoss)} on the same ${orders} orders, ${challenger.logLoss.toFixed(4)} against ${incumbent.logLoss.toFixed(4)}`,
    );
  if (-recall.mean > Z * recall.standardError)
    reasons.push(
      `it is worse than what serves: recall@${k} ${signed(recall)} on the same ${orders} orders, ${challenger.recall.toFixed(4)} against ${incumbent.recall.toFixed(4)}`,
    );
  return { reasons, paired: { logLoss, recall } };
}

export function paired(challenger: Float64Array, incumbent: Float64Array): PairedDifference {
  const n = challenger.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (challenger[i]! - incumbent[i]!) / Math.max(1, n);
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (challenger[i]! - incumbent[i]! - mean) ** 2;
  return { mean, standardError: n < 2 ? Number.POSITIVE_INFINITY : Math.sqrt(squares / (n - 1) / n) };
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const signed = ({ mean, standardError }: PairedDifference): string =>
  `${mean < 0 ? '' : '+'}${mean.toFixed(4)} ± ${(1.96 * standardError).toFixed(4)}`;
