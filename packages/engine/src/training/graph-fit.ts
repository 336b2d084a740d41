/** What is told of the graphs of listings: who was tried, what each was worth, and what serves. */
import type { PairedDifference } from './gates.ts';
import type { GraphMember } from './graph-members.ts';
import type { GraphContext } from './graph-trials.ts';

/** A context with too few trials is not there: the other's graph serves it. */
export interface GraphFit extends Readonly<Partial<Record<GraphContext, ContextFit>>> {
  readonly listings: number;
}

export interface ContextFit {
  readonly trials: number;
  /** Mean recall at 20 of each member alone, its settings chosen on the other half of the trials. */
  readonly recall: Readonly<Partial<Record<GraphMember, number>>>;
  /** The best member by all trials, and the recall of the one that was best on the other half. */
  readonly best: { readonly member: GraphMember; readonly recall: number };
  /** Of the blend that was learned on the other half; what it gains on the best one. Where that is nothing, `best` serves alone. */
  readonly blend: { readonly recall: number; readonly gain: PairedDifference };
  /** Of what serves, learned from all trials; they add up to 1. */
  readonly weights: Readonly<Partial<Record<GraphMember, number>>>;
  /** What each listing of a past says of what the one after it says. */
  readonly fade: number;
}

/** In a line: the shares of what serves, how it was chosen, and what each member is worth alone. */
export function contextWords({ trials, recall, best, blend, weights, fade }: ContextFit): string {
  const shares = sorted(weights).map(([member, share]) => `${(100 * share).toFixed(0)} % ${member}`);
  const what = shares.length === 1 ? best.member : shares.join(', ');
  const { mean, standardError } = blend.gain;
  const gain = `${mean < 0 ? '' : '+'}${mean.toFixed(4)} ± ${(1.96 * standardError).toFixed(4)}`;
  const why = `recall@20 in ${trials} trials ${blend.recall.toFixed(4)} blended, ${best.recall.toFixed(4)} by the best alone (${gain})`;
  const alone = sorted(recall).map(([member, of]) => `${member} ${of.toFixed(4)}`);
  return `${what}${fade === 1 ? '' : `, each earlier listing × ${fade}`}; ${why}: ${alone.join(', ')}`;
}

const sorted = (of: Readonly<Partial<Record<GraphMember, number>>>): [string, number][] =>
  Object.entries(of).sort(([, a], [, b]) => b - a);
