/**
 * A file into the engine: open and detect → map columns → settle currency and language → row by row into listings, events
 * and the like → saved or ingested in batches → a summary.
 *
 * Everything that can be refused as a whole is refused before anything is written. After that, a bad row costs only itself,
 * and what was acknowledged stays: an import that was interrupted continues when it is run again.
 */
import { resolve } from 'node:path';
import type { Settings } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { CAMPAIGN_FIELDS, CampaignRows } from './campaign-rows.ts';
import { type ColumnMapping, type Field, resolveMapping } from './column-mapping.ts';
import { decimalMarks, moneyFields } from './decimal-marks.ts';
import { EVENT_FIELDS, EventRows } from './event-rows.ts';
import type { FileFormat } from './file-format.ts';
import { type IntakeContext, IntakeCounts, type IntakeEngine, type RowTaker } from './intake-engine.ts';
import { LISTING_FIELDS, ListingRows } from './listing-rows.ts';
import { settleSettings } from './marketplace-settings.ts';
import type { DateOrder } from './moment.ts';
import { currencyMarks } from './money.ts';
import type { DecimalMark } from './number-cells.ts';
import { PURCHASE_FIELDS, PurchaseRows } from './purchase-rows.ts';
import { Rejects } from './rejects.ts';
import { REVIEW_FIELDS, ReviewRows } from './review-rows.ts';
import type { Row, RowBatches } from './row.ts';
import { type OpenedFile, openRows } from './rows.ts';
import { SHOP_FIELDS, ShopRows } from './shop-rows.ts';

interface Kind {
  readonly fields: readonly Field[];
  readonly taker: new (context: IntakeContext) => RowTaker;
  /** Rows are merged: nothing is saved before the last one has been read. */
  readonly merges?: true;
}

const KINDS = {
  listings: { fields: LISTING_FIELDS, taker: ListingRows, merges: true },
  purchases: { fields: PURCHASE_FIELDS, taker: PurchaseRows },
  reviews: { fields: REVIEW_FIELDS, taker: ReviewRows },
  shops: { fields: SHOP_FIELDS, taker: ShopRows, merges: true },
  campaigns: { fields: CAMPAIGN_FIELDS, taker: CampaignRows },
  events: { fields: EVENT_FIELDS, taker: EventRows },
} as const satisfies Record<string, Kind>;

export type ImportKind = keyof typeof KINDS;
export const IMPORT_KINDS = Object.keys(KINDS) as ImportKind[];

export interface ImportOptions {
  readonly path: string;
  readonly as: ImportKind;
  /** Field → column. Absent: columns are matched by name. */
  readonly map?: Readonly<Record<string, string>> | undefined;
  /** Field → one value for every row. */
  readonly set?: Readonly<Record<string, string>> | undefined;
  readonly currency?: string | undefined;
  readonly language?: string | undefined;
  readonly format?: FileFormat | undefined;
  readonly delimiter?: string | undefined;
  readonly quotes?: boolean | undefined;
  /** Of dates that do not begin with the year. */
  readonly dates?: DateOrder | undefined;
  /** Of money; told by the first rows where absent. */
  readonly decimal?: DecimalMark | undefined;
  readonly rejectsPath: string;
  readonly createListings?: boolean | undefined;
  /** Milliseconds since 1970: decides which sale prices of a feed hold. */
  readonly now: number;
  /** Stops after the rows at hand; what was acknowledged stays. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
}

export interface ImportProgress {
  readonly rows: number;
  readonly bytesRead: number;
  readonly bytesTotal: number;
  /** Once all is read: how many of the merged listings are on their way, and of how many. */
  readonly saving?: { readonly done: number; readonly total: number };
}

export interface ImportSummary {
  readonly as: ImportKind;
  readonly format: FileFormat;
  /** Field → column. */
  readonly mapping: Readonly<Record<string, string>>;
  readonly currency: string;
  readonly rows: number;
  readonly counts: Readonly<IntakeCounts>;
  readonly rejected: number;
  /** The most common reason first. */
  readonly rejectedByReason: Readonly<Record<string, number>>;
  /** Absent where no row was rejected. */
  readonly rejectsPath?: string;
  readonly warnings: readonly string[];
  readonly interrupted: boolean;
}

const STOP_EVERY_ROWS = 1000;

/** A file that is open and understood, and of which nothing has been written yet. */
export interface PreparedImport {
  readonly options: ImportOptions;
  readonly file: OpenedFile;
  readonly mapping: ColumnMapping;
  readonly warnings: readonly string[];
}

