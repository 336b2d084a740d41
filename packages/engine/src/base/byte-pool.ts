/**
 * Documents as bytes in one growing pool: row → JSON. Replacing a row leaves a hole; the pool is compacted when more than
 * half of it is holes, so a million documents cost two typed arrays and no object for the garbage collector to visit.
 */
import { float64Column, int32Column, uint8Column } from './column.ts';
import type { SnapshotReader, SnapshotWriter } from './snapshot.ts';

export class BytePool {
  #bytes = uint8Column();
  readonly #starts = float64Column(-1); // [rows]
  readonly #lengths = int32Column(); // [rows]
  #holes = 0;

  get rows(): number {
    return this.#starts.length;
  }

  set(row: number, document: unknown): void {
    const encoded = Buffer.from(JSON.stringify(document));
    this.#starts.resize(row + 1);
    this.#lengths.resize(row + 1);
    this.#holes += this.#lengths.data[row]!;
    const start = this.#bytes.extend(encoded.length);
    this.#bytes.data.set(encoded, start);
    this.#starts.data[row] = start;
    this.#lengths.data[row] = encoded.length;
    if (this.#holes > 65_536 && 2 * this.#holes > this.#bytes.length) this.#compact();
  }

  has(row: number): boolean {
    return row >= 0 && row < this.rows && this.#starts.data[row]! >= 0;
  }

  /** The document as JSON text. */
  text(row: number): string {
    const start = this.#starts.data[row]!;
    const { buffer, byteOffset } = this.#bytes.data;
    return Buffer.from(buffer, byteOffset + start, this.#lengths.data[row]!).toString('utf8');
  }

  get<T>(row: number): T {
    return JSON.parse(this.text(row)) as T;
  }

  #compact(): void {
    const packed = uint8Column();
    for (let row = 0; row < this.rows; row++) {
      const from = this.#starts.data[row]!;
      if (from < 0) continue;
      const length = this.#lengths.data[row]!;
      const to = packed.extend(length);
      packed.data.set(this.#bytes.data.subarray(from, from + length), to);
      this.#starts.data[row] = to;
    }
    this.#bytes = packed;
    this.#holes = 0;
  }

  save(out: SnapshotWriter, name: string): void {
    this.#bytes.save(out, `${name}.bytes`);
    this.#starts.save(out, `${name}.starts`);
    this.#lengths.save(out, `${name}.lengths`);
    out.json(`${name}.holes`, this.#holes);
  }

  load(from: SnapshotReader, name: string): void {
    this.#bytes.load(from, `${name}.bytes`);
    this.#starts.load(from, `${name}.starts`);
    this.#lengths.load(from, `${name}.lengths`);
    this.#holes = from.json<number>(`${name}.holes`);
  }
}
