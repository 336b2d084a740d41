/**
 * The log as files in one directory, of one partition: what is acknowledged survives the process and the power.
 *
 * An append joins the gathering group (`group-commit.ts`), which is written and flushed as a whole (`segment-writer.ts`),
 * then handed to the followers as the very records that were appended. A start checks and repairs (`recovery.ts`) under a
 * lock that keeps a second writer out (`directory-lock.ts`). After a crash the last append, not yet acknowledged, may be
 * there in part.
 *
 * Opened read-only it takes no lock, mends nothing, and sees what is whole at that moment, a living writer's too: which may
 * include records not yet durable. Who keeps what was derived from them reads no further than the writer's `end()`.
 */
import { open, stat } from 'node:fs/promises';
import { assert } from '../base/assert.ts';
import { RialtoError } from '../base/errors.ts';
import { decodeRecord } from './codec.ts';
import { FIRST_DIGEST } from './digest.ts';
import { DirectoryLock } from './directory-lock.ts';
import { type Group, GroupCommit } from './group-commit.ts';
import type { AppendOptions, Log, LogBatch, Offset } from './log.ts';
import type { LogRecord } from './record.ts';
import { type Cut, type Recovered, recover } from './recovery.ts';
import { type ChangeRecord, rewriteSegments } from './rewrite.ts';
import { digestIn, type FrameRun, scanFrames } from './scan.ts';
import { logDamaged, type Segment } from './segment.ts';
import { type OpenSegmentFile, openSegmentFile } from './segment-file.ts';
import { SegmentWriter } from './segment-writer.ts';
import { makeDirectory, usable } from './usable-directory.ts';

const SEGMENT_BYTES = 64 << 20;
const QUEUE_BYTES = 64 << 20;
const GATHER_MS = 2;

export interface FileLogOptions {
  /** From where on a segment takes no more; 64 MiB where absent. */
  readonly segmentBytes?: number;
  /** How many bytes may wait to be written before appends are refused as `overloaded`; 64 MiB where absent. */
  readonly queueBytes?: number;
  /** How long a small group gathers, in milliseconds; 2 where absent: a later answer for fewer flushes. */
  readonly gatherMs?: number;
  readonly readOnly?: boolean;
  /** Told what a start cut off or, reading only, passed over. */
  readonly onRepair?: (message: string) => void;
  /** Opens segments for writing: tests put a failing disk here. */
  readonly openFile?: OpenSegmentFile;
}

export class FileLog implements Log {
  readonly partitions = 1;
  readonly directory: string;
  /** What the start cut off, if anything. */
  readonly cut: Cut | undefined;
  readonly #segments: Segment[];
  readonly #lock: DirectoryLock | undefined;
  readonly #writer: SegmentWriter;
  readonly #commits: GroupCommit;
  readonly #listeners = new Set<(batch: LogBatch) => void>();
  #end: Offset;
  #closed = false;

