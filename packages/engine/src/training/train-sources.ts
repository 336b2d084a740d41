/**
 * Learns which candidate sources to trust, placement by placement (learning/source-allocation.ts): on pages that were decided and what their visitors
 * then wanted, each seen from the state that decided it. A marketplace with orders and no decisions yet learns it for its personal pages, from the state
 * just before each order.
 */
import type { Placement, Ranker } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import type { CheckpointStore } from '../log/checkpoint.ts';
import type { Log } from '../log/log.ts';
import {
  packSources,
  placesOf,
  SOURCES_MODEL,
  type SourceLists,
  servedAs,
  unpackSources,
} from '../retrieval/learned-sources.ts';
import { basketsOf, type History } from './history.ts';
import { Replay } from './replay.ts';
import { decidedPages } from './source-pages.ts';
import { eligibleSources, PAGES_MIN } from './source-study.ts';
import { type StudiedPlacement, type StudyProgress, studyOrders, studyPages } from './study-placements.ts';

export interface SourcesCard {
  /** Times of the first and the last event that there were. */
  readonly from: number;
  readonly to: number;
  readonly logOffset: number;
  /** Gain that a candidate had to bring. */
  readonly cost: number;
  readonly placements: readonly StudiedPlacement[];
  readonly gates: { readonly reasons: readonly string[] };
}

export interface TrainedSources {
  readonly bytes: Uint8Array;
  readonly card: SourcesCard;
}

export interface SourceTraining {
  readonly log: Log;
  readonly checkpoints?: CheckpointStore;
  readonly history: History & { readonly serving: ReadonlyMap<string, Uint8Array> };
  readonly seed: number;
  /** Gain that a candidate has to bring (learning/source-allocation.ts); 0 where absent. */
  readonly cost?: number;
  /** Microseconds from any beginning. */
  readonly stopwatch: () => number;
  readonly onProgress?: StudyProgress;
}

/** Throws `no-data` where no placement has pages to learn from. Whether the model may serve is in the card. */
export async function trainSources(training: SourceTraining): Promise<TrainedSources> {
  const { log, checkpoints, history, seed, cost = 0, stopwatch, onProgress } = training;
  const serving = servingLists(history.serving.get(SOURCES_MODEL));
  const input = { serving, cost, stopwatch, ...(onProgress && { onProgress }) };
  const { dividable, single } = placementsIn(history);
  const pages = await decidedPages(log, history.events, dividable);
  const studied = await studyPages({ log, ...(checkpoints && { checkpoints }) }, pages, dividable, input);
  const personal = [...dividable.values()].filter((placement) => !pages.has(placement.id) && isPersonal(placement));
  const baskets = personal.length === 0 ? [] : basketsOf(history);
  if (baskets.length >= 2 * PAGES_MIN)
    studied.push(
      ...studyOrders(new Replay(history), baskets, personal, { ...input, seed, ranker: history.serving.get('ranker') }),
    );
  const known = new Set(studied.map(({ placement }) => placement));
  for (const placement of dividable.values())
    if (!known.has(placement.id)) studied.push(unstudied(placement, serving, 'too few of its pages led to something'));
  for (const placement of single)
    studied.push(unstudied(placement, new Map(), 'it has one source: there is nothing to divide'));
  return modelOf(studied, history, cost);
}

function modelOf(placements: readonly StudiedPlacement[], { events, end }: History, cost: number): TrainedSources {
  if (placements.every(({ basis }) => basis === undefined))
    throw new RialtoError(
      'no-data',
      `candidate sources are learned from ${2 * PAGES_MIN} pages that led to something, or orders of known buyers: ${reasonsOf(placements)}`,
    );
  const served = placements.filter(({ outcome }) => outcome === 'learned' || outcome === 'kept');
  const changed = placements.some(({ outcome }) => outcome === 'learned' || outcome === 'dropped');
  return {
    bytes: packSources(
      new Map(served.map(({ placement, byHand, after }) => [placement, { places: placesOf(byHand), sources: after }])),
    ),
    card: {
      from: events[0]!.event.at,
      to: events.at(-1)!.event.at,
      logOffset: end,
      cost,
      placements,
      gates: { reasons: changed ? [] : [`no placement gains: ${reasonsOf(placements)}`] },
    },
  };
}

const reasonsOf = (placements: readonly StudiedPlacement[]): string =>
  placements.map(({ placement, reason }) => `${placement}: ${reason}`).join('; ');

function unstudied(placement: Placement, serving: SourceLists, reason: string): StudiedPlacement {
  const kept = serving.get(placement.id);
  const byHand = placement.sources;
  const told = { placement: placement.id, byHand, reason };
  if (kept === undefined) return { ...told, after: byHand, outcome: 'by-hand' };
  return { ...told, after: servedAs(kept, placesOf(byHand)), outcome: 'kept' };
}

/** None where this version cannot serve them. */
function servingLists(bytes: Uint8Array | undefined): SourceLists {
  try {
    return bytes === undefined ? new Map() : unpackSources(bytes);
  } catch (error) {
    if (error instanceof RialtoError && error.code === 'bad-model') return new Map();
    throw error;
  }
}

/** Seen by whoever comes, whatever the page is about: an order tells what it should have shown. */
const isPersonal = ({ sources }: Placement): boolean => sources.some(({ source }) => source === 'history');

/** Those that rank listings, with the sources and rules of their rankers: with several sources, and with one. */
function placementsIn({ entities }: History) {
  const placements = new Map<string, Placement>();
  const rankers = new Map<string, Ranker>();
  for (const record of entities) {
    if (record.kind === 'placement') placements.set(record.entity.id, record.entity);
    else if (record.kind === 'ranker') rankers.set(record.entity.id, record.entity);
  }
  const dividable = new Map<string, Placement>();
  const single: Placement[] = [];
  for (const placement of placements.values()) {
    if ((placement.ranks ?? 'listings') !== 'listings') continue;
    const whole = withRanker(placement, placement.ranker === undefined ? undefined : rankers.get(placement.ranker));
    if (whole.sources.length === 0) continue;
    if (eligibleSources(whole).length > 1) dividable.set(whole.id, whole);
    else single.push(whole);
  }
  return { dividable, single };
}

function withRanker(placement: Placement, ranker: Ranker | undefined): Placement {
  if (ranker === undefined || ranker.removed === true) return placement;
  const { sources } = placement;
  const rules = [...(ranker.rules ?? []), ...(placement.rules ?? [])];
  return {
    ...placement,
    sources: sources.length === 0 ? (ranker.sources ?? []) : sources,
    ...(rules.length > 0 && { rules }),
  };
}
