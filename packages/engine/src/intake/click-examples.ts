/**
 * Files of click logs in the forms that the field shares them in, as examples to learn from:
 *
 *   criteo   tab: label, 13 counts, 26 hashed categories (the Criteo display advertising challenge); a header is passed over
 *   avazu    comma: id, click, hour as YYMMDDHH, 21 columns (the Avazu challenge), in that order or by the names of a header
 *   libsvm   label index:value …; one-hot fields, one feature of each in every row, are recognised
 *   csv      any table with a header, parted by comma, tab, semicolon or bar, or in Parquet; a column of it is the label
 */
import { parse } from 'csv-parse/sync';
import { RialtoError } from '../base/errors.ts';
import { type CategoryColumn, categoryOf, type SparseRows } from '../learning/examples.ts';
import { type OnRead, openBytes } from './byte-source.ts';
import { type FileExamples, LabelledCells } from './labelled-cells.ts';
import { readLibsvm } from './libsvm-rows.ts';
import { openRows } from './rows.ts';
import { textLines } from './text-lines.ts';

export const EXAMPLE_FORMATS = ['criteo', 'avazu', 'libsvm', 'csv'] as const;
export type ExampleFormat = (typeof EXAMPLE_FORMATS)[number];

export interface ExampleFiles {
  readonly paths: readonly string[];
  readonly format: ExampleFormat;
  /** The label's column, of csv. */
  readonly label?: string | undefined;
  /** The label's value that is a click, of labels that say it otherwise; any other is none. */
  readonly positive?: string | undefined;
  readonly onRead?: OnRead | undefined;
  /** Of more cells a sample of the rows is kept; but for libsvm. */
  readonly cellsMax?: number | undefined;
}

const CRITEO = [
  ...Array.from({ length: 13 }, (_, i) => `I${i + 1}`),
  ...Array.from({ length: 26 }, (_, i) => `C${i + 1}`),
];
const AVAZU =
  'id,click,hour,C1,banner_pos,site_id,site_domain,site_category,app_id,app_domain,app_category,device_id,device_ip,device_model,device_type,device_conn_type,C14,C15,C16,C17,C18,C19,C20,C21'.split(
    ',',
  );
const LABELS = ['click', 'clicked', 'label', 'target', 'y'];

/** All files as one table. Throws `bad-file`, with path and line, at what is not of the format. */
export async function readExamples(files: ExampleFiles): Promise<FileExamples> {
  // What cannot be opened is told at once, not after hundreds of megabytes of another file.
  for (const path of files.paths) (await openBytes(path)).close();
  return await READERS[files.format](files);
}

const READERS: Readonly<Record<ExampleFormat, (files: ExampleFiles) => Promise<FileExamples>>> = {
  criteo: criteoExamples,
  avazu: avazuExamples,
  libsvm: libsvmExamples,
  csv: tableExamples,
};

async function criteoExamples({ paths, positive, onRead, cellsMax }: ExampleFiles): Promise<FileExamples> {
  const labelOf = labelReader(positive);
  const cells = new LabelledCells(CRITEO, cellsMax);
  for (const path of paths) {
    let line = 0;
    let first = true;
    for await (const text of textLines(await openBytes(path, onRead))) {
      line++;
      const row = text.split('\t');
      if (row.length === 1 && text.trim() === '') continue;
      const where = `${path}, line ${line}`;
      if (row.length !== CRITEO.length + 1) throw ragged(where, text, row.length, CRITEO.length + 1, '\t');
      const header = first && row.slice(0, 14).every((cell) => Number.isNaN(Number(cell || 0)) && cell.trim() !== '');
      first = false;
      if (header && LABELS.includes(plainName(row[0]!))) continue;
      if (header) throw badFile(`${where} is a header whose first column is "${row[0]}", not the label; ${AS_TABLE}`);
      cells.add(labelOf(row[0]!, where), () => row.slice(1), where);
    }
  }
  return cells.examples();
}

async function avazuExamples({ paths, positive, onRead, cellsMax }: ExampleFiles): Promise<FileExamples> {
  const labelOf = labelReader(positive);
  const cells = new LabelledCells(['hour of day', 'weekday', ...AVAZU.slice(3)], cellsMax);
  for (const path of paths) {
    let line = 0;
    let places: readonly number[] | undefined;
    let width = AVAZU.length;
    for await (const text of textLines(await openBytes(path, onRead))) {
      line++;
      if (text.trim() === '') continue;
      const where = `${path}, line ${line}`;
      const row = cellsOf(text, where);
      if (places === undefined) {
        places = placesOf(row, path) ?? AVAZU.map((_, place) => place);
        if (isAvazuHeader(row)) {
          width = row.length;
          continue;
        }
      }
      if (row.length !== width) throw ragged(where, text, row.length, width, ',');
      const [, click, hour, ...others] = places;
      const features = () => [...hourAndWeekday(row[hour!]!, where), ...others.map((place) => row[place]!)];
      cells.add(labelOf(row[click!]!, where), features, where);
    }
  }
  return cells.examples();
}

const isAvazuHeader = (row: readonly string[]): boolean => row.some((cell) => plainName(cell) === 'hour');

/** Where each of Avazu's columns stands by its name, or undefined where the row is no header or names only the first three. */
function placesOf(row: readonly string[], path: string): readonly number[] | undefined {
  if (!isAvazuHeader(row)) return undefined;
  const names = row.map(plainName);
  const places = AVAZU.map((name) => names.indexOf(name.toLowerCase()));
  const lacking = AVAZU.filter((name, i) => places[i] === -1 && name !== 'id');
  if (lacking.length === 0) return places;
  const begins = row.length === AVAZU.length && places[0] === 0 && places[1] === 1 && places[2] === 2;
  if (begins) return undefined;
  throw badFile(`${path} has a header without ${lacking.join(', ')}: it is not of Avazu's form; ${AS_TABLE}`);
}

