/** What importing needs of the engine, and what it counts. */
import type { BuyerEvent } from '@rialto/sdk';
import type { Engine } from '../delivery/engine.ts';
import type { ColumnMapping } from './column-mapping.ts';
import type { CurrencyMarks } from './money.ts';
import type { Rejects } from './rejects.ts';
import type { Row } from './row.ts';

export type IntakeEngine = Pick<Engine, 'ingest' | 'save' | 'read' | 'list'>;

/** Who saved it, in the log. */
export const IMPORTED_BY = 'import';

export class IntakeCounts {
  /** Entities saved, or events counted. */
  saved = 0;
  /** Entities that were there already, equal. */
  unchanged = 0;
  /** Events that had been counted before. */
  duplicates = 0;
  /** Listings, shops or reviews that the rows made. */
  entities = 0;
  /** Rows that went into an entity of an earlier row. */
  merged = 0;
  /** Listings without a title anywhere: their id serves. */
  untitled = 0;
  /** Listings made because a row named them. */
  created = 0;
}

export interface IntakeContext {
  readonly engine: IntakeEngine;
  readonly mapping: ColumnMapping;
  readonly currency: CurrencyMarks;
  /** Of rows without a language of their own, where it is not the marketplace's. */
  readonly language: string | undefined;
  readonly rejects: Rejects;
  readonly counts: IntakeCounts;
  /** Make the listings that rows name and that do not exist. */
  readonly createListings: boolean;
  /** Told how many of the merged entities have been handed over for saving. */
  readonly onSaving: (done: number) => void;
}

/** One kind of import: takes rows one by one. A promise says to wait before the next. */
export interface RowTaker {
  take(row: Row): Promise<void> | undefined;
  finish(): Promise<void>;
}

export type ImportedEvent = BuyerEvent & { readonly at: number };
