/**
 * An engine on a directory: the file log with its single-writer lock, checkpoints, the token secret. Explaining a decision
 * and writing a checkpoint happen in worker threads that fold the log by themselves, so the decision thread never waits.
 *
 *     DIR/log  DIR/checkpoints  DIR/secret
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DecisionExplanation } from '@rialto/sdk';
import { type Clock, systemClock } from '../base/clock.ts';
import { RialtoError } from '../base/errors.ts';
import { workerUrl } from '../base/worker-url.ts';
import { CheckpointStore } from '../log/checkpoint.ts';
import { FileLog, mustHaveLog } from '../log/file-log.ts';
import type { Log } from '../log/log.ts';
import { syncDirectory } from '../log/segment-file.ts';
import { makeDirectory, usable } from '../log/usable-directory.ts';
import { Engine } from './engine.ts';
import { inWorker } from './in-worker.ts';
import { ModelDesk } from './model-desk.ts';
import { rebuild } from './rebuild.ts';
import { STATE_SCHEMA, type State } from './state.ts';
import { goFirst } from './thread-priority.ts';
import { Turns } from './turns.ts';

/** Records after which a new checkpoint is worth its work. */
const CHECKPOINT_EVERY = 2_000_000;
/** At a stop, a checkpoint is written for fewer: the next start is quicker for it. */
const CHECKPOINT_AT_STOP = 100_000;
/** Each builds a whole state, so they are made one at a time. */
const EXPLANATIONS_WAITING_MAX = 32;
const ESTIMATES_WAITING_MAX = 8;
const SECRET_BYTES = 32;

export interface OpenOptions {
  readonly clock?: Clock;
  readonly nonce?: () => string;
  /** Told what was repaired or left out; for the operator. */
  readonly onNotice?: (message: string) => void;
  readonly onProgress?: (applied: number) => void;
  readonly checkpointEvery?: number;
  /** A directory that is not there yet is a mistake: `no-data` instead of a new one. */
  readonly existing?: boolean;
  /** As of the file log. */
  readonly segmentBytes?: number;
}

export const logDirectory = (directory: string): string => join(directory, 'log');

export function openCheckpoints(directory: string, onNotice?: (message: string) => void): CheckpointStore {
  return new CheckpointStore({
    directory: join(directory, 'checkpoints'),
    schema: STATE_SCHEMA,
    ...(onNotice && {
      onDamage: (error: RialtoError) => onNotice(error.message),
      onForeign: (path: string, schema: string) =>
        onNotice(
          `${path} is of another version of Rialto (${schema}; this one reads ${STATE_SCHEMA}): an older checkpoint or the whole log is used instead`,
        ),
      onStray: (path: string, offset: number) =>
        onNotice(
          `${path} is of ${offset} records that are not the first ${offset} of this log: the log is another one, or was cut back or restored. An older checkpoint or the whole log is used instead`,
        ),
    }),
  });
}

/** The state at the end of a directory's log, for reading; also while a server writes to it. */
export const readState = (directory: string, onProgress?: (applied: number) => void): Promise<State> =>
  withLog(directory, (log) =>
    rebuild({ log, checkpoints: openCheckpoints(directory), ...(onProgress && { onProgress }) }),
  );

/** What `look` finds out about a directory's models and the state that they are of; also while a server writes to it. */
export const lookAtModels = <T>(
  directory: string,
  look: (found: { readonly models: ModelDesk; readonly state: State }) => Promise<T>,
): Promise<T> =>
  withLog(directory, async (log) => {
    const state = await rebuild({ log, checkpoints: openCheckpoints(directory) });
    return look({ state, models: new ModelDesk({ state, log, clock: systemClock }) });
  });

async function withLog<T>(directory: string, read: (log: Log) => Promise<T>): Promise<T> {
  const log = await FileLog.open(logDirectory(directory), { readOnly: true });
  try {
    return await read(log);
  } finally {
    await log.close();
  }
}

