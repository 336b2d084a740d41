/** Placements that rank something else than listings: queries, reviews, shops, the modules of the page. */
import type { ExplainedThing, Placement, ThingKind } from '@rialto/sdk';
import { rankModules } from './decide-modules.ts';
import { rankQueries } from './decide-queries.ts';
import { rankReviews } from './decide-reviews.ts';
import { rankShopsFor } from './decide-shops.ts';
import type { DecisionThing, PlacementDecision } from './decision.ts';
import type { JudgedThing, JudgedThings, ThingInput } from './judged-thing.ts';
import type { Trace } from './trace.ts';

type Ranked = Exclude<Placement['ranks'], 'listings' | 'signals' | undefined>;

interface ThingRanker {
  readonly kind: ThingKind;
  readonly rank: (input: ThingInput) => JudgedThings;
}

const RANKERS: Readonly<Record<Ranked, ThingRanker>> = {
  queries: { kind: 'query', rank: rankQueries },
  reviews: { kind: 'review', rank: rankReviews },
  shops: { kind: 'shop', rank: rankShopsFor },
  modules: { kind: 'module', rank: rankModules },
};

export function rankThings(input: ThingInput, trace: Trace | undefined): PlacementDecision {
  const { placement } = input;
  const { kind, rank } = RANKERS[placement.ranks as Ranked];
  const { things: judged, late } = rank(input);
  const shown = judged.filter(({ dropped }) => dropped === undefined).slice(0, placement.slots);
  trace?.recordThings(placement.id, explain(kind, judged, shown));
  const things = shown.map(({ id, score, evidence }): DecisionThing => {
    return evidence === undefined || evidence.length === 0 ? { kind, id, score } : { kind, id, score, evidence };
  });
  const decision = { placement: placement.id, items: [], things };
  if (late === true) return { ...decision, late };
  if (input.placed?.ranker.exploration === undefined) return decision;
  return { ...decision, propensities: shown.map(({ propensity = 1 }) => propensity) };
}

function explain(kind: ThingKind, judged: readonly JudgedThing[], shown: readonly JudgedThing[]): ExplainedThing[] {
  return judged.map((thing) => {
    const { id, sources, score, factors, dropped, propensity } = thing;
    const at = shown.indexOf(thing);
    const told = { kind, id, sources, score, factors };
    if (at >= 0 && propensity !== undefined) return { ...told, shownAt: at, propensity };
    return at >= 0 ? { ...told, shownAt: at } : { ...told, dropped: dropped ?? 'outranked' };
  });
}
