/** Placements that rank something else than listings: queries, reviews, shops, the modules of the page. */
import type { ExplainedThing, Placement, ScoreReason, ThingKind } from '@rialto/sdk';
import { rankModules } from './decide-modules.ts';
import { rankQueries } from './decide-queries.ts';
import { rankReviews } from './decide-reviews.ts';
import { rankShopsFor } from './decide-shops.ts';
import type { DecisionThing, PlacementDecision } from './decision.ts';
import type { JudgedThing, JudgedThings, ThingInput } from './judged-thing.ts';
import { thingReasons } from './thing-reasons.ts';
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
  if (trace) {
    const reasons = thingReasons(placement.ranks as Ranked, input.placed, judged);
    trace.recordThings(placement.id, explain(kind, { judged, shown, reasons }));
  }
  const things = shown.map(({ id, score, evidence }): DecisionThing => {
    return evidence === undefined || evidence.length === 0 ? { kind, id, score } : { kind, id, score, evidence };
  });
  const decision = { placement: placement.id, items: [], things };
  if (late === true) return { ...decision, late };
  if (input.placed?.ranker.exploration === undefined) return decision;
  return { ...decision, propensities: shown.map(({ propensity = 1 }) => propensity) };
}

interface Outcome {
  readonly judged: readonly JudgedThing[];
  readonly shown: readonly JudgedThing[];
  readonly reasons: readonly (readonly ScoreReason[])[]; // [judged]
}

function explain(kind: ThingKind, { judged, shown, reasons }: Outcome): ExplainedThing[] {
  return judged.map((thing, i) => {
    const { id, sources, score, factors, dropped, propensity } = thing;
    const at = shown.indexOf(thing);
    const told = { kind, id, sources, score, factors, why: reasons[i]! };
    if (at >= 0 && propensity !== undefined) return { ...told, shownAt: at, propensity };
    return at >= 0 ? { ...told, shownAt: at } : { ...told, dropped: dropped ?? 'outranked' };
  });
}
