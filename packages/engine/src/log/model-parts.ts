/**
 * Models that serve together are several records of one append. A crash while it was written may have left the first of them in the log: they are
 * held back until the last has come, so that what serves changes as a whole or not at all. What was left behind is passed over.
 */
import type { ModelRecord } from './record.ts';

const NONE: readonly ModelRecord[] = [];

/** The records, as one change. */
export function asOneChange(records: readonly ModelRecord[]): readonly ModelRecord[] {
  if (records.length < 2) return records;
  return records.map((record, index) => ({ ...record, part: { index, of: records.length } }));
}

export class ModelParts {
  #held: ModelRecord[] = [];

  /** What is to be applied now that the log's next model record has come. */
  take(record: ModelRecord): readonly ModelRecord[] {
    const { part } = record;
    if (part === undefined || part.index === 0) this.#held = [];
    if (part === undefined) return [record];
    if (part.index !== this.#held.length) return NONE;
    this.#held.push(record);
    return this.#held.length === part.of ? this.#held.splice(0) : NONE;
  }
}
