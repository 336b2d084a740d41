/**
 * A file of who met what, and when if it says so: any table with a header whose columns go by one of the usual names, or are
 * named by the caller.
 */
import { float64Column } from '../base/column.ts';
import { RialtoError } from '../base/errors.ts';
import type { OnRead } from './byte-source.ts';
import { KeptText } from './kept-text.ts';
import { parseMoment } from './moment.ts';
import type { Row } from './row.ts';
import { openRows } from './rows.ts';

export interface InteractionFileOptions {
  readonly path: string;
  /** Field → column, where the usual names do not fit. */
  readonly columns?: Readonly<Partial<Record<InteractionField, string>>>;
  /** Whether a row is of a session or of a user, in a file that has both. */
  readonly of?: 'users' | 'sessions';
  readonly onRead?: OnRead;
}

export interface Interactions {
  readonly users: readonly string[];
  readonly items: readonly string[];
  /** In the file's own unit, ascending with time; empty where the file has none. */
  readonly times: Float64Array;
}

type InteractionField = 'user' | 'item' | 'time';

const USUAL_NAMES: Readonly<Record<InteractionField, readonly string[]>> = {
  user: ['user', 'userid', 'uid', 'buyer', 'buyerid', 'customer', 'customerid', 'visitorid', 'session', 'sessionid'],
  item: ['item', 'itemid', 'listing', 'listingid', 'product', 'productid', 'movieid', 'iid', 'sku', 'stockcode'],
  time: ['time', 'timestamp', 'at', 'date', 'datetime', 'eventtime', 'ts'],
};

/** Throws `bad-file` where the file cannot be opened or lacks a column: before hours of work for which it is read at the end. */
export async function requireInteractions(options: InteractionFileOptions): Promise<void> {
  const opened = await openRows({ path: options.path, feeds: false, now: 0, warn: () => {} });
  try {
    columnsOf(opened.source.columns, options);
  } finally {
    await opened.close();
  }
}

export async function readInteractions(options: InteractionFileOptions): Promise<Interactions> {
  const { path, onRead } = options;
  const opened = await openRows({ path, feeds: false, now: 0, warn: () => {}, onRead });
  try {
    const columns = columnsOf(opened.source.columns, options);
    const users: string[] = [];
    const items: string[] = [];
    const times = float64Column();
    const clock = new TimeReader(path);
    const text = new KeptText(path);
    for await (const batch of opened.source.rows) {
      for (const row of batch) {
        users.push(text.keep(cellOf(row, columns.user!, path), row.line));
        items.push(text.keep(cellOf(row, columns.item!, path), row.line));
        if (columns.time !== undefined) times.push(clock.read(row, columns.time));
      }
    }
    if (users.length === 0) throw new RialtoError('no-data', `${path} has a header but no rows`);
    return { users, items, times: times.view().slice() };
  } finally {
    await opened.close();
  }
}

function columnsOf(
  columns: readonly string[],
  { path, columns: named = {}, of = 'users' }: InteractionFileOptions,
): Partial<Record<InteractionField, string>> {
  const plain = (name: string): string => name.toLowerCase().replace(/[\s_.-]/g, '');
  const find = (field: InteractionField): string | undefined => {
    const wanted = named[field];
    if (wanted === undefined) {
      const usual = USUAL_NAMES[field];
      for (const name of field === 'user' && of === 'sessions' ? usual.toReversed() : usual) {
        const column = columns.find((one) => plain(one) === name);
        if (column !== undefined) return column;
      }
      return undefined;
    }
    if (!columns.includes(wanted)) throw missing(path, `no column ${wanted}`, columns);
    return wanted;
  };
  const found = { user: find('user'), item: find('item'), time: find('time') };
  if (found.user === undefined) {
    const flag = of === 'sessions' ? '--session-column' : '--user-column';
    throw missing(path, `no column of ${of}`, columns, flag);
  }
  if (found.item === undefined) throw missing(path, 'no column of items', columns, '--item-column');
  return found as Partial<Record<InteractionField, string>>;
}

function missing(path: string, what: string, columns: readonly string[], flag?: string): RialtoError {
  const isData = columns.some((name) => /^[\d.:,;| -]+( \(\d+\))?$/.test(name));
  const advice = isData
    ? '. Its first line seems to be data: put a header such as user,item,time above it'
    : flag === undefined
      ? ''
      : `; name it with ${flag}`;
  return new RialtoError('bad-file', `${path} has ${what}: its columns are ${columns.join(', ')}${advice}`, { path });
}

function cellOf(row: Row, column: string, path: string): string {
  if (row.refusal !== undefined)
    throw new RialtoError('bad-file', `${path}, line ${row.line}: ${row.refusal.message}`, { path, line: row.line });
  const value = row.cells[column];
  const text = value === undefined || value === null ? '' : String(value).trim();
  if (text === '')
    throw new RialtoError('bad-file', `${path}, line ${row.line}: ${column} is empty`, { path, line: row.line });
  return text;
}

/** Any number, for its unit does not matter here, or a moment as text; not now one and now the other. */
class TimeReader {
  readonly #path: string;
  #first: { readonly numeric: boolean; readonly line: number } | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  read(row: Row, column: string): number {
    const text = cellOf(row, column, this.#path);
    const value = Number(text);
    const numeric = Number.isFinite(value);
    this.#first ??= { numeric, line: row.line };
    const moment = numeric ? value : parseMoment(text);
    if (typeof moment === 'number' && numeric === this.#first.numeric) return moment;
    const here = { path: this.#path, line: row.line };
    const what =
      typeof moment === 'number'
        ? `"${text}" is ${numeric ? 'a number' : 'a date'}, and line ${this.#first.line} has ${numeric ? 'a date' : 'a number'}: they cannot be put in order`
        : moment.message;
    throw new RialtoError('bad-file', `${here.path}, line ${here.line}: ${column}: ${what}`, here);
  }
}
