/**
 * A ranker that a placement names, made ready for it: the record's sources and rules put together with the placement's own, its objective
 * compiled, its model found. Where there is none of that model, the fallback serves: another ranker in its place, or a model for the same objective.
 */
import type { Placement, Ranker } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { parseValue, type ValueExpression } from '../ranking/value-expression.ts';
import type { State } from './state.ts';

export interface PlacedRanker {
  /** As the ranker makes it; its `ranker` is the name of the model, absent for the canonical one. */
  readonly placement: Placement;
  readonly ranker: Ranker;
  readonly expression: ValueExpression;
  /** '' for the canonical one. */
  readonly model: string;
}

const FALLBACKS_MAX = 4;

/** Kept as long as the records and models that they rest on. */
export class PlacedRankers {
  readonly #placed = new WeakMap<Placement, PlacedRanker>();

  /** Undefined where the placement names no ranker but a model. */
  of(placement: Placement, state: RankerTables): PlacedRanker | undefined {
    const found = findRanker(placement.ranker!, state);
    if (found === undefined) return undefined;
    const known = this.#placed.get(placement);
    if (known?.ranker === found.ranker && known.model === found.model) return known;
    const placed = { ...found, placement: placedBy(placement, found), expression: parseValue(found.ranker.objective) };
    this.#placed.set(placement, placed);
    return placed;
  }
}

export type RankerTables = { readonly market: Pick<State['market'], 'rankers'> } & Pick<State, 'rankers'>;

interface Found {
  readonly ranker: Ranker;
  readonly model: string;
}

/** The ranker that serves for the name, and its model. */
function findRanker(name: string, { market, rankers }: RankerTables): Found | undefined {
  let ranker = presentRanker(name, market);
  for (let step = 0; ranker !== undefined && step < FALLBACKS_MAX; step++) {
    const { model = '', fallback } = ranker;
    if (model === '' || rankers.find(model) !== undefined) return { ranker, model };
    const next: Ranker | undefined = fallback === undefined ? undefined : presentRanker(fallback, market);
    if (next === undefined)
      return { ranker, model: fallback !== undefined && rankers.find(fallback) !== undefined ? fallback : '' };
    ranker = next;
  }
  return ranker && { ranker, model: '' };
}

/** Undefined where there is none of the id, or it was removed. */
export function presentRanker(id: string, { rankers }: RankerTables['market']): Ranker | undefined {
  const ranker = rankers.get(id);
  return ranker?.removed === true ? undefined : ranker;
}

function placedBy(placement: Placement, { ranker, model }: Found): Placement {
  const { ranker: _, ...own } = placement;
  const rules = [...(ranker.rules ?? []), ...(own.rules ?? [])];
  return {
    ...own,
    sources: own.sources.length === 0 && ranker.sources !== undefined ? ranker.sources : own.sources,
    ...(rules.length > 0 && { rules }),
    ...(model !== '' && { ranker: model }),
  };
}

/** Whether a placement or variant may name it. */
export function knowsRanker(name: string, state: RankerTables): boolean {
  return presentRanker(name, state.market) !== undefined || state.rankers.find(name) !== undefined;
}

export function unknownRanker(name: string, { market, rankers }: RankerTables): RialtoError {
  const declared = Array.from({ length: market.rankers.size }, (_, row) => market.rankers.at(row))
    .filter(({ removed }) => removed !== true)
    .map(({ id }) => id);
  const message = `there is no ranker ${JSON.stringify(name)}: declare it with PUT /v1/rankers/${name}, or publish a model with rialto train --name; there are ${[...declared, ...rankers.names].join(', ')}`;
  return new RialtoError('unknown-reference', message);
}
