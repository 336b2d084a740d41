/** What a two-sided experiment with doses says: metric by metric the effect of treating everything, with the days that it is read from. */
import { sampleRatio } from '../statistics/sample-ratio.ts';
import { type DosedEffect, dosedEffect, doseOf } from './dosed-items.ts';

/** Of control and treatment. */
type ByArm = readonly [Float64Array, Float64Array];

export interface DosedRows {
  /** Since 1970. [days] */
  readonly days: Int32Array;
  readonly decisions: ByArm; // [days] each
  /** By metric. */
  readonly columns: Readonly<Record<string, ByArm>>;
  readonly buyers: readonly [number, number];
  readonly buyersInTwo: number;
}

export interface DosedMetric extends DosedEffect {
  readonly name: string;
  /** Of a decision, on each day. */
  readonly control: readonly number[];
  readonly treated: readonly number[];
}

export interface DosedResult {
  readonly buyers: readonly [number, number];
  readonly buyersInTwo: number;
  readonly srm: { readonly buyers: number };
  readonly trusted: boolean;
  /** Of each day. */
  readonly doses: readonly number[];
  readonly metrics: readonly DosedMetric[];
  /** Metrics without anything on control on one of the days. */
  readonly leftOut: readonly string[];
}

const TRUSTED_P = 0.01;

/** Throws `bad-experiment` where there are too few whole days. */
export function dosedResult(
  { days, decisions, columns, buyers, buyersInTwo }: DosedRows,
  { doses: dealt, weights, alpha }: { doses: readonly number[]; weights: readonly [number, number]; alpha: number },
): DosedResult {
  const doses = Float64Array.from(days, (day) => doseOf(dealt, day));
  const leftOut: string[] = [];
  const metrics = Object.entries(columns).flatMap(([name, column]): DosedMetric[] => {
    const [control, treated] = column.map((sums, arm) => sums.map((sum, day) => sum / decisions[arm]![day]!)) as [
      Float64Array,
      Float64Array,
    ];
    // Too few days are an error of the experiment, and none of the metric.
    if (days.length > 0 && control.some((value) => !(value > 0))) {
      leftOut.push(name);
      return [];
    }
    return [{ name, ...dosedEffect({ doses, control, treated }, alpha), control: [...control], treated: [...treated] }];
  });
  const p = sampleRatio(buyers, weights).p;
  return { buyers, buyersInTwo, srm: { buyers: p }, trusted: p >= TRUSTED_P, doses: [...doses], metrics, leftOut };
}
