/**
 * A file of exposures and outcomes as the view `exposures` of a DuckDB in memory: `unit`, `variant`, a number column n0, n1, … for
 * each column that is counted and a text column l0, l1, … for each that splits. Text files become Parquet in a temporary folder
 * first, with the columns that are needed only; so files of any size take little memory and are parsed once.
 *
 * Numbers may be written as text; True and False are 1 and 0; an empty cell and NaN are missing.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { RialtoError } from '../base/errors.ts';
import { type Funnel, stepColumn } from '../experiments/funnel.ts';
import { funnelTables } from './funnel-sql.ts';
import { identifier, quoted } from './sql-text.ts';

const MEMORY_LIMIT = '2200MB';
const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*)$/;
const FRACTIONAL = /^(DOUBLE|FLOAT|REAL)$/;
const TIME = /^TIMESTAMP/;
const TRUE = `('true', 't', 'yes', 'y')`;
const FALSE = `('false', 'f', 'no', 'n')`;

export interface ExposureFile {
  readonly name: string;
  readonly path: string;
  readonly format: 'csv' | 'jsonl' | 'parquet';
  readonly delimiter: string;
  readonly gzipped: boolean;
}

export interface ExposureColumns {
  /** Every row is a unit where absent. */
  readonly unit: string | undefined;
  /** All rows are of one arm where absent. */
  readonly variant: string | undefined;
  readonly numbers: readonly string[];
  readonly labels: readonly string[];
  /** Their steps are among the numbers. */
  readonly funnels?: readonly Funnel[];
}

export type SqlRow = Readonly<Record<string, unknown>>;

export interface NumberProfile {
  readonly missing: number;
  readonly min: number;
  readonly max: number;
  /** Only 0 and 1, where it is not missing. */
  readonly binary: boolean;
}

