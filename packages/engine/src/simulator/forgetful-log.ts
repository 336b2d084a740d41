/**
 * A log that encodes records, hands them to its followers and keeps none: an engine on it does all its work, and a million
 * listings are held once, in its state.
 */
import { encodeRecord } from '../log/codec.ts';
import type { Log, LogBatch, Offset } from '../log/log.ts';
import type { LogRecord } from '../log/record.ts';

export class ForgetfulLog implements Log {
  readonly partitions = 1;
  readonly #listeners = new Set<(batch: LogBatch) => void>();
  #end = 0;
  /** So that encoding is not optimised away. */
  encodedBytes = 0;

  async append(records: readonly LogRecord[]): Promise<Offset> {
    for (const record of records) this.encodedBytes += encodeRecord(record).length;
    // As with a file: nobody is told before the caller's turn is over.
    await undefined;
    return this.take(records);
  }

  /** Without encoding: for filling an engine. */
  take(records: readonly LogRecord[]): Offset {
    const first = this.#end;
    this.#end += records.length;
    for (const listener of this.#listeners) listener({ partition: 0, first, records });
    return first;
  }

  async *read(): AsyncGenerator<LogBatch> {}

  /** Nothing is ever read back from it, or compared. */
  async digest(): Promise<number> {
    return 0;
  }

  follow(listener: (batch: LogBatch) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  end(): readonly Offset[] {
    return [this.#end];
  }

  async close(): Promise<void> {}
}
