/**
 * Several models' log-odds made into one (Wolpert, stacked generalisation, 1992): logistic regression of the label on what each
 * model says of rows that it did not learn from. Weights are drawn by a normal prior, so that few positives cannot make them wild,
 * towards shares by how likely each model says that the labels are (pseudo-Bayesian model averaging: Yao et al., 2018), for of few rows a
 * bad model would keep much of an equal share. A model whose weight would be negative is left out; with one model this is Platt scaling. Newton's method.
 */
import { logLossOf } from './log-loss.ts';
import { sigmoid } from './logistic.ts';

export interface Stack {
  readonly bias: number;
  readonly weights: Float64Array; // [models]
}

/** The prior's precision: as much as the rows have to say of a weight, in their Σ p (1 − p) logit², before it is moved half way. */
const PRIOR_STRENGTH = 30;
/** So much less likely labels make a share e times smaller, in nats: what few rows tell of it is partly chance. */
const SHARE_NATS = 20;
/** Of several models, whose shares have been told apart already. */
const SHARED_STRENGTH = 15;
const STEPS_MAX = 30;
const STEP_MIN = 1e-9;

/** logits: [models][rows]; labels: [rows] */
export function fitStack(logits: readonly Float64Array[], labels: Uint8Array, strength = PRIOR_STRENGTH): Stack {
  const weights = new Float64Array(logits.length);
  let kept = logits.map((_, model) => model);
  for (;;) {
    const solution = newton(
      kept.map((model) => logits[model]!),
      labels,
      strength,
    );
    const positive = kept.filter((_, i) => solution[i + 1]! > 0);
    if (positive.length === kept.length || positive.length === 0) {
      kept.forEach((model, i) => {
        weights[model] = solution[i + 1]!;
      });
      return { bias: solution[0]!, weights };
    }
    kept = positive;
  }
}

/** Of the likelihood-ratio test with one degree of freedom at 5 %, in nats. */
const EVIDENCE_MIN = 1.92;

/** The same, without the last model where the others by themselves tell the labels as well but for what may be chance. */
export function fitStackWary(logits: readonly Float64Array[], labels: Uint8Array): Stack {
  const others = logits.slice(0, -1);
  const [all, fewer] = [fitStack(logits, labels, SHARED_STRENGTH), fitStack(others, labels, SHARED_STRENGTH)];
  const gained = labels.length * (lossOf(fewer, others, labels) - lossOf(all, logits, labels));
  return gained > EVIDENCE_MIN ? all : { bias: fewer.bias, weights: Float64Array.from([...fewer.weights, 0]) };
}

function lossOf(stack: Stack, logits: readonly Float64Array[], labels: Uint8Array): number {
  const out = new Float64Array(labels.length);
  applyStack(stack, logits, out);
  return logLossOf(labels, out.map(sigmoid));
}

/** The bias, then the weights. */
function newton(logits: readonly Float64Array[], labels: Uint8Array, strength: number): Float64Array {
  const size = logits.length + 1;
  const prior = sharesOf(logits, labels);
  const solution = Float64Array.of(0, ...prior);
  for (let step = 0; step < STEPS_MAX; step++) {
    const { gradient, hessian } = derivatives(logits, labels, solution);
    for (let i = 1; i < size; i++) {
      gradient[i]! += strength * (solution[i]! - prior[i - 1]!);
      hessian[i]![i]! += strength;
    }
    const move = solve(hessian, gradient);
    for (let i = 0; i < size; i++) solution[i]! -= move[i]!;
    if (move.every((by) => Math.abs(by) < STEP_MIN)) break;
  }
  return solution;
}

/** They sum to 1. [models] */
function sharesOf(logits: readonly Float64Array[], labels: Uint8Array): number[] {
  const nats = logits.map((scores) => labels.length * logLossOf(labels, scores.map(sigmoid)));
  const least = Math.min(...nats);
  const shares = nats.map((loss) => Math.exp((least - loss) / SHARE_NATS));
  const sum = shares.reduce((all, share) => all + share, 0);
  return shares.map((share) => share / sum);
}

function derivatives(
  logits: readonly Float64Array[],
  labels: Uint8Array,
  solution: Float64Array,
): { gradient: Float64Array; hessian: Float64Array[] } {
  const size = solution.length;
  const gradient = new Float64Array(size);
  const hessian = Array.from({ length: size }, () => new Float64Array(size));
  const x = new Float64Array(size).fill(1);
  for (let row = 0; row < labels.length; row++) {
    let logit = solution[0]!;
    for (let i = 1; i < size; i++) {
      x[i] = logits[i - 1]![row]!;
      logit += solution[i]! * x[i]!;
    }
    const p = sigmoid(logit);
    const weight = Math.max(1e-12, p * (1 - p));
    for (let i = 0; i < size; i++) {
      gradient[i]! += (p - labels[row]!) * x[i]!;
      for (let j = 0; j < size; j++) hessian[i]![j]! += weight * x[i]! * x[j]!;
    }
  }
  return { gradient, hessian };
}

/** Of a positive definite system, by Gauss's elimination. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  const rows = matrix.map((row, i) => Float64Array.from([...row, right[i]!]));
  for (let i = 0; i < size; i++) {
    for (let k = i + 1; k < size; k++) {
      const factor = rows[k]![i]! / rows[i]![i]!;
      for (let j = i; j <= size; j++) rows[k]![j]! -= factor * rows[i]![j]!;
    }
  }
  const solution = new Float64Array(size);
  for (let i = size - 1; i >= 0; i--) {
    let sum = rows[i]![size]!;
    for (let j = i + 1; j < size; j++) sum -= rows[i]![j]! * solution[j]!;
    solution[i] = sum / rows[i]![i]!;
  }
  return solution;
}

/** The stacked log-odds. out: [rows] */
export function applyStack({ bias, weights }: Stack, logits: readonly Float64Array[], out: Float64Array): void {
  for (let row = 0; row < out.length; row++) {
    let logit = bias;
    for (let i = 0; i < weights.length; i++) logit += weights[i]! * logits[i]![row]!;
    out[row] = logit;
  }
}
