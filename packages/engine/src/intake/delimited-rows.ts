/**
 * Rows of CSV and TSV, streamed: quoted fields may hold delimiters, quotes and line breaks; a row with more or fewer cells
 * than the header comes back as refused, unless what is too much is empty: some tools end each row with a delimiter.
 */
import { type CsvError, type Parser, parse } from 'csv-parse';
import { RialtoError } from '../base/errors.ts';
import { Refusal } from './refusal.ts';
import type { Row, RowBatches } from './row.ts';

/** A quote that is never closed would take in the rest of the file: no row may be longer. */
const ROW_BYTES_MAX = 1 << 20;

export interface DelimitedOptions {
  readonly path: string;
  readonly delimiter: string;
  /** False: quotes are text like any other. */
  readonly quotes: boolean;
  readonly headless?: Headless | undefined;
}

/** The columns' names where there is no header, by the rows that the file begins with; undefined where the first of them is one. */
export type Headless = (rows: readonly (readonly string[])[]) => readonly string[] | undefined;

export interface DelimitedRows {
  readonly columns: readonly string[];
  readonly rows: RowBatches;
}

/** `bytes` are UTF-8. */
export async function delimitedRows(bytes: AsyncIterable<Buffer>, options: DelimitedOptions): Promise<DelimitedRows> {
  const batches = parsed(bytes, options);
  for (;;) {
    const next = await batches.next();
    if (next.done === true) throw new RialtoError('bad-file', `${options.path} has no header row`);
    const begin = next.value.findIndex((record) => !isBlank(record) && !isSepMark(record));
    if (begin === -1) continue;
    const named = options.headless?.(next.value.slice(begin));
    if (named !== undefined) return { columns: named, rows: rows(named, next.value, begin, batches) };
    const columns = columnNames(next.value[begin]!);
    return { columns, rows: rows(columns, next.value, begin + 1, batches) };
  }
}

/**
 * The parser's records, a chunk's worth at a time. It is a stream, but one whose records come out while the chunk goes in;
 * taking them at once is three times as fast as waiting for each.
 */
async function* parsed(bytes: AsyncIterable<Buffer>, options: DelimitedOptions): AsyncGenerator<string[][]> {
  const parser = parse({
    delimiter: options.delimiter,
    quote: options.quotes ? '"' : null,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: ROW_BYTES_MAX,
  });
  let failure: unknown;
  parser.on('error', (error) => {
    failure = error;
  });
  for await (const chunk of bytes) {
    parser.write(chunk);
    yield ready(parser);
    if (failure !== undefined) throw asBadFile(failure, options);
  }
  parser.end();
  try {
    const last: string[][] = [];
    for await (const record of parser as AsyncIterable<string[]>) last.push(record);
    yield last;
  } catch (error) {
    throw asBadFile(error, options);
  }
}

function ready(parser: Parser): string[][] {
  const records: string[][] = [];
  for (let record = parser.read(); record !== null; record = parser.read()) records.push(record as string[]);
  return records;
}

async function* rows(
  columns: readonly string[],
  first: readonly string[][],
  begin: number,
  rest: AsyncIterable<string[][]>,
): RowBatches {
  let line = 1;
  const toRows = (records: readonly string[][], from = 0): Row[] => {
    const out: Row[] = [];
    records.forEach((record, index) => {
      if (index >= from && !isBlank(record)) out.push(rowOf(record, line, columns));
      line += linesOf(record);
    });
    return out;
  };
  yield toRows(first, begin);
  for await (const records of rest) yield toRows(records);
}

function rowOf(record: readonly string[], line: number, columns: readonly string[]): Row {
  if (record.length < columns.length || record.some((cell, i) => i >= columns.length && cell !== '')) {
    return { line, cells: {}, raw: record, refusal: ragged(record.length, columns.length) };
  }
  const cells: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) cells[columns[i]!] = record[i];
  return { line, cells };
}

function isBlank(record: readonly string[]): boolean {
  return record.length === 1 && record[0] === '';
}

/** Excel's line before the header that names the delimiter: `sep=;`. */
function isSepMark([first, rest, ...others]: readonly string[]): boolean {
  return others.length === 0 && (rest === undefined || rest === '') && /^sep=.?$/i.test(first!);
}

/** A record is as many lines as its cells have line breaks, and one. The parser could say, at half again its time. */
function linesOf(record: readonly string[]): number {
  let lines = 1;
  for (const cell of record) {
    for (let at = cell.indexOf('\n'); at !== -1; at = cell.indexOf('\n', at + 1)) lines++;
  }
  return lines;
}

function ragged(cells: number, width: number): Refusal {
  return new Refusal('ragged-row', `the row has ${cells} cells where the header has ${width}`);
}

/** Unnamed columns are called by their place, and repeated names are numbered, so that each can be mapped. */
function columnNames(header: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return header.map((cell, index) => {
    const name = cell.trim() === '' ? `column ${index + 1}` : cell.trim();
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

function asBadFile(error: unknown, options: DelimitedOptions): unknown {
  const csv = error as CsvError;
  if (csv.code === 'CSV_MAX_RECORD_SIZE' || csv.code === 'CSV_QUOTE_NOT_CLOSED') {
    const what =
      csv.code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'a quote that is opened is never closed'
        : 'a row is longer than 1 MiB, which an unclosed quote makes';
    const message = `${options.path}: ${what} (noticed at line ${csv['lines'] as number}); close it, or import with --no-quotes, which reads quotes as text`;
    return new RialtoError('bad-file', message, { path: options.path, line: csv['lines'] });
  }
  return csv.code?.startsWith('CSV_') === true ? new RialtoError('bad-file', `${options.path}: ${csv.message}`) : error;
}
