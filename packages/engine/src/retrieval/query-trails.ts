/**
 * What each buyer searched for last and what came of it, and which queries led to each listing. A query's row may be given to
 * another, so its turn is kept beside it.
 */
import { float64Column, int32Column, uint8Column } from '../base/column.ts';
import { IntLists } from '../base/int-lists.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { Millis } from '../base/units.ts';

/** What comes of a search comes so soon. */
const SUCCESS_MS = 1_800_000;
/** Queries that led to a listing; the latest. */
const QUERIES_OF_LISTING_MAX = 8;

/** Whose rows are kept. */
export interface Turns {
  /** How often the row has been given out; 0 while it is nobody's. */
  turnOf(row: number): number;
}

export class QueryTrails implements Part {
  readonly #turns: Turns;
  // Columns, all [buyers]: the last search, the turn of its row, and which successes it has had.
  readonly #lastQuery = int32Column(-1);
  readonly #lastTurn = int32Column();
  readonly #lastAt = float64Column();
  readonly #reached = uint8Column();
  /** A row and its turn for each query that led there, the latest last. [listings] */
  readonly #ofListing = new IntLists();

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  begin(buyer: number, row: number, at: Millis): void {
    for (const [, column] of this.#columns()) column.resize(buyer + 1);
    this.#lastQuery.data[buyer] = row;
    this.#lastTurn.data[buyer] = this.#turns.turnOf(row);
    this.#lastAt.data[buyer] = at;
    this.#reached.data[buyer] = 0;
  }

  /** The buyer searched for something that is not counted, or the buyer's row is nobody's again. */
  end(buyer: number): void {
    if (buyer < 0 || buyer >= this.#lastQuery.length) return;
    for (const [, column] of this.#columns()) column.reset(buyer);
  }

  /** What the buyer searched for last, or -1. */
  lastOf(buyer: number): number {
    if (buyer < 0 || buyer >= this.#lastQuery.length) return -1;
    const row = this.#lastQuery.data[buyer]!;
    return row >= 0 && this.#isOf(row, this.#lastTurn.data[buyer]!) ? row : -1;
  }

  /** The same where it was just before `at`. */
  recentOf(buyer: number, at: Millis): number {
    const row = this.lastOf(buyer);
    return row >= 0 && Math.abs(at - this.#lastAt.data[buyer]!) <= SUCCESS_MS ? row : -1;
  }

  /** Whether it is the first success of its kind for the buyer's last search. */
  reaches(buyer: number, success: number): boolean {
    const bit = 1 << success;
    const isFirst = (this.#reached.data[buyer]! & bit) === 0;
    this.#reached.data[buyer]! |= bit;
    return isFirst;
  }

  lead(row: number, listing: number): void {
    this.#ofListing.reserve(listing + 1);
    const before = this.#ofListing.view(listing);
    const turn = this.#turns.turnOf(row);
    if (before.at(-2) === row && before.at(-1) === turn) return;
    const kept: number[] = [];
    for (const other of this.leadingTo(listing)) if (other !== row) kept.push(other, this.#turns.turnOf(other));
    const latest = Int32Array.of(...kept.slice(-2 * (QUERIES_OF_LISTING_MAX - 1)), row, turn);
    this.#ofListing.set(listing, latest, latest.length);
  }

  /** Rows of the queries that led to the listing, the latest last. */
  leadingTo(listing: number): readonly number[] {
    const kept = this.#ofListing.view(listing);
    const rows: number[] = [];
    for (let i = 0; i < kept.length; i += 2) if (this.#isOf(kept[i]!, kept[i + 1]!)) rows.push(kept[i]!);
    return rows;
  }

  #isOf(row: number, turn: number): boolean {
    return this.#turns.turnOf(row) === turn;
  }

  save(out: SnapshotWriter): void {
    for (const [name, column] of this.#columns()) column.save(out, `query-trails.${name}`);
    this.#ofListing.save(out, 'query-trails.of-listing');
  }

  load(from: SnapshotReader): void {
    for (const [name, column] of this.#columns()) column.load(from, `query-trails.${name}`);
    this.#ofListing.load(from, 'query-trails.of-listing');
  }

  #columns() {
    return [
      ['last-query', this.#lastQuery],
      ['last-turn', this.#lastTurn],
      ['last-at', this.#lastAt],
      ['reached', this.#reached],
    ] as const;
  }
}
