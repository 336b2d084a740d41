/**
 * Whom the state was told to forget, and when: what somebody did before and is only reported after makes nobody known again. Ids are
 * kept as 62 bits of hash, for ever: a history that is imported may be of any age. Of n erased people another one shares the hash of one
 * of them with a chance of n / 2^62, and then what came late of his is not counted.
 */
import { float64Column } from '../base/column.ts';
import { type Hash64, hash64 } from '../base/hash.ts';
import { PairIndex } from '../base/pair-index.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

const NON_NEGATIVE = 0x7fffffff;
const hash: Hash64 = { high: 0, low: 0 };

export class ErasedPeople implements Part {
  readonly #index = new PairIndex();
  readonly #at = float64Column(); // [erased]

  /** `key` as `buyerKey` gives it. */
  add(key: string, at: number): void {
    const known = this.#find(key);
    if (known >= 0) this.#at.data[known] = Math.max(this.#at.data[known]!, at);
    else this.#index.add(hash.high & NON_NEGATIVE, hash.low & NON_NEGATIVE, this.#at.push(at));
  }

  /** Whether nobody was ever erased. */
  get isEmpty(): boolean {
    return this.#at.length === 0;
  }

  /** Whether what somebody did at `at` belongs to what was erased. */
  covers(key: string, at: number): boolean {
    const row = this.#find(key);
    return row >= 0 && at <= this.#at.data[row]!;
  }

  #find(key: string): number {
    hash64(key, hash);
    return this.#index.find(hash.high & NON_NEGATIVE, hash.low & NON_NEGATIVE);
  }

  save(out: SnapshotWriter): void {
    this.#index.save(out, 'erased.index');
    this.#at.save(out, 'erased.at');
  }

  load(from: SnapshotReader): void {
    this.#index.load(from, 'erased.index');
    this.#at.load(from, 'erased.at');
  }
}
