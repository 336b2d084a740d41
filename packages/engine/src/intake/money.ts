/**
 * Amounts of money in files, to integer micros by string arithmetic: no amount passes through a binary fraction.
 *
 * `2.55`, `£2.55`, `15.00 USD`, `1,234.50`, `1.234,50`, `1 234,50` and `1'234.50` are read. One comma or point before exactly three
 * digits (`1,234`) may be a thousand or a fraction: the column's decimal mark decides, where it is known. Else the comma is refused,
 * and the point is a decimal point (`1.234`).
 * Digits beyond the sixth decimal are rounded half up, which undoes what floating point leaves behind
 * (`2.5500000000000003`).
 */
import type { DecimalMark } from './number-cells.ts';
import { quoted, Refusal } from './refusal.ts';

const PLAIN = /^(\d+)(?:\.(\d{1,6}))?$/;
const MARKED = /^([^\d\s.,'’()+-]*)\s*([+-]?)\s*(\d[\d.,'’\s]*|[.,]\d+)\s*([^\d\s.,'’()+-]*)$/u;
const GROUPED = /^\d{1,3}([\s'’]\d{3})+(?=[.,]|$)/;

/** How the marketplace's currency is written in files. */
export interface CurrencyMarks {
  /** ISO 4217. */
  readonly code: string;
  readonly marks: ReadonlySet<string>;
}

/** `code` must be a currency that the runtime knows. */
export function currencyMarks(code: string): CurrencyMarks {
  const marks = new Set([code]);
  for (const currencyDisplay of ['symbol', 'narrowSymbol'] as const) {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency: code, currencyDisplay });
    for (const part of format.formatToParts(1)) if (part.type === 'currency') marks.add(part.value.toUpperCase());
  }
  return { code, marks };
}

/** Micros of a non-negative amount. `mark` is the decimal one of what else is in the column. */
export function parseMoney(text: string, currency: CurrencyMarks, mark?: DecimalMark): number | Refusal {
  const plain = PLAIN.exec(text);
  if (plain !== null && (mark !== 'comma' || !mayBeThousands(plain[1]!, plain[2])))
    return toMicros(plain[1]!, plain[2] ?? '', text);
  const marked = MARKED.exec(text.trim());
  if (marked === null) {
    if (/^-/.test(text) && PLAIN.test(text.slice(1))) return negative(text);
    return new Refusal('bad-price', `${quoted(text)} is not an amount of money`);
  }
  const [, prefix, sign, digits, suffix] = marked;
  for (const mark of [prefix!, suffix!]) {
    if (mark !== '' && !currency.marks.has(mark.toUpperCase())) return wrongCurrency(text, mark, currency);
  }
  if (sign === '-') return negative(text);
  return decimalOf(digits!.trim(), text, mark);
}

function negative(text: string): Refusal {
  return new Refusal('negative-price', `${quoted(text)} is below 0`);
}

function wrongCurrency(text: string, mark: string, currency: CurrencyMarks): Refusal {
  if (!/^[A-Za-z]{3}$/.test(mark) && !/\p{Sc}/u.test(mark)) {
    return new Refusal('bad-price', `${quoted(text)} is not an amount of money`);
  }
  const message = `${quoted(text)} is not in the marketplace's currency, ${currency.code}; convert it before loading`;
  return new Refusal('currency-mismatch', message);
}

const mayBeThousands = (whole: string, rest: string | undefined): boolean =>
  rest?.length === 3 && /^[1-9]\d{0,2}$/.test(whole);

/** Finds which separator is the decimal one. */
function decimalOf(digits: string, text: string, mark: DecimalMark | undefined): number | Refusal {
  const plain = digits.replace(GROUPED, (groups) => groups.replace(/[\s'’]/g, ''));
  const comma = plain.lastIndexOf(',');
  const point = plain.lastIndexOf('.');
  if (comma === -1 || point === -1) {
    const at = Math.max(comma, point);
    const separator = comma === -1 ? '.' : ',';
    const parts = plain.split(separator);
    if (parts.length > 2) return grouped(parts, '', text);
    if (parts.length === 2 && mayBeThousands(parts[0]!, parts[1])) {
      if (mark !== undefined && (mark === 'comma') !== (separator === ',')) return toMicros(parts.join(''), '', text);
      if (mark === undefined && separator === ',') return ambiguous(text, parts);
    }
    return at === -1 ? toMicros(plain, '', text) : toMicros(plain.slice(0, at), plain.slice(at + 1), text);
  }
  const decimal = Math.max(comma, point);
  const thousands = comma > point ? '.' : ',';
  return grouped(plain.slice(0, decimal).split(thousands), plain.slice(decimal + 1), text);
}

function ambiguous(text: string, parts: readonly string[]): Refusal {
  const message = `${quoted(text)} may be thousands or a fraction: say which mark is the decimal one with --decimal comma or point, or write ${parts.join('')}.00 or ${parts.join('.')}`;
  return new Refusal('ambiguous-price', message);
}

function grouped(parts: readonly string[], fraction: string, text: string): number | Refusal {
  const wellFormed = /^\d{1,3}$/.test(parts[0]!) && parts.slice(1).every((part) => /^\d{3}$/.test(part));
  if (!wellFormed) return new Refusal('bad-price', `${quoted(text)} is not an amount of money`);
  return toMicros(parts.join(''), fraction, text);
}

function toMicros(whole: string, fraction: string, text: string): number | Refusal {
  if (!/^\d*$/.test(whole) || !/^\d*$/.test(fraction)) {
    return new Refusal('bad-price', `${quoted(text)} is not an amount of money`);
  }
  const roundUp = fraction.length > 6 && fraction.charCodeAt(6) >= 53 ? 1 : 0;
  const micros = Number(whole) * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, '0')) + roundUp;
  if (Number.isSafeInteger(micros)) return micros;
  return new Refusal('bad-price', `${quoted(text)} is too large: at most 9,007,199,254 can be kept exactly`);
}
