/**
 * How an experiment that splits budgets divides them: variant i has a part of its own of every campaign's budget, and requests that
 * take no part have the rest,
 *
 *     share_i = (1 − outside) · w_i,      outside = `outsideShare`, else 1 − coverage of the present stage
 *
 * A request's arm is that of its variant. Where nothing is kept for requests outside, those fall to the arms by chance, by the same
 * weights: both arms then carry as many of them, and nobody goes without ads. Not for experiments whose arms should share.
 */
import type { Experiment, Exposure } from '@rialto/sdk';
import { hashUnit } from '../base/hash.ts';

/** Keeps this draw apart from the others of a decision. */
const ARM_DRAW = 0x5b17;

export class BudgetShares {
  readonly experiment: Experiment;
  /** Another key divides anew: what the arms spent before counts for none of them. */
  readonly key: string;
  /** Variants, then the requests outside. */
  readonly arms: number;
  readonly #from: readonly number[];
  readonly #shares: readonly Float64Array[]; // [stages][arms]
  readonly #armOf: ReadonlyMap<string, number>;
  /** Before the first stage: nobody takes part. */
  readonly #none: Float64Array;

  constructor(experiment: Experiment) {
    const { id, seed = id, variants, coverage = 1, rollout, outsideShare } = experiment;
    this.experiment = experiment;
    this.key = JSON.stringify([id, seed, variants.map(({ name }) => name)]);
    this.arms = variants.length + 1;
    const stages = rollout ?? [{ from: Number.NEGATIVE_INFINITY, coverage }];
    const sharesWith = (covered: number): Float64Array => {
      const outside = outsideShare ?? 1 - covered;
      return Float64Array.of(...variants.map(({ weight }) => (1 - outside) * weight), outside);
    };
    this.#from = stages.map(({ from }) => from);
    this.#shares = stages.map((stage) => sharesWith(stage.coverage));
    this.#none = sharesWith(0);
    this.#armOf = new Map(variants.map(({ name }, arm) => [name, arm]));
  }

  isLive(at: number): boolean {
    const { status, startsAt, endsAt } = this.experiment;
    return status === 'running' && (startsAt === undefined || startsAt <= at) && (endsAt === undefined || at < endsAt);
  }

  /** Of every budget, at a time. [arms] */
  at(at: number): Float64Array {
    for (let i = this.#from.length - 1; i >= 0; i--) if (this.#from[i]! <= at) return this.#shares[i]!;
    return this.#none;
  }

  /** Whose part of the budgets a decision spends. */
  armOf(exposures: readonly Exposure[] | undefined, decisionId: string, at: number): number {
    const { id } = this.experiment;
    if (exposures !== undefined)
      for (const { experiment, variant } of exposures)
        if (experiment === id) return this.#armOf.get(variant) ?? this.arms - 1;
    const shares = this.at(at);
    if (shares[this.arms - 1]! > 0) return this.arms - 1;
    let left = hashUnit(ARM_DRAW, decisionId);
    for (let arm = 0; arm < this.arms - 2; arm++) {
      left -= shares[arm]!;
      if (left < 0) return arm;
    }
    return this.arms - 2;
  }
}
