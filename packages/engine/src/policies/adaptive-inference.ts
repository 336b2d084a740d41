/**
 * Valid inference on arms that a bandit dealt: its sample means are biased, and their errors not normal, because the data decided
 * how much of each arm was seen. Each row's doubly robust score is unbiased for an arm's mean whatever was done before,
 *
 *   Γ_t = m_t + [A_t = a] / e_t · (Y_t − m_t),      m_t: the arm's mean from rows before t
 *
 * and weights h_t = √e_t, with e_t the arm's probability, keep the variance of h_t Γ_t steady, so that the weighted mean is normal
 * (Hadad, Hirshberg, Zhan, Wager & Athey, PNAS 2021: constant allocation):
 *
 *   Q = Σ h Γ / Σ h,     V = Σ h² (Γ − Q)² / (Σ h)²
 *
 * Probabilities must have been fixed before the row and never be zero: keep a floor.
 */
import { RialtoError } from '../base/errors.ts';
import { around, type Interval } from '../statistics/contrast.ts';
import { normalQuantile, normalTail } from '../statistics/distributions.ts';

export interface AdaptiveLog {
  readonly arms: number;
  /** In the order of time. [rows] */
  readonly action: Int32Array;
  readonly reward: Float64Array;
  /** Of every arm at the time. [rows × arms] */
  readonly probability: Float64Array;
}

export interface AdaptiveEstimate {
  readonly mean: number;
  readonly standardError: number;
  readonly ci: Interval;
}

/** The mean of an arm. Throws `bad-experiment` where it could not have been drawn. */
export function adaptiveMean(log: AdaptiveLog, arm: number, alpha: number): AdaptiveEstimate {
  const { scores, weights } = scoresOf(log, arm);
  return weighted(scores, weights, alpha);
}

/** One arm's mean minus another's, with weights of either. */
export function adaptiveDifference(
  log: AdaptiveLog,
  { arm, control }: { readonly arm: number; readonly control: number },
  alpha: number,
): AdaptiveEstimate & { readonly p: number } {
  const [ours, theirs] = [scoresOf(log, arm), scoresOf(log, control)];
  const [a, b] = [weighted(ours.scores, ours.weights, alpha), weighted(theirs.scores, theirs.weights, alpha)];
  // Scores of two arms are next to uncorrelated: where one is drawn the other's is its own earlier mean.
  const mean = a.mean - b.mean;
  const standardError = Math.hypot(a.standardError, b.standardError);
  const p = standardError > 0 ? Math.min(1, 2 * normalTail(Math.abs(mean) / standardError)) : 1;
  return { mean, standardError, ci: around(mean, normalQuantile(1 - alpha / 2) * standardError), p };
}

function scoresOf({ arms, action, reward, probability }: AdaptiveLog, arm: number) {
  const rows = action.length;
  const scores = new Float64Array(rows);
  const weights = new Float64Array(rows);
  let [count, sum] = [0, 0];
  for (let t = 0; t < rows; t++) {
    const chance = probability[t * arms + arm]!;
    if (!(chance > 0 && chance <= 1))
      throw new RialtoError(
        'bad-experiment',
        `row ${t + 1} gives arm ${arm} the probability ${chance}: it must lie in (0, 1]; keep a floor`,
        { row: t + 1 },
      );
    const before = count > 0 ? sum / count : 0;
    const drawn = action[t] === arm;
    scores[t] = before + (drawn ? (reward[t]! - before) / chance : 0);
    weights[t] = Math.sqrt(chance);
    if (!drawn) continue;
    count++;
    sum += reward[t]!;
  }
  return { scores, weights };
}

function weighted(scores: Float64Array, weights: Float64Array, alpha: number): AdaptiveEstimate {
  const total = weights.reduce((sum, h) => sum + h, 0);
  const mean = scores.reduce((sum, score, t) => sum + weights[t]! * score, 0) / total;
  const squares = scores.reduce((sum, score, t) => sum + (weights[t]! * (score - mean)) ** 2, 0);
  const standardError = Math.sqrt(squares) / total;
  return { mean, standardError, ci: around(mean, normalQuantile(1 - alpha / 2) * standardError) };
}
