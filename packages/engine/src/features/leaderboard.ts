/**
 * Counts of listings, kept sorted: adding or taking away one moves a listing to the neighbouring node, so the order is
 * always exact and each step costs O(1) (the doubly linked list of counts of Shah, Mitra and Matani's LFU cache, 2010).
 * A listing is on one board at a time; boards are categories, or the single board 0.
 */
import { type Column, int32Column, uint8Column } from '../base/column.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

const NONE = -1;

/** The first of a board as they were when they were asked for. */
interface Kept {
  readonly listings: Int32Array;
  asked: number;
  size: number;
}

export class Leaderboard {
  // Columns, [listings].
  readonly #nodeOf = int32Column(NONE);
  readonly #next = int32Column(NONE);
  readonly #previous = int32Column(NONE);
  // Columns, [nodes]: all listings of one board with one count. Free nodes are chained through #lower.
  readonly #count = int32Column();
  readonly #first = int32Column(NONE);
  readonly #higher = int32Column(NONE);
  readonly #lower = int32Column(NONE);
  readonly #board = int32Column();
  #free = NONE;
  // Columns, [boards].
  readonly #top = int32Column(NONE);
  readonly #bottom = int32Column(NONE);
  /** 1 where `#kept` has what a walk down the board would find: most boards are read more often than they change. */
  readonly #isKept = uint8Column();
  readonly #kept: (Kept | undefined)[] = [];

  count(listing: number): number {
    const node = listing < this.#nodeOf.length ? this.#nodeOf.data[listing]! : NONE;
    return node === NONE ? 0 : this.#count.data[node]!;
  }

  increment(listing: number, board: number): void {
    this.#grow(listing, board);
    const from = this.#nodeOf.data[listing]!;
    const target = from === NONE ? 1 : this.#count.data[from]! + 1;
    const above = from === NONE ? this.#bottom.data[board]! : this.#higher.data[from]!;
    const to =
      above !== NONE && this.#count.data[above] === target ? above : this.#insertNode(target, from, above, board);
    if (from !== NONE) this.#leave(listing, from);
    this.#enter(listing, to);
  }

  /** Takes one away; a listing without a count is left alone. */
  decrement(listing: number): void {
    const from = listing < this.#nodeOf.length ? this.#nodeOf.data[listing]! : NONE;
    if (from === NONE) return;
    const target = this.#count.data[from]! - 1;
    const below = this.#lower.data[from]!;
    let to = NONE;
    if (target > 0)
      to =
        below !== NONE && this.#count.data[below] === target
          ? below
          : this.#insertNode(target, below, from, this.#board.data[from]!);
    this.#leave(listing, from);
    if (to !== NONE) this.#enter(listing, to);
  }

