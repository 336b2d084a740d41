/**
 * Several rows of one id made into one: for each field the value that comes most often wins, of equals the one that came
 * last. Empty values do not count.
 */
export type Value = string | number;

interface Tally {
  count: number;
  last: number;
}

/** Most ids come once: one value stands alone until another one disagrees. */
interface Single extends Tally {
  readonly value: Value;
}

interface Merging {
  readonly line: number;
  rows: number;
  readonly fields: (Single | Map<Value, Tally> | undefined)[];
}

export interface Merged {
  readonly id: string;
  /** Of the first of its rows. */
  readonly line: number;
  readonly rows: number;
  /** [fields] */
  readonly values: readonly (Value | undefined)[];
}

export class RowMerge {
  readonly #byId = new Map<string, Merging>();
  #row = 0;

  get size(): number {
    return this.#byId.size;
  }

  /** `values` are always in the same order. [fields] */
  add(id: string, line: number, values: readonly (Value | undefined)[]): void {
    const row = this.#row++;
    let merging = this.#byId.get(id);
    if (merging === undefined) {
      merging = { line, rows: 0, fields: new Array(values.length).fill(undefined) };
      this.#byId.set(id, merging);
    }
    merging.rows++;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value !== undefined) merging.fields[i] = counted(merging.fields[i], value, row);
    }
  }

  *merged(): Generator<Merged> {
    for (const [id, { line, rows, fields }] of this.#byId) yield { id, line, rows, values: fields.map(winner) };
  }
}

function counted(field: Single | Map<Value, Tally> | undefined, value: Value, row: number): Single | Map<Value, Tally> {
  if (field === undefined) return { value, count: 1, last: row };
  if (field instanceof Map) {
    const tally = field.get(value);
    if (tally === undefined) field.set(value, { count: 1, last: row });
    else {
      tally.count++;
      tally.last = row;
    }
    return field;
  }
  if (field.value === value) {
    field.count++;
    field.last = row;
    return field;
  }
  return new Map<Value, Tally>([
    [field.value, { count: field.count, last: field.last }],
    [value, { count: 1, last: row }],
  ]);
}

function winner(field: Single | Map<Value, Tally> | undefined): Value | undefined {
  if (field === undefined) return undefined;
  if (!(field instanceof Map)) return field.value;
  let best: Value | undefined;
  let most: Tally = { count: 0, last: -1 };
  for (const [value, tally] of field) {
    if (tally.count > most.count || (tally.count === most.count && tally.last > most.last)) {
      best = value;
      most = tally;
    }
  }
  return best;
}
