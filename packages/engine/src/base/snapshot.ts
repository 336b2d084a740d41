/**
 * A snapshot of state: named sections, each a typed array or a JSON value, in a fixed order. Every part of the state writes
 * and reads itself through these two classes; `log/checkpoint.ts` puts the sections into a checksummed file.
 * Two states are equal exactly if their snapshots are equal byte for byte.
 */
import { assert } from './assert.ts';
import type { TypedArray } from './typed-array.ts';

export interface Section {
  readonly name: string;
  /** The array's constructor name, or 'json'. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

const bytesOf = (array: TypedArray): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Collects sections without copying arrays: write them out before the state changes again. */
export class SnapshotWriter {
  readonly sections: Section[] = [];

  array(name: string, array: TypedArray): void {
    this.sections.push({ name, type: array.constructor.name.replace('Buffer', 'Uint8Array'), bytes: bytesOf(array) });
  }

  /** `value` must be plain JSON data whose keys are in a deterministic order. */
  json(name: string, value: unknown): void {
    this.sections.push({ name, type: 'json', bytes: new TextEncoder().encode(JSON.stringify(value)) });
  }

  /** A part whose section names may be those of another one, under a prefix. */
  under(prefix: string, part: Pick<Part, 'save'>): void {
    const own = new SnapshotWriter();
    part.save(own);
    for (const { name, type, bytes } of own.sections) this.sections.push({ name: `${prefix}.${name}`, type, bytes });
  }
}

export interface TypedArrayMaker<T extends TypedArray> {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): T;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): T;
}

export interface SnapshotReaderOptions {
  /**
   * The sections' memory is nobody else's, each in a buffer of its own: arrays are made of it without a copy, and each can be read
   * once.
   */
  readonly owned?: boolean;
}

export class SnapshotReader {
  readonly #sections = new Map<string, Section>();
  readonly #owned: boolean;

  constructor(sections: Iterable<Section>, { owned = false }: SnapshotReaderOptions = {}) {
    for (const section of sections) this.#sections.set(section.name, section);
    this.#owned = owned;
  }

  #section(name: string, type: string): Section {
    const section = this.#sections.get(name);
    assert(section !== undefined, 'the snapshot has no section', name);
    assert(section.type === type, `section ${name} should be ${type}`, section.type);
    return section;
  }

  /** A typed array of its own, aligned and writable. */
  array<T extends TypedArray>(name: string, make: TypedArrayMaker<T>): T {
    const { bytes } = this.#section(name, make.name);
    if (this.#owned && bytes.byteOffset === 0) {
      this.#sections.delete(name);
      return new make(bytes.buffer as ArrayBuffer, 0, bytes.byteLength / make.BYTES_PER_ELEMENT);
    }
    const result = new make(bytes.byteLength / make.BYTES_PER_ELEMENT);
    bytesOf(result).set(bytes);
    return result;
  }

  /** What was written under the prefix. */
  under(prefix: string): SnapshotReader {
    const own: Section[] = [];
    for (const { name, type, bytes } of this.#sections.values())
      if (name.startsWith(`${prefix}.`)) own.push({ name: name.slice(prefix.length + 1), type, bytes });
    return new SnapshotReader(own, { owned: this.#owned });
  }

  json<T>(name: string): T {
    return JSON.parse(new TextDecoder().decode(this.#section(name, 'json').bytes)) as T;
  }
}

/** A part of the state that can be saved and loaded; `load` is called on a new, empty part. */
export interface Part {
  save(out: SnapshotWriter): void;
  load(from: SnapshotReader): void;
}

/** Makes an empty part equal to another one. */
export function copyPart<T extends Part>(from: T, to: T): T {
  const out = new SnapshotWriter();
  from.save(out);
  to.load(new SnapshotReader(out.sections));
  return to;
}
