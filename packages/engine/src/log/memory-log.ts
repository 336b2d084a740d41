/** A log in memory, of one partition: for tests, simulations and what-if runs. Nothing of it outlives the process. */
import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import { RialtoError } from '../base/errors.ts';
import { encodeRecord } from './codec.ts';
import { FIRST_DIGEST, nextDigest } from './digest.ts';
import type { Log, LogBatch, Offset } from './log.ts';
import type { LogRecord } from './record.ts';

const BATCH_RECORDS = 4096;

export class MemoryLog implements Log {
  readonly partitions = 1;
  readonly #records: LogRecord[] = [];
  readonly #listeners = new Set<(batch: LogBatch) => void>();
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** Where the last digest was asked for: the next is often of a point behind it. */
  #known = { offset: 0, digest: FIRST_DIGEST };

  append(records: readonly LogRecord[]): Promise<Offset> {
    if (this.#closed) return Promise.reject(closedError());
    // As with a file, nothing is durable, and nobody told, before the caller's turn is over.
    const appended = this.#last.then(() => this.#commit(records));
    this.#last = appended;
    return appended;
  }

  #commit(records: readonly LogRecord[]): Offset {
    const first = this.#records.length;
    if (records.length === 0) return first;
    for (const record of records) this.#records.push(record);
    for (const listener of this.#listeners) listener({ partition: 0, first, records });
    return first;
  }

  read(partition: number, from: Offset, to?: Offset): AsyncIterable<LogBatch> {
    assert(partition === 0, 'this log has one partition, 0', partition);
    assert(Number.isSafeInteger(from) && from >= 0, 'a log is read from an offset of 0 or more', from);
    return this.#batches(from, Math.min(to ?? this.#records.length, this.#records.length));
  }

  async *#batches(from: Offset, to: Offset): AsyncGenerator<LogBatch> {
    for (let first = from; first < to; first += BATCH_RECORDS) {
      yield { partition: 0, first, records: this.#records.slice(first, Math.min(to, first + BATCH_RECORDS)) };
    }
  }

  async digest(partition: number, offset: Offset): Promise<number> {
    assert(partition === 0, 'this log has one partition, 0', partition);
    assert(offset >= 0 && offset <= this.#records.length, 'a log knows the digests up to its end', offset);
    let { offset: at, digest } = this.#known.offset <= offset ? this.#known : { offset: 0, digest: FIRST_DIGEST };
    for (; at < offset; at++) digest = nextDigest(digest, crc32(encodeRecord(this.#records[at]!)));
    this.#known = { offset, digest };
    return digest;
  }

  follow(listener: (batch: LogBatch) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  end(): readonly Offset[] {
    return [this.#records.length];
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }
}

const closedError = () => new RialtoError('shutting-down', 'the log is closed: nothing can be appended any more');
