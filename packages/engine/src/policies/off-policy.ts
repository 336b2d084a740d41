/**
 * What a policy would have earned, from the log of another one. With w = π(a|x) / p the importance weight, q a model of rewards, and
 * v(x) = Σ_a π(a|x) q(x, a):
 *
 *   IPW        w r                                      SNIPW      Σ w r / Σ w
 *   DM         v                                        DR         v + w (r − q)
 *   Switch-DR  v + w [w ≤ τ] (r − q)                    DRos       v + λ w / (w² + λ) · (r − q)
 *
 * (Dudík, Langford & Li 2011; Wang, Agarwal & Dudík 2017; Su et al. 2020.) q must not have seen the row that it predicts. τ and λ
 * minimise the estimated variance plus the square of a bound of the bias; intervals of the two are wider by that bound. DM has no interval:
 * nothing in the log tells its bias. Where the log could not show what the policy would do, there is no answer, and the reason is told.
 */
import type { Interval } from '../statistics/contrast.ts';
import { clusteredMean } from '../statistics/skewed-mean.ts';
import { type ActionProbabilities, type BanditLog, checkBanditLog, type ExpectedRewards } from './bandit-log.ts';

export type Estimator = 'ipw' | 'snipw' | 'dm' | 'dr' | 'switchDr' | 'drShrunk';

export interface PolicyValue {
  readonly value: number;
  readonly standardError: number | null;
  readonly ci: Interval | null;
  /** τ of Switch-DR, λ of DRos. */
  readonly tuned?: number;
}

export interface Support {
  readonly effectiveSampleSize: number;
  readonly weightMax: number;
  /** Near 1 where the propensities are right and whatever the policy does could be seen. */
  readonly meanWeight: number;
  /** Share of the policy's actions that the log never shows at their position, or could not have shown. */
  readonly unsupported: number;
  readonly refusal: Refusal | null;
}

export interface Refusal {
  readonly reason: 'no-support' | 'few-effective-rows' | 'propensities-do-not-fit';
  readonly message: string;
}

export interface OffPolicyResult {
  readonly rows: number;
  readonly support: Support;
  /** null where there is no support. */
  readonly estimates: Readonly<Record<Estimator, PolicyValue>> | null;
}

export interface OffPolicyOptions {
  readonly alpha: number;
  /** More of the policy's actions outside the log than this: no answer. */
  readonly unsupportedMax: number;
  /** Fewer effective rows than this: no answer. */
  readonly effectiveMin: number;
  /** How much of the policy's actions the log could not have shown, where that is known; else what it never did show. */
  readonly unsupported?: number | undefined;
  /** Whose rows come together, such as which buyer's, from 0; each by itself where absent. [rows] */
  readonly clusters?: Int32Array | undefined;
}

export const DEFAULT_OFF_POLICY: OffPolicyOptions = { alpha: 0.05, unsupportedMax: 0.01, effectiveMin: 50 };

/** How many standard errors the mean weight may be away from 1. */
const WEIGHT_ERRORS_MAX = 5;

/** Throws `bad-experiment` on rows that no policy could have logged. */
export function evaluatePolicy(
  log: BanditLog,
  policy: ActionProbabilities,
  rewards: ExpectedRewards,
  options: OffPolicyOptions = DEFAULT_OFF_POLICY,
): OffPolicyResult {
  checkBanditLog(log);
  const seen = termsOf(log, policy, rewards);
  const terms = { ...seen, unsupported: options.unsupported ?? seen.unsupported };
  const support = supportOf(log, terms, options);
  return { rows: log.rows, support, estimates: support.refusal === null ? estimatesOf(log, terms, options) : null };
}

/** What the estimators are made of. Each [rows] */
interface Terms {
  readonly weight: Float64Array;
  /** v(x): what the model expects of the policy. */
  readonly expected: Float64Array;
  /** r − q(x, a) */
  readonly surprise: Float64Array;
  /** Share of the policy's actions that the log never shows. */
  readonly unsupported: number;
}

function termsOf(log: BanditLog, policy: ActionProbabilities, rewards: ExpectedRewards): Terms {
  const { rows, actions, action, position, reward, propensity } = log;
  const seen = new Uint8Array(log.positions * actions);
  for (let row = 0; row < rows; row++) seen[position[row]! * actions + action[row]!] = 1;
  const weight = new Float64Array(rows);
  const expected = new Float64Array(rows);
  const surprise = new Float64Array(rows);
  const chances = new Float64Array(actions);
  const values = new Float64Array(actions);
  let unsupported = 0;
  for (let row = 0; row < rows; row++) {
    policy(row, chances);
    rewards(row, values);
    const from = position[row]! * actions;
    let sum = 0;
    for (let a = 0; a < actions; a++) {
      sum += chances[a]! * values[a]!;
      if (seen[from + a] === 0) unsupported += chances[a]!;
    }
    weight[row] = chances[action[row]!]! / propensity[row]!;
    expected[row] = sum;
    surprise[row] = reward[row]! - values[action[row]!]!;
  }
  return { weight, expected, surprise, unsupported: unsupported / rows };
}

