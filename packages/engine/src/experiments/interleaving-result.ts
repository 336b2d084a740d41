/**
 * What interleaved lists say of two rankers: each list's clicks credit one of them or neither, a unit's lists are summed, and units are
 * counted by whom they preferred (sign test). Units, not lists, since one buyer's lists are alike.
 */
import { type SignTest, signTest } from '../statistics/sign-test.ts';
import { creditByPlaces, teamDraftCredit } from './interleaving.ts';

/** A list that somebody clicked on; items in order of position. */
export interface ClickedList {
  readonly unit: string;
  /** [items] */
  readonly teams: readonly number[];
  readonly first: readonly number[];
  readonly second: readonly number[];
  /** Places among the items, from 0. */
  readonly clicked: readonly number[];
  readonly method: string;
}

export interface InterleavingResult {
  /** That took part, whether or not they clicked. */
  readonly units: number;
  readonly lists: number;
  readonly listsClicked: number;
  /** Units that preferred either ranker, and those that clicked without a preference. */
  readonly preferred: { readonly first: number; readonly second: number; readonly neither: number };
  /** Of units with a preference, the share that preferred the second ranker. */
  readonly secondShare: SignTest['share'];
  readonly ci: SignTest['ci'];
  readonly p: number;
  readonly decision: 'first' | 'second' | 'no-difference-seen';
}

export function interleavingResult(
  lists: Iterable<ClickedList>,
  shown: { readonly units: number; readonly lists: number },
  alpha: number,
): InterleavingResult {
  const lead = new Map<string, number>();
  let listsClicked = 0;
  for (const list of lists) {
    listsClicked++;
    lead.set(list.unit, (lead.get(list.unit) ?? 0) + creditOf(list));
  }
  const preferred = { first: 0, second: 0, neither: 0 };
  for (const sum of lead.values()) preferred[sum > 0 ? 'first' : sum < 0 ? 'second' : 'neither']++;
  const { share, ci, p } = signTest(preferred.second, preferred.first, alpha);
  const decision = p >= alpha ? 'no-difference-seen' : share > 0.5 ? 'second' : 'first';
  return { ...shown, listsClicked, preferred, secondShare: share, ci, p, decision };
}

function creditOf({ method, teams, first, second, clicked }: ClickedList): number {
  if (method === 'team-draft') return teamDraftCredit({ items: [], team: Uint8Array.from(teams) }, clicked);
  return creditByPlaces(first, second, clicked);
}
