/**
 * A ranker that a placement names, made ready for it: the record's sources and rules put together with the placement's own, its objective
 * compiled, its model found. Where there is none of that model, the fallback serves: another ranker in its place, or a model for the same objective.
 */
import type { Placement, Ranked, Ranker } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { NAMES_OF } from '../ranking/thing-names.ts';
import { type NamedValue, parseNamedValue, parseValue, type ValueExpression } from '../ranking/value-expression.ts';
import type { State } from './state.ts';

export interface PlacedRanker {
  /** As the ranker makes it; its `ranker` is the name of the model, absent for the canonical one. */
  readonly placement: Placement;
  readonly ranker: Ranker;
  readonly expression: ValueExpression;
  /** '' for the canonical one. */
  readonly model: string;
}

/** The same for what is no listing. */
export interface PlacedThings {
  readonly placement: Placement;
  readonly ranker: Ranker;
  readonly value: NamedValue;
  /** '' for the canonical one. */
  readonly model: string;
}

const FALLBACKS_MAX = 4;

/** Kept as long as the records and models that they rest on. */
export class PlacedRankers {
  readonly #placed = new WeakMap<Placement, PlacedRanker>();
  readonly #things = new WeakMap<Placement, PlacedThings>();

  /** Undefined where the placement names no ranker of listings but a model. */
  of(placement: Placement, state: RankerTables): PlacedRanker | undefined {
    const found = findRanker(placement.ranker!, state);
    if (found === undefined || rankedBy(found.ranker) !== 'listings') return undefined;
    const known = this.#placed.get(placement);
    if (known?.ranker === found.ranker && known.model === found.model) return known;
    const placed = { ...found, placement: placedBy(placement, found), expression: parseValue(found.ranker.objective) };
    this.#placed.set(placement, placed);
    return placed;
  }

  /** Undefined where the placement names no ranker of what it ranks. */
  ofThings(placement: Placement, state: RankerTables): PlacedThings | undefined {
    const { ranker, ranks } = placement;
    const found = ranker === undefined ? undefined : findRanker(ranker, state);
    if (found === undefined || ranks === undefined || ranks === 'listings' || rankedBy(found.ranker) !== ranks)
      return undefined;
    const known = this.#things.get(placement);
    if (known?.ranker === found.ranker && known.model === found.model) return known;
    const value = parseNamedValue(found.ranker.objective, NAMES_OF[ranks]);
    const placed = { ...found, placement: placedBy(placement, found), value };
    this.#things.set(placement, placed);
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

export const rankedBy = ({ ranks = 'listings' }: Pick<Ranker, 'ranks'>): Ranked => ranks;

/** Why a placement may not name its ranker. Throws `unknown-reference`, and `bad-request` where it ranks something else. */
export function checkRankerOf({ ranker: name, ranks = 'listings' }: Placement, state: RankerTables): void {
  if (name === undefined) return;
  if (!knowsRanker(name, state)) throw unknownRanker(name, state);
  const declared = presentRanker(name, state.market);
  const quoted = JSON.stringify(name);
  const wanted = `name a declared ranker with "ranks": "${ranks}", or none`;
  if (declared !== undefined && rankedBy(declared) !== ranks)
    throw new RialtoError(
      'bad-request',
      `ranker: ${quoted} ranks ${rankedBy(declared)}, but the placement ${ranks}: ${wanted}`,
    );
  if (declared === undefined && ranks !== 'listings' && ranks !== 'shops')
    throw new RialtoError(
      'bad-request',
      `ranker: ${quoted} is a model, which scores listings, but the placement ranks ${ranks}: ${wanted}`,
    );
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
