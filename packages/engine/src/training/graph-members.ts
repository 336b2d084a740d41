/**
 * Whom a graph of listings may be made of: each recommender of learning/, fitted on who bought what, or on what was met in one visit, and asked with a
 * history of a single item; what it answers are that item's edges. Of those that add up what single items say (EASE, the neighbourhood ridge, item-kNN,
 * RP3β, sequence rules) that is what they are; of the others (ALS, user-kNN, session-kNN) it is near to it.
 */
import { RECOMMENDER_KINDS, type RecommenderKind } from '../learning/recommender-kinds.ts';
import { SESSION_KINDS, type SessionKind } from '../learning/session-kinds.ts';
import type { Session } from '../learning/session-recommender.ts';
import { type SparseMatrix, sparseMatrix } from '../learning/sparse-matrix.ts';
import { topScores } from '../learning/top-scores.ts';
import type { ItemNumbers } from './graph-trials.ts';
import type { Visit } from './graph-visits.ts';

export const GRAPH_MEMBERS = [
  'ease',
  'neighbourhood-ridge',
  'item-knn',
  'rp3-beta',
  'implicit-als',
  'user-knn',
  'visit-neighbourhood-ridge',
  'visit-item-knn',
  'visit-rp3-beta',
  'session-knn',
  'sequence-rules',
] as const;
export type GraphMember = (typeof GRAPH_MEMBERS)[number];

/** Of each item, strongest first. */
export interface ItemEdges {
  readonly perItem: number;
  /** -1 where there are fewer. [items × perItem] */
  readonly targets: Int32Array;
  /** Above 0. [items × perItem] */
  readonly weights: Float32Array;
}

/** What they are fitted on. */
export interface Meetings {
  /** Who bought what. */
  readonly buyers: SparseMatrix;
  /** What was met in which visit. */
  readonly visits: SparseMatrix;
  /** What was looked at and bought after what, of visits in which something was looked at. */
  readonly sessions: readonly Session[];
  /** When the last visit ended. */
  readonly endAt: number;
}

/** Of the latest visits: a bound of time. */
const ENTRIES_MAX = 1_500_000;
/** Matrices of items by items are made of no more. */
const DENSE_ITEMS_MAX = 5_000;
/** Fewer teach nothing. */
const ROWS_MIN = 20;

export function meetingsOf(all: readonly Visit[], numbers: ItemNumbers): Meetings {
  const [buyers, bought, visits, met]: [number[], number[], number[], number[]] = [[], [], [], []];
  const sessions: Session[] = [];
  const rows = new Map<number, number>();
  let visit = 0;
  for (const { buyer, rows: listings, acts, endAt } of latest(all)) {
    const items = listings.map((row) => numbers.get(row) ?? -1);
    const row = rows.get(buyer) ?? rows.size;
    rows.set(buyer, row);
    items.forEach((item, i) => {
      if (item < 0) return;
      visits.push(visit);
      met.push(item);
      if (acts[i] !== 'buy') return;
      buyers.push(row);
      bought.push(item);
    });
    visit++;
    const clicks = Int32Array.from(items.filter((item, i) => item >= 0 && item !== items[i - 1]));
    if (clicks.length > 1 && acts.includes('look')) sessions.push({ clicks, time: endAt });
  }
  sessions.sort((a, b) => a.time - b.time);
  return {
    buyers: sparseMatrix(rows.size, numbers.size, buyers, bought),
    visits: sparseMatrix(visit, numbers.size, visits, met),
    sessions,
    endAt: sessions.at(-1)?.time ?? 0,
  };
}

function latest(visits: readonly Visit[]): readonly Visit[] {
  let entries = 0;
  let from = visits.length;
  while (from > 0 && entries < ENTRIES_MAX) entries += visits[--from]!.rows.length;
  return visits.slice(from);
}

/** Undefined of one that cannot be fitted on that. */
export function edgesOf(member: GraphMember, meetings: Meetings, perItem: number): ItemEdges | undefined {
  const { sessions, endAt } = meetings;
  const items = meetings.buyers.columnCount;
  if (member === 'session-knn' || member === 'sequence-rules') {
    if (sessions.length < ROWS_MIN) return undefined;
    const kind: SessionKind = member;
    const model = SESSION_KINDS[kind].fit(items, sessions, SESSION_KINDS[kind].start);
    return strongest(items, perItem, (item, scores) => model.score(item, endAt, scores));
  }
  const isOfVisits = member.startsWith('visit-');
  const kind = member.replace('visit-', '') as RecommenderKind;
  const matrix = isOfVisits ? meetings.visits : meetings.buyers;
  const isDense = items <= DENSE_ITEMS_MAX;
  // The ridge says nearly what EASE says, and stands in for it.
  if (matrix.rowCount < ROWS_MIN || member === (isDense ? 'neighbourhood-ridge' : 'ease')) return undefined;
  const model = RECOMMENDER_KINDS[kind].fit(matrix, RECOMMENDER_KINDS[kind].start);
  return strongest(items, perItem, (item, scores) => model.score(item, scores));
}

type Answer = (history: Int32Array, scores: Float32Array) => void;

function strongest(items: number, perItem: number, answer: Answer): ItemEdges {
  const targets = new Int32Array(items * perItem).fill(-1);
  const weights = new Float32Array(items * perItem);
  const scores = new Float32Array(items);
  const top = new Int32Array(perItem);
  const history = new Int32Array(1);
  for (let item = 0; item < items; item++) {
    history[0] = item;
    answer(history, scores);
    scores[item] = 0;
    const size = topScores(scores, perItem, top);
    for (let i = 0; i < size && scores[top[i]!]! > 0; i++) {
      targets[item * perItem + i] = top[i]!;
      weights[item * perItem + i] = scores[top[i]!]!;
    }
  }
  return { perItem, targets, weights };
}
