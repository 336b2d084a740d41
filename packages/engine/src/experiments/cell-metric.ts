/**
 * One metric over cells of region × period, one variant against the control: a ratio of sums over cells, such as revenue a decision,
 * whose cells weigh as much as their denominator; or the mean of a column a cell. Effects are those of `statistics/switchback.ts`. With
 * the mean m over all cells and t the weight that is treated, the control is at m − τ t, so the relative effect and its error are
 *
 *   r = τ / (m − τ t),   s_r = s_τ m / (m − τ t)²
 *
 * where the control is told from zero: within the interval of τ there is none with m − τ t = 0.
 */
import { Rng } from '../base/rng.ts';
import { around, baseOf, type Contrast } from '../statistics/contrast.ts';
import { studentQuantile } from '../statistics/distributions.ts';
import { randomisationP, type SwitchbackCells, switchbackEffect } from '../statistics/switchback.ts';

export interface CellComparison {
  readonly value: Float64Array; // [cells]
  /** Above 0; all alike where absent. [cells] */
  readonly weight?: Float64Array;
  readonly treated: Uint8Array; // [cells]
  readonly region: Int32Array; // [cells]
  readonly season: Int32Array; // [cells]
}

export interface CellEffect extends Contrast {
  readonly randomisationP: number;
  /** With regions and seasons alike in both arms. */
  readonly controlMean: number;
  readonly treatedMean: number;
}

export interface Redealing {
  readonly draws: number;
  readonly seed: number;
}

/** Throws `bad-experiment` where regions and seasons leave nothing to compare. */
export function cellEffect(comparison: CellComparison, alpha: number, { draws, seed }: Redealing): CellEffect {
  const { value, weight, treated } = comparison;
  const cells: SwitchbackCells = comparison;
  const { absolute, standardError, df, ci, p } = switchbackEffect(cells, alpha);
  let [total, sum, taken] = [0, 0, 0];
  for (let i = 0; i < value.length; i++) {
    const w = weight === undefined ? 1 : weight[i]!;
    total += w;
    sum += w * value[i]!;
    if (treated[i] === 1) taken += w;
  }
  const mean = sum / total;
  const controlMean = mean - (absolute * taken) / total;
  const half = studentQuantile(1 - alpha / 2, df);
  const { ratioKnown, ratioBounded } = baseOf(controlMean, (standardError * taken) / total, half);
  const relative = ratioKnown ? absolute / controlMean : undefined;
  const relativeStandardError = ratioKnown ? (standardError * Math.abs(mean)) / controlMean ** 2 : undefined;
  return {
    ...{ absolute, standardError, df, ci, p, relative, relativeStandardError },
    relativeCi: ratioBounded ? around(relative!, half * relativeStandardError!) : undefined,
    randomisationP: randomisationP(cells, dealAgain(treated), { draws, rng: new Rng(seed) }),
    controlMean,
    treatedMean: controlMean + absolute,
  };
}

/** Cells are dealt independently, so all orders of the arms, with as many cells of each, were as likely as the one that came. */
function dealAgain(dealt: Uint8Array) {
  return (treated: Uint8Array, rng: Rng): void => {
    treated.set(dealt);
    for (let i = treated.length - 1; i > 0; i--) {
      const j = rng.below(i + 1);
      const held = treated[i]!;
      treated[i] = treated[j]!;
      treated[j] = held;
    }
  };
}

/** Of a ratio of sums over cells, or of a mean a cell (`den` all 1), with the delta method's standard error. */
export function cellMean(num: Float64Array, den: Float64Array, taken: (cell: number) => boolean) {
  let [cells, above, below] = [0, 0, 0];
  num.forEach((value, i) => {
    if (!taken(i)) return;
    cells++;
    above += value;
    below += den[i]!;
  });
  const mean = below > 0 ? above / below : 0;
  const squares = num.reduce((sum, value, i) => sum + (taken(i) ? (value - mean * den[i]!) ** 2 : 0), 0);
  const standardError = below > 0 && cells > 1 ? Math.sqrt((squares * cells) / (cells - 1)) / below : 0;
  return { cells, mean, standardError };
}
