/**
 * Moments in files, to milliseconds since 1970 in UTC.
 *
 * A number is told by its size: 8 digits that are a date (`20111209`) are one; from 1e8 up to 1e11 it is Unix seconds (1973
 * to 5138), from 1e11 to 1e14 milliseconds, from 1e14 to 1e17 microseconds. Anything smaller is refused: it is a spreadsheet's
 * day number or a year. Text is ISO 8601, with a space for the T if need be, and in UTC where it names no zone. Forms that
 * put the day or the month first (`12/1/2010`) are refused, for nobody can tell which is which.
 */
import { MILLIS_PER_DAY } from '../base/units.ts';
import { quoted, Refusal } from './refusal.ts';

const NUMBER = /^\d+(?:\.\d+)?$/;
const COMPACT_DATE = /^((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/;
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?$/i;

export function parseMoment(text: string): number | Refusal {
  if (NUMBER.test(text)) return fromNumber(text);
  const match = ISO.exec(text.trim());
  if (match === null) {
    const hint = /^\d{1,2}[/.]\d{1,2}[/.]\d{2,4}/.test(text) ? ' (day and month cannot be told apart)' : '';
    const message = `${quoted(text)} is not a time${hint}; write Unix seconds or milliseconds, or 2011-12-09 12:50:00`;
    return new Refusal('bad-time', message);
  }
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const date = dateMillis(Number(year), Number(month), Number(day));
  const clock = [Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)];
  if (date === undefined || clock[0]! > 23 || clock[1]! > 59 || clock[2]! > 59) return noSuchTime(text);
  const millis = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'));
  const offset = zoneMinutes(zone);
  if (offset === undefined) return noSuchTime(text);
  return date + ((clock[0]! * 60 + clock[1]! - offset) * 60 + clock[2]!) * 1000 + millis;
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

function zoneMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || !/^[+-]/.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = zone.length > 3 ? Number(zone.slice(-2)) : 0;
  if (hours > 14 || minutes > 59) return undefined;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function noSuchTime(text: string): Refusal {
  return new Refusal('bad-time', `${quoted(text)} does not exist in the calendar or on the clock`);
}