export class ExposureTable {
  /** Of intermediate tables; removed with `close`. */
  readonly folder: string;
  /** Column → n0, n1, … and l0, l1, … */
  readonly numberOf = new Map<string, string>();
  readonly labelOf = new Map<string, string>();
  readonly profiles = new Map<string, NumberProfile>();
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #name: string;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, folder: string, name: string) {
    this.#instance = instance;
    this.#connection = connection;
    this.folder = folder;
    this.#name = name;
  }

  /** Throws `bad-file`, `bad-mapping` for columns that are not there, `bad-experiment` for cells that cannot be. */
  static async open(file: ExposureFile, columns: ExposureColumns): Promise<ExposureTable> {
    const folder = await mkdtemp(join(tmpdir(), 'rialto-experiment-'));
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: MEMORY_LIMIT,
      temp_directory: join(folder, 'spill'),
      preserve_insertion_order: 'false',
    });
    const table = new ExposureTable(instance, await instance.connect(), folder, file.name);
    try {
      await table.#prepare(file, columns);
      return table;
    } catch (error) {
      await table.close();
      throw error;
    }
  }

  async rows(sql: string): Promise<SqlRow[]> {
    try {
      return (await this.#connection.runAndReadAll(sql)).getRowObjectsJS() as SqlRow[];
    } catch (error) {
      throw this.#badFile(error);
    }
  }

  async row(sql: string): Promise<SqlRow> {
    return (await this.rows(sql))[0]!;
  }

  /** Writes the rows of a query to a file of its own, and names them as a view. */
  async keep(view: string, sql: string): Promise<void> {
    const file = quoted(join(this.folder, `${view}.parquet`));
    await this.rows(`COPY (${sql}) TO ${file} (FORMAT parquet)`);
    await this.rows(`CREATE VIEW ${view} AS SELECT * FROM read_parquet(${file})`);
  }

  async close(): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #prepare(file: ExposureFile, columns: ExposureColumns): Promise<void> {
    const { unit, variant, numbers, labels, funnels = [] } = columns;
    const made = new Set(funnels.flatMap((funnel) => funnel.steps.map((_, i) => stepColumn(funnel, i + 1))));
    const needed = [
      ...new Set([
        ...(unit === undefined ? [] : [unit]),
        ...(variant === undefined ? [] : [variant]),
        ...numbers.filter((column) => !made.has(column)),
        ...funnels.flatMap(({ event, at }) => [event!, at!]),
        ...labels,
      ]),
    ];
    const whole = await this.#source(file, needed);
    mustHave(needed, [...(await this.#types(whole)).keys()], file.name);
    const source = funnels.length === 0 ? whole : await this.#withSteps(whole, unit, funnels);
    const types = await this.#types(source);
    const text = numbers.filter((column) => types.get(column) === 'VARCHAR');
    const parsed = await this.#textNumbers(source, text);
    const select = [
      `${unit === undefined ? 'row_number() OVER ()' : identifier(unit)} AS unit`,
      `${variant === undefined ? "'all'" : `CAST(${identifier(variant)} AS VARCHAR)`} AS variant`,
      ...[...new Set(numbers)].map((column, i) => {
        this.numberOf.set(column, `n${i}`);
        return `${parsed.get(column) ?? numberSql(column, types.get(column)!)} AS n${i}`;
      }),
      ...[...new Set(labels)].map((column, i) => {
        this.labelOf.set(column, `l${i}`);
        return `${labelSql(column, types.get(column)!)} AS l${i}`;
      }),
    ];
    await this.rows(`CREATE VIEW exposures AS SELECT ${select.join(', ')} FROM ${source}`);
    await this.#profile();
  }

  /** With a column for each step of each funnel, 1 on the first row of a unit that came so far. */
  async #withSteps(source: string, unit: string | undefined, funnels: readonly Funnel[]): Promise<string> {
    if (unit === undefined)
      throw new RialtoError(
        'bad-request',
        'a funnel needs to know whose events they are: name the column with --unit',
        {
          option: '--unit',
        },
      );
    const id = identifier(unit);
    const tables: string[] = [];
    const steps: string[] = [];
    for (const [f, funnel] of funnels.entries()) {
      const [event, at] = [identifier(funnel.event!), `CAST(${identifier(funnel.at!)} AS VARCHAR)`];
      await this.#mustHold(source, funnel);
      const time = `coalesce(epoch_ms(TRY_CAST(${at} AS TIMESTAMP)), TRY_CAST(${at} AS DOUBLE))`;
      tables.push(
        `acts${f} AS (SELECT ${id} AS unit, CAST(${event} AS VARCHAR) AS type, ${time} AS ms FROM ${source})`,
      );
      tables.push(funnelTables(funnel, `acts${f}`, `funnel${f}`));
      steps.push(
        ...funnel.steps.map((_, i) => {
          const reached = `coalesce(funnel${f}.depth, 0) > ${i} AND place = 1`;
          return `(${reached})::INTEGER AS ${identifier(stepColumn(funnel, i + 1))}`;
        }),
      );
    }
    const joins = funnels.map((_, f) => `LEFT JOIN funnel${f} ON funnel${f}.unit = numbered.${id}`);
    await this.keep(
      'stepped',
      `WITH numbered AS (SELECT *, row_number() OVER (PARTITION BY ${id}) AS place FROM ${source}),
      ${tables.join(',\n')} SELECT numbered.* EXCLUDE (place), ${steps.join(', ')} FROM numbered ${joins.join(' ')}`,
    );
    return 'stepped';
  }

  /** A step that nobody ever did is a slip of the pen, and a time that cannot be read no time. */
  async #mustHold(source: string, { name, steps, event, at }: Funnel): Promise<void> {
    const rows = await this.rows(
      `SELECT DISTINCT CAST(${identifier(event!)} AS VARCHAR) AS type FROM ${source} ORDER BY 1 LIMIT 50`,
    );
    const known = rows.map(({ type }) => String(type));
    const missing = steps.find((step) => !known.includes(step));
    if (missing !== undefined)
      throw new RialtoError(
        'bad-experiment',
        `funnel ${name}: column ${event} never holds ${JSON.stringify(missing)}; it holds ${known.join(', ')}`,
        { column: event! },
      );
    const time = `CAST(${identifier(at!)} AS VARCHAR)`;
    const { bad } = await this.row(
      `SELECT any_value(${time}) FILTER (TRY_CAST(${time} AS TIMESTAMP) IS NULL AND TRY_CAST(${time} AS DOUBLE) IS NULL) AS bad FROM ${source}`,
    );
    if (bad !== null)
      throw new RialtoError(
        'bad-experiment',
        `funnel ${name}: column ${at} holds ${JSON.stringify(bad)}: it must hold times, such as 2026-05-01 12:00:00, or milliseconds since 1970`,
        { column: at! },
      );
  }

  /** What can be selected from; text files are made Parquet. */
  async #source(file: ExposureFile, needed: readonly string[]): Promise<string> {
    if (file.format === 'parquet') return `read_parquet(${quoted(file.path)})`;
    try {
      await this.#keepCells(readText(file), needed);
    } catch (error) {
      if (file.format !== 'csv' || !(error instanceof RialtoError) || !/unicode|utf-8/i.test(error.message))
        throw error;
      await this.#keepCells(readText(file, 'latin-1'), needed);
    }
    return 'cells';
  }

  async #keepCells(read: string, needed: readonly string[]): Promise<void> {
    mustHave(needed, [...(await this.#types(read)).keys()], this.#name);
    const select = needed.map((column) => {
      const text = `trim(CAST(${identifier(column)} AS VARCHAR))`;
      return `CASE WHEN ${text} = '' THEN NULL ELSE ${text} END AS ${identifier(column)}`;
    });
    await this.keep('cells', `SELECT ${select.join(', ')} FROM ${read}`);
  }

  async #types(source: string): Promise<Map<string, string>> {
    const rows = await this.rows(`DESCRIBE SELECT * FROM ${source}`);
    return new Map(rows.map(({ column_name, column_type }) => [String(column_name), String(column_type)]));
  }

  /** Columns of text that hold numbers or truth values → their SQL. */
  async #textNumbers(source: string, columns: readonly string[]): Promise<Map<string, string>> {
    const out = new Map<string, string>();
    for (const column of columns) {
      const cell = identifier(column);
      const known = `TRY_CAST(${cell} AS DOUBLE)`;
      const truth = `CASE WHEN lower(${cell}) IN ${TRUE} THEN 1.0 WHEN lower(${cell}) IN ${FALSE} THEN 0.0 END`;
      const counts = await this.row(
        `SELECT count(*) FILTER (${cell} IS NOT NULL AND ${known} IS NULL) AS words, count(*) FILTER (${cell} IS NOT NULL AND ${truth} IS NULL) AS other FROM ${source}`,
      );
      const sql = counts['words'] === 0n ? known : counts['other'] === 0n ? truth : undefined;
      if (sql === undefined) throw await this.#notNumbers(source, column, known);
      out.set(column, `CASE WHEN isfinite(${sql}) OR isinf(${sql}) THEN ${sql} END`);
    }
    return out;
  }

  async #notNumbers(source: string, column: string, known: string): Promise<RialtoError> {
    const cell = identifier(column);
    const { place, value } = await this.row(
      `SELECT place, value FROM (SELECT row_number() OVER () AS place, ${cell} AS value, ${known} AS known FROM ${source}) WHERE value IS NOT NULL AND known IS NULL ORDER BY place LIMIT 1`,
    );
    return new RialtoError(
      'bad-experiment',
      `${this.#name}: column ${column} is to be counted, but row ${String(place)} holds ${JSON.stringify(value)}: it must hold numbers, or True and False`,
      { column, row: Number(place) },
    );
  }

  async #profile(): Promise<void> {
    const columns = [...this.numberOf];
    if (columns.length === 0) return;
    const select = columns.flatMap(([, n]) => [
      `count(${n}) AS ${n}_known`,
      `min(${n}) AS ${n}_min`,
      `max(${n}) AS ${n}_max`,
      `count(*) FILTER (${n} <> 0 AND ${n} <> 1) AS ${n}_other`,
    ]);
    const row = await this.row(`SELECT count(*) AS rows, ${select.join(', ')} FROM exposures`);
    for (const [column, n] of columns) {
      const [min, max] = [Number(row[`${n}_min`] ?? 0), Number(row[`${n}_max`] ?? 0)];
      if (!Number.isFinite(min) || !Number.isFinite(max))
        throw new RialtoError('bad-experiment', `${this.#name}: column ${column} holds an infinite number`, { column });
      const missing = Number(row['rows']) - Number(row[`${n}_known`]);
      this.profiles.set(column, { missing, min, max, binary: row[`${n}_other`] === 0n });
    }
  }

  #badFile(error: unknown): unknown {
    if (error instanceof RialtoError || !(error instanceof Error)) return error;
    const message = /sniffing|dialect/.test(error.message)
      ? 'its rows do not have as many cells as its header, or quotes are not closed'
      : error.message
          .split(/\r?\n|\r/)
          .slice(0, 5)
          .join(' ')
          .slice(0, 400);
    return new RialtoError('bad-file', `${this.#name} cannot be read: ${message}`, { path: this.#name });
  }
}

