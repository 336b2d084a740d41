/** What a live bandit's log says of its arms: valid intervals, since the data decided how much of each arm was seen. */
import { type AdaptiveEstimate, adaptiveDifference, adaptiveMean } from './adaptive-inference.ts';

/** A unit that was dealt, in the order of the log. */
export interface DealtUnit {
  readonly arm: number;
  readonly reward: number;
  /** Of each arm at the time. [arms] */
  readonly probabilities: readonly number[];
}

export interface BanditResult {
  readonly units: number;
  readonly arms: readonly (AdaptiveEstimate & {
    readonly variant: string;
    readonly units: number;
    /** The plain mean, which is biased. */
    readonly sampleMean: number;
    /** Of the unit that was dealt last. */
    readonly probability: number;
  })[];
  /** Against the first. */
  readonly effects: readonly (AdaptiveEstimate & { readonly variant: string; readonly p: number })[];
}

/** Throws `bad-experiment` where an arm could not have been drawn. */
export function banditResult(dealt: readonly DealtUnit[], variants: readonly string[], alpha: number): BanditResult {
  const arms = variants.length;
  const log = {
    arms,
    action: Int32Array.from(dealt, ({ arm }) => arm),
    reward: Float64Array.from(dealt, ({ reward }) => reward),
    probability: Float64Array.from(dealt.flatMap(({ probabilities }) => probabilities)),
  };
  const last = dealt.at(-1)?.probabilities ?? [];
  return {
    units: dealt.length,
    arms: variants.map((variant, arm) => {
      const own = dealt.filter((unit) => unit.arm === arm);
      const sum = own.reduce((total, { reward }) => total + reward, 0);
      const sampleMean = own.length === 0 ? 0 : sum / own.length;
      return { variant, units: own.length, sampleMean, probability: last[arm] ?? 0, ...adaptiveMean(log, arm, alpha) };
    }),
    effects: variants
      .slice(1)
      .map((variant, i) => ({ variant, ...adaptiveDifference(log, { arm: i + 1, control: 0 }, alpha) })),
  };
}
