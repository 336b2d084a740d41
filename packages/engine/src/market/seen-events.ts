/**
 * Which event ids were counted already. Ids are kept as 64-bit hashes: two of 100 million collide with a chance of about
 * 1 in 4,000, and then one event is taken for a repeat.
 *
 * Live events are only accepted within a window around the log's time, so their ids may be forgotten once the window has
 * passed: they lie in generations of one window each, of which the two latest are kept. Imported history may be of any age
 * and its ids are kept for ever.
 */
import { type Hash64, hash64 } from '../base/hash.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

class HashSet64 {
  #slots = new Uint32Array(2 * 64); // [slots × 2]; both lanes zero = free
  #size = 0;

  #slot(high: number, low: number): number {
    const mask = this.#slots.length / 2 - 1;
    let slot = low & mask;
    while (
      (this.#slots[2 * slot] !== 0 || this.#slots[2 * slot + 1] !== 0) &&
      (this.#slots[2 * slot] !== high || this.#slots[2 * slot + 1] !== low)
    )
      slot = (slot + 1) & mask;
    return slot;
  }

  has(high: number, low: number): boolean {
    if (this.#size === 0) return false;
    const slot = this.#slot(high, low);
    return this.#slots[2 * slot] !== 0 || this.#slots[2 * slot + 1] !== 0;
  }

  /** Returns whether it is new. */
  add(high: number, low: number): boolean {
    if (4 * (this.#size + 1) > this.#slots.length) this.#grow();
    const slot = this.#slot(high, low);
    if (this.#slots[2 * slot] !== 0 || this.#slots[2 * slot + 1] !== 0) return false;
    this.#slots[2 * slot] = high;
    this.#slots[2 * slot + 1] = low;
    this.#size++;
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] === 0 && old[i + 1] === 0) continue;
      const slot = this.#slot(old[i]!, old[i + 1]!);
      this.#slots[2 * slot] = old[i]!;
      this.#slots[2 * slot + 1] = old[i + 1]!;
    }
  }

  save(out: SnapshotWriter, name: string): void {
    out.array(`${name}.slots`, this.#slots);
    out.json(`${name}.size`, this.#size);
  }

  load(from: SnapshotReader, name: string): void {
    this.#slots = from.array(`${name}.slots`, Uint32Array) as Uint32Array<ArrayBuffer>;
    this.#size = from.json<number>(`${name}.size`);
  }
}

const scratch: Hash64 = { high: 0, low: 0 };

export class SeenEvents {
  readonly #windowMs: number;
  #imported = new HashSet64();
  #current = new HashSet64();
  #previous = new HashSet64();
  /** Which window `#current` belongs to. */
  #generation = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  has(id: string): boolean {
    const { high, low } = hash64(id, scratch);
    const one = low === 0 && high === 0 ? 1 : low;
    return this.#current.has(high, one) || this.#previous.has(high, one) || this.#imported.has(high, one);
  }

  /** Remembers an id; returns whether it is new. `logTime` is the largest time any record has been taken in at. */
  add(id: string, logTime: number, imported: boolean): boolean {
    const { high, low } = hash64(id, scratch);
    const one = low === 0 && high === 0 ? 1 : low;
    if (imported)
      return !this.#previous.has(high, one) && !this.#current.has(high, one) && this.#imported.add(high, one);
    // Before the generations turn: what the oldest knows is known.
    if (this.#previous.has(high, one) || this.#imported.has(high, one)) return false;
    this.#turn(Math.floor(logTime / this.#windowMs));
    return !this.#previous.has(high, one) && this.#current.add(high, one);
  }

  #turn(generation: number): void {
    if (generation <= this.#generation) return;
    // Kept whatever the step: a clock that jumps ahead once must not make the events of today new again.
    this.#previous = this.#current;
    this.#current = new HashSet64();
    this.#generation = generation;
  }

  save(out: SnapshotWriter): void {
    this.#imported.save(out, 'seen.imported');
    this.#current.save(out, 'seen.current');
    this.#previous.save(out, 'seen.previous');
    out.json('seen.generation', this.#generation);
  }

  load(from: SnapshotReader): void {
    this.#imported.load(from, 'seen.imported');
    this.#current.load(from, 'seen.current');
    this.#previous.load(from, 'seen.previous');
    this.#generation = from.json<number>('seen.generation');
  }
}
