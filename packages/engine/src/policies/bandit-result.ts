/** What a live bandit's log says of its arms: valid intervals, since the data decided how much of each arm was seen. */
import { type AdaptiveEstimate, adaptiveDifference, adaptiveMean } from './adaptive-inference.ts';

/** A unit that was dealt, in the order of the log. */
export interface DealtUnit {
  readonly arm: number;
  readonly reward: number;
  /** Of each arm at the time. [arms] */
  readonly probabilities: readonly number[];
  /** Of a bandit that learns by segments. */
  readonly segment?: string | undefined;
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
  /** Of a bandit that learns by segments: what each earns in them, and whether choosing by segment is worth it. */
  readonly segments?: readonly {
    readonly segment: string;
    readonly units: number;
    readonly arms: readonly (AdaptiveEstimate & { readonly variant: string })[];
  }[];
  /**
   * What choices would earn that are made on one half of the units and tried on the other, from the logged probabilities: the best variant
   * of each segment, and the best one for all.
   */
  readonly choices?: { readonly bySegment: AdaptiveEstimate; readonly oneForAll: AdaptiveEstimate };
  /** Against the first. */
  readonly effects: readonly (AdaptiveEstimate & { readonly variant: string; readonly p: number })[];
}

/** Throws `bad-experiment` where an arm could not have been drawn. */
export function banditResult(dealt: readonly DealtUnit[], variants: readonly string[], alpha: number): BanditResult {
  const log = logOf(dealt, variants.length);
  const last = dealt.at(-1)?.probabilities ?? [];
  const segmented = dealt.some(({ segment }) => segment !== undefined);
  return {
    units: dealt.length,
    arms: variants.map((variant, arm) => {
      const own = dealt.filter((unit) => unit.arm === arm);
      const sum = own.reduce((total, { reward }) => total + reward, 0);
      const sampleMean = own.length === 0 ? 0 : sum / own.length;
      return { variant, units: own.length, sampleMean, probability: last[arm] ?? 0, ...adaptiveMean(log, arm, alpha) };
    }),
    ...(segmented && {
      segments: segmentsOf(dealt, variants, alpha),
      choices: {
        bySegment: choiceValue(dealt, variants.length, ({ segment = '' }) => segment, alpha),
        oneForAll: choiceValue(dealt, variants.length, () => '', alpha),
      },
    }),
    effects: variants
      .slice(1)
      .map((variant, i) => ({ variant, ...adaptiveDifference(log, { arm: i + 1, control: 0 }, alpha) })),
  };
}

function logOf(dealt: readonly DealtUnit[], arms: number) {
  return {
    arms,
    action: Int32Array.from(dealt, ({ arm }) => arm),
    reward: Float64Array.from(dealt, ({ reward }) => reward),
    probability: Float64Array.from(dealt.flatMap(({ probabilities }) => probabilities)),
  };
}

/** The largest first. */
function segmentsOf(dealt: readonly DealtUnit[], variants: readonly string[], alpha: number) {
  const bySegment = new Map<string, DealtUnit[]>();
  for (const unit of dealt) {
    const known = bySegment.get(unit.segment ?? '');
    if (known) known.push(unit);
    else bySegment.set(unit.segment ?? '', [unit]);
  }
  return [...bySegment]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([segment, own]) => {
      const log = logOf(own, variants.length);
      const arms = variants.map((variant, arm) => ({ variant, ...adaptiveMean(log, arm, alpha) }));
      return { segment, units: own.length, arms };
    });
}

/**
 * Each half's units are given what earned most among the other half's of the same kind, by weighted rewards; what that earns is estimated
 * as an arm of its own, from how likely the log was to deal it.
 */
function choiceValue(
  dealt: readonly DealtUnit[],
  arms: number,
  kindOf: (unit: DealtUnit) => string,
  alpha: number,
): AdaptiveEstimate {
  const earned = [new Map<string, Float64Array>(), new Map<string, Float64Array>()];
  dealt.forEach((unit, i) => {
    const sums = earned[i % 2]!;
    const kind = kindOf(unit);
    if (!sums.has(kind)) sums.set(kind, new Float64Array(arms));
    sums.get(kind)![unit.arm]! += unit.reward / unit.probabilities[unit.arm]!;
  });
  const chosen = dealt.map((unit, i): DealtUnit => {
    const sums = earned[1 - (i % 2)]!.get(kindOf(unit)) ?? new Float64Array(arms);
    const best = sums.indexOf(Math.max(...sums));
    const probability = unit.probabilities[best]!;
    return { arm: unit.arm === best ? 0 : 1, reward: unit.reward, probabilities: [probability, 1 - probability] };
  });
  return adaptiveMean(logOf(chosen, 2), 0, alpha);
}