function readText({ path, format, delimiter, gzipped }: ExposureFile, encoding = 'utf-8'): string {
  const compression = `compression = ${gzipped ? "'gzip'" : "'none'"}`;
  if (format === 'jsonl')
    return `read_json(${quoted(path)}, format = 'newline_delimited', sample_size = -1, ${compression})`;
  return `read_csv(${quoted(path)}, header = true, all_varchar = true, delim = ${quoted(delimiter)}, quote = '"', escape = '"', encoding = '${encoding}', ${compression})`;
}

function mustHave(needed: readonly string[], columns: readonly string[], name: string): void {
  const missing = needed.filter((column) => !columns.includes(column));
  if (missing.length === 0) return;
  throw new RialtoError('bad-mapping', `${name} has no column ${missing.join(', ')}; it has ${columns.join(', ')}`, {
    missing,
    columns,
  });
}

function numberSql(column: string, type: string): string {
  const cell = identifier(column);
  if (FRACTIONAL.test(type)) return `CASE WHEN NOT isnan(${cell}) THEN CAST(${cell} AS DOUBLE) END`;
  if (NUMERIC.test(type)) return `CAST(${cell} AS DOUBLE)`;
  if (type === 'BOOLEAN') return `CAST(CAST(${cell} AS INTEGER) AS DOUBLE)`;
  throw new RialtoError('bad-experiment', `column ${column} is to be counted, but it is of type ${type}`, { column });
}

/** Times become days. */
function labelSql(column: string, type: string): string {
  const cell = identifier(column);
  const text = `CAST(${TIME.test(type) ? `CAST(${cell} AS DATE)` : cell} AS VARCHAR)`;
  if (type !== 'VARCHAR') return text;
  return `CASE WHEN regexp_matches(${cell}, '^\\d{4}-\\d{2}-\\d{2}[T ]\\d') THEN substr(${cell}, 1, 10) ELSE ${cell} END`;
}
