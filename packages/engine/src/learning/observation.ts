/**
 * What a label tells of the probability that is wanted, where it was seen through something: by P(y = 1) = q σ(z + o).
 *
 *     o   an offset of the log-odds, known and not to be learned: −ln r where only the share r of the negatives was kept
 *         (He et al., "Practical lessons from predicting clicks on ads", 2014, which corrects afterwards)
 *     q   how likely a success was to be seen: that a slot was looked at (the position-based model, Richardson et al., WWW
 *         2007), or that a conversion has come by now (Chapelle, "Modeling delayed feedback in display advertising", KDD 2014)
 *
 * A label of 1 pulls as always; a label of 0 pulls less, as it may be a success that nobody saw:
 *
 *     ∂loss/∂z = σ − 1 where y = 1,   q σ (1 − σ) / (1 − q σ) where y = 0
 */

import { RialtoError } from '../base/errors.ts';

/** How one head's labels came about. */
export interface Observation {
  /** 0, 1, or 255 where nothing is known. [rows] */
  readonly labels: Uint8Array;
  readonly weights?: Float32Array; // [rows]
  /** q, above 0 and up to 1. [rows] */
  readonly seen?: Float32Array;
  /** o. [rows] */
  readonly offsets?: Float32Array;
}

/** A label that is not known (yet). */
export const UNKNOWN = 255;

/** ∂loss/∂z of each row at log-odds z. */
export function gradientOf({ labels, weights, seen, offsets }: Observation): (row: number, z: number) => number {
  return (row, z) => {
    const label = labels[row]!;
    if (label === UNKNOWN) return 0;
    const p = 1 / (1 + Math.exp(-(offsets === undefined ? z : z + offsets[row]!)));
    const q = seen === undefined ? 1 : seen[row]!;
    const gradient = label === 1 ? p - 1 : q === 1 ? p : (q * p * (1 - p)) / (1 - q * p);
    return weights === undefined ? gradient : weights[row]! * gradient;
  };
}

/** Throws `bad-training-data` where observations are not one for each head, do not fit the rows, or tell nothing. */
export function requireObservations(
  rows: number,
  heads: readonly string[],
  observations: readonly Observation[],
): void {
  const refuse = (message: string): never => {
    throw new RialtoError('bad-training-data', message);
  };
  if (rows === 0) refuse('there are no examples to learn from');
  if (observations.length !== heads.length)
    refuse(`there are labels for ${observations.length} heads, but the model predicts ${heads.join(', ')}`);
  observations.forEach(({ labels, weights, seen, offsets }, i) => {
    const head = heads[i]!;
    for (const [name, values] of Object.entries({ labels, weights, seen, offsets }))
      if (values !== undefined && values.length !== rows)
        refuse(`${head} has ${values.length} ${name} for ${rows} examples`);
    const counts = [0, 0];
    labels.forEach((label, row) => {
      if (label === 0 || label === 1) counts[label]!++;
      else if (label !== UNKNOWN)
        refuse(`the label of example ${row + 1} for ${head} is ${label}, neither 0 nor 1 nor ${UNKNOWN}, "not known"`);
    });
    if (counts[0] === 0 || counts[1] === 0)
      refuse(`${head} has ${counts[1]} examples of label 1 and ${counts[0]} of label 0: both are needed`);
    requireEach(weights, (value) => value >= 0, `the weight for ${head}`, 'a number of 0 or more');
    requireEach(seen, (value) => value > 0 && value <= 1, `the share seen for ${head}`, 'above 0 and up to 1');
    requireEach(offsets, Number.isFinite, `the offset for ${head}`, 'a number');
  });
}

function requireEach(
  values: Float32Array | undefined,
  fits: (value: number) => boolean,
  what: string,
  wanted: string,
): void {
  const row = values?.findIndex((value) => !(fits(value) && Number.isFinite(value))) ?? -1;
  if (row < 0) return;
  throw new RialtoError('bad-training-data', `${what} of example ${row + 1} is ${values![row]}, not ${wanted}`);
}
