/**
 * Buyers in columns. A buyer is whoever can be told apart: a signed-in buyer, else a session (an anonymous device), else,
 * for a purchase that names neither, its order. Rows of forgotten buyers are given out again.
 */
import { float64Column, int32Column, uint8Column, uint32Column } from '../base/column.ts';
import { hash32 } from '../base/hash.ts';
import { Interner } from '../base/interner.ts';
import { KeyTable } from '../base/key-table.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, type Millis } from '../base/units.ts';

/** Countries that are told apart, in whatever spelling they came first. Web pages name them, and counts are kept of each. */
const COUNTRIES_MAX = 1_000;
/** As the day on which somebody was seen last: of nobody's row, and of one whose buyer is being forgotten. */
const NOBODY = 0x7fffffff;
const LEAVING = -1;

/** The key under which a buyer is interned; `undefined` where nobody can be told apart. Ids hold no control characters, so keys never meet. */
export function buyerKey(who: {
  readonly buyer?: string;
  readonly session?: string;
  readonly order?: string;
}): string | undefined {
  if (who.buyer !== undefined) return who.buyer;
  if (who.session !== undefined) return `\u0001${who.session}`;
  return who.order === undefined ? undefined : `\u0002${who.order}`;
}

/** Days since 1970. */
export interface IdleBefore {
  readonly anonymousBefore: number;
  readonly namedBefore: number;
}

/** Whether the key is that of a session or of an order without a buyer. */
const isAnonymous = (key: string): boolean => key.charCodeAt(0) <= 2;

export class Buyers implements Part {
  readonly keys = new KeyTable('buyers.keys');
  readonly countries = new Interner('buyers.countries');

  // Columns, all [buyers].
  readonly orders = int32Column();
  readonly lines = int32Column();
  /** Lines of listings that the buyer had bought before. */
  readonly repeatLines = int32Column();
  /** Of all pieces bought: what the mean price comes from. */
  readonly spentMicros = float64Column();
  readonly pieces = float64Column();
  readonly lastOrderAt = float64Column();
  readonly country = int32Column(-1);
  readonly #lastOrder = uint32Column();
  /** Days since 1970, by the log's time. */
  readonly #seenOn = int32Column(NOBODY);
  /** 1 where the key names a session or an order. */
  readonly #anonymous = uint8Column();
  /** Whom the search for idle buyers looks at next. */
  hand = 0;

  get size(): number {
    return this.keys.size;
  }

  /** Rows up to the highest that was given out. */
  get rows(): number {
    return this.keys.rows;
  }

  /** The row of the buyer, made if new, who was heard of at `at`. */
  put(key: string, at: Millis): number {
    const row = this.keys.intern(key);
    if (row === this.orders.length) for (const [, column] of this.#columns()) column.resize(row + 1);
    if (this.#seenOn.data[row] === NOBODY) this.#anonymous.data[row] = isAnonymous(key) ? 1 : 0;
    this.#seenOn.data[row] = dayOf(at);
    return row;
  }

  /** The row of a buyer who was heard of at `at`, or -1. */
  meet(key: string, at: Millis): number {
    const row = this.keys.find(key);
    if (row >= 0) this.#seenOn.data[row] = dayOf(at);
    return row;
  }

  /**
   * Moves the hand on, by at most so many rows, to one whose buyer was seen last before the day, or is being forgotten already. Returns by how
   * many; where that is the most, it found none.
   */
  seekIdle(rowsMax: number, { anonymousBefore, namedBefore }: IdleBefore): number {
    const seenOn = this.#seenOn.data;
    const anonymous = this.#anonymous.data;
    const { rows } = this;
    for (let passed = 0; passed < rowsMax; passed++) {
      if (this.hand >= rows) this.hand = 0;
      if (seenOn[this.hand]! < (anonymous[this.hand] === 1 ? anonymousBefore : namedBefore)) return passed;
      this.hand++;
    }
    return rowsMax;
  }

  /** Nobody finds the buyer any more; the row is nobody else's before `release`. */
  remove(row: number): void {
    if (this.#seenOn.data[row] === LEAVING) return;
    this.keys.remove(row);
    this.#seenOn.data[row] = LEAVING;
  }

  /** The row of a removed buyer may be given out again, as if it were new. */
  release(row: number): void {
    for (const [, column] of this.#columns()) column.reset(row);
    this.keys.release(row);
  }

  /** Of a country beyond those that are told apart nothing is known. */
  setCountry(row: number, country: string): void {
    const { countries } = this;
    const known = countries.size < COUNTRIES_MAX ? countries.intern(country) : countries.find(country);
    if (known >= 0) this.country.data[row] = known;
  }

  /** Counts a line of an order; a line of another order than the line before opens a new order. Returns which order of the buyer it is, from 1. */
  countLine(row: number, line: { order: string; at: number; quantity: number; priceMicros: number }): number {
    // Zero marks "no order yet", so a hash is never zero.
    const order = hash32(line.order) || 1;
    if (this.#lastOrder.data[row] !== order) {
      this.#lastOrder.data[row] = order;
      this.orders.data[row]!++;
    }
    this.lines.data[row]!++;
    this.pieces.data[row]! += line.quantity;
    this.spentMicros.data[row]! += line.quantity * line.priceMicros;
    this.lastOrderAt.data[row] = Math.max(this.lastOrderAt.data[row]!, line.at);
    return this.orders.data[row]!;
  }

  save(out: SnapshotWriter): void {
    this.keys.save(out);
    this.countries.save(out);
    out.json('buyers.hand', this.hand);
    for (const [name, column] of this.#columns()) column.save(out, name);
  }

  load(from: SnapshotReader): void {
    this.keys.load(from);
    this.countries.load(from);
    this.hand = from.json<number>('buyers.hand');
    for (const [name, column] of this.#columns()) column.load(from, name);
  }

  #columns() {
    return [
      ['buyers.orders', this.orders],
      ['buyers.lines', this.lines],
      ['buyers.repeat-lines', this.repeatLines],
      ['buyers.spent', this.spentMicros],
      ['buyers.pieces', this.pieces],
      ['buyers.last-order-at', this.lastOrderAt],
      ['buyers.country', this.country],
      ['buyers.last-order', this.#lastOrder],
      ['buyers.seen-on', this.#seenOn],
      ['buyers.anonymous', this.#anonymous],
    ] as const;
  }
}