function supportOf(log: BanditLog, { weight, unsupported }: Terms, options: OffPolicyOptions): Support {
  const { mean: meanWeight, standardError } = clusteredMean(weight, options.clusters, options.alpha);
  const squares = weight.reduce((sum, w) => sum + w * w, 0);
  const effectiveSampleSize = squares > 0 ? (meanWeight * log.rows) ** 2 / squares : 0;
  const weightMax = weight.reduce((most, w) => Math.max(most, w), 0);
  const measured = { effectiveSampleSize, weightMax, meanWeight, unsupported };
  return { ...measured, refusal: refusalOf(measured, { standardError, rows: log.rows }, options) };
}

function refusalOf(
  { effectiveSampleSize, meanWeight, unsupported }: Omit<Support, 'refusal'>,
  { standardError, rows }: { readonly standardError: number; readonly rows: number },
  { unsupportedMax, effectiveMin }: OffPolicyOptions,
): Refusal | null {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  if (unsupported > unsupportedMax)
    return {
      reason: 'no-support',
      message: `${percent(unsupported)} of what the policy would do was never done in the log, and at most ${percent(unsupportedMax)} may be unseen: log with a floor on every action's probability`,
    };
  if (effectiveSampleSize < effectiveMin)
    return {
      reason: 'few-effective-rows',
      message: `${rows} rows tell as much about the policy as ${effectiveSampleSize.toFixed(1)} of its own would, fewer than ${effectiveMin}: log longer, or a policy that is nearer to it`,
    };
  if (Math.abs(meanWeight - 1) > WEIGHT_ERRORS_MAX * standardError + 1e-9 + unsupportedMax)
    return {
      reason: 'propensities-do-not-fit',
      message: `the mean weight is ${meanWeight.toFixed(3)} and should be 1 (standard error ${standardError.toFixed(4)}): the propensities are not those that the actions were drawn with`,
    };
  return null;
}

function estimatesOf(
  log: BanditLog,
  { weight, expected, surprise }: Terms,
  { alpha, clusters }: OffPolicyOptions,
): Record<Estimator, PolicyValue> {
  const { rows, reward } = log;
  const estimated = (term: (row: number) => number): PolicyValue => {
    const { mean, standardError, ci } = clusteredMean(filled(rows, term), clusters, alpha);
    return { value: mean, standardError, ci };
  };
  const weights = weight.reduce((sum, w) => sum + w, 0) / rows;
  const ratio = weight.reduce((sum, w, row) => sum + w * reward[row]!, 0) / rows / weights;
  const robust = { weight, expected, surprise, alpha, clusters };
  return {
    ipw: estimated((row) => weight[row]! * reward[row]!),
    snipw: estimated((row) => ratio + (weight[row]! * (reward[row]! - ratio)) / weights),
    dm: { value: expected.reduce((sum, v) => sum + v, 0) / rows, standardError: null, ci: null },
    dr: estimated((row) => expected[row]! + weight[row]! * surprise[row]!),
    switchDr: tuned(robust, (w, threshold) => (w <= threshold ? w : 0)),
    drShrunk: tuned(robust, (w, lambda) => (lambda === Infinity ? w : (lambda * w) / (w * w + lambda))),
  };
}

interface Robust {
  readonly weight: Float64Array;
  readonly expected: Float64Array;
  readonly surprise: Float64Array;
  readonly alpha: number;
  readonly clusters: Int32Array | undefined;
}

/** The doubly robust estimate with weights made smaller, by the setting whose estimated error is least. */
function tuned(
  { weight, expected, surprise, alpha, clusters }: Robust,
  shrunk: (w: number, setting: number) => number,
): PolicyValue {
  let best: PolicyValue | undefined;
  let least = Infinity;
  for (const setting of settingsFor(weight)) {
    const terms = filled(weight.length, (row) => expected[row]! + shrunk(weight[row]!, setting) * surprise[row]!);
    const lost = filled(weight.length, (row) => (weight[row]! - shrunk(weight[row]!, setting)) * surprise[row]!);
    const { mean, standardError, ci } = clusteredMean(terms, clusters, alpha);
    const bias = clusteredMean(lost, clusters, alpha);
    const bound = Math.abs(bias.mean) + bias.standardError;
    const error = standardError ** 2 + bound ** 2;
    if (error >= least) continue;
    least = error;
    best = { value: mean, standardError, ci: [ci[0] - bound, ci[1] + bound], tuned: setting };
  }
  return best!;
}

/** No shrinkage first, then quantiles of the weights and of their squares' size. */
function settingsFor(weight: Float64Array): number[] {
  const sorted = weight.filter((w) => w > 0).sort();
  const quantiles = [0.999, 0.99, 0.95, 0.9, 0.75, 0.5].map((q) => sorted[Math.floor(q * (sorted.length - 1))] ?? 1);
  const most = sorted[sorted.length - 1] ?? 1;
  return [Infinity, ...new Set([100 * most ** 2, 10 * most ** 2, most ** 2, most, ...quantiles])];
}

function filled(length: number, term: (row: number) => number): Float64Array {
  const out = new Float64Array(length);
  for (let row = 0; row < length; row++) out[row] = term(row);
  return out;
}
