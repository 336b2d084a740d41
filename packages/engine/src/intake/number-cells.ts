/**
 * One column of a table as numbers, gathered cell by cell. It is one where every cell is a number of the same form, or says that there
 * is none. Which mark is the decimal one is told by the cells that can be read in one way only (`number-forms.ts`); until then both
 * readings are kept.
 */
import { type Column, float32Column } from '../base/column.ts';
import { RialtoError } from '../base/errors.ts';
import { keepRows } from './keep-rows.ts';
import { commaNumber, isPercent, isPlain, pointNumber } from './number-forms.ts';

const INFINITE = /^[-+]?inf(inity)?$/i;
/** In a column of numbers they say that there is none; among names they are names. */
const NO_NUMBER = /^(-+|\.+|none|missing|unknown|n\.a\.|undefined)$/i;
const FLOAT_MAX = 3.4028234663852886e38;

export type DecimalMark = 'point' | 'comma';

/** What one decimal mark makes of the column. */
interface Reading {
  fits: boolean;
  whole: boolean;
}

function judge(reading: Reading, value: number): void {
  if (Number.isNaN(value)) reading.fits = false;
  else if (!Number.isInteger(value)) reading.whole = false;
}

export class NumberCells {
  readonly #name: string;
  readonly #point: Reading = { fits: true, whole: true };
  readonly #comma: Reading = { fits: true, whole: true };
  readonly #points = float32Column();
  /** Absent while they are the same. */
  #commas: Column<Float32Array> | undefined;
  #numbers = 0;
  #percents = 0;
  #withCommas = false;
  /** Of a column that turns out to be of names it is not said. */
  #refusal: string | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** `missing`: the cell says that nothing is known. */
  add(cell: string, missing: boolean, where: string): void {
    if (missing || !(this.#point.fits || this.#comma.fits)) this.#push(Number.NaN, Number.NaN);
    else if (isPlain(cell)) {
      const point = Number(cell);
      const comma = cell.includes('.') && this.#comma.fits ? commaNumber(cell.trim()) : point;
      this.#take(point, comma, cell, where);
    } else this.#addUnusual(cell, where);
  }

  #addUnusual(cell: string, where: string): void {
    const text = cell.trim();
    if (NO_NUMBER.test(text)) {
      this.#push(Number.NaN, Number.NaN);
      return;
    }
    if (isPercent(text)) this.#percents++;
    if (text.includes(',')) this.#withCommas = true;
    const infinite = INFINITE.test(text) ? Number.POSITIVE_INFINITY : undefined;
    this.#take(infinite ?? pointNumber(text), infinite ?? commaNumber(text), cell, where);
  }

  #take(point: number, comma: number, cell: string, where: string): void {
    this.#numbers++;
    judge(this.#point, point);
    judge(this.#comma, comma);
    if (Math.abs(point) > FLOAT_MAX || Math.abs(comma) > FLOAT_MAX)
      this.#refusal ??= `${where}: ${this.#name} is "${cell}", which ${INFINITE.test(cell.trim()) ? 'is not finite: give a number' : 'is beyond ±3.4e38, the largest number that is kept: give it in another unit'}, or leave it empty where it is not known`;
    this.#push(point, comma);
  }

  #push(point: number, comma: number): void {
    if (!this.#comma.fits) this.#commas = undefined;
    else if (this.#commas === undefined && !Object.is(point, comma)) {
      this.#commas = float32Column();
      for (const value of this.#points.view()) this.#commas.push(value);
    }
    this.#points.push(point);
    this.#commas?.push(comma);
  }

  /** Leaves only these rows, which rise. */
  keep(rows: Int32Array): void {
    keepRows(this.#points, rows);
    if (this.#commas !== undefined) keepRows(this.#commas, rows);
  }

  /** The decimal marks that all cells may have, where it matters; none where it is no column of numbers. */
  get marks(): readonly DecimalMark[] {
    if (this.#numbers === 0 || (this.#percents > 0 && this.#percents < this.#numbers)) return [];
    if (this.#point.fits && this.#comma.fits && this.#commas !== undefined) return ['point', 'comma'];
    return this.#point.fits ? ['point'] : this.#comma.fits ? ['comma'] : [];
  }

  /** Whether commas part thousands, where the point is the decimal mark. */
  get hasCommas(): boolean {
    return this.#withCommas;
  }

  /** Once. Throws `bad-file` where a cell is too large to be kept. */
  take(mark: DecimalMark): { readonly values: Column<Float32Array>; readonly whole: boolean } {
    if (this.#refusal !== undefined) throw new RialtoError('bad-file', this.#refusal);
    if (mark === 'point') return { values: this.#points, whole: this.#point.whole };
    return { values: this.#commas ?? this.#points, whole: this.#comma.whole };
  }
}
