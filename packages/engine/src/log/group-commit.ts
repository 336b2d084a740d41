/**
 * Group commit: while one group of appends is being made durable, the next one gathers. So the disk is flushed once for many
 * appends, and an append waits for at most two flushes.
 *
 * Records are encoded when they are appended, into the gathering group's buffer: the queue's size is known exactly, the
 * work is spread, and a record that cannot be encoded fails its own append only. Offsets are given when the group's turn
 * comes, as the group before it may fail.
 *
 * A group gathers for a moment, so that the disk is flushed less often. Where nobody waits for any of its appends, it takes
 * longer: a flush costs the decision thread as much as a good part of a decision.
 */
import { RialtoError } from '../base/errors.ts';
import { encodeRecord } from './codec.ts';
import { FRAME_HEADER_BYTES, sealFrame } from './frame.ts';
import type { Offset } from './log.ts';
import type { LogRecord } from './record.ts';

const FIRST_BUFFER_BYTES = 1 << 16;
const KEPT_BUFFER_BYTES = 1 << 22;
/** So much is worth a flush of its own: it is not kept waiting for more. */
const WORTHWHILE_BYTES = 1 << 15;
/** How long appends that nobody waits for may gather. */
const PATIENT_MS = 20;

interface Append {
  readonly count: number;
  readonly resolve: (first: Offset) => void;
  readonly reject: (error: unknown) => void;
}

/** Records that become durable together. */
export class Group {
  readonly records: LogRecord[] = [];
  readonly #appends: Append[] = [];
  readonly #payloadBytes: number[] = []; // [records]
  /** Nobody waits for any of its appends. */
  patient = true;
  #buffer: Buffer;
  #bytes = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#appends.length === 0;
  }

  get buffer(): Buffer {
    return this.#buffer;
  }

  /** Adds the records' frames, unsealed, or throws and leaves the group as it was. */
  add(records: readonly LogRecord[], roomBytes: number): Promise<Offset> {
    const before = this.#bytes;
    const countBefore = this.#payloadBytes.length;
    try {
      for (const record of records) this.#push(encodeRecord(record));
      // A group always takes its first append, however large: it would never fit otherwise.
      if (before > 0 && this.#bytes > roomBytes) throw overloaded(before, roomBytes);
    } catch (error) {
      this.#bytes = before;
      this.#payloadBytes.length = countBefore;
      throw error;
    }
    for (const record of records) this.records.push(record);
    return new Promise((resolve, reject) => this.#appends.push({ count: records.length, resolve, reject }));
  }

  #push(payload: Buffer): void {
    const start = this.#bytes + FRAME_HEADER_BYTES;
    const end = start + payload.length;
    if (end > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, this.#bytes));
      this.#buffer = larger;
    }
    this.#buffer.set(payload, start);
    this.#payloadBytes.push(payload.length);
    this.#bytes = end;
  }

  /** The group's frames, ready to be written as the records from `first` on. */
  seal(first: Offset): Buffer {
    let at = 0;
    this.#payloadBytes.forEach((length, i) => {
      sealFrame(this.#buffer, at, length, first + i, i);
      at += FRAME_HEADER_BYTES + length;
    });
    return this.#buffer.subarray(0, at);
  }

  resolve(first: Offset): void {
    let offset = first;
    for (const { count, resolve } of this.#appends) {
      resolve(offset);
      offset += count;
    }
  }

  reject(error: unknown): void {
    for (const append of this.#appends) append.reject(error);
  }
}

export interface GroupCommitOptions {
  /** How many bytes may gather. */
  readonly queueBytes: number;
  /** How long a small group gathers, in milliseconds: a later answer for fewer flushes. */
  readonly gatherMs: number;
  /** Makes a group durable and resolves with its first offset, or throws what its appends are told. */
  readonly write: (group: Group) => Promise<Offset>;
  /** Tells of a durable group, before its appends resolve. Where it throws, the log stops: whoever follows has lost track. */
  readonly publish: (first: Offset, records: readonly LogRecord[]) => void;
}

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #gathering = new Group(Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES));
  #spare: Buffer | undefined;
  #running: Promise<void> | undefined;
  #draining = false;
  /** Ends the gathering after so many milliseconds from now: early. */
  #hurry: ((ms: number) => void) | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** `patient`: nobody waits for it. */
  append(records: readonly LogRecord[], patient: boolean): Promise<Offset> {
    const group = this.#gathering;
    const added = group.add(records, this.#options.queueBytes);
    const firstToWait = group.patient && !patient;
    if (firstToWait) group.patient = false;
    if (this.#running === undefined) this.#running = this.#run();
    else if (group.bytes >= WORTHWHILE_BYTES) this.#hurry?.(0);
    else if (firstToWait) this.#hurry?.(this.#options.gatherMs);
    return added;
  }

  /** Resolves once nothing gathers and nothing is being written. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#hurry?.(0);
    await this.#running;
  }

  async #run(): Promise<void> {
    do {
      await this.#gather();
      this.#hurry = undefined;
      const group = this.#gathering;
      this.#gathering = new Group(this.#spare ?? Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES));
      this.#spare = undefined;
      await this.#commit(group);
      if (group.buffer.length <= KEPT_BUFFER_BYTES) this.#spare = group.buffer;
    } while (!this.#gathering.empty);
    this.#running = undefined;
  }

  /** Lets what is appended in the same turn of the event loop, and a small group for a while, gather. */
  #gather(): Promise<void> {
    const { gatherMs } = this.#options;
    return new Promise((resolve) => {
      if (this.#draining || gatherMs === 0 || this.#gathering.bytes >= WORTHWHILE_BYTES) {
        setImmediate(resolve);
        return;
      }
      let timer = setTimeout(resolve, this.#gathering.patient ? PATIENT_MS : gatherMs);
      this.#hurry = (ms) => {
        clearTimeout(timer);
        if (ms > 0) {
          timer = setTimeout(resolve, ms);
          return;
        }
        this.#hurry = undefined;
        setImmediate(resolve);
      };
    });
  }

  async #commit(group: Group): Promise<void> {
    let first: Offset;
    try {
      first = await this.#options.write(group);
    } catch (error) {
      group.reject(error);
      return;
    }
    if (group.records.length > 0) this.#options.publish(first, group.records);
    group.resolve(first);
  }
}

function overloaded(waiting: number, limit: number): RialtoError {
  return new RialtoError(
    'overloaded',
    `${waiting} bytes of records wait to be written and the limit is ${limit}; retry with back-off.`,
    { waitingBytes: waiting, limitBytes: limit },
  );
}