  /** Moves a listing that changed its category, with its count. */
  rehome(listing: number, board: number): void {
    const count = this.count(listing);
    if (count === 0 || this.#board.data[this.#nodeOf.data[listing]!] === board) return;
    this.#grow(listing, board);
    this.#leave(listing, this.#nodeOf.data[listing]!);
    let lower = NONE;
    let higher = this.#bottom.data[board]!;
    while (higher !== NONE && this.#count.data[higher]! < count) {
      lower = higher;
      higher = this.#higher.data[higher]!;
    }
    const exists = higher !== NONE && this.#count.data[higher] === count;
    this.#enter(listing, exists ? higher : this.#insertNode(count, lower, higher, board));
  }

  /** Writes the first `limit` listings of a board into `out`, highest count first, and returns how many there were. */
  top(board: number, limit: number, out: Int32Array): number {
    if (board >= this.#top.length) return 0;
    let kept = this.#kept[board];
    // One that was asked for more than there is knows all.
    const known =
      kept !== undefined && this.#isKept.data[board] === 1 && (limit <= kept.asked || kept.size < kept.asked);
    if (!known) {
      if (kept === undefined || kept.listings.length < limit) {
        kept = { listings: new Int32Array(limit), asked: limit, size: 0 };
        this.#kept[board] = kept;
      }
      kept.asked = limit;
      kept.size = this.#walk(board, limit, kept.listings);
      this.#isKept.data[board] = 1;
    }
    const { listings, size } = kept!;
    const written = Math.min(limit, size);
    for (let i = 0; i < written; i++) out[i] = listings[i]!;
    return written;
  }

  #walk(board: number, limit: number, out: Int32Array): number {
    let written = 0;
    for (let node = this.#top.data[board]!; node !== NONE && written < limit; node = this.#lower.data[node]!) {
      for (
        let listing = this.#first.data[node]!;
        listing !== NONE && written < limit;
        listing = this.#next.data[listing]!
      )
        out[written++] = listing;
    }
    return written;
  }

  #grow(listing: number, board: number): void {
    if (listing >= this.#nodeOf.length)
      for (const column of [this.#nodeOf, this.#next, this.#previous]) column.resize(listing + 1);
    if (board >= this.#top.length)
      for (const column of [this.#top, this.#bottom, this.#isKept]) column.resize(board + 1);
  }

  #insertNode(count: number, lower: number, higher: number, board: number): number {
    const node = this.#free === NONE ? this.#newNode() : this.#free;
    if (node === this.#free) this.#free = this.#lower.data[node]!;
    this.#count.data[node] = count;
    this.#first.data[node] = NONE;
    this.#board.data[node] = board;
    this.#lower.data[node] = lower;
    this.#higher.data[node] = higher;
    if (lower === NONE) this.#bottom.data[board] = node;
    else this.#higher.data[lower] = node;
    if (higher === NONE) this.#top.data[board] = node;
    else this.#lower.data[higher] = node;
    return node;
  }

  #newNode(): number {
    for (const column of [this.#first, this.#higher, this.#lower, this.#board]) column.push(NONE);
    return this.#count.push(0);
  }

  #removeNode(node: number): void {
    const lower = this.#lower.data[node]!;
    const higher = this.#higher.data[node]!;
    const board = this.#board.data[node]!;
    if (lower === NONE) this.#bottom.data[board] = higher;
    else this.#higher.data[lower] = higher;
    if (higher === NONE) this.#top.data[board] = lower;
    else this.#lower.data[higher] = lower;
    this.#lower.data[node] = this.#free;
    this.#free = node;
  }

  #leave(listing: number, node: number): void {
    this.#isKept.data[this.#board.data[node]!] = 0;
    const next = this.#next.data[listing]!;
    const previous = this.#previous.data[listing]!;
    if (next !== NONE) this.#previous.data[next] = previous;
    if (previous !== NONE) this.#next.data[previous] = next;
    else this.#first.data[node] = next;
    this.#nodeOf.data[listing] = NONE;
    if (this.#first.data[node] === NONE) this.#removeNode(node);
  }

  #enter(listing: number, node: number): void {
    this.#isKept.data[this.#board.data[node]!] = 0;
    const first = this.#first.data[node]!;
    this.#next.data[listing] = first;
    this.#previous.data[listing] = NONE;
    if (first !== NONE) this.#previous.data[first] = listing;
    this.#first.data[node] = listing;
    this.#nodeOf.data[listing] = node;
  }

  save(out: SnapshotWriter, name: string): void {
    for (const [part, column] of this.#columns()) column.save(out, `${name}.${part}`);
    out.json(`${name}.free`, this.#free);
  }

  load(from: SnapshotReader, name: string): void {
    for (const [part, column] of this.#columns()) column.load(from, `${name}.${part}`);
    this.#free = from.json<number>(`${name}.free`);
    this.#isKept.resize(this.#top.length);
    this.#isKept.data.fill(0);
  }

  #columns(): [string, Column<Int32Array>][] {
    return [
      ['node-of', this.#nodeOf],
      ['next', this.#next],
      ['previous', this.#previous],
      ['count', this.#count],
      ['first', this.#first],
      ['higher', this.#higher],
      ['lower', this.#lower],
      ['board', this.#board],
      ['top', this.#top],
      ['bottom', this.#bottom],
    ];
  }
}
