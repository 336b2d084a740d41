/**
 * Plays the past and shows each placement's study (source-study.ts) its pages, as they were seen from the state of that moment: pages that were decided,
 * or, for placements that nobody asked for yet, the start of each visit that ended in an order.
 */
import type { DecideRequest, Placement } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { millis } from '../base/units.ts';
import { applyRecord } from '../delivery/apply.ts';
import { openPage } from '../delivery/decide.ts';
import { type RebuildInput, rebuild } from '../delivery/rebuild.ts';
import type { State } from '../delivery/state.ts';
import { Workspace } from '../delivery/workspace.ts';
import { resolveMoment } from '../features/moment.ts';
import type { SourceLists } from '../retrieval/learned-sources.ts';
import type { Basket } from './history.ts';
import type { Replay } from './replay.ts';
import type { OpenedPage } from './source-lists.ts';
import type { PastPage, PlacementPages, Witness } from './source-pages.ts';
import { type PlacementStudy, SourceStudy } from './source-study.ts';
import { learnListings } from './train-ranker.ts';

/** Of the orders, the latest that pages are made of, and how many of those. */
const ORDERS_SHARE = 0.25;
const ORDERS_MAX = 1_000;

export interface StudiedPlacement extends PlacementStudy {
  /** What was looked at; absent where there was nothing to look at. */
  readonly basis?: 'pages' | 'orders';
  readonly witness?: Witness;
}

export type StudyProgress = (done: number, all: number, what: string) => void;

export interface StudyInput {
  /** What was learned before and serves, by placement. */
  readonly serving: SourceLists;
  /** Gain that a candidate has to bring (learning/source-allocation.ts); 0 where absent. */
  readonly cost?: number;
  /** Microseconds from any beginning. */
  readonly stopwatch: () => number;
  readonly onProgress?: StudyProgress;
}

/** Of placements that have pages. */
export async function studyPages(
  { log, checkpoints }: Pick<RebuildInput, 'log' | 'checkpoints'>,
  pages: ReadonlyMap<string, PlacementPages>,
  placements: ReadonlyMap<string, Placement>,
  { serving, cost = 0, stopwatch, onProgress }: StudyInput,
): Promise<StudiedPlacement[]> {
  const all = [...pages.values()].flatMap((of) => of.pages).sort((a, b) => a.stateOffset - b.stateOffset);
  if (all.length === 0) return [];
  const studies = new Map(
    [...pages].map(([id, { pages: own }]) => [
      id,
      new SourceStudy({
        placement: placements.get(id)!,
        serving: serving.get(id),
        planned: own.length,
        cost,
        stopwatch,
      }),
    ]),
  );
  const state = await rebuild({ log, ...(checkpoints && { checkpoints }), offset: all[0]!.stateOffset });
  const workspace = new Workspace();
  let next = 0;
  const lookHere = (): void => {
    for (; all[next]?.stateOffset === state.offset; next++) {
      const page = all[next]!;
      const { ids } = state.market.listings;
      studies.get(page.placement)!.look(openedAs(page, state, workspace), rowsOf(page.wanted, ids));
      if (next % 20 === 0) onProgress?.(next, all.length, 'asking the sources of pages that led to something');
    }
  };
  lookHere();
  for await (const { records } of log.read(0, state.offset, all.at(-1)!.stateOffset))
    for (const record of records) {
      applyRecord(state, record);
      lookHere();
    }
  return [...studies].map(([id, study]) => ({ ...study.result(), basis: 'pages', witness: pages.get(id)!.witness }));
}

/** Plays `replay` to the last of the orders. Each order is a page without a listing, a cart or a query. */
export function studyOrders(
  replay: Replay,
  baskets: readonly Basket[],
  placements: readonly Placement[],
  {
    serving,
    cost = 0,
    stopwatch,
    onProgress,
    seed,
    ranker,
  }: StudyInput & { readonly seed: number; readonly ranker?: Uint8Array | undefined },
): StudiedPlacement[] {
  const begin =
    baskets.length - Math.max(Math.floor(ORDERS_SHARE * baskets.length), Math.min(baskets.length, ORDERS_MAX));
  const every = Math.max(1, Math.floor((baskets.length - begin) / ORDERS_MAX));
  const looked = baskets.slice(begin).filter((_, i) => i % every === 0);
  const studies = placements.map(
    (placement) =>
      new SourceStudy({ placement, serving: serving.get(placement.id), planned: looked.length, cost, stopwatch }),
  );
  replay.upTo(looked[0]!.first);
  serveWherePossible(replay, ranker);
  const { market } = replay.state;
  const past = baskets.slice(0, begin);
  onProgress?.(0, looked.length, `training on the ${past.length} orders before`);
  if (past.length > 0) learnListings(replay, past, seed, true);
  looked.forEach((basket, i) => {
    replay.upTo(basket.first);
    const { buyer, country, at, listings } = basket;
    const wanted = rowsOf(listings, market.listings.ids);
    studies.forEach((study, s) => {
      const context = country === undefined ? {} : { context: { country } };
      const request = { buyer, placements: [placements[s]!.id], ...context };
      study.look(openedAs({ request, at, shown: [] }, replay.state, replay.workspace), wanted);
    });
    if (i % 20 === 0) onProgress?.(i, looked.length, 'asking the sources before each order');
  });
  return studies.map((study) => ({ ...study.result(), basis: 'orders', witness: 'purchase' }));
}

/** The untrained one serves where this version cannot serve it. */
function serveWherePossible(replay: Replay, ranker: Uint8Array | undefined): void {
  if (ranker === undefined) return;
  try {
    replay.serve('ranker', ranker);
  } catch (error) {
    if (!(error instanceof RialtoError && error.code === 'bad-model')) throw error;
  }
}

function openedAs(
  { request, at, shown }: Pick<PastPage, 'at' | 'shown'> & { readonly request: DecideRequest },
  state: State,
  workspace: Workspace,
): OpenedPage {
  const { market, signals } = state;
  const moment = resolveMoment(request, millis(at), signals.lastEventAt, market);
  openPage(workspace, { state, request, moment });
  const { ids } = market.listings;
  const excluded = new Set(rowsOf(request.exclude ?? [], ids));
  return { state, workspace, moment, excluded, shown: new Set(rowsOf(shown, ids)) };
}

const rowsOf = (listings: readonly string[], ids: State['market']['listings']['ids']): number[] =>
  listings.map((id) => ids.find(id)).filter((row) => row >= 0);
