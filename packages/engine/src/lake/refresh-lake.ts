/**
 * The log into the lake: only what is new since the last time, in batches of bounded memory. A batch is
 *
 *     read → rows, and the fold of the charges → one file a table → newest versions anew → manifest → leftovers removed
 *
 * Until its manifest is there, a batch does not exist: a crash loses at most one, and the next run begins where it began.
 * Small files at the end of a table are merged with the next ones, so their number grows with the logarithm of the refreshes.
 * The files of the manifest before stay for one more batch, for those who are reading them.
 */
import { join } from 'node:path';
import { RialtoError } from '../base/errors.ts';
import { SnapshotWriter } from '../base/snapshot.ts';
import { CheckpointStore } from '../log/checkpoint.ts';
import { DirectoryLock } from '../log/directory-lock.ts';
import type { Log, Offset } from '../log/log.ts';
import type { DecisionRecord, EntityKind, EventRecord, LogRecord, SavedRecord } from '../log/record.ts';
import { makeDirectory, usable } from '../log/usable-directory.ts';
import { ChargeFold } from './charge-fold.ts';
import { currentVersions } from './current-versions.ts';
import {
  changeRow,
  decidedExposureRows,
  decisionItemRows,
  decisionRow,
  eventRow,
  interleavedRows,
  modelRow,
  reportedExposureRow,
} from './history-rows.ts';
import { CURRENT_TABLE_OF, HISTORY_NAMES, type HistoryTable, TABLE_NAMES, type TableName } from './lake-tables.ts';
import {
  emptyManifest,
  firstDamaged,
  type Manifest,
  type Part,
  readManifest,
  removeLeftovers,
  writeManifest,
} from './manifest.ts';
import { moneyRows } from './money-rows.ts';
import { ParquetStage } from './parquet-stage.ts';
import { rowsOf } from './sql-text.ts';

/** A batch ends when its rows and its JSON, in units of so many characters, add up to this. */
const BATCH_WEIGHT = 500_000;
const CHARACTERS_A_ROW = 250;
/** Files of more rows are not merged any further. */
const PART_ROWS_MAX = 500_000;
/** Records after which keeping the fold is quicker than folding them again. */
const FOLD_KEPT_EVERY = 200_000;
/** How DuckDB tells of a disk that is full or failing. */
const STORAGE_FAILED = /^(IO|Out of Memory) Error: /;
const FOLD_SCHEMA = 'charges-3';

export interface RefreshOptions {
  /** Told how many of the log's records are in the lake. */
  readonly onProgress?: (done: number, all: number) => void;
  /** Stops between batches of the log: what has been written stays. */
  readonly signal?: AbortSignal;
  /** For tests: how large a batch is. */
  readonly batchWeight?: number;
}

export interface LakeRefresh {
  /** Records of the log that were in the lake before, and are now. */
  readonly from: Offset;
  readonly end: Offset;
  /** What the tables hold now. */
  readonly tables: Readonly<
    Record<TableName, { readonly rows: number; readonly bytes: number; readonly files: number }>
  >;
  /** Why everything was written anew, where it was. */
  readonly rebuilt?: string;
  readonly interrupted: boolean;
}

/**
 * Brings the lake of a directory up to the end of the log. Throws `data-locked` where another process is about to,
 * `data-unusable` where the directory cannot be written: what was there before stays.
 */
export async function refreshLake(log: Log, directory: string, options: RefreshOptions = {}): Promise<LakeRefresh> {
  try {
    return await usable(directory, () => refreshLocked(log, directory, options));
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof RialtoError || !STORAGE_FAILED.test(message)) throw error;
    throw new RialtoError(
      'data-unusable',
      `the lake in ${directory} cannot be written: ${message}. It stays as it was; mend the cause, and run the same again`,
      { directory },
    );
  }
}