/** The cells of a line of a comma-separated file, which may be quoted. */
function cellsOf(text: string, where: string): string[] {
  if (!text.includes('"')) return text.split(',');
  try {
    return (parse(text, { relax_column_count: true }) as string[][])[0]!;
  } catch (error) {
    throw badFile(`${where}: ${(error as Error).message}`);
  }
}

const plainName = (cell: string): string => cell.trim().toLowerCase();

/** YYMMDDHH as the hour of the day and the day of the week, 0 = Sunday. */
function hourAndWeekday(text: string, where: string): [string, string] {
  const [, year, month, day, hour] = /^(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text.trim()) ?? [];
  if (hour === undefined) throw badFile(`${where}: the hour "${text}" is not of the form YYMMDDHH`);
  return [hour, String(new Date(Date.UTC(2000 + Number(year), Number(month) - 1, Number(day))).getUTCDay())];
}

async function tableExamples(files: ExampleFiles): Promise<FileExamples> {
  const { paths, label: wanted, positive, onRead, cellsMax } = files;
  const labelOf = labelReader(positive);
  let cells: LabelledCells | undefined;
  let names: readonly string[] = [];
  let label = '';
  for (const path of paths) {
    const { source, close } = await openRows({ path, feeds: false, now: 0, warn: () => {}, onRead });
    try {
      const { columns, format } = source;
      if (!TABLES.includes(format)) throw badFile(`${path} is ${format}: a table with a header is wanted`);
      if (cells === undefined) {
        label = labelColumn(columns, wanted, path);
        names = columns.filter((name) => name !== label);
        cells = new LabelledCells(names, cellsMax);
      }
      const lacking = [label, ...names].find((name) => !columns.includes(name));
      if (lacking !== undefined) throw badFile(`${path} has no column "${lacking}", which the first file has`);
      for await (const batch of source.rows) {
        for (const row of batch) {
          const where = `${path}, line ${row.line}`;
          if (row.refusal) throw badFile(`${where}: ${row.refusal.message}`);
          cells.add(
            labelOf(textOf(row.cells[label]), where),
            () => names.map((name) => textOf(row.cells[name])),
            where,
          );
        }
      }
    } finally {
      await close();
    }
  }
  return cells!.examples();
}

const TABLES: readonly string[] = ['csv', 'tsv', 'parquet'];

const textOf = (cell: unknown): string =>
  typeof cell === 'string'
    ? cell
    : cell === null || cell === undefined
      ? ''
      : typeof cell === 'object'
        ? JSON.stringify(cell)
        : String(cell);

function labelColumn(columns: readonly string[], wanted: string | undefined, path: string): string {
  const found =
    wanted === undefined
      ? LABELS.map((name) => columns.find((column) => column.toLowerCase() === name)).find((name) => name !== undefined)
      : columns.find((column) => column === wanted);
  if (found !== undefined) return found;
  if (columns.filter((name) => /^-?[\d.]+( \(\d+\))?$/.test(name)).length > 1)
    throw badFile(`${path}: its first line seems to be data, not a header: put the columns' names above it`);
  const which = wanted === undefined ? `none of ${LABELS.join(', ')}` : `no column "${wanted}"`;
  throw new RialtoError(
    'bad-mapping',
    `${path} has ${which} to take as the label: name it with --label. Its columns: ${columns.join(', ')}`,
  );
}

const YES = /^(\+?1(\.0*)?|true|t|yes|y)$/i;
const NO = /^([-+]?0(\.0*)?|-1(\.0*)?|false|f|no|n)$/i;

function labelReader(positive: string | undefined): (text: string, where: string) => number {
  const wanted = positive?.trim();
  const isWanted = (label: string): boolean => label === wanted || (wanted !== '' && Number(label) === Number(wanted));
  return (text, where) => {
    const label = text.trim();
    if (label === '') throw badFile(`${where}: the label is empty`);
    if (wanted !== undefined) return isWanted(label) ? 1 : 0;
    if (YES.test(label)) return 1;
    if (NO.test(label)) return 0;
    throw badFile(`${where}: the label "${text}" is neither 0 nor 1; say which value is a click with --positive VALUE`);
  };
}

const AS_TABLE = 'a table with a header is read with --format csv --label NAME';

/** Of a line of another width; says so where another delimiter than the format's would part it. */
function ragged(where: string, text: string, found: number, wanted: number, delimiter: string): RialtoError {
  const other = [',', '\t', ';', '|'].find((one) => one !== delimiter && text.split(one).length >= wanted - 1);
  const hint =
    other === undefined
      ? ''
      : `; ${JSON.stringify(other)} seems to part them, and the format wants ${JSON.stringify(delimiter)}`;
  const cells = found === 1 ? '1 cell' : `${found} cells`;
  return badFile(`${where}: the row has ${cells}, and the format ${wanted}${hint}`);
}

const badFile = (message: string): RialtoError => new RialtoError('bad-file', message);

async function libsvmExamples({ paths, positive, onRead }: ExampleFiles): Promise<FileExamples> {
  const { labels: values, sparse } = await readLibsvm(paths, { label: labelReader(positive), onRead });
  const labels = Uint8Array.from(values);
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
