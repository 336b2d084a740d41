/**
 * A query's result as text: a table for eyes, CSV and JSON for programs. Nothing that a cell holds reaches the terminal as a
 * control character. Whole numbers are written with all their digits; in JSON those beyond 2^53 are strings, because most
 * readers would round them.
 */

import type { LakeValue } from '../lake/lake-value.ts';
import type { LakeColumnInfo, LakeResult } from '../lake/open-lake.ts';
import { fitted } from './screen.ts';

type Row = readonly LakeValue[];

const NULL = 'NULL';
const CELL_WIDTH_MIN = 8;
const GAP = '  ';
const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*)$/;

/** Lines of an aligned table. `width` is what the terminal holds; undefined where nothing needs to be cut. */
export function tableLines(columns: readonly LakeColumnInfo[], rows: readonly Row[], width?: number): string[] {
  const titles = columns.map(({ name }) => visible(name));
  const cells = rows.map((row) => row.map((value) => visible(plainText(value) ?? NULL)));
  const widths = titles.map((title, i) =>
    cells.reduce((most, row) => Math.max(most, shownWidth(row[i]!)), shownWidth(title)),
  );
  if (width !== undefined) narrow(widths, width);
  const right = columns.map(({ type }) => NUMBER.test(type));
  const line = (row: readonly string[]): string => {
    const text = row
      .map((cell, i) => aligned(cell, widths[i]!, right[i]!))
      .join(GAP)
      .trimEnd();
    return width === undefined ? text : fitted(text, width);
  };
  const rule = widths.map((one) => '─'.repeat(one)).join(GAP);
  return [line(titles), width === undefined ? rule : fitted(rule, width), ...cells.map(line)];
}

/** Takes from the widest columns until the line fits, down to a width at which a cell still says something. */
function narrow(widths: number[], width: number): void {
  const total = () => widths.reduce((sum, one) => sum + one, GAP.length * (widths.length - 1));
  for (let excess = total() - width; excess > 0; excess--) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= CELL_WIDTH_MIN) return;
    widths[widest]!--;
  }
}

function aligned(text: string, width: number, right: boolean): string {
  const room = width - shownWidth(text);
  if (room < 0) return cut(text, width);
  return right ? ' '.repeat(room) + text : text + ' '.repeat(room);
}

function cut(text: string, width: number): string {
  let out = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const wide = graphemeWidth(segment);
    if (used + wide > width - 1) break;
    out += segment;
    used += wide;
  }
  return `${out}…${' '.repeat(width - 1 - used)}`;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ASCII = /^[\x20-\x7e]*$/;
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

const graphemeWidth = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : 1);

function shownWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

function visible(text: string): string {
  return text.replace(/\p{Cc}|\p{Cs}|\p{Bidi_Control}/gu, (character) => {
    const code = character.charCodeAt(0);
    return SHORT[code] ?? `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The same but for line ends. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

const SHORT: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r' };

/** Undefined for NULL. */
function plainText(value: LakeValue): string | undefined {
  if (value === null) return undefined;
  return typeof value === 'object' ? jsonText(value) : String(value);
}

/** As RFC 4180 has it, the names of the columns first; a text for each batch. NULL is nothing at all, an empty text is `""`. */
export async function* csvLines({ columns, batches }: LakeResult): AsyncGenerator<string> {
  yield `${csvLine(columns.map(({ name }) => name))}\n`;
  for await (const batch of batches) yield batch.map((row) => `${csvLine(row)}\n`).join('');
}

function csvLine(row: readonly (LakeValue | string)[]): string {
  return row
    .map((value) => {
      const text = plainText(value);
      if (text === undefined) return '';
      return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}

export function jsonRow(columns: readonly LakeColumnInfo[], row: Row): string {
  return `{${columns.map(({ name }, i) => `${JSON.stringify(name)}:${jsonText(row[i]!)}`).join(',')}}`;
}

function jsonText(value: LakeValue): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint' || (typeof part === 'number' && !Number.isFinite(part))) return String(part);
    return part;
  });
}
