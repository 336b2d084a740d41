/**
 * Several rows of one id made into one: for each field the value that comes most often wins, of equals the one that came
 * last. Empty values do not count.
 *
 * Most ids come once, and for them only the values are kept: values are counted from an id's second row on.
 */
export type Value = string | number;
type Values = readonly (Value | undefined)[];

interface Tally {
  count: number;
  last: number;
}

interface Merging {
  readonly line: number;
  /** Of the first row. [fields] */
  readonly values: Values;
  rows: number;
  /** Absent while there is one row. [fields] */
  tallies?: (Map<Value, Tally> | undefined)[];
}

export interface Merged {
  readonly id: string;
  /** Of the first of its rows. */
  readonly line: number;
  readonly rows: number;
  /** [fields] */
  readonly values: Values;
}

export class RowMerge {
  readonly #byId = new Map<string, Merging>();

  get size(): number {
    return this.#byId.size;
  }

  /** `values` are always of the same fields. [fields] */
  add(id: string, line: number, values: Values): void {
    const merging = this.#byId.get(id);
    if (merging === undefined) {
      this.#byId.set(id, { line, values, rows: 1 });
      return;
    }
    merging.tallies ??= merging.values.map((value) => counted(undefined, value, 0));
    merging.tallies = merging.tallies.map((tallies, i) => counted(tallies, values[i], merging.rows));
    merging.rows++;
  }

  /** Each id once, in order of first appearance. What was given is forgotten. */
  *take(): Generator<Merged> {
    for (const [id, { line, rows, values, tallies }] of this.#byId) {
      this.#byId.delete(id);
      yield { id, line, rows, values: tallies?.map(winner) ?? values };
    }
  }
}

function counted(
  tallies: Map<Value, Tally> | undefined,
  value: Value | undefined,
  row: number,
): Map<Value, Tally> | undefined {
  if (value === undefined) return tallies;
  const tally = tallies?.get(value);
  if (tally === undefined) return (tallies ?? new Map<Value, Tally>()).set(value, { count: 1, last: row });
  tally.count++;
  tally.last = row;
  return tallies;
}

function winner(tallies: Map<Value, Tally> | undefined): Value | undefined {
  let best: Value | undefined;
  let most: Tally = { count: 0, last: -1 };
  for (const [value, tally] of tallies ?? []) {
    if (tally.count > most.count || (tally.count === most.count && tally.last > most.last)) {
      best = value;
      most = tally;
    }
  }
  return best;
}
