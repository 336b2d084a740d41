/**
 * How far what a model sees now is from what it was trained on, by the population stability index (a symmetrised Kullback–Leibler
 * divergence of binned values):
 *
 *     PSI = Σ_bins (now − then) · ln(now / then)          below .1: no change; above .25: another population, by convention
 *
 * Bins hold equal shares of the values then, as far as ties allow: a feature that is 0 nearly always has one bin for that.
 */

export interface Distribution {
  /** Upper ends of all bins but the last, rising; a value equal to one lies below it. [bins − 1] */
  readonly edges: readonly number[];
  /** Of the values, in each bin. [bins] */
  readonly shares: readonly number[];
}

/** Keeps a bin without values from being infinitely far off. */
const SHARE_MIN = 1e-4;

export function distributionOf(values: ArrayLike<number>, bins = 10): Distribution {
  const sorted = Float64Array.from(values).sort();
  const edges: number[] = [];
  for (let bin = 1; bin < bins && sorted.length > 0; bin++) {
    const edge = sorted[Math.min(sorted.length - 1, Math.ceil((bin * sorted.length) / bins) - 1)]!;
    if ((edges.length === 0 || edge > edges.at(-1)!) && edge < sorted.at(-1)!) edges.push(edge);
  }
  return { edges, shares: sharesOf(values, edges) };
}

export function sharesOf(values: ArrayLike<number>, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (let i = 0; i < values.length; i++) {
    let bin = 0;
    while (bin < edges.length && values[i]! > edges[bin]!) bin++;
    counts[bin]!++;
  }
  return counts.map((count) => count / Math.max(1, values.length));
}

export function stabilityIndex(then: readonly number[], now: readonly number[]): number {
  return then.reduce((sum, share, bin) => {
    const before = Math.max(SHARE_MIN, share);
    const after = Math.max(SHARE_MIN, now[bin]!);
    return sum + (after - before) * Math.log(after / before);
  }, 0);
}
