/** Strings as dense integers, in order of first appearance: the row numbers of every table. */
import { assert } from './assert.ts';
import type { Part, SnapshotReader, SnapshotWriter } from './snapshot.ts';

export class Interner implements Part {
  readonly #section: string;
  readonly #indexes = new Map<string, number>();
  readonly #strings: string[] = [];

  /** `section` names the snapshot section. */
  constructor(section: string) {
    this.#section = section;
  }

  get size(): number {
    return this.#strings.length;
  }

  /** The index of `text`, made if new. */
  intern(text: string): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    const index = this.#strings.length;
    this.#strings.push(text);
    this.#indexes.set(text, index);
    return index;
  }

  /** The index of `text`, or -1. */
  find(text: string): number {
    return this.#indexes.get(text) ?? -1;
  }

  text(index: number): string {
    return this.#strings[index]!;
  }

  save(out: SnapshotWriter): void {
    const encoder = new TextEncoder();
    const lengths = new Int32Array(this.#strings.length);
    const encoded = this.#strings.map((text, i) => {
      const bytes = encoder.encode(text);
      lengths[i] = bytes.length;
      return bytes;
    });
    out.array(`${this.#section}.lengths`, lengths);
    out.array(`${this.#section}.text`, new Uint8Array(Buffer.concat(encoded)));
  }

  load(from: SnapshotReader): void {
    const lengths = from.array(`${this.#section}.lengths`, Int32Array);
    const text = Buffer.from(from.array(`${this.#section}.text`, Uint8Array).buffer);
    let offset = 0;
    for (let index = 0; index < lengths.length; index++) {
      const end = offset + lengths[index]!;
      const known = this.intern(text.toString('utf8', offset, end));
      // Two strings that UTF-8 cannot tell apart would move all rows after them.
      assert(known === index, 'the snapshot holds a string twice', `${this.#section} ${index}`);
      offset = end;
    }
  }
}
