/**
 * What a two-sided experiment says, metric by metric: the effect of treating everything with its parts, and beside it what plain tests of
 * either side would have said, which is how far the arms reach into each other.
 *
 * Its own error: the effect is right to first order in the shares treated. Where treated pairs take from control pairs out of a budget
 * or stock that binds, what reaches pairs of which neither side is treated is left out: then split the budgets.
 */
import { sampleRatio } from '../statistics/sample-ratio.ts';
import { type TwoSidedEffect, twoSidedEffect } from './two-sided.ts';

export interface TwoSidedInput {
  /** Of control and treatment. */
  readonly buyers: readonly [number, number];
  readonly treated: Uint8Array; // [items]
  /** By metric, [items] each. */
  readonly control: Readonly<Record<string, Float64Array>>;
  readonly treatment: Readonly<Record<string, Float64Array>>;
  readonly before: Readonly<Record<string, Float64Array>>;
  /** What either arm was to get, of both sides. */
  readonly weights: readonly [number, number];
}

export interface TwoSidedMetric extends TwoSidedEffect {
  readonly name: string;
  /** Relative effects by plain tests, of buyers and of items: with what reaches the other arm in them. */
  readonly plainBuyers: number;
  readonly plainItems: number;
  /** Whether what items were before the experiment was there to be divided by. */
  readonly adjusted: boolean;
}

export interface TwoSidedResult {
  readonly buyers: readonly [number, number];
  readonly items: readonly [number, number];
  /** Of each side, that its arms have the sizes that they were to get. */
  readonly srm: { readonly buyers: number; readonly items: number };
  readonly trusted: boolean;
  readonly metrics: readonly TwoSidedMetric[];
  /** Metrics without anything on control pairs. */
  readonly leftOut: readonly string[];
}

const TRUSTED_P = 0.01;

/** Throws `bad-experiment` where a side or an arm has nothing to compare. */
export function twoSidedResult(input: TwoSidedInput, alpha: number): TwoSidedResult {
  const { buyers, treated, control, treatment, before, weights } = input;
  const buyerShare = buyers[1] / (buyers[0] + buyers[1]);
  const items = [treated.length - total(treated), total(treated)] as const;
  const srm = { buyers: sampleRatio(buyers, weights).p, items: sampleRatio(items, weights).p };
  const leftOut: string[] = [];
  const metrics = Object.keys(control).flatMap((name): TwoSidedMetric[] => {
    const [without, withIt] = [control[name]!, treatment[name]!];
    if (without.every((value, i) => treated[i] === 1 || value <= 0)) {
      leftOut.push(name);
      return [];
    }
    const adjusted = [0, 1].every((arm) => before[name]!.some((value, i) => treated[i] === arm && value > 0));
    const base = adjusted ? before[name]! : new Float64Array(treated.length).fill(1);
    const outcomes = { control: without, treated: withIt, buyerShare, listingTreated: treated, before: base };
    const effect = twoSidedEffect(outcomes, alpha);
    const all = without.map((value, i) => value + withIt[i]!);
    const rate = (arm: number): number =>
      total(all, (i) => treated[i] === arm) / total(base, (i) => treated[i] === arm);
    const plainBuyers = total(withIt) / buyerShare / (total(without) / (1 - buyerShare)) - 1;
    return [{ name, ...effect, plainBuyers, plainItems: rate(1) / rate(0) - 1, adjusted }];
  });
  return { buyers, items, srm, trusted: Math.min(srm.buyers, srm.items) >= TRUSTED_P, metrics, leftOut };
}

function total(values: ArrayLike<number>, taken: (i: number) => boolean = () => true): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (taken(i)) sum += values[i]!;
  return sum;
}
