/**
 * Attributes of listings that are numbers, as columns: `"margin": "0.35"`. A column is made when somebody first asks for it, from the facets that are kept
 * anyway, and then follows every save; it is no part of the saved state. Text that is no decimal number, or is out of bounds, counts as missing.
 */
import { type Column, float64Column } from '../base/column.ts';
import type { Interner } from '../base/interner.ts';

const DECIMAL = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
/** So that products of several stay finite. */
const NUMBER_MAX = 1e12;

/** NaN where the text is no number. */
function numberIn(text: string): number {
  if (!DECIMAL.test(text)) return Number.NaN;
  const number = Number(text);
  return Math.abs(number) <= NUMBER_MAX ? number : Number.NaN;
}

/** Names of facets of which some listing has had a number, as they first came. */
export function numericFacets(facets: Interner): string[] {
  const names = new Set<string>();
  for (let facet = 0; facet < facets.size; facet++) {
    const [name, text] = facets.text(facet).split('\u0000') as [string, string];
    if (!names.has(name) && !Number.isNaN(numberIn(text))) names.add(name);
  }
  return [...names];
}

export class ListingNumbers {
  readonly #columns = new Map<string, Column<Float64Array>>();

  /** Whether any column is kept. */
  get asked(): boolean {
    return this.#columns.size > 0;
  }

  /** Column of an attribute. facetsOf: facets of a listing's row. */
  of(attribute: string, facets: Interner, size: number, facetsOf: (row: number) => Int32Array): Float64Array {
    const known = this.#columns.get(attribute);
    if (known !== undefined) return known.data;
    const prefix = `${attribute}\u0000`;
    const values = new Float64Array(facets.size).fill(Number.NaN);
    for (let facet = 0; facet < values.length; facet++) {
      const text = facets.text(facet);
      if (text.startsWith(prefix)) values[facet] = numberIn(text.slice(prefix.length));
    }
    const column = float64Column(Number.NaN);
    column.resize(size);
    for (let row = 0; row < size; row++)
      for (const facet of facetsOf(row)) if (!Number.isNaN(values[facet]!)) column.data[row] = values[facet]!;
    this.#columns.set(attribute, column);
    return column.data;
  }

  /** A listing as it is saved. */
  put(row: number, attributes: Readonly<Record<string, string>> = {}): void {
    for (const [name, column] of this.#columns) {
      column.resize(row + 1);
      const text = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      column.data[row] = text === undefined ? Number.NaN : numberIn(text);
    }
  }

  clear(): void {
    this.#columns.clear();
  }
}
