/**
 * A file of who met what, and when if it says so: any table whose columns go by one of the usual names or are named by the
 * caller; without a header, in one of the forms of headless-interactions.ts, or with columns that the caller names by number.
 */
import { float64Column } from '../base/column.ts';
import { RialtoError } from '../base/errors.ts';
import type { OnRead } from './byte-source.ts';
import { isNull } from './column-mapping.ts';
import type { Headless } from './delimited-rows.ts';
import { parseId } from './field-values.ts';
import { type HeadlessForm, headlessForm, isHeadless } from './headless-interactions.ts';
import { KeptText } from './kept-text.ts';
import { type DateOrder, parseMoment } from './moment.ts';
import type { Refusal } from './refusal.ts';
import type { Row } from './row.ts';
import { type OpenedFile, openRows } from './rows.ts';

export interface InteractionFileOptions {
  readonly path: string;
  /** Field → column, where the usual names do not fit. */
  readonly columns?: Readonly<Partial<Record<InteractionField, string>>>;
  /** Whether a row is of a session or of a user, in a file that has both. */
  readonly of?: 'users' | 'sessions';
  /** False: times are not needed, and a column of them is not looked at. */
  readonly timed?: boolean;
  /** Of dates that do not begin with the year. */
  readonly dates?: DateOrder | undefined;
  readonly onRead?: OnRead;
  /** Told how a file without a header was understood. */
  readonly onNote?: (note: string) => void;
}

export interface Interactions {
  readonly users: readonly string[];
  readonly items: readonly string[];
  /** Unix seconds, or numbers of the file's own that are too small for that; empty where the file has none. */
  readonly times: Float64Array;
}

type InteractionField = 'user' | 'item' | 'time';

const USUAL_NAMES: Readonly<Record<InteractionField, readonly string[]>> = {
  user: [
    ...[
      'user',
      'userid',
      'uid',
      'buyer',
      'buyerid',
      'customer',
      'customerid',
      'visitorid',
      'reviewerid',
      'memberid',
      'clientid',
    ],
    ...['usersession', 'session', 'sessionid'],
  ],
  item: [
    ...['item', 'itemid', 'listing', 'listingid', 'product', 'productid', 'movieid', 'iid', 'sku', 'stockcode'],
    ...['parentasin', 'asin', 'isbn', 'bookid', 'articleid', 'businessid', 'songid', 'trackid', 'artistid'],
    ...['movie', 'book', 'article', 'song', 'track', 'artist', 'animeid', 'gameid', 'newsid', 'recipeid', 'videoid'],
  ],
  time: [
    ...['time', 'timestamp', 'at', 'date', 'datetime', 'eventtime', 'ts'],
    ...['unixreviewtime', 'eventdate', 'tdat', 'invoicedate', 'orderdate', 'createdat'],
  ],
};
/** What a row is of where neither users nor sessions are named: files of clicks have it in the few that are purchases. */
const ORDERS = ['order', 'orderid', 'invoice', 'invoiceno', 'basket', 'basketid'];
/** RecBole's names end in it. */
const TYPE_SUFFIX = /:(token|float)$/;
/** Milliseconds beside a day, in DIGINETICA's files: only together do they put clicks in order. */
const DAY_AND_OFFSET = { day: 'eventdate', offset: 'timeframe' };

interface FoundColumns {
  readonly user: string;
  readonly item: string;
  readonly time: string | undefined;
  readonly offset: string | undefined;
}

/** Throws `bad-file` where the file cannot be opened or lacks a column: before hours of work for which it is read at the end. */
export async function requireInteractions(options: InteractionFileOptions): Promise<void> {
  await (await openInteractions(options)).opened.close();
}

export async function readInteractions(options: InteractionFileOptions): Promise<Interactions> {
  const { path, onNote } = options;
  const { opened, columns, form } = await openInteractions(options);
  try {
    if (form !== undefined) onNote?.(noteOf(path, form));
    const users: string[] = [];
    const items: string[] = [];
    const times = float64Column();
    const clock = new TimeReader(path, options.dates);
    const text = new KeptText(path);
    for await (const batch of opened.source.rows) {
      for (const row of batch) {
        users.push(text.keep(parseId(cellOf(row, columns.user, path)), row.line));
        items.push(text.keep(parseId(cellOf(row, columns.item, path)), row.line));
        if (columns.time !== undefined) times.push(clock.read(row, columns.time, columns.offset));
      }
    }
    if (users.length === 0) throw new RialtoError('no-data', `${path} has a header but no rows`);
    return { users, items, times: times.view().slice() };
  } finally {
    await opened.close();
  }
}

interface OpenedInteractions {
  readonly opened: OpenedFile;
  readonly columns: FoundColumns;
  /** Where there is no header and the caller did not name the columns. */
  readonly form: HeadlessForm | undefined;
}

