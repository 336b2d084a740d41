/**
 * Count, means and covariances of vectors of a few numbers: all that intervals for means and ratios need, whether 20 or
 * 20,000,000 units stand behind them. Moments of parts are merged exactly (Chan, Golub & LeVeque 1979).
 */
import { assert } from '../base/assert.ts';

export interface Moments {
  readonly units: number;
  /** [size] */
  readonly mean: Float64Array;
  /** Of the sample, with n − 1; zero below two units. [size × size] */
  readonly covariance: Float64Array;
}

/** Of columns of equal length, one a variable. */
export function momentsOf(columns: readonly Float64Array[]): Moments {
  const size = columns.length;
  const units = columns[0]?.length ?? 0;
  const mean = Float64Array.from(
    columns,
    (column) => column.reduce((sum, value) => sum + value, 0) / Math.max(1, units),
  );
  const covariance = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const [a, b] = [columns[i]!, columns[j]!];
      let sum = 0;
      for (let k = 0; k < units; k++) sum += (a[k]! - mean[i]!) * (b[k]! - mean[j]!);
      covariance[i * size + j] = units > 1 ? sum / (units - 1) : 0;
      covariance[j * size + i] = covariance[i * size + j]!;
    }
  }
  return { units, mean, covariance };
}

/** As if all parts were one sample. */
export function mergedMoments(parts: readonly Moments[]): Moments {
  const size = parts[0]?.mean.length ?? 0;
  const units = parts.reduce((sum, part) => sum + part.units, 0);
  const mean = new Float64Array(size);
  for (const part of parts)
    for (let i = 0; i < size; i++) mean[i]! += (part.mean[i]! * part.units) / Math.max(1, units);
  const covariance = new Float64Array(size * size);
  for (const part of parts) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const apart = (part.mean[i]! - mean[i]!) * (part.mean[j]! - mean[j]!) * part.units;
        covariance[i * size + j]! += part.covariance[i * size + j]! * Math.max(0, part.units - 1) + apart;
      }
    }
  }
  for (let i = 0; i < covariance.length; i++) covariance[i]! /= Math.max(1, units - 1);
  return { units, mean, covariance };
}

/** Moments of linear functions of the variables: each of `rows` holds a weight a variable, then a constant. [size + 1] */
export function linearMoments({ units, mean, covariance }: Moments, rows: readonly Float64Array[]): Moments {
  const size = mean.length;
  assert(
    rows.every((row) => row.length === size + 1),
    'a row has a weight for each variable and a constant',
  );
  const out = new Float64Array(rows.length ** 2);
  for (let a = 0; a < rows.length; a++) {
    for (let b = 0; b < rows.length; b++) {
      let sum = 0;
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) sum += rows[a]![i]! * covariance[i * size + j]! * rows[b]![j]!;
      }
      out[a * rows.length + b] = sum;
    }
  }
  const means = Float64Array.from(rows, (row) => mean.reduce((sum, value, i) => sum + value * row[i]!, row[size]!));
  return { units, mean: means, covariance: out };
}
