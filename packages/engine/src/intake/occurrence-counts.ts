/**
 * How often each of many strings has come, in 12 bytes a slot however long they are: an open-addressing table of 64-bit
 * hashes, at most half full. Two strings that share a hash would be counted as one, which among 10 million happens with a
 * chance of 3 in a million.
 */
import { type Hash64, hash64 } from '../base/hash.ts';

export class OccurrenceCounts {
  #lanes = new Uint32Array(2 * 1024); // [slots × 2]
  #counts = new Uint32Array(1024); // [slots], 0 where free
  #size = 0;
  readonly #hash: Hash64 = { high: 0, low: 0 };

  /** Counts it; how often it has come now. */
  add(text: string): number {
    hash64(text, this.#hash);
    const slot = this.#slot(this.#hash.high, this.#hash.low);
    const count = this.#counts[slot]! + 1;
    this.#counts[slot] = count;
    if (count > 1) return count;
    this.#lanes[2 * slot] = this.#hash.high;
    this.#lanes[2 * slot + 1] = this.#hash.low;
    if (2 * ++this.#size > this.#counts.length) this.#grow();
    return count;
  }

  /** Where the hash is, or where it goes. */
  #slot(high: number, low: number): number {
    const mask = this.#counts.length - 1;
    let slot = low & mask;
    while (this.#counts[slot] !== 0 && (this.#lanes[2 * slot] !== high || this.#lanes[2 * slot + 1] !== low)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const lanes = this.#lanes;
    const counts = this.#counts;
    this.#lanes = new Uint32Array(lanes.length * 2);
    this.#counts = new Uint32Array(counts.length * 2);
    for (let old = 0; old < counts.length; old++) {
      if (counts[old] === 0) continue;
      const slot = this.#slot(lanes[2 * old]!, lanes[2 * old + 1]!);
      this.#lanes[2 * slot] = lanes[2 * old]!;
      this.#lanes[2 * slot + 1] = lanes[2 * old + 1]!;
      this.#counts[slot] = counts[old]!;
    }
  }
}