/** Throws `data-locked`, `log-damaged`, `data-unusable`, `no-data`. Closing the engine writes a checkpoint where that is worth it. */
export async function openEngine(directory: string, options: OpenOptions = {}): Promise<Engine> {
  const {
    clock = systemClock,
    nonce = randomNonces(),
    onNotice,
    onProgress,
    checkpointEvery = CHECKPOINT_EVERY,
    segmentBytes,
    existing = false,
  } = options;
  if (existing) await mustHaveLog(logDirectory(directory));
  goFirst();
  await usable(directory, () => makeDirectory(directory));
  const log = await FileLog.open(logDirectory(directory), {
    ...(onNotice && { onRepair: onNotice }),
    ...(segmentBytes !== undefined && { segmentBytes }),
    // Who sets the clock waits for the log, and most often alone: there is nothing to gather.
    ...(clock !== systemClock && { gatherMs: 0 }),
  });
  const explanations = new Turns('explanations', EXPLANATIONS_WAITING_MAX);
  const estimates = new Turns('estimates', ESTIMATES_WAITING_MAX);
  try {
    const checkpoints = openCheckpoints(directory, onNotice);
    await checkpoints.dropStrays(log);
    // Listed by a store that says nothing: what is wrong is said once, when the state is loaded.
    const [newest] = await openCheckpoints(directory).list();
    const writer = new CheckpointWriter(directory, newest?.offset ?? 0, onNotice);
    return await Engine.open({
      log,
      clock,
      nonce,
      // Simulated time has no latency.
      ...(clock === systemClock && { stopwatch: () => performance.now() }),
      checkpoints,
      tokenSecret: await usable(directory, () => tokenSecret(directory)),
      explain: (decisionId) =>
        explanations.take(() =>
          inWorker<DecisionExplanation>(workerUrl(import.meta.url, './explain-worker.ts'), { directory, decisionId }),
        ),
      foresee: (question) =>
        estimates.take(() => inWorker(workerUrl(import.meta.url, './outlook-worker.ts'), { directory, question })),
      tryChange: (question) =>
        estimates.take(() => inWorker(workerUrl(import.meta.url, './change-worker.ts'), { directory, question })),
      onApplied: (offset) => writer.writeAfter(checkpointEvery, offset),
      onClosed: (offset) => writer.close(CHECKPOINT_AT_STOP, offset),
      ...(onProgress && { onProgress }),
    });
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Writes checkpoints one at a time, in a worker. A failure costs the next start some time and is only noticed. */
class CheckpointWriter {
  readonly #directory: string;
  readonly #onNotice: ((message: string) => void) | undefined;
  /** The offset of the newest checkpoint. */
  #last: number;
  #writing: Promise<void> | undefined;

  constructor(directory: string, last: number, onNotice: ((message: string) => void) | undefined) {
    this.#directory = directory;
    this.#last = last;
    this.#onNotice = onNotice;
  }

  /** Starts one if `records` or more have been applied since the last. */
  writeAfter(records: number, offset: number): void {
    if (this.#writing !== undefined || offset - this.#last < records) return;
    this.#last = offset;
    this.#writing = this.#write(offset).finally(() => {
      this.#writing = undefined;
    });
  }

  async #write(offset: number): Promise<void> {
    try {
      await inWorker(workerUrl(import.meta.url, './checkpoint-worker.ts'), { directory: this.#directory, offset });
    } catch (error) {
      this.#onNotice?.(`the checkpoint could not be written: ${error instanceof Error ? error.message : error}`);
    }
  }

  async close(records: number, offset: number): Promise<void> {
    await this.#writing;
    this.writeAfter(records, offset);
    await this.#writing;
  }
}

/** The directory's own key, made at first use and readable by its owner only. */
async function tokenSecret(directory: string): Promise<Uint8Array> {
  const path = join(directory, 'secret');
  if (!existsSync(path)) await makeSecret(directory, path);
  const secret = Buffer.from(await readFile(path, 'utf8'), 'base64url');
  if (secret.length < SECRET_BYTES)
    throw new RialtoError(
      'bad-file',
      `${path} does not hold a token secret of ${SECRET_BYTES} bytes; remove it to have a new one made: tokens given out before will not bill`,
    );
  return secret;
}

/** Whoever holds the log's lock calls it. It gets its name when it is whole and durable: half a key would keep the engine from starting. */
async function makeSecret(directory: string, path: string): Promise<void> {
  const unfinished = `${path}.unfinished`;
  await rm(unfinished, { force: true });
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(randomBytes(SECRET_BYTES).toString('base64url'));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  await syncDirectory(directory);
}

const NONCE_BYTES = 9;
const NONCES_AT_ONCE = 512;

/** Unguessable parts of decision ids, drawn many at once: asking the system for each costs more than the rest of an id. */
function randomNonces(): () => string {
  let drawn = Buffer.alloc(0);
  let next = 0;
  return () => {
    if (next >= drawn.length) {
      drawn = randomBytes(NONCE_BYTES * NONCES_AT_ONCE);
      next = 0;
    }
    next += NONCE_BYTES;
    return drawn.toString('base64url', next - NONCE_BYTES, next);
  };
}
