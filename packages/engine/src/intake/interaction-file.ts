/**
 * A file of who met what, and when if it says so: any table with a header whose columns go by one of the usual names, or are
 * named by the caller.
 */
import { RialtoError } from '../base/errors.ts';
import { parseMoment } from './moment.ts';
import type { Row } from './row.ts';
import { openRows } from './rows.ts';

export interface InteractionFileOptions {
  readonly path: string;
  /** Field → column, where the usual names do not fit. */
  readonly columns?: Readonly<Partial<Record<InteractionField, string>>>;
  /** Whether a row is of a session or of a user, in a file that has both. */
  readonly of?: 'users' | 'sessions';
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

export async function readInteractions(options: InteractionFileOptions): Promise<Interactions> {
  const opened = await openRows({ path: options.path, feeds: false, now: 0, warn: () => {} });
  try {
    const columns = columnsOf(opened.source.columns, options);
    const users: string[] = [];
    const items: string[] = [];
    const times: number[] = [];
    for await (const batch of opened.source.rows) {
      for (const row of batch) {
        users.push(cellOf(row, columns.user!, options.path));
        items.push(cellOf(row, columns.item!, options.path));
        if (columns.time !== undefined) times.push(timeOf(row, columns.time, options.path));
      }
    }
    if (users.length === 0) throw new RialtoError('no-data', `${options.path} has a header but no rows`);
    return { users, items, times: Float64Array.from(times) };
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
  const advice = flag === undefined ? '' : `; name it with ${flag}`;
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

/** Any number, for its unit does not matter here, or a moment as text. */
function timeOf(row: Row, column: string, path: string): number {
  const text = cellOf(row, column, path);
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  const moment = parseMoment(text);
  if (typeof moment === 'number') return moment;
  throw new RialtoError('bad-file', `${path}, line ${row.line}: ${column}: ${moment.message}`, {
    path,
    line: row.line,
  });
}