async function refreshLocked(log: Log, directory: string, options: RefreshOptions): Promise<LakeRefresh> {
  await makeDirectory(directory);
  const lock = await DirectoryLock.acquire(directory);
  try {
    const { manifest, rebuilt } = await usableManifest(log, directory);
    const refresh = new Refresh(log, directory, manifest, options);
    const end = log.end()[0]!;
    await refresh.run(end);
    return {
      from: manifest.end,
      end: refresh.manifest.end,
      tables: tableSizes(refresh.manifest),
      interrupted: refresh.manifest.end < end,
      ...(rebuilt !== undefined && { rebuilt }),
    };
  } finally {
    lock.release();
  }
}

/** The manifest to continue from; an empty one, and why, where the files or the log are not those that it speaks of. */
async function usableManifest(log: Log, directory: string): Promise<{ manifest: Manifest; rebuilt?: string }> {
  const manifest = await readManifest(directory);
  if (manifest === undefined) return { manifest: emptyManifest() };
  const damaged = await firstDamaged(directory, manifest);
  if (damaged !== undefined) return { manifest: emptyManifest(), rebuilt: `${damaged} is missing or was changed` };
  if (manifest.end <= log.end()[0]! && (await log.digest(0, manifest.end)) === manifest.digest) return { manifest };
  return { manifest: emptyManifest(), rebuilt: `the log is another one than at record ${manifest.end}` };
}

class Refresh {
  /** Of the lake as it is. */
  manifest: Manifest;
  readonly #log: Log;
  readonly #directory: string;
  readonly #options: RefreshOptions;
  readonly #folds: CheckpointStore;
  #fold = new ChargeFold();
  #foldKeptAt = 0;
  // Of the batch:
  #weight = 0;
  #changed = new Set<EntityKind>();

  constructor(log: Log, directory: string, manifest: Manifest, options: RefreshOptions) {
    this.#log = log;
    this.#directory = directory;
    this.manifest = manifest;
    this.#options = options;
    this.#folds = new CheckpointStore({ directory: join(directory, 'fold'), schema: FOLD_SCHEMA, kept: 2 });
  }

  async run(end: Offset): Promise<void> {
    await this.#folds.dropStrays(this.#log, this.manifest.end);
    if (end === this.manifest.end) {
      // Nothing is new; but an empty log has an empty lake.
      if (end === 0) await this.#publish(this.manifest);
      return;
    }
    const kept = await this.#folds.newest(this.#log, this.manifest.end);
    if (kept) this.#fold.load(kept.reader);
    this.#foldKeptAt = this.#fold.offset;
    const stage = await ParquetStage.open(this.#directory);
    try {
      await this.#readAll(stage, end);
    } finally {
      await stage.close();
    }
  }

  async #readAll(stage: ParquetStage, end: Offset): Promise<void> {
    const { onProgress, signal, batchWeight = BATCH_WEIGHT } = this.#options;
    await stage.begin();
    for await (const { first, records } of this.#log.read(0, this.#fold.offset, end)) {
      if (signal?.aborted) return;
      for (let i = 0; i < records.length; i++) this.#take(stage, first + i, records[i]!);
      const done = first + records.length;
      onProgress?.(done, end);
      if (this.#weight < batchWeight && done < end) continue;
      if (done === this.manifest.end) continue;
      await this.#commit(stage, done);
      await stage.begin();
    }
  }

  #take(stage: ParquetStage, offset: Offset, record: LogRecord): void {
    const entry = this.#fold.apply(record);
    if (offset < this.manifest.end) return;
    this.#weight++;
    if (entry) {
      const rows = moneyRows(offset, record, entry, this.#fold);
      this.#weight += rows.length;
      for (const [table, row] of rows) stage.add(table, row);
    }
    const valueMicros = entry?.kind === 'order' ? entry.valueMicros : undefined;
    if (record.kind === 'event') this.#takeEvent(stage, offset, record, valueMicros);
    else if (record.kind === 'decision') this.#takeDecision(stage, offset, record);
    else if (record.kind === 'model') stage.add('models', modelRow(offset, record));
    else if (record.kind !== 'payment' && record.kind !== 'refund' && record.kind !== 'erasure')
      this.#takeEntity(stage, offset, record);
  }

  #takeEvent(stage: ParquetStage, offset: Offset, record: EventRecord, valueMicros: number | undefined): void {
    stage.add('events', eventRow(offset, record, valueMicros));
    if (record.exposure !== undefined) stage.add('exposures', reportedExposureRow(offset, record));
  }

