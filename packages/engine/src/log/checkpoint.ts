/**
 * The checkpoints of one directory: the state after so many records, each a file named by that offset. A checkpoint is only
 * ever a shortcut: with none, or none that is good, the whole log is folded.
 *
 * A checkpoint is tied to its log by the digest of the records that it holds (`digest.ts`): one of another log, or of
 * records that this log has lost and replaced by others, is passed over.
 *
 * A file appears under its name only when it is complete and durable. Checkpoints of another `schema` are left alone and
 * not seen. One writer at a time: whoever holds the log's lock.
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RialtoError } from '../base/errors.ts';
import { type Section, SnapshotReader } from '../base/snapshot.ts';
import {
  type CheckpointFacts,
  readCheckpointFacts,
  readCheckpointSections,
  writeCheckpointFile,
} from './checkpoint-file.ts';
import type { Log, Offset } from './log.ts';
import { syncDirectory } from './segment-file.ts';

const KEPT = 3;
const NAME = /^(\d{16})\.checkpoint$/;

export interface CheckpointStoreOptions {
  readonly directory: string;
  /** Names the form of the sections: change it whenever older checkpoints can no longer be loaded. */
  readonly schema: string;
  /** How many of the newest are kept; 3 where absent. */
  readonly kept?: number;
  /** Told of each checkpoint that is passed over because it is damaged. */
  readonly onDamage?: (error: RialtoError) => void;
  /** Told of each checkpoint that is passed over because it is of another schema. */
  readonly onForeign?: (path: string, schema: string) => void;
  /** Told of each checkpoint that is passed over or deleted because it is of records that the log does not have. */
  readonly onStray?: (path: string, offset: Offset) => void;
}

export interface Checkpoint {
  readonly offset: Offset;
  readonly reader: SnapshotReader;
}

export interface CheckpointEntry {
  readonly offset: Offset;
  readonly path: string;
  readonly bytes: number;
}

export class CheckpointStore {
  readonly #options: CheckpointStoreOptions;

  constructor(options: CheckpointStoreOptions) {
    this.#options = options;
  }

  /** Saves the state after `offset` records of a log, durably, and deletes all but the newest checkpoints. */
  async write(log: Log, offset: Offset, sections: Iterable<Section>): Promise<void> {
    const { directory, schema } = this.#options;
    const digest = await log.digest(0, offset);
    await mkdir(directory, { recursive: true });
    await this.#removeUnfinished();
    const path = this.#path(offset);
    const unfinished = `${path}.unfinished`;
    try {
      await writeCheckpointFile(unfinished, { schema, offset, digest }, sections);
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
    await syncDirectory(directory);
    const surplus = (await this.#offsets()).slice(this.#options.kept ?? KEPT);
    for (const old of surplus) await rm(this.#path(old), { force: true });
  }

  /** The newest good checkpoint of a log after at most `atMost` records, or undefined where there is none. */
  async newest(log: Log, atMost: Offset = log.end()[0]!): Promise<Checkpoint | undefined> {
    for (const offset of await this.#offsets()) {
      if (offset > atMost) continue;
      const sections = await this.#whole(offset, async (path, facts) => {
        if (await isOf(log, facts)) return readCheckpointSections(path);
        this.#options.onStray?.(path, offset);
        return undefined;
      });
      if (sections) return { offset, reader: new SnapshotReader(sections, { owned: true }) };
    }
    return undefined;
  }

  /** The checkpoints of this schema with a good header, newest first. What lies behind the header is checked on loading. */
  async list(): Promise<CheckpointEntry[]> {
    const entries: CheckpointEntry[] = [];
    for (const offset of await this.#offsets()) {
      const entry = await this.#whole(offset, async (path) => ({ offset, path, bytes: (await stat(path)).size }));
      if (entry) entries.push(entry);
    }
    return entries;
  }

  /**
   * Deletes the checkpoints of more than `end` records, and those of other records than the log has, as of another log or of
   * one that was cut back and grew differently. Returns how many there were.
   */
  async dropStrays(log: Log, end: Offset = log.end()[0]!): Promise<number> {
    let dropped = 0;
    for (const offset of await this.#offsets()) {
      if (offset <= end && !(await this.#isStray(log, offset))) continue;
      await rm(this.#path(offset), { force: true });
      this.#options.onStray?.(this.#path(offset), offset);
      dropped++;
    }
    return dropped;
  }

  /** Whether a checkpoint, of whatever schema, is whole as far as its header goes and not of this log. */
  async #isStray(log: Log, offset: Offset): Promise<boolean> {
    try {
      const facts = await readCheckpointFacts(this.#path(offset));
      return facts !== undefined && facts.offset === offset && !(await isOf(log, facts));
    } catch (error) {
      if (error instanceof RialtoError) return false; // which of the two is damaged is told where it is needed
      throw error;
    }
  }

  /** What `read` gives for a checkpoint of our schema; undefined, and told of, where it is damaged. */
  async #whole<T>(offset: Offset, read: (path: string, facts: CheckpointFacts) => Promise<T>): Promise<T | undefined> {
    const path = this.#path(offset);
    try {
      const facts = await readCheckpointFacts(path);
      if (facts?.schema !== this.#options.schema) {
        this.#options.onForeign?.(path, facts?.schema ?? 'unknown');
        return undefined;
      }
      if (facts.offset !== offset) throw renamed(path, facts.offset);
      return await read(path, facts);
    } catch (error) {
      if (error instanceof RialtoError && error.code === 'checkpoint-damaged') this.#options.onDamage?.(error);
      else if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // gone: a writer deleted it meanwhile
      return undefined;
    }
  }

  #path(offset: Offset): string {
    return join(this.#options.directory, `${String(offset).padStart(16, '0')}.checkpoint`);
  }

  /** Of all checkpoint files, newest first. */
  async #offsets(): Promise<Offset[]> {
    return (await this.#names())
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a);
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#options.directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // nothing was written yet
      throw error;
    }
  }

  async #removeUnfinished(): Promise<void> {
    for (const name of await this.#names()) {
      if (name.endsWith('.checkpoint.unfinished')) await rm(join(this.#options.directory, name), { force: true });
    }
  }
}

async function isOf(log: Log, { offset, digest }: CheckpointFacts): Promise<boolean> {
  return offset <= log.end()[0]! && digest === (await log.digest(0, offset));
}

function renamed(path: string, offset: Offset): RialtoError {
  return new RialtoError(
    'checkpoint-damaged',
    `${path} is damaged: it says that it was made after ${offset} records.`,
    { file: path },
  );
}