/** Throws `bad-file` and `bad-mapping`. What it returns must be run, or its file closed. */
export async function prepareImport(options: ImportOptions): Promise<PreparedImport> {
  if (resolve(options.path) === resolve(options.rejectsPath)) {
    throw new RialtoError('bad-request', `the rejects would overwrite ${options.path}: name another file`, {
      path: 'rejects',
    });
  }
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const feeds = options.as === 'listings' && options.map === undefined;
  const opened = await openRows({ ...options, feeds, warn });
  try {
    const { map = {}, set = {}, dates } = options;
    const mapping = resolveMapping(KINDS[options.as].fields, opened.source, { map, set, dates });
    const { first, rows } = await withFirst(opened.source.rows);
    const file = { ...opened, source: { ...opened.source, rows } };
    return { options, file, mapping: mapping.withDecimals(decimalsOf(first, mapping, options, warn)), warnings };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** The first rows, and all of them. */
async function withFirst(rows: RowBatches): Promise<{ first: readonly Row[]; rows: RowBatches }> {
  let next = await rows.next();
  while (next.done !== true && next.value.length === 0) next = await rows.next();
  const first = next.done === true ? [] : next.value;
  const all = async function* (): RowBatches {
    yield first;
    yield* rows;
  };
  return { first, rows: all() };
}

function decimalsOf(
  first: readonly Row[],
  mapping: ColumnMapping,
  { as, decimal }: ImportOptions,
  warn: (message: string) => void,
): Map<string, DecimalMark> {
  const { fields } = KINDS[as];
  if (decimal !== undefined) return new Map(moneyFields(fields).map(({ name }) => [name, decimal]));
  const marks = decimalMarks(first, mapping, fields);
  const commas = [...marks].filter(([, mark]) => mark === 'comma').map(([name]) => name);
  if (commas.length > 0)
    warn(
      `${commas.join(', ')}: read with a decimal comma (1.234 is 1234.00), as in its first rows; else say --decimal point.`,
    );
  return marks;
}

/** Throws `currency-mismatch` before anything is written; `bad-file` where the file is damaged further on. */
export async function runImport(engine: IntakeEngine, prepared: PreparedImport): Promise<ImportSummary> {
  const { options, file } = prepared;
  const progress = new Progress(prepared);
  try {
    const settings = await settleSettings(engine, options);
    const context = contextOf(engine, settings, prepared, progress);
    await takeAll(file, KINDS[options.as], context, progress);
    return summaryOf(prepared, context, progress.rows);
  } finally {
    await file.close();
  }
}

function contextOf(
  engine: IntakeEngine,
  settings: Settings,
  prepared: PreparedImport,
  progress: Progress,
): IntakeContext {
  const { options, mapping } = prepared;
  const counts = new IntakeCounts();
  return {
    engine,
    mapping,
    counts,
    rejects: new Rejects(options.rejectsPath),
    currency: currencyMarks(settings.currency),
    language: options.language === settings.language ? undefined : options.language,
    createListings: options.createListings ?? false,
    onSaving: (done) => progress.tell({ done, total: counts.entities }),
  };
}

/** How far an import is. */
class Progress {
  rows = 0;
  readonly #prepared: PreparedImport;

  constructor(prepared: PreparedImport) {
    this.#prepared = prepared;
  }

  get stopped(): boolean {
    return this.#prepared.options.signal?.aborted === true;
  }

  tell(saving?: ImportProgress['saving']): void {
    const { file, options } = this.#prepared;
    const { bytesTotal } = file.bytes;
    options.onProgress?.({ rows: this.rows, bytesRead: file.bytes.bytesRead(), bytesTotal, ...(saving && { saving }) });
  }
}

async function takeAll(file: OpenedFile, kind: Kind, context: IntakeContext, progress: Progress): Promise<void> {
  const taker = new kind.taker(context);
  try {
    for await (const batch of file.source.rows) {
      for (const row of batch) {
        const wait = row.refusal === undefined ? taker.take(row) : context.rejects.add(row, row.refusal);
        if (wait !== undefined) await wait;
        if (++progress.rows % STOP_EVERY_ROWS === 0 && progress.stopped) break;
      }
      progress.tell();
      if (progress.stopped) break;
    }
    if (!progress.stopped || kind.merges !== true) await taker.finish();
  } catch (error) {
    // The rows before the damage are good ones; where it is the engine that failed, this fails again and says no more.
    if (kind.merges !== true) await taker.finish().catch(() => undefined);
    throw error;
  } finally {
    context.rejects.close();
  }
}

function summaryOf({ file, options, warnings }: PreparedImport, context: IntakeContext, rows: number): ImportSummary {
  const { rejects } = context;
  const byReason = [...rejects.byReason].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return {
    as: options.as,
    format: file.source.format,
    mapping: context.mapping.toJSON(),
    currency: context.currency.code,
    rows,
    counts: context.counts,
    rejected: rejects.total,
    rejectedByReason: Object.fromEntries(byReason),
    ...(rejects.total > 0 ? { rejectsPath: rejects.path } : {}),
    warnings,
    interrupted: options.signal?.aborted === true,
  };
}
