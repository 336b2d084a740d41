/** What `rialto export` tells its user at the end. */
import type { LakeRefresh } from '../lake/refresh-lake.ts';
import { dataSize } from './data-size.ts';

const count = new Intl.NumberFormat('en');

export function exportText(
  { from, end, tables, rebuilt, interrupted }: LakeRefresh,
  directory: string,
  seconds: number,
): string {
  const rows = Object.entries(tables).map(([name, table]) => [
    name,
    count.format(table.rows),
    dataSize(table.bytes),
    count.format(table.files),
  ]);
  const header = ['table', 'rows', 'size', 'files'];
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const lineOf = (cells: readonly string[]): string =>
    `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')}`;
  return `${[
    ...(rebuilt === undefined ? [] : [`written anew: ${rebuilt}`]),
    end === from ? 'nothing new' : `exported ${count.format(end - from)} new records in ${seconds.toFixed(1)} s`,
    `${directory} holds the log's first ${count.format(end)} records:`,
    ...[header, ...rows].map(lineOf),
    ...(interrupted ? ['interrupted: run the same command again to continue'] : []),
  ].join('\n')}\n`;
}
