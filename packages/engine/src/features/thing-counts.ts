/**
 * How often what is no listing (a suggested query, a shop, a module of a page) was seen and used, by where it stood: of each thing
 * in each placement, pairs of counts by position. What clients report with the tokens of items that they were given.
 */
import type { ThingKind } from '@rialto/sdk';
import { Interner } from '../base/interner.ts';
import { NumberLists } from '../base/number-lists.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

/** Positions told apart; those behind count as the last. */
const POSITIONS_MAX = 32;

export interface Thing {
  readonly kind: ThingKind;
  readonly placement: string;
  readonly id: string;
  /** A kind of visitor; absent for all of them. */
  readonly stage?: string;
}

export class ThingCounts implements Part {
  readonly #ids = new Interner('things.ids');
  readonly #counts = new NumberLists(); // [things] of [positions × 2]

  count(thing: Thing, position: number, used: boolean): void {
    const cells = this.#counts.own(this.#ids.intern(nameOf(thing)));
    const at = 2 * Math.min(position, POSITIONS_MAX - 1);
    while (cells.length < at + 2) cells.push(0);
    cells[at + (used ? 1 : 0)]!++;
  }

  /** Seen, used, seen, used, …, by position; empty where nothing was reported. */
  at(thing: Thing): readonly number[] {
    const row = this.#ids.find(nameOf(thing));
    return row < 0 ? NONE : this.#counts.get(row);
  }

  /** At all positions. What was used has been seen, whether that was reported or not. */
  rateOf(thing: Thing): { readonly seen: number; readonly used: number } {
    const cells = this.at(thing);
    let seen = 0;
    let used = 0;
    for (let i = 0; i < cells.length; i += 2) {
      seen += Math.max(cells[i]!, cells[i + 1]!);
      used += cells[i + 1]!;
    }
    return { seen, used };
  }

  save(out: SnapshotWriter): void {
    this.#ids.save(out);
    this.#counts.save(out, 'things.counts');
  }

  load(from: SnapshotReader): void {
    this.#ids.load(from);
    this.#counts.load(from, 'things.counts');
  }
}

const NONE: readonly number[] = [];

/** Ids hold no control characters. */
const nameOf = ({ kind, placement, id, stage = '' }: Thing): string => [kind, placement, id, stage].join('\u0000');
