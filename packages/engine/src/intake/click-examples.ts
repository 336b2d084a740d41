/**
 * Files of click logs in the forms that the field shares them in, as examples to learn from:
 *
 *   criteo   no header, tab: label, 13 counts, 26 hashed categories (the Criteo display advertising challenge)
 *   avazu    comma: id, click, hour as YYMMDDHH, 21 columns (the Avazu challenge); the header may be missing
 *   libsvm   label index:value …; one-hot fields, one feature of each in every row, are recognised
 *   csv      any table with a header; a column of it is the label
 */
import { uint8Column } from '../base/column.ts';
import { RialtoError } from '../base/errors.ts';
import { type CategoryColumn, categoryOf, type LabelledExamples, type SparseRows } from '../learning/examples.ts';
import { type ByteSource, openBytes } from './byte-source.ts';
import { delimitedRows } from './delimited-rows.ts';
import { ExampleCells } from './example-cells.ts';
import { readLibsvm } from './libsvm-rows.ts';
import { toUtf8 } from './text-encoding.ts';
import { textLines } from './text-lines.ts';

export const EXAMPLE_FORMATS = ['criteo', 'avazu', 'libsvm', 'csv'] as const;
export type ExampleFormat = (typeof EXAMPLE_FORMATS)[number];

export interface ExampleFiles {
  readonly paths: readonly string[];
  readonly format: ExampleFormat;
  /** The label's column, of csv. */
  readonly label?: string | undefined;
}

const CRITEO = [
  ...Array.from({ length: 13 }, (_, i) => `I${i + 1}`),
  ...Array.from({ length: 26 }, (_, i) => `C${i + 1}`),
];
const AVAZU =
  'C1,banner_pos,site_id,site_domain,site_category,app_id,app_domain,app_category,device_id,device_ip,device_model,device_type,device_conn_type,C14,C15,C16,C17,C18,C19,C20,C21'.split(
    ',',
  );
const LABELS = ['click', 'clicked', 'label', 'target', 'y'];

/** All files as one table. */
export async function readExamples({ paths, format, label }: ExampleFiles): Promise<LabelledExamples> {
  const files: ByteSource[] = [];
  for (const path of paths) files.push(await openBytes(path));
  if (format === 'libsvm') return libsvmExamples(files);
  if (format === 'csv') return tableExamples(files, label);
  return format === 'criteo' ? criteoExamples(files) : avazuExamples(files);
}

async function criteoExamples(files: readonly ByteSource[]): Promise<LabelledExamples> {
  const cells = new ExampleCells(CRITEO);
  const labels = uint8Column();
  for (const file of files) {
    let line = 0;
    for await (const text of textLines(file)) {
      line++;
      if (text === '') continue;
      const row = text.split('\t');
      if (row.length !== CRITEO.length + 1) throw ragged(file.path, line, row.length, CRITEO.length + 1);
      labels.push(labelOf(row[0]!, file.path, line));
      cells.add(row.slice(1), `${file.path}, line ${line}`);
    }
  }
  return examplesOf(cells, labels.view().slice());
}

async function avazuExamples(files: readonly ByteSource[]): Promise<LabelledExamples> {
  const cells = new ExampleCells(['hour of day', 'weekday', ...AVAZU]);
  const labels = uint8Column();
  for (const file of files) {
    let line = 0;
    for await (const text of textLines(file)) {
      line++;
      if (text === '' || text.startsWith('id,')) continue;
      const row = text.split(',');
      if (row.length !== AVAZU.length + 3) throw ragged(file.path, line, row.length, AVAZU.length + 3);
      labels.push(labelOf(row[1]!, file.path, line));
      cells.add([...hourAndWeekday(row[2]!, file.path, line), ...row.slice(3)], `${file.path}, line ${line}`);
    }
  }
  return examplesOf(cells, labels.view().slice());
}

/** YYMMDDHH as the hour of the day and the day of the week, 0 = Sunday. */
function hourAndWeekday(text: string, path: string, line: number): [string, string] {
  const [, year, month, day, hour] = /^(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) ?? [];
  if (hour === undefined) {
    throw new RialtoError('bad-file', `${path}, line ${line}: the hour "${text}" is not of the form YYMMDDHH`);
  }
  return [hour, String(new Date(Date.UTC(2000 + Number(year), Number(month) - 1, Number(day))).getUTCDay())];
}

