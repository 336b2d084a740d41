/**
 * When whoever holds a row was heard of last, to the day, and a hand that goes round the rows in search of those that are idle, a few at a
 * time. Rows that nobody holds, or whose holder is not to be forgotten, are never idle.
 */
import { int32Column, uint8Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, type Millis } from '../base/units.ts';

/** As days: of nobody's row, and of one whose holder is being forgotten. */
const NOBODY = 0x7fffffff;
const LEAVING = -1;

/** Who is idle: whoever was heard of last before the day. Days since 1970. */
export interface IdleBefore {
  readonly anonymousBefore: number;
  readonly namedBefore: number;
}

export class LastSeen implements Part {
  readonly #section: string;
  readonly #day = int32Column(NOBODY);
  /** 1 where the holder is known by a session or an order only. */
  readonly #anonymous = uint8Column();
  #hand = 0;

  /** `section` names the snapshot sections. */
  constructor(section: string) {
    this.#section = section;
  }

  /** The row that the hand is at. */
  get hand(): number {
    return this.#hand;
  }

  /** Somebody took the row. */
  begin(row: number, anonymous: boolean, at: Millis): void {
    this.#day.resize(row + 1);
    this.#anonymous.resize(row + 1);
    this.#anonymous.data[row] = anonymous ? 1 : 0;
    this.note(row, at);
  }

  note(row: number, at: Millis): void {
    this.#day.data[row] = dayOf(at);
  }

  /** The holder is being forgotten: idle until `end`. */
  leave(row: number): void {
    this.#day.data[row] = LEAVING;
  }

  isLeaving(row: number): boolean {
    return this.#day.data[row] === LEAVING;
  }

  /** The row is nobody's. */
  end(row: number): void {
    this.#day.data[row] = NOBODY;
  }

  /**
   * Moves the hand on, by at most so many rows, to one that is idle. Returns by how many; where that is the most, it found none.
   */
  seekIdle(rowsMax: number, { anonymousBefore, namedBefore }: IdleBefore): number {
    const day = this.#day.data;
    const anonymous = this.#anonymous.data;
    const rows = this.#day.length;
    if (rows === 0) return rowsMax;
    for (let passed = 0; passed < rowsMax; passed++) {
      if (this.#hand >= rows) this.#hand = 0;
      if (day[this.#hand]! < (anonymous[this.#hand] === 1 ? anonymousBefore : namedBefore)) return passed;
      this.#hand++;
    }
    return rowsMax;
  }

  save(out: SnapshotWriter): void {
    this.#day.save(out, `${this.#section}.seen-on`);
    this.#anonymous.save(out, `${this.#section}.anonymous`);
    out.json(`${this.#section}.hand`, this.#hand);
  }

  load(from: SnapshotReader): void {
    this.#day.load(from, `${this.#section}.seen-on`);
    this.#anonymous.load(from, `${this.#section}.anonymous`);
    this.#hand = from.json<number>(`${this.#section}.hand`);
  }
}
