/**
 * The last million records of a log, played once more: each is handed out while the state is what it was just before it, so that a decision can
 * be made again as it was, or otherwise, by whoever asks.
 */
import type { CheckpointStore } from '../log/checkpoint.ts';
import type { Log } from '../log/log.ts';
import type { LogRecord } from '../log/record.ts';
import { applyRecord } from './apply.ts';
import { rebuild } from './rebuild.ts';
import type { State } from './state.ts';

const RECORDS_MAX = 1_000_000;

export interface ReplayedLog {
  readonly log: Log;
  readonly checkpoints?: CheckpointStore;
  /** Told how many of the records are played. */
  readonly onProgress?: (done: number, all: number) => void;
}

export class LogReplay {
  readonly state: State;
  readonly begin: number;
  readonly end: number;
  readonly #input: ReplayedLog;

  private constructor(state: State, begin: number, end: number, input: ReplayedLog) {
    this.state = state;
    this.begin = begin;
    this.end = end;
    this.#input = input;
  }

  static async open(input: ReplayedLog): Promise<LogReplay> {
    const { log, checkpoints } = input;
    const end = log.end()[0]!;
    const begin = Math.max(0, end - RECORDS_MAX);
    const state = await rebuild({ log, ...(checkpoints && { checkpoints }), offset: begin });
    return new LogReplay(state, begin, end, input);
  }

  /** A record is applied once the next one is asked for, unless it `isWithout`. */
  async *records(isWithout?: (record: LogRecord) => boolean): AsyncGenerator<LogRecord> {
    const { log, onProgress } = this.#input;
    for await (const { records } of log.read(0, this.begin, this.end)) {
      for (const record of records) {
        yield record;
        if (isWithout?.(record)) this.state.offset++;
        else applyRecord(this.state, isWithout === undefined ? record : alone(record));
      }
      onProgress?.(this.state.offset - this.begin, this.end - this.begin);
    }
  }
}

/** A change of several models of which some are left out would never be whole. */
function alone(record: LogRecord): LogRecord {
  if (record.kind !== 'model' || record.part === undefined) return record;
  const { part: _, ...model } = record;
  return model;
}