async function tableExamples(files: readonly ByteSource[], wanted: string | undefined): Promise<LabelledExamples> {
  const labels = uint8Column();
  let cells: ExampleCells | undefined;
  let names: readonly string[] = [];
  let label = '';
  for (const file of files) {
    const delimiter = file.head.subarray(0, file.head.indexOf(10) + 1).includes(9) ? '\t' : ',';
    const { columns, rows } = await delimitedRows(
      toUtf8(file, () => {}),
      { path: file.path, delimiter, quotes: true },
    );
    if (cells === undefined) {
      label = labelColumn(columns, wanted, file.path);
      names = columns.filter((name) => name !== label);
      cells = new ExampleCells(names);
    }
    const lacking = [label, ...names].find((name) => !columns.includes(name));
    if (lacking !== undefined)
      throw new RialtoError('bad-file', `${file.path} has no column "${lacking}", which the first file has`);
    for await (const batch of rows) {
      for (const row of batch) {
        if (row.refusal) throw new RialtoError('bad-file', `${file.path}, line ${row.line}: ${row.refusal.message}`);
        labels.push(labelOf(row.cells[label] as string, file.path, row.line));
        const where = `${file.path}, line ${row.line}`;
        cells.add(
          names.map((name) => row.cells[name] as string),
          where,
        );
      }
    }
  }
  return examplesOf(cells!, labels.view().slice());
}

function labelColumn(columns: readonly string[], wanted: string | undefined, path: string): string {
  const found =
    wanted === undefined
      ? LABELS.map((name) => columns.find((column) => column.toLowerCase() === name)).find((name) => name !== undefined)
      : columns.find((column) => column === wanted);
  if (found !== undefined) return found;
  const which = wanted === undefined ? `none of ${LABELS.join(', ')}` : `no column "${wanted}"`;
  throw new RialtoError(
    'bad-mapping',
    `${path} has ${which} to take as the label: name it with --label. Its columns: ${columns.join(', ')}`,
  );
}

function labelOf(text: string, path: string, line: number): number {
  const label = text.trim();
  if (label === '1' || label === '+1' || /^true$/i.test(label)) return 1;
  if (label === '0' || label === '-1' || /^false$/i.test(label)) return 0;
  const value = Number(label);
  if (label !== '' && (value === 1 || value === 0 || value === -1)) return value === 1 ? 1 : 0;
  throw new RialtoError('bad-file', `${path}, line ${line}: the label "${text}" is neither 0 nor 1`);
}

function ragged(path: string, line: number, found: number, wanted: number): RialtoError {
  return new RialtoError('bad-file', `${path}, line ${line}: the row has ${found} cells, and the format ${wanted}`);
}

function examplesOf(cells: ExampleCells, labels: Uint8Array): LabelledExamples {
  return { rows: labels.length, ...cells.columns(), labels };
}

async function libsvmExamples(files: readonly ByteSource[]): Promise<LabelledExamples> {
  const { labels: values, sparse } = await readLibsvm(files);
  const path = files.map((file) => file.path).join(', ');
  const labels = Uint8Array.from(values, (value, row) => labelOf(String(value), path, row + 1));
  const categories = oneHotFields(sparse);
  return { rows: labels.length, numbers: [], categories: categories ?? [], labels, ...(!categories && { sparse }) };
}

/** Where each row has one feature of each field, and no two fields share features: the fields. */
function oneHotFields({ starts, indices, values }: SparseRows): CategoryColumn[] | undefined {
  const rows = starts.length - 1;
  const fields = rows === 0 ? 0 : starts[1]!;
  if (fields === 0 || indices.length !== rows * fields) return undefined;
  if (!values.every((value) => value === 1)) return undefined;
  const lowest = new Int32Array(fields).fill(0x7fffffff);
  const highest = new Int32Array(fields).fill(-1);
  for (let row = 0; row < rows; row++) {
    if (starts[row] !== row * fields) return undefined;
    for (let field = 0; field < fields; field++) {
      const index = indices[row * fields + field]!;
      lowest[field] = Math.min(lowest[field]!, index);
      highest[field] = Math.max(highest[field]!, index);
    }
  }
  for (let field = 1; field < fields; field++) if (lowest[field]! <= highest[field - 1]!) return undefined;
  const columns = Array.from({ length: fields }, (_, field) => ({
    name: `field ${field + 1}`,
    values: Int32Array.from({ length: rows }, (_, row) => categoryOf(String(indices[row * fields + field]!))),
  }));
  return columns.filter((_, field) => lowest[field] !== highest[field]);
}
