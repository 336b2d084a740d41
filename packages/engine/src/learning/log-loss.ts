/** Log loss, the mean negative log-likelihood of what happened: −(y ln p + (1 − y) ln(1 − p)), in nats. */

/** Keeps a certain but wrong prediction from being infinitely bad. */
const CERTAINTY = 1e-15;

/** labels, probabilities: [rows] */
export function logLossOf(labels: Uint8Array, probabilities: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row++) {
    const p = labels[row] === 1 ? probabilities[row]! : 1 - probabilities[row]!;
    sum -= Math.log(Math.max(CERTAINTY, p));
  }
  return sum / labels.length;
}
