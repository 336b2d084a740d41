/**
 * Documents as bytes in one growing pool: row → JSON. A document takes the place of the one before it where it fits there, which it
 * does where a price or a stock changed; elsewhere it leaves a hole, and the pool is compacted when more than half of it is
 * holes. So a million documents cost two typed arrays and no object for the garbage collector to visit.
 */
import { float64Column, int32Column, uint8Column } from './column.ts';
import type { SnapshotReader, SnapshotWriter } from './snapshot.ts';

export class BytePool {
  #bytes = uint8Column();
  readonly #starts = float64Column(-1); // [rows]
  readonly #lengths = int32Column(); // [rows]
  #holes = 0;
  #view: Buffer | undefined;

  get rows(): number {
    return this.#starts.length;
  }

  set(row: number, document: unknown): void {
    const json = JSON.stringify(document);
    const length = Buffer.byteLength(json);
    this.#starts.resize(row + 1);
    this.#lengths.resize(row + 1);
    const room = this.#lengths.data[row]!;
    if (length > room) {
      this.#holes += room;
      this.#starts.data[row] = this.#bytes.extend(length);
    } else this.#holes += room - length;
    this.#lengths.data[row] = length;
    this.#buffer().write(json, this.#starts.data[row]!, length, 'utf8');
    if (this.#holes > 65_536 && 2 * this.#holes > this.#bytes.length) this.#compact();
  }

  #buffer(): Buffer {
    const { data } = this.#bytes;
    if (this.#view?.buffer !== data.buffer) this.#view = Buffer.from(data.buffer, data.byteOffset, data.length);
    return this.#view;
  }

  has(row: number): boolean {
    return row >= 0 && row < this.rows && this.#starts.data[row]! >= 0;
  }

  /** The document as JSON text. */
  text(row: number): string {
    const start = this.#starts.data[row]!;
    return this.#buffer().toString('utf8', start, start + this.#lengths.data[row]!);
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
