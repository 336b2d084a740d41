/**
 * Which mark is the decimal one in columns of money, told by the first rows of a file: an amount that can be read in one way only
 * (`3,14`, `12.50`) tells how the others of its column are meant (`1.234`, `1,234`).
 */
import type { ColumnMapping, Field } from './column-mapping.ts';
import type { DecimalMark } from './number-cells.ts';
import { commaNumber, pointNumber } from './number-forms.ts';
import type { Row } from './row.ts';

/** By field, of those that are money and of which the rows tell. */
export function decimalMarks(
  rows: readonly Row[],
  mapping: ColumnMapping,
  fields: readonly Field[],
): Map<string, DecimalMark> {
  const marks = new Map<string, DecimalMark>();
  for (const { name } of moneyFields(fields)) {
    const mark = markOf(rows.map(({ cells }) => mapping.value(cells, name)));
    if (mark !== undefined) marks.set(name, mark);
  }
  return marks;
}

/** They may come in micros instead. */
export const moneyFields = (fields: readonly Field[]): readonly Field[] =>
  fields.filter(({ name }) => fields.some((other) => other.name === `${name}Micros`));

function markOf(cells: readonly unknown[]): DecimalMark | undefined {
  let point = false;
  let comma = false;
  for (const cell of cells) {
    if (typeof cell === 'number') point = true;
    if (typeof cell !== 'string') continue;
    const amount = cell.replace(/^[^\d.,+-]+|[^\d.,]+$/g, '');
    const asPoint = !Number.isNaN(pointNumber(amount));
    const asComma = !Number.isNaN(commaNumber(amount));
    point ||= asPoint && !asComma;
    comma ||= asComma && !asPoint;
  }
  return point === comma ? undefined : comma ? 'comma' : 'point';
}
