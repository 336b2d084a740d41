/**
 * Moments in files, to milliseconds since 1970 in UTC.
 *
 * A number is told by its size: 8 digits that are a date (`20111209`) are one; from 1e8 up to 1e11 it is Unix seconds (1973
 * to 5138), from 1e11 to 1e14 milliseconds, from 1e14 to 1e17 microseconds. Anything smaller is refused: it is a spreadsheet's
 * day number or a year. Text is ISO 8601, with a space for the T if need be, or another date that begins with the year
 * (`2011/12/9`), or one with an English name for its month (`9 Dec 2011`, `Fri, 09 Dec 2011 12:50:00 GMT`); in UTC where it names no
 * zone. Forms that put the day or the month first (`12/1/2010`) are read where it is said which; else they are refused, for nobody
 * can tell.
 */
import { MILLIS_PER_DAY } from '../base/units.ts';
import { quoted, Refusal } from './refusal.ts';

export const DATE_ORDERS = ['day-first', 'month-first'] as const;
/** What stands first in dates that do not begin with the year. */
export type DateOrder = (typeof DATE_ORDERS)[number];

const NUMBER = /^\d+(?:\.\d+)?$/;
const COMPACT_DATE = /^((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const NAME =
  '(?<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?';
const WEEKDAY = '(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]?\\s+)?';
const TIME =
  '(?:(?:\\s*[T,:]\\s*|\\s+)(?<hour>\\d{1,2}):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,](?<fraction>\\d{1,9}))?)?\\s*(?<half>[ap]\\.?m\\.?)?\\s*(?<zone>Z|(?:UTC|GMT)?[+-]\\d\\d(?::?\\d\\d)?|UTC|GMT)?(?:\\s*\\([^)]*\\))?)?$';
const form = (date: string): RegExp => new RegExp(`^${date}${TIME}`, 'i');
const YEAR_FIRST = form('(?<year>\\d{4})(?<mark>[-/.])(?<month>\\d\\d?)\\k<mark>(?<day>\\d\\d?)');
const NAMED = [
  form(`${WEEKDAY}(?<day>\\d{1,2})[\\s/.-]+${NAME}[\\s/,-]+(?<year>\\d{4})`),
  form(`${WEEKDAY}${NAME}\\s+(?<day>\\d{1,2})(?:st|nd|rd|th)?,?\\s+(?<year>\\d{4})`),
];
const YEAR_LAST = form('(?<first>\\d{1,2})(?<mark>[-/.])(?<then>\\d{1,2})\\k<mark>(?<year>\\d{4}|\\d\\d)');

type Parts = Readonly<Record<string, string | undefined>>;

export function parseMoment(text: string, order?: DateOrder): number | Refusal {
  if (NUMBER.test(text)) return fromNumber(text);
  const trimmed = text.trim();
  const parts = YEAR_FIRST.exec(trimmed)?.groups ?? yearLast(trimmed, order) ?? named(trimmed);
  if (parts !== undefined) return fromParts(parts, text);
  const hint = YEAR_LAST.test(trimmed)
    ? ' (day and month cannot be told apart: say which comes first with --dates day-first or month-first)'
    : '';
  const message = `${quoted(text)} is not a time${hint}; write Unix seconds or milliseconds, or 2011-12-09 12:50:00`;
  return new Refusal('bad-time', message);
}

function yearLast(text: string, order: DateOrder | undefined): Parts | undefined {
  const found = order && YEAR_LAST.exec(text)?.groups;
  if (!found) return undefined;
  const [day, month] = order === 'day-first' ? [found['first'], found['then']] : [found['then'], found['first']];
  const year = Number(found['year']);
  // Two digits are a year of this century, unless that would be far ahead.
  const whole = found['year']!.length === 4 ? year : year < 70 ? 2000 + year : 1900 + year;
  return { ...found, day, month, year: String(whole) };
}

function named(text: string): Parts | undefined {
  for (const expression of NAMED) {
    const found = expression.exec(text)?.groups;
    if (found === undefined) continue;
    return { ...found, month: String(MONTHS.indexOf(found['name']!.slice(0, 3).toLowerCase()) + 1) };
  }
  return undefined;
}

function fromParts(parts: Parts, text: string): number | Refusal {
  const number = (name: string): number => Number(parts[name] ?? 0);
  const date = dateMillis(number('year'), number('month'), number('day'));
  const hour = hourOf(number('hour'), parts['half']);
  const clock = [hour, number('minute'), number('second')];
  if (date === undefined || !(clock[0]! <= 23) || clock[1]! > 59 || clock[2]! > 59) return noSuchTime(text);
  const millis = Number((parts['fraction'] ?? '').slice(0, 3).padEnd(3, '0'));
  const offset = zoneMinutes(parts['zone']);
  if (offset === undefined) return noSuchTime(text);
  return date + ((clock[0]! * 60 + clock[1]! - offset) * 60 + clock[2]!) * 1000 + millis;
}

/** Of 24; NaN where a half of the day has no such hour. */
function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return Number.NaN;
  return (hour % 12) + (/^p/i.test(half) ? 12 : 0);
}

function fromNumber(text: string): number | Refusal {
  const compact = COMPACT_DATE.exec(text);
  if (compact !== null) {
    return dateMillis(Number(compact[1]), Number(compact[2]), Number(compact[3])) ?? noSuchTime(text);
  }
  const value = Number(text);
  if (value < 1e8) {
    const message = `${quoted(text)} is too small for Unix seconds (before 1973): a year or a spreadsheet's day number?`;
    return new Refusal('bad-time', message);
  }
  if (value < 1e11) return Math.round(value * 1000);
  if (value < 1e14) return Math.round(value);
  if (value < 1e17) return Math.floor(value / 1000);
  return new Refusal('bad-time', `${quoted(text)} is too large for a time`);
}

/** Undefined where the calendar has no such day. */
function dateMillis(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || year < 1) return undefined;
  const days =
    (Date.UTC(month === 12 ? year + 1 : year, month % 12, 1) - Date.UTC(year, month - 1, 1)) / MILLIS_PER_DAY;
  return day <= days ? Date.UTC(year, month - 1, day) : undefined;
}

function zoneMinutes(named: string | undefined): number | undefined {
  const zone = named?.replace(/^(UTC|GMT)/i, '');
  if (zone === undefined || !/^[+-]/.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0;
  if (hours > 14 || minutes > 59) return undefined;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function noSuchTime(text: string): Refusal {
  return new Refusal('bad-time', `${quoted(text)} does not exist in the calendar or on the clock`);
}