  private constructor(directory: string, found: Recovered, lock: DirectoryLock | undefined, options: FileLogOptions) {
    const { segmentBytes = SEGMENT_BYTES, queueBytes = QUEUE_BYTES, gatherMs = GATHER_MS } = options;
    this.directory = directory;
    this.cut = found.cut;
    this.#segments = found.segments;
    this.#end = found.end;
    this.#lock = lock;
    this.#writer = new SegmentWriter(
      { directory, segmentBytes, openFile: options.openFile ?? openSegmentFile },
      this.#segments,
      found.digest,
    );
    this.#commits = new GroupCommit({
      queueBytes,
      gatherMs,
      write: (group) => this.#write(group),
      publish: (first, records) => this.#publish(first, records),
    });
  }

  /**
   * Opens the log of a directory, made if new. Throws `data-locked`, `log-damaged`, `data-unusable`; reading only, `no-data`
   * where there is no directory.
   */
  static open(directory: string, options: FileLogOptions = {}): Promise<FileLog> {
    return usable(directory, async () => {
      if (options.readOnly !== true) return FileLog.#openLocked(directory, options);
      await mustHaveLog(directory);
      return FileLog.#recovered(directory, options, undefined);
    });
  }

  static async #openLocked(directory: string, options: FileLogOptions): Promise<FileLog> {
    await makeDirectory(directory);
    const lock = await DirectoryLock.acquire(directory);
    try {
      return await FileLog.#recovered(directory, options, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  static async #recovered(
    directory: string,
    options: FileLogOptions,
    lock: DirectoryLock | undefined,
  ): Promise<FileLog> {
    const found = await recover(directory, lock !== undefined);
    if (found.cut) options.onRepair?.(found.cut.message);
    return new FileLog(directory, found, lock, options);
  }

  append(records: readonly LogRecord[], { patient = false }: AppendOptions = {}): Promise<Offset> {
    assert(this.#lock !== undefined, 'a log opened read-only takes no records');
    if (this.#closed)
      return Promise.reject(
        new RialtoError('shutting-down', `the log in ${this.directory} is closed: nothing can be appended any more`),
      );
    try {
      return this.#commits.append(records, patient);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #write(group: Group): Promise<Offset> {
    if (!this.#lock!.held) {
      throw new RialtoError(
        'data-locked',
        `the lock of ${this.directory} was taken away or deleted: nothing is written any more. Restart this process.`,
      );
    }
    const first = this.#end;
    if (group.records.length === 0) return first;
    await this.#writer.write(group.seal(first), first);
    this.#end = first + group.records.length;
    return first;
  }

  #publish(first: Offset, records: readonly LogRecord[]): void {
    for (const listener of this.#listeners) listener({ partition: 0, first, records });
  }

  read(partition: number, from: Offset, to?: Offset): AsyncIterable<LogBatch> {
    assert(partition === 0, 'this log has one partition, 0', partition);
    assert(Number.isSafeInteger(from) && from >= 0, 'a log is read from an offset of 0 or more', from);
    return this.#batches(from, Math.min(to ?? this.#end, this.#end));
  }

  async *#batches(from: Offset, to: Offset): AsyncGenerator<LogBatch> {
    let next = from;
    for (let i = this.#segmentOf(from); next < to; i++) {
      const segment = this.#segments[i]!;
      const segmentEnd = Math.min(to, this.#segments[i + 1]?.first ?? to);
      for await (const batch of readSegment(segment, next, segmentEnd)) yield batch;
      next = segmentEnd;
    }
  }

  /** The index of the segment that holds an offset. */
  #segmentOf(offset: Offset): number {
    return Math.max(
      0,
      this.#segments.findLastIndex((segment) => segment.first <= offset),
    );
  }

  async digest(partition: number, offset: Offset): Promise<number> {
    assert(partition === 0, 'this log has one partition, 0', partition);
    assert(offset >= 0 && offset <= this.#end, 'a log knows the digests up to its end', offset);
    const segment = this.#segments[this.#segmentOf(offset)];
    return segment === undefined ? FIRST_DIGEST : digestAt(segment, offset);
  }

  /**
   * Reads all but the newest segment, which a start has checked, to the last frame. Throws `log-damaged` where one is broken,
   * or a segment does not follow the one before it: a start that has a checkpoint does not look there.
   */
  async check(): Promise<void> {
    for (let i = 0; i + 1 < this.#segments.length; i++) await checkSegment(this.#segments[i]!, this.#segments[i + 1]!);
  }

  /** Replaces records from `from` on, durably, all or none, and closes the log: what was known of its files is no more. */
  async rewrite(from: Offset, change: ChangeRecord): Promise<void> {
    assert(this.#lock !== undefined, 'a log opened read-only is not rewritten');
    this.#closed = true;
    try {
      await this.#commits.drain();
      await this.#writer.close();
      if (from < this.#end) await rewriteSegments(this.directory, this.#segments, { from, change });
    } finally {
      this.#lock.release();
    }
  }

  follow(listener: (batch: LogBatch) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  end(): readonly Offset[] {
    return [this.#end];
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#commits.drain();
      await this.#writer.close();
    } finally {
      this.#lock?.release();
    }
  }
}

/** The records of one segment in [from, to). Throws `log-damaged` where they are not all there. */
async function* readSegment(segment: Segment, from: Offset, to: Offset): AsyncGenerator<LogBatch> {
  const file = await open(segment.path, 'r');
  try {
    const runs = scanFrames(file, segment.placeBefore(from), segment.bytes);
    for (;;) {
      const run = await runs.next();
      if (run.done) throw logDamaged(segment.path, run.value.position, `record ${run.value.offset} is broken`);
      const { start, count } = run.value;
      segment.mark(start);
      const end = Math.min(to, start.offset + count);
      const first = Math.max(from, start.offset);
      if (end > first) yield { partition: 0, first, records: decodeRun(run.value, first, end) };
      if (end === to) return;
    }
  } finally {
    await file.close();
  }
}

/** The digest of all records before one of a segment or its end. Throws `log-damaged` where they are not all there. */
async function digestAt(segment: Segment, offset: Offset): Promise<number> {
  const place = segment.placeBefore(offset);
  if (place.offset === offset) return place.digest;
  const file = await open(segment.path, 'r');
  try {
    const runs = scanFrames(file, place, segment.bytes);
    for (;;) {
      const run = await runs.next();
      if (run.done) throw logDamaged(segment.path, run.value.position, `record ${run.value.offset} is broken`);
      const { start, count } = run.value;
      segment.mark(start);
      if (start.offset + count >= offset) return digestIn(run.value, offset - start.offset);
    }
  } finally {
    await file.close();
  }
}

async function checkSegment(segment: Segment, next: Segment): Promise<void> {
  const file = await open(segment.path, 'r');
  try {
    const runs = scanFrames(file, segment.placeBefore(segment.first), segment.bytes);
    let run = await runs.next();
    for (; !run.done; run = await runs.next()) segment.mark(run.value.start);
    const { position, offset, digest } = run.value;
    if (position < segment.bytes || offset !== next.first)
      throw logDamaged(segment.path, position, `record ${offset} is broken`);
    if (next.chained && digest !== next.placeBefore(next.first).digest)
      throw logDamaged(segment.path, 0, `its records are not those that ${next.path} was written behind`);
  } finally {
    await file.close();
  }
}

function decodeRun({ buffer, payloads, start }: FrameRun, first: Offset, end: Offset): LogRecord[] {
  const records = new Array<LogRecord>(end - first);
  for (let offset = first; offset < end; offset++) {
    const i = 2 * (offset - start.offset);
    records[offset - first] = decodeRecord(buffer, payloads[i], payloads[i + 1]);
  }
  return records;
}

/** Throws `no-data` where there is no directory with a log. */
export async function mustHaveLog(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined);
  if (!found?.isDirectory())
    throw new RialtoError(
      'no-data',
      `${directory} is not a directory with a log: name one that \`rialto import\` or \`rialto serve\` has made`,
      { directory },
    );
}