async function openInteractions(options: InteractionFileOptions): Promise<OpenedInteractions> {
  const { path, onRead, columns: named = {} } = options;
  let form: HeadlessForm | undefined;
  const byNumber = Object.values(named).some((name) => /^\d+$/.test(name));
  const headless: Headless = (rows) => {
    const first = rows[0]!;
    if (!isHeadless(first)) return undefined;
    if (byNumber) return first.map((_, i) => String(i + 1));
    form = headlessForm(rows);
    return form && first.map((_, i) => form?.[i] ?? `column ${i + 1}`);
  };
  const opened = await openRows({ path, feeds: false, now: 0, warn: () => {}, onRead, headless });
  try {
    return { opened, columns: columnsOf(opened.source.columns, options), form };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function noteOf(path: string, form: HeadlessForm): string {
  return `${path} has no header: its columns are taken as ${form.join(', ')}. If they are others, name them by number, such as --item-column 3`;
}

function columnsOf(
  columns: readonly string[],
  { path, columns: named = {}, of = 'users', timed = true }: InteractionFileOptions,
): FoundColumns {
  const plain = (name: string): string =>
    name
      .toLowerCase()
      .replace(TYPE_SUFFIX, '')
      .replace(/[\s_.-]/g, '');
  const find = (field: InteractionField): string | undefined => {
    const wanted = named[field];
    if (wanted === undefined) {
      const usual = USUAL_NAMES[field];
      const names = field !== 'user' ? usual : [...(of === 'sessions' ? usual.toReversed() : usual), ...ORDERS];
      for (const name of names) {
        const column = columns.find((one) => plain(one) === name);
        if (column !== undefined) return column;
      }
      return undefined;
    }
    if (!columns.includes(wanted)) throw missing(path, `no column ${wanted}`, columns);
    return wanted;
  };
  const user = find('user');
  const item = find('item');
  if (user === undefined) {
    const flag = of === 'sessions' ? '--session-column' : '--user-column';
    throw missing(path, `no column of ${of}`, columns, flag);
  }
  if (item === undefined) throw missing(path, 'no column of items', columns, '--item-column');
  const time = timed ? find('time') : undefined;
  const isDay = named.time === undefined && time !== undefined && plain(time) === DAY_AND_OFFSET.day;
  const offset = isDay ? columns.find((one) => plain(one) === DAY_AND_OFFSET.offset) : undefined;
  return { user, item, time, offset };
}

function missing(path: string, what: string, columns: readonly string[], flag?: string): RialtoError {
  const isData = columns.some((name) => /^[\d.:,;| -]+( \(\d+\))?$/.test(name));
  const advice = isData
    ? '. Its first line seems to be data, of no form that is known: put a header such as user,item,time above it, or name its columns by number, such as --item-column 2'
    : flag === undefined
      ? ''
      : `; name it with ${flag}`;
  return new RialtoError('bad-file', `${path} has ${what}: its columns are ${columns.join(', ')}${advice}`, { path });
}

function cellOf(row: Row, column: string, path: string): string {
  if (row.refusal !== undefined)
    throw new RialtoError('bad-file', `${path}, line ${row.line}: ${row.refusal.message}`, { path, line: row.line });
  const value = row.cells[column];
  if (typeof value === 'object' && value !== null)
    throw new RialtoError(
      'bad-file',
      `${path}, line ${row.line}: ${column} is ${JSON.stringify(value)}, no single value`,
      {
        path,
        line: row.line,
      },
    );
  const text = value === undefined || value === null ? '' : String(value).trim();
  if (text === '' || isNull(text)) {
    const what = text === '' ? 'empty' : JSON.stringify(text);
    const message = `${path}, line ${row.line}: ${column} is ${what}: leave out the rows in which it is not known`;
    throw new RialtoError('bad-file', message, { path, line: row.line });
  }
  return text;
}

/** Unix time of any unit, a moment as text, or any other numbers that rise with time; not now one and now the other. */
class TimeReader {
  readonly #path: string;
  readonly #dates: DateOrder | undefined;
  #first: { readonly numeric: boolean; readonly line: number } | undefined;

  constructor(path: string, dates: DateOrder | undefined) {
    this.#path = path;
    this.#dates = dates;
  }

  /** Seconds. `offset` is a column of milliseconds that are to be added. */
  read(row: Row, column: string, offset?: string): number {
    const text = cellOf(row, column, this.#path);
    const value = Number(text);
    const numeric = Number.isFinite(value);
    this.#first ??= { numeric, line: row.line };
    const moment = numeric ? unixSeconds(value) : textSeconds(text, this.#dates);
    const here = { path: this.#path, line: row.line };
    if (typeof moment === 'number' && numeric === this.#first.numeric) {
      const millis = offset === undefined ? 0 : Number(cellOf(row, offset, this.#path));
      if (Number.isFinite(millis)) return moment + millis / 1000;
      throw new RialtoError('bad-file', `${here.path}, line ${here.line}: ${offset} is no number`, here);
    }
    const what =
      typeof moment === 'number'
        ? `"${text}" is ${numeric ? 'a number' : 'a date'}, and line ${this.#first.line} has ${numeric ? 'a date' : 'a number'}: they cannot be put in order`
        : moment.message;
    throw new RialtoError('bad-file', `${here.path}, line ${here.line}: ${column}: ${what}`, here);
  }
}

/** Of any unit, told by size as parseMoment does; smaller numbers (before 1973) are no Unix time and stay as they are. */
function unixSeconds(value: number): number {
  const unit = value < 1e11 ? 1 : value < 1e14 ? 1e3 : value < 1e17 ? 1e6 : 1e9;
  return value / unit;
}

function textSeconds(text: string, dates: DateOrder | undefined): number | Refusal {
  const millis = parseMoment(text, dates);
  return typeof millis === 'number' ? millis / 1000 : millis;
}
