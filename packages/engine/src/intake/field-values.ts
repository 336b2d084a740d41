/**
 * The smaller values of a file's cells: whole numbers, ids, lists, availability, categories. Money is in `money.ts`, time in
 * `moment.ts`.
 */
import type { Availability } from '@rialto/sdk';
import { quoted, Refusal } from './refusal.ts';

const WHOLE = /^([+-]?\d+)(?:\.0*)?$/;
const WHOLE_AS_DECIMAL = /^\d+\.0+$/;

/**
 * An id. Whole numbers written as decimals (`17850.0`, as data frames write a column of numbers with gaps) lose their `.0`,
 * so that one buyer has one id whichever tool wrote the file.
 */
export function parseId(text: string): string {
  return WHOLE_AS_DECIMAL.test(text) ? text.slice(0, text.indexOf('.')) : text;
}

/** A whole number: `6`, `6.0`, `-2`. */
export function parseWhole(text: string, field: string, reason: string): number | Refusal {
  const match = WHOLE.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]);
  if (Number.isSafeInteger(value)) return value;
  return new Refusal(reason, `${field} is ${quoted(text)}, which is not a whole number`);
}

/** Pieces sold; below 0 they came back. */
export function parseQuantity(text: string): number | Refusal {
  const quantity = parseWhole(text, 'quantity', 'bad-quantity');
  if (quantity === 0) return new Refusal('zero-quantity', 'quantity is 0: nothing was sold or returned');
  return quantity;
}

/** A rating on the scale that the schema of reviews checks: `5`, `4.0`, `3.5`, `3,5`. */
export function parseRating(text: string): number | Refusal {
  if (/^\d+([.,]\d+)?$/.test(text)) return Number(text.replace(',', '.'));
  return new Refusal('bad-rating', `rating is ${quoted(text)}, which is not a number`);
}

const AVAILABILITIES: Readonly<Record<string, Availability>> = {
  instock: 'in-stock',
  available: 'in-stock',
  limitedavailability: 'in-stock',
  instoreonly: 'in-stock',
  onlineonly: 'in-stock',
  outofstock: 'out-of-stock',
  soldout: 'out-of-stock',
  unavailable: 'out-of-stock',
  yes: 'in-stock',
  true: 'in-stock',
  1: 'in-stock',
  no: 'out-of-stock',
  false: 'out-of-stock',
  0: 'out-of-stock',
  preorder: 'preorder',
  presale: 'preorder',
  backorder: 'backorder',
  removed: 'removed',
  discontinued: 'removed',
};

/** `in-stock`, `in stock`, `in_stock`, `InStock`, `https://schema.org/InStock`, `yes`, `true`, `1`, ... */
export function parseAvailability(text: string): Availability | Refusal {
  const word = text.slice(text.lastIndexOf('/') + 1).replace(/[\s_-]/g, '');
  const known = AVAILABILITIES[word.toLowerCase()];
  if (known !== undefined) return known;
  const message = `availability is ${quoted(text)}; it is one of in-stock, out-of-stock, preorder, backorder, removed`;
  return new Refusal('bad-availability', message);
}

/** A list: an array as it is, text split at `|` or `;`. Empty and repeated members go. */
export function parseList(value: unknown): readonly string[] {
  const members = Array.isArray(value) ? value.map(String) : String(value).split(/[|;]/);
  return [...new Set(members.map((member) => member.trim()).filter((member) => member !== ''))];
}

/** A path from the widest category to the narrowest: an array, or text with `>` between the steps. */
export function parseCategory(value: unknown): string {
  const steps = Array.isArray(value) ? value.map(String) : String(value).split('>');
  return steps
    .map((step) => step.trim())
    .filter((step) => step !== '')
    .join(' > ');
}
