/**
 * What each candidate source alone would list on one page, how the ranker orders it all, and what of it the buyer wanted: a page as
 * learning/source-allocation.ts takes it.
 * A source divides its limit among what speaks (a quarter from the page, half from the last week …), so that its list at 500 places does not begin
 * with the one at 50: it is asked for more and more, and what comes new goes to the end.
 */
import type { Placement, SourceName } from '@rialto/sdk';
import type { State } from '../delivery/state.ts';
import type { Workspace } from '../delivery/workspace.ts';
import { CANDIDATES_MAX, sourceBit } from '../features/candidates.ts';
import type { Moment } from '../features/moment.ts';
import type { SourcePage } from '../learning/source-allocation.ts';
import { filterCandidates } from '../ranking/filter.ts';
import { scoreCandidates } from '../ranking/ranker.ts';
import type { CompiledRules } from '../ranking/rules.ts';
import { retrieve } from '../retrieval/retrieve.ts';

const LIMITS = [16, 26, 42, 68, 110, 180, 290, 512] as const;
const PINNED = sourceBit('pinned');
/** Candidates scored at a time. */
const CHUNK = CANDIDATES_MAX / 2;

/** A page that `openPage` has been called for. */
export interface OpenedPage {
  readonly state: State;
  readonly workspace: Workspace;
  readonly moment: Moment;
  readonly excluded: ReadonlySet<number>;
  readonly shown: ReadonlySet<number>;
}

/** Of listings that the buyer wanted, those that the placement might have shown. wanted: listing rows */
export function showable(opened: OpenedPage, placement: Placement, wanted: Iterable<number>): number[] {
  const { candidates } = opened.workspace;
  begin(opened);
  for (const row of wanted) candidates.add(row, PINNED);
  filter(opened, placement);
  const kept: number[] = [];
  for (let i = 0; i < candidates.size; i++) if (candidates.dropped[i] === undefined) kept.push(candidates.listing[i]!);
  return kept;
}

export function listSources(
  opened: OpenedPage,
  placement: Placement,
  sources: readonly SourceName[],
  wanted: readonly number[],
): SourcePage {
  const numbers = new Map<number, number>();
  const lists = sources.map((source) => {
    const list: number[] = [];
    const known = new Set<number>();
    for (const limit of LIMITS) {
      bring(opened, [{ source, limit }]);
      const { candidates } = opened.workspace;
      for (let i = 0; i < candidates.size; i++) {
        const row = candidates.listing[i]!;
        if (known.has(row) || !isSent(opened, row)) continue;
        known.add(row);
        list.push(numberOf(numbers, row));
      }
      if (candidates.size < limit) break;
    }
    return Int32Array.from(list);
  });
  const listed = wanted.map((row) => numbers.get(row)).filter((number) => number !== undefined);
  const ranking = rankingOf(opened, placement, [...numbers.keys()]);
  return { items: numbers.size, lists, ranking, wanted: Int32Array.from(listed), wantedCount: wanted.length };
}

/** Others leave their places in live retrieval. */
function isSent({ state: { market }, moment: { ships } }: OpenedPage, row: number): boolean {
  return ships === undefined || market.listings.shipping.reaches(row, ships);
}

/** By the ranker that serves: indices of `rows` that may be shown. What a listing scores does not depend on the other candidates. */
function rankingOf(opened: OpenedPage, placement: Placement, rows: readonly number[]): Int32Array {
  const scores = new Float64Array(rows.length);
  const kept: number[] = [];
  for (let from = 0; from < rows.length; from += CHUNK) {
    const { candidates } = opened.workspace;
    // Not as retrieval begins: what is not sent to the buyer has to stay in its place here.
    candidates.begin();
    for (const row of rows.slice(from, from + CHUNK)) candidates.add(row, PINNED);
    score(opened, placement);
    for (let i = 0; i < candidates.size; i++) {
      scores[from + i] = candidates.score[i]!;
      if (candidates.dropped[i] === undefined) kept.push(from + i);
    }
  }
  return Int32Array.from(kept.sort((a, b) => scores[b]! - scores[a]! || a - b));
}

/** Filters and scores the candidates in the workspace. */
export function score(opened: OpenedPage, placement: Placement): void {
  const { state, workspace, moment } = opened;
  const { market, signals } = state;
  const { candidates, evidence, matrix } = workspace;
  const rules = filter(opened, placement);
  scoreCandidates(state.rankerOf(placement), matrix, { moment, market, signals, evidence, candidates }, rules);
}

function filter({ state, workspace, moment, excluded, shown }: OpenedPage, placement: Placement): CompiledRules {
  const rules = workspace.rulesOf(placement, state);
  filterCandidates(workspace.candidates, { moment, market: state.market, rules, excluded, shown });
  return rules;
}

/** Leaves what the sources bring in the workspace. */
export function bring(opened: OpenedPage, sources: Placement['sources']): void {
  const { state, workspace, moment } = opened;
  const { market, signals, texts } = state;
  const { evidence, candidates, scratch, keys } = workspace;
  begin(opened);
  retrieve(sources, { moment, market, signals, evidence, texts, candidates, scratch, keys });
}

function begin({ state, workspace, moment }: OpenedPage): void {
  workspace.candidates.begin(moment.ships, state.market.listings.shipping.setOf.data);
}

function numberOf(numbers: Map<number, number>, row: number): number {
  const known = numbers.get(row);
  if (known !== undefined) return known;
  numbers.set(row, numbers.size);
  return numbers.size - 1;
}
