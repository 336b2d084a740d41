/**
 * Files of who met what that have no header, in the forms that the field shares them in, told by their first rows:
 *
 *   user, item, rating, Unix time   MovieLens (u.data; ratings.dat, parted by `::`), Amazon's ratings
 *   item, user, rating, Unix time   Amazon's ratings of 2018, told by what its ids look like
 *   session, time, item, …          Yoochoose's clicks and purchases
 *   user, item, Unix time
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
/** 1973 to 5138, in seconds or milliseconds. */
const UNIX_TIME = { min: 1e8, max: 1e14 };
const AMAZON_ITEM = /^(B[\dA-Z]{9}|\d{9}[\dX])$/;
const AMAZON_USER = /^A[\dA-Z]{9,}$/;

type Test = (cell: string) => boolean;

const isNumber: Test = (cell) => NUMBER.test(cell);
const isDate: Test = (cell) => DATE.test(cell);
const isRating: Test = (cell) => isNumber(cell) && Math.abs(Number(cell)) <= RATING_MAX;
const isUnixTime: Test = (cell) => isNumber(cell) && Number(cell) >= UNIX_TIME.min && Number(cell) < UNIX_TIME.max;
const isId: Test = (cell) => cell.trim() !== '' && !isDate(cell) && !cell.includes(' ');
const isWhole: Test = (cell) => /^\s*\d+\s*$/.test(cell);

const FORMS: readonly { readonly cells: readonly Test[]; readonly form: HeadlessForm; readonly more?: boolean }[] = [
  { cells: [isId, isDate, isId], form: ['user', 'time', 'item'], more: true },
  {
    cells: [(cell) => AMAZON_ITEM.test(cell), (cell) => AMAZON_USER.test(cell), isRating, isUnixTime],
    form: ['item', 'user', 'rating', 'time'],
  },
  { cells: [isId, isId, isRating, isUnixTime], form: ['user', 'item', 'rating', 'time'] },
  { cells: [isId, isId, isUnixTime], form: ['user', 'item', 'time'] },
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
  const fits = ({ cells, more }: (typeof FORMS)[number]): boolean =>
    (more === true ? width >= cells.length : width === cells.length) &&
    cells.every((test, i) => sample.every((row) => test(row[i]!)));
  return FORMS.find(fits)?.form;
}
