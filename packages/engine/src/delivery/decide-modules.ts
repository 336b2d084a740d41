/** The modules of a page: other placements, or parts that only the page knows, put in order by `ranking/module-order.ts`. */
import { hashUnit } from '../base/hash.ts';
import { stageOf } from '../features/buyer-stage.ts';
import { buyerKey } from '../market/buyers.ts';
import { orderModules } from '../ranking/module-order.ts';
import { arrangeThings } from './arrange-things.ts';
import type { JudgedThing, JudgedThings, ThingInput } from './judged-thing.ts';

const DRAW = 0x30d0;

export function rankModules(input: ThingInput): JudgedThings {
  const { state, request, moment, placement, placed, decisionId, hasCandidates } = input;
  // What a ranker draws is to have a propensity: then nothing else is left to chance.
  const draws = placed?.ranker.exploration === undefined;
  const stage = stageOf(state.market, moment.buyer, moment.at);
  const who = buyerKey(request) ?? decisionId;
  const excluded = new Set(request.exclude);
  const counted = (placement.modules ?? []).map((id) => {
    const thing = { kind: 'module', placement: placement.id, id } as const;
    return {
      id,
      counts: state.things.at(thing),
      ofStage: state.things.at({ ...thing, stage }),
      draw: draws ? hashUnit(DRAW, `${who}\u0000${placement.id}\u0000${id}`) : undefined,
    };
  });
  const judged = orderModules(counted).map((module): JudgedThing => {
    const told = { ...module, sources: [stage] };
    if (excluded.has(module.id)) return { ...told, dropped: 'excluded-by-request' };
    return hasCandidates(module.id) ? told : { ...told, dropped: 'no-candidates' };
  });
  return { things: placed === undefined ? judged : arrangeThings(judged, placed, input) };
}
