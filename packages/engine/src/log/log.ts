/**
 * The append-only log: the one truth. `memory-log.ts` and `file-log.ts` implement it, and `log.contract.ts` is what every
 * implementation must pass.
 *
 * A log has one or more partitions; an offset counts the records of its partition from 0. The logs built so far have one
 * partition, and say so.
 */
import type { LogRecord } from './record.ts';

/** How many records of one partition lie before a point. */
export type Offset = number;

export interface LogBatch {
  readonly partition: number;
  /** The offset of the first record. */
  readonly first: Offset;
  readonly records: readonly LogRecord[];
}

export interface AppendOptions {
  /** Nobody waits for it: it may become durable a few milliseconds later, with others. */
  readonly patient?: boolean;
}

export interface Log {
  readonly partitions: number;

  /**
   * Adds records, all or none, and resolves with the offset of the first once they are durable. Appends become durable in
   * the order of the calls. Rejects with `log-full` where they cannot be written (nothing is kept; later appends are tried
   * again), `overloaded` where too much waits, `shutting-down` after `close`.
   */
  append(records: readonly LogRecord[], options?: AppendOptions): Promise<Offset>;

  /** Durable records of a partition from `from` (included) to `to` (excluded; the end at the time of the call, where absent), in order. */
  read(partition: number, from: Offset, to?: Offset): AsyncIterable<LogBatch>;

  /**
   * A checksum of all records of a partition before `offset`, at most its end: a copy of a log has the same, another log, or
   * the same one with other records there, has another.
   */
  digest(partition: number, offset: Offset): Promise<number>;

  /**
   * Calls `listener` with every batch that becomes durable from now on, in order and before the promises of its appends
   * resolve. Returns what ends it.
   */
  follow(listener: (batch: LogBatch) => void): () => void;

  /** How many durable records each partition has. [partitions] */
  end(): readonly Offset[];

  /** Makes what was appended durable, then releases the log. */
  close(): Promise<void>;
}