  #takeDecision(stage: ParquetStage, offset: Offset, record: DecisionRecord): void {
    const items = decisionItemRows(offset, record);
    const exposures = decidedExposureRows(offset, record);
    this.#weight += items.length + exposures.length;
    stage.add('decisions', decisionRow(offset, record));
    for (const item of items) stage.add('decision_items', item);
    for (const exposure of exposures) stage.add('exposures', exposure);
    for (const item of interleavedRows(offset, record)) stage.add('interleaved_items', item);
  }

  #takeEntity(stage: ParquetStage, offset: Offset, record: SavedRecord): void {
    const row = changeRow(offset, record);
    this.#weight += (row[row.length - 1] as string).length / CHARACTERS_A_ROW;
    this.#changed.add(record.kind);
    stage.add('entity_changes', row);
  }

  async #commit(stage: ParquetStage, end: Offset): Promise<void> {
    stage.flush();
    const tables: Record<TableName, readonly Part[]> = { ...this.manifest.tables };
    for (const table of HISTORY_NAMES) {
      if (stage.rows(table) > 0) tables[table] = await this.#grow(stage, table, end);
    }
    for (const kind of this.#changed) {
      const table = CURRENT_TABLE_OF[kind];
      const before = tables[table].length > 0 ? rowsOf(this.#directory, tables[table]) : undefined;
      const name = `current-${end}`;
      tables[table] = [await stage.write(currentVersions(kind, before), { table, name, first: 0, end })];
    }
    this.#changed = new Set();
    this.#weight = 0;
    await this.#publish({ ...this.manifest, end, digest: await this.#log.digest(0, end), tables });
    await this.#keepFold();
  }

  /** The table's files with the stage's rows added: as a file of their own, or merged with the last ones where those are small. */
  async #grow(stage: ParquetStage, table: HistoryTable, end: Offset): Promise<Part[]> {
    const parts = [...this.manifest.tables[table]];
    const merged: Part[] = [];
    let rows = stage.rows(table);
    for (
      let last = parts.at(-1);
      last && last.rows <= 2 * rows && last.rows + rows <= PART_ROWS_MAX;
      last = parts.at(-1)
    ) {
      merged.unshift(parts.pop()!);
      rows += last.rows;
    }
    const first = merged[0]?.first ?? this.manifest.end;
    const staged = `SELECT * FROM ${table}`;
    const select = merged.length > 0 ? `${rowsOf(this.#directory, merged)} UNION ALL ${staged}` : staged;
    return [...parts, await stage.write(select, { table, name: `part-${first}-${end}`, first, end })];
  }

  async #publish(manifest: Manifest): Promise<void> {
    await writeManifest(this.#directory, manifest);
    await removeLeftovers(this.#directory, [this.manifest, manifest]);
    this.manifest = manifest;
  }

  async #keepFold(): Promise<void> {
    const { offset } = this.#fold;
    if (offset - this.#foldKeptAt < FOLD_KEPT_EVERY) return;
    const snapshot = new SnapshotWriter();
    this.#fold.save(snapshot);
    await this.#folds.write(this.#log, offset, snapshot.sections);
    this.#foldKeptAt = offset;
  }
}

function tableSizes({ tables }: Manifest): LakeRefresh['tables'] {
  const sizes = TABLE_NAMES.map((name) => {
    const parts = tables[name];
    const sum = (of: (part: Part) => number) => parts.reduce((total, part) => total + of(part), 0);
    return [name, { rows: sum((part) => part.rows), bytes: sum((part) => part.bytes), files: parts.length }];
  });
  return Object.fromEntries(sizes) as LakeRefresh['tables'];
}
