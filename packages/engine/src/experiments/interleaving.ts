/**
 * Two rankers compared within one list (Radlinski, Kurup & Joachims, CIKM 2008; Joachims 2002): the buyer sees items of both, and what is
 * clicked tells which ranker put it there. A buyer is his own control, so far less traffic is needed than by splitting buyers.
 *
 *   team draft   in turns, the coin deciding who begins each round, either ranker adds its best item not yet there, and is credited with
 *                clicks on what it added. Where both would add the same item it is added once and speaks for neither, so that only pairs of
 *                rivals are compared, side by side: chance credit for what both agree on is most of the noise of the plain form
 *   balanced     the one list that at each length holds as many of the top of one as of the other, give or take one; with k the better
 *                of the places that the lowest item clicked has in the two rankings, either is credited with the clicks on its own top k
 *
 * Coins are hashes of a seed and the request's name: the same request gives the same list again. Not for rankings whose items must not be
 * mixed, such as pages arranged as a whole.
 */
import { hashUnit } from '../base/hash.ts';

/** What a unit of an experiment that interleaves is given, in place of a variant. */
export const INTERLEAVED = 'interleaved';

/** Which ranker an item speaks for. */
export const NEITHER = 0;
export const FIRST = 1;
export const SECOND = 2;

export interface Interleaved {
  readonly items: readonly number[];
  /** `FIRST`, `SECOND` or `NEITHER` of each item. [items] */
  readonly team: Uint8Array;
}

export interface Coin {
  readonly seed: number;
  /** The request's, or whatever the draws are to hang on. */
  readonly name: string;
}

/** Rankings are of ids without repeats, best first. At most `length` items. */
export function teamDraft(
  first: readonly number[],
  second: readonly number[],
  length: number,
  { seed, name }: Coin,
): Interleaved {
  const items: number[] = [];
  const teams: number[] = [];
  const taken = new Set<number>();
  const rankings = [first, second];
  const at = [0, 0];
  const add = (item: number, team: number): void => {
    taken.add(item);
    items.push(item);
    teams.push(team);
  };
  const next = (side: number): number | undefined => {
    const ranking = rankings[side]!;
    while (at[side]! < ranking.length && taken.has(ranking[at[side]!]!)) at[side]!++;
    return ranking[at[side]!];
  };
  for (let round = 0; items.length < length; round++) {
    const picks = [next(0), next(1)];
    if (picks[0] === undefined && picks[1] === undefined) break;
    if (picks[0] === picks[1]) {
      add(picks[0]!, NEITHER);
      continue;
    }
    const begins = hashUnit(seed, `${name}:${round}`) < 0.5 ? 0 : 1;
    for (const side of [begins, 1 - begins]) {
      const item = picks[side];
      if (item !== undefined && items.length < length) add(item, side === 0 ? FIRST : SECOND);
    }
  }
  return { items, team: Uint8Array.from(teams) };
}

/** At most `length` items; no teams, for credit follows from the clicks. */
export function balanced(
  first: readonly number[],
  second: readonly number[],
  length: number,
  { seed, name }: Coin,
): readonly number[] {
  const items: number[] = [];
  const taken = new Set<number>();
  const firstLeads = hashUnit(seed, `${name}:lead`) < 0.5;
  let [i, j] = [0, 0];
  while (items.length < length && (i < first.length || j < second.length)) {
    const fromFirst = j >= second.length || (i < first.length && (i < j || (i === j && firstLeads)));
    const item = fromFirst ? first[i++]! : second[j++]!;
    if (taken.has(item)) continue;
    taken.add(item);
    items.push(item);
  }
  return items;
}

/** +1: the clicks speak for the first ranker, −1: for the second, 0: for neither. clicked: places in the list, from 0. */
export function teamDraftCredit({ team }: Interleaved, clicked: readonly number[]): -1 | 0 | 1 {
  let lead = 0;
  for (const place of clicked) lead += team[place] === FIRST ? 1 : team[place] === SECOND ? -1 : 0;
  return Math.sign(lead) as -1 | 0 | 1;
}

/** The same for a balanced list. */
export function balancedCredit(
  items: readonly number[],
  { first, second }: { readonly first: readonly number[]; readonly second: readonly number[] },
  clicked: readonly number[],
): -1 | 0 | 1 {
  const places = (ranking: readonly number[]): number[] => items.map((item) => ranking.indexOf(item) + 1);
  return creditByPlaces(places(first), places(second), clicked);
}

/** The same from the places, 1 and up, that the list's items have in the rankings; 0 where they have none. */
export function creditByPlaces(
  first: readonly number[],
  second: readonly number[],
  clicked: readonly number[],
): -1 | 0 | 1 {
  if (clicked.length === 0) return 0;
  const lowest = Math.max(...clicked);
  const placeOf = (places: readonly number[]): number => places[lowest]! || Number.POSITIVE_INFINITY;
  const depth = Math.min(placeOf(first), placeOf(second));
  const inTop = (place: number): number => (place > 0 && place <= depth ? 1 : 0);
  let lead = 0;
  for (const at of clicked) lead += inTop(first[at]!) - inTop(second[at]!);
  return Math.sign(lead) as -1 | 0 | 1;
}
