/** What is told of the graphs of listings: who was tried, what each was worth, and what serves. */
import type { PairedDifference } from './gates.ts';
import type { GraphMember } from './graph-members.ts';
import { GRAPH_CONTEXTS, type GraphContext } from './graph-trials.ts';

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

/** In a line: what serves, and how it was chosen. */
export function contextWords({ trials, best, blend, weights, fade }: ContextFit): string {
  const shares = sorted(weights).map(([member, share]) => `${(100 * share).toFixed(0)} % ${member}`);
  const what = shares.length === 1 ? `${best.member} alone` : shares.join(', ');
  const faded = fade === 1 ? '' : `, each listing of a past ${fade} times the one after it`;
  return `${what}${faded}; recall@20 in ${trials} trials ${blend.recall.toFixed(4)} blended, ${best.recall.toFixed(4)} by the best alone (${gainOf(blend)})`;
}

/** What each recommender was worth alone, the best first. */
export const memberWords = ({ recall }: ContextFit): string =>
  sorted(recall)
    .map(([member, of]) => `${member} ${of.toFixed(4)}`)
    .join(', ');

export function gainOf({ gain: { mean, standardError } }: ContextFit['blend']): string {
  return `${mean < 0 ? '' : '+'}${mean.toFixed(4)} ± ${(1.96 * standardError).toFixed(4)}`;
}

/** A text for each context that was tried. */
export const graphLines = (fit: Partial<GraphFit>, words: (of: ContextFit) => string): [string, string][] =>
  GRAPH_CONTEXTS.flatMap((context) => {
    const of = fit[context];
    return of === undefined ? [] : [[`graph ${context}`, words(of)]];
  });

const sorted = (of: Readonly<Partial<Record<GraphMember, number>>>): [string, number][] =>
  Object.entries(of).sort(([, a], [, b]) => b - a);
