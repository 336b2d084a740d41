/** Things ranked by a declared ranker: by its objective over their factors, varied and drawn as it says. */
import { hash32 } from '../base/hash.ts';
import { drawThings } from '../ranking/draw-things.ts';
import { namedValue } from '../ranking/value-expression.ts';
import type { JudgedThing, ThingInput } from './judged-thing.ts';
import type { PlacedThings } from './placed-ranker.ts';

export interface ThingLikeness {
  /** Of two things by their index in what is arranged, 0 to 1. */
  readonly of: (a: number, b: number) => number;
  /** As like as this may not follow. */
  readonly max?: number;
  /** How much it counts where the ranker does not say. */
  readonly strength?: number;
}

const UNLIKE: ThingLikeness = { of: () => 0 };

/** Those that may be shown, best first or as they were drawn; then those that may not. */
export function arrangeThings(
  judged: readonly JudgedThing[],
  placed: PlacedThings,
  { placement, decisionId }: Pick<ThingInput, 'placement' | 'decisionId'>,
  likeness: ThingLikeness = UNLIKE,
): JudgedThing[] {
  const open: number[] = [];
  for (let i = 0; i < judged.length; i++) if (judged[i]!.dropped === undefined) open.push(i);
  const values = open.map((i) => namedValue(placed.value, judged[i]!.factors));
  const { diversity, exploration } = placed.ranker;
  const { chosen, propensities, alike } = drawThings({
    values,
    keys: open.map((i) => hash32(judged[i]!.id)),
    places: placement.slots,
    diversity: diversity?.strength ?? likeness.strength ?? 0,
    likeness: (a, b) => likeness.of(open[a]!, open[b]!),
    ...(likeness.max !== undefined && { likenessMax: likeness.max }),
    exploration,
    seed: hash32(placement.id, hash32(decisionId)),
  });
  const valued = (at: number): JudgedThing => ({ ...judged[open[at]!]!, score: values[at]! });
  const shown = chosen.map((at, place): JudgedThing => {
    return exploration === undefined ? valued(at) : { ...valued(at), propensity: propensities[place]! };
  });
  const taken = new Set(chosen);
  const rest = Array.from(open.keys())
    .filter((at) => !taken.has(at))
    .sort((a, b) => values[b]! - values[a]! || a - b)
    .map((at): JudgedThing => (alike.has(at) ? { ...valued(at), dropped: 'says-the-same' } : valued(at)));
  return [...shown, ...rest, ...judged.filter(({ dropped }) => dropped !== undefined)];
}
