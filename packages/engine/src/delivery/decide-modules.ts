/** The modules of a page: other placements, or parts that only the page knows, put in order by `ranking/module-order.ts`. */
import { hashUnit } from '../base/hash.ts';
import { stageOf } from '../features/buyer-stage.ts';
import { buyerKey } from '../market/buyers.ts';
import { orderModules } from '../ranking/module-order.ts';
import type { JudgedThing, ThingInput } from './judged-thing.ts';

const DRAW = 0x30d0;

export function rankModules(input: ThingInput): readonly JudgedThing[] {
  const { state, request, moment, placement, decisionId, hasCandidates } = input;
  const stage = stageOf(state.market, moment.buyer, moment.at);
  const who = buyerKey(request) ?? decisionId;
  const excluded = new Set(request.exclude);
  const counted = (placement.modules ?? []).map((id) => {
    const thing = { kind: 'module', placement: placement.id, id } as const;
    return {
      id,
      counts: state.things.at(thing),
      ofStage: state.things.at({ ...thing, stage }),
      draw: hashUnit(DRAW, `${who}\u0000${placement.id}\u0000${id}`),
    };
  });
  return orderModules(counted).map((module): JudgedThing => {
    const told = { ...module, sources: [stage] };
    if (excluded.has(module.id)) return { ...told, dropped: 'excluded-by-request' };
    return hasCandidates(module.id) ? told : { ...told, dropped: 'no-candidates' };
  });
}
