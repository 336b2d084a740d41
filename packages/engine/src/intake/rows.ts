/** A file of any format as rows: detects, decodes, and hands to the format's reader. */
import { type ByteSource, type OnRead, openBytes } from './byte-source.ts';
import { delimitedRows, type Headless } from './delimited-rows.ts';
import { type FormatHints, guessFormat, isParquet } from './file-format.ts';
import { jsonRows } from './json-rows.ts';
import { merchantSource } from './merchant-cells.ts';
import { merchantXmlRows } from './merchant-xml.ts';
import { parquetRows } from './parquet-rows.ts';
import type { RowSource } from './row.ts';
import { headText, toUtf8 } from './text-encoding.ts';

export interface OpenOptions extends FormatHints {
  /** False: quotes in tables are text like any other. True where absent. */
  readonly quotes?: boolean | undefined;
  /** Decides which sale prices of a merchant feed hold. */
  readonly now: number;
  readonly warn: (message: string) => void;
  readonly onRead?: OnRead | undefined;
  /** Of tables that may have no header. */
  readonly headless?: Headless | undefined;
}

export interface OpenedFile {
  readonly source: RowSource;
  readonly bytes: ByteSource;
  /** Must be called, whether or not the rows were read. */
  close(): Promise<void>;
}

export async function openRows(options: OpenOptions): Promise<OpenedFile> {
  const bytes = await openBytes(options.path, options.onRead);
  try {
    const source = await sourceOf(bytes, options);
    const close = async () => {
      bytes.close();
      await source.close?.();
    };
    return { source, bytes, close };
  } catch (error) {
    bytes.close();
    throw error;
  }
}

async function sourceOf(bytes: ByteSource, options: OpenOptions): Promise<RowSource> {
  if (isParquet(bytes.head) && (options.format ?? 'parquet') === 'parquet') {
    if (!bytes.gzipped) bytes.close();
    return { format: 'parquet', open: false, ...(await parquetRows(bytes)) };
  }
  const utf8 = toUtf8(bytes, options.warn);
  const { format, delimiter } = guessFormat(headText(bytes.head), options);
  if (format === 'jsonl') return { format, open: true, ...(await jsonRows(utf8, options.path, headText(bytes.head))) };
  if (format === 'merchant-xml') {
    return merchantSource({ format, columns: [], open: false, rows: merchantXmlRows(utf8, options.path) }, options.now);
  }
  const { path, quotes = true, headless } = options;
  const table = await delimitedRows(utf8, { path, delimiter, quotes, headless });
  const source: RowSource = { format, open: false, ...table };
  return format === 'merchant-tsv' ? merchantSource(source, options.now) : source;
}
