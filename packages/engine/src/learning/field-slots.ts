/**
 * Which row of an embedding table a value has. Each range of a number has a row of its own, and one for "missing"; categories and
 * sparse features share 2^bits rows by hash, so that no dictionary has to be kept and a value never seen has a row as well.
 * Ranges are learned from the first batch.
 */
import { hash32, hashPair } from '../base/hash.ts';
import { type BinMap, binOf, learnBins } from './binned-matrix.ts';
import type { ConstantField } from './deep-network.ts';
import type { Examples } from './examples.ts';

export interface FieldSlots {
  readonly bins: BinMap;
  readonly bits: number;
  readonly binsMax: number;
}

export function learnFieldSlots(
  { rows, numbers }: Examples,
  { bits, binsMax }: Pick<FieldSlots, 'bits' | 'binsMax'>,
): FieldSlots {
  const dense = numbers.map(({ values }) => values);
  return { bins: learnBins({ rows, dense }, { binsMax, rowsMin: 1 }), bits, binsMax };
}

/** Rows that are kept for numbers; those by hash come after them. */
const numberRows = ({ bins }: FieldSlots): number => bins.edges.length + 2 * bins.dense;

export const tableRows = (slots: FieldSlots): number => numberRows(slots) + 2 ** slots.bits;

/** Numbers of one range: that, or "missing" where most are, tells nothing. */
export function constantNumbers({ bins: { dense, edgeStarts, defaults } }: FieldSlots): ConstantField[] {
  const constants: ConstantField[] = [];
  for (let field = 0; field < dense; field++)
    if (edgeStarts[field] === edgeStarts[field + 1])
      constants.push({ field, first: edgeStarts[field]! + 2 * field, silent: defaults[field]! });
  return constants;
}

const CATEGORIES = 3;
const SPARSE = 4;
const SPARSE_SALT = hash32('', SPARSE);

/** Which examples, how far they lie apart in what is written, and where the table begins. */
export interface AddressSpan {
  readonly from: number;
  readonly count: number;
  readonly fields: number;
  readonly base: number;
  /** The columns of numbers by their place among those of the model; all of them where absent. */
  readonly numbersAt?: readonly number[];
}

/** Writes the addresses of the rows of values, numbers first: `base` + 64 × row. out: [count × fields] */
export function addressRows(
  slots: FieldSlots,
  { numbers, categories }: Pick<Examples, 'numbers' | 'categories'>,
  { from, count, fields, base, numbersAt }: AddressSpan,
  out: Int32Array,
): void {
  const { edgeStarts } = slots.bins;
  numbers.forEach(({ values }, column) => {
    const i = numbersAt === undefined ? column : numbersAt[column]!;
    const first = base + ((edgeStarts[i]! + 2 * i) << 6);
    // Most of a column may be zeros, one after the other.
    let value = Number.NaN;
    let address = first;
    for (let k = 0, at = column; k < count; k++, at += fields) {
      if (values[from + k] !== value) {
        value = values[from + k]!;
        address = first + (binOf(slots.bins, i, value) << 6);
      }
      out[at] = address;
    }
  });
  const hashed = base + (numberRows(slots) << 6);
  const mask = 2 ** slots.bits - 1;
  categories.forEach(({ name, values }, i) => {
    const salt = categorySalt(name);
    for (let k = 0, at = numbers.length + i; k < count; k++, at += fields)
      out[at] = hashed + ((hashPair(salt, values[from + k]!) & mask) << 6);
  });
}

/** What a column's name does to its values. */
export const categorySalt = (name: string): number => hash32(name, CATEGORIES);

/** The row of a category's value. */
export const categoryRow = (slots: FieldSlots, salt: number, value: number): number =>
  numberRows(slots) + (hashPair(salt, value) & (2 ** slots.bits - 1));

/** The row of a sparse feature. */
export const sparseRow = (slots: FieldSlots, feature: number): number =>
  numberRows(slots) + (hashPair(SPARSE_SALT, feature) & (2 ** slots.bits - 1));
