/** A row of a file: what every format is read as, and what every kind of import starts from. */
import type { FileFormat } from './file-format.ts';
import type { Refusal } from './refusal.ts';

export type Cells = Readonly<Record<string, unknown>>;

export interface Row {
  /** 1-based, where the row begins. Parquet has no lines: there it is the number of the row. */
  readonly line: number;
  /** By column. Text in text formats; JSON values in JSONL and Parquet. */
  readonly cells: Cells;
  /** As the file has it, where `cells` were made from it. */
  readonly raw?: unknown;
  /** The reader could not make a row of it. */
  readonly refusal?: Refusal;
}

/** A chunk's worth of rows at a time: waiting for each alone would cost more than reading it. Batches may be empty. */
export type RowBatches = AsyncGenerator<readonly Row[]>;

export interface RowSource {
  readonly format: FileFormat;
  /** Of JSONL: the keys seen in the first rows. */
  readonly columns: readonly string[];
  /** Later rows may bring columns that `columns` does not have. */
  readonly open: boolean;
  readonly rows: RowBatches;
  /** Releases what the reader holds beyond the file. */
  readonly close?: () => Promise<void>;
}
