/**
 * Files of who met what that have no header, in the forms that the field shares them in, told by their first rows:
 *
 *   user, item, rating, Unix time   MovieLens (u.data; ratings.dat, parted by `::`), Amazon's ratings
 *   item, user, rating, Unix time   Amazon's ratings of 2018, told by what its ids look like
 *   session, time, item, …          Yoochoose's clicks and purchases
 *   user, item, Unix time           or user, Unix time, item, where only one of the two can be a time
 *   user, item, rating              where no rating is above 100
 *   user, item                      both whole numbers
 *
 * What is of none of them is no guess: its columns are then named by the caller, by number.
 */

/** What the columns hold, from the left; the rest is not needed. */
export type HeadlessForm = readonly ('user' | 'item' | 'time' | 'rating')[];

const SAMPLE = 200;
const NUMBER = /^\s*-?\d+(\.\d+)?(e[-+]?\d+)?\s*$/i;
const DATE = /^\s*\d{4}-\d\d-\d\d([T ]|\s*$)/;
const RATING_MAX = 100;
/** 1990 to 2040, in seconds: ids are numbers of that size too, but hardly all of a column. */
const ERA = { from: 631_152_000, to: 2_208_988_800 };
const AMAZON_ITEM = /^(B[\dA-Z]{9}|\d{9}[\dX])$/;
const AMAZON_USER = /^A[\dA-Z]{9,}$/;

type Test = (cell: string) => boolean;

const isNumber: Test = (cell) => NUMBER.test(cell);
const isDate: Test = (cell) => DATE.test(cell);
const isRating: Test = (cell) => isNumber(cell) && Math.abs(Number(cell)) <= RATING_MAX;
const isUnixTime: Test = (cell) =>
  isNumber(cell) && [1, 1e3, 1e6].some((unit) => Number(cell) >= ERA.from * unit && Number(cell) < ERA.to * unit);
const isId: Test = (cell) => cell.trim() !== '' && !isDate(cell) && !cell.includes(' ');
const isWhole: Test = (cell) => /^\s*\d+\s*$/.test(cell);

interface Form {
  readonly cells: readonly Test[];
  readonly form: HeadlessForm;
  /** There may be other columns after them. */
  readonly more?: boolean;
  /** A column that must not look like a time throughout. */
  readonly unlike?: number;
}

const FORMS: readonly Form[] = [
  { cells: [isId, isDate, isId], form: ['user', 'time', 'item'], more: true },
  {
    cells: [(cell) => AMAZON_ITEM.test(cell), (cell) => AMAZON_USER.test(cell), isRating, isUnixTime],
    form: ['item', 'user', 'rating', 'time'],
  },
  { cells: [isId, isId, isRating, isUnixTime], form: ['user', 'item', 'rating', 'time'] },
  { cells: [isId, isId, isUnixTime], form: ['user', 'item', 'time'], unlike: 1 },
  { cells: [isId, isUnixTime, isId], form: ['user', 'time', 'item'], unlike: 2 },
  { cells: [isId, isId, isDate], form: ['user', 'item', 'time'] },
  { cells: [isId, isId, isRating], form: ['user', 'item', 'rating'] },
  { cells: [isWhole, isWhole], form: ['user', 'item'] },
];

/** A header's cells are names; a number or a date among those of the first row makes it data, but for 0, 1, 2, … as data frames write them. */
export function isHeadless(first: readonly string[]): boolean {
  if (first.length > 1 && first.every((cell, i) => cell.trim() === String(i))) return false;
  return first.some((cell) => isNumber(cell) || isDate(cell));
}

/** Undefined where the rows are of no known form. */
export function headlessForm(rows: readonly (readonly string[])[]): HeadlessForm | undefined {
  const sample = rows.slice(0, SAMPLE).filter((row) => row.some((cell) => cell.trim() !== ''));
  const width = sample[0]?.length ?? 0;
  if (sample.some((row) => row.length !== width)) return undefined;
  const all = (column: number, test: Test): boolean => sample.every((row) => test(row[column]!));
  const fits = ({ cells, more, unlike }: Form): boolean =>
    (more === true ? width >= cells.length : width === cells.length) &&
    cells.every((test, column) => all(column, test)) &&
    (unlike === undefined || !all(unlike, isUnixTime));
  return FORMS.find(fits)?.form;
}
