/**
 * Which format a file has, told by its first bytes and, between the text formats, by its name.
 *
 * Google Merchant Center feeds are known by their columns: a table that has `id`, `title`, `link`, `price` and one of
 * `availability` and `image_link` is one, and so is any XML.
 */
import { basename } from 'node:path';
import { RialtoError } from '../base/errors.ts';

export const FILE_FORMATS = ['csv', 'tsv', 'jsonl', 'parquet', 'merchant-tsv', 'merchant-xml'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

const DELIMITERS = ['\t', ',', ';', '::', '|'] as const;
/** Excel's line before the header. */
const SEP_LINE = /^sep=(.)\r?\n/i;
const MERCHANT_COLUMNS = ['id', 'title', 'link', 'price'];

const ARRAY_OF_OBJECTS = /^\[\s*\{/;

export interface FormatGuess {
  readonly format: FileFormat;
  /** Of tables. */
  readonly delimiter: string;
}

export interface FormatHints {
  readonly path: string;
  /** Stated by the user: wins over every guess. */
  readonly format?: FileFormat | undefined;
  readonly delimiter?: string | undefined;
  /** A table may be a merchant feed: listings are wanted, and no mapping was given. */
  readonly feeds: boolean;
}

export function isParquet(head: Buffer): boolean {
  return head.subarray(0, 4).toString('latin1') === 'PAR1';
}

/** The format of a text file that begins with `start`. */
export function guessFormat(start: string, hints: FormatHints): FormatGuess {
  const first = start.trimStart();
  const format = hints.format ?? guessByContent(first, hints.path);
  refuseOther(first, format, hints.path);
  const sep = SEP_LINE.exec(first);
  const header = firstRecord(sep === null ? first : first.slice(sep[0].length));
  const delimiter =
    hints.delimiter ?? sep?.[1] ?? (format === 'merchant-tsv' || format === 'tsv' ? tabOr(header) : sniff(header));
  if (hints.feeds && hints.format === undefined && (format === 'csv' || format === 'tsv')) {
    if (isMerchantHeader(header, delimiter)) return { format: 'merchant-tsv', delimiter };
  }
  return { format, delimiter };
}

function guessByContent(first: string, path: string): FileFormat {
  if (first.startsWith('<')) return 'merchant-xml';
  if (first.startsWith('{') || ARRAY_OF_OBJECTS.test(first)) return 'jsonl';
  const name = basename(path).toLowerCase().replace(/\.gz$/, '');
  if (/\.(tsv|tab)$/.test(name)) return 'tsv';
  if (/\.(jsonl|ndjson|json)$/.test(name)) return 'jsonl';
  if (/\.(parquet|pq)$/.test(name)) return 'parquet';
  return name.endsWith('.xml') ? 'merchant-xml' : 'csv';
}

/** Says what was found where the file cannot be of its format at all. */
function refuseOther(first: string, format: FileFormat, path: string): void {
  const found = whatItIs(first);
  if (first === '') throw new RialtoError('bad-file', `${path} holds nothing but white space`, { path });
  if (format === 'parquet')
    throw new RialtoError('bad-file', `${path} is not Parquet: it begins with ${show(first)}`, { path });
  const table = format === 'csv' || format === 'tsv' || format === 'merchant-tsv';
  const fits = table
    ? found !== 'XML' && found !== 'JSON' && found !== 'a JSON array'
    : format === 'jsonl'
      ? found === 'JSON' || ARRAY_OF_OBJECTS.test(first)
      : found === 'XML';
  if (fits) return;
  const advice = found === 'a JSON array' ? '; write objects, in an array or one a line' : '';
  const message = `${path} was to be read as ${format}, but it begins as ${found} (${show(first)})${advice}`;
  throw new RialtoError('bad-file', message, { path, format });
}

function whatItIs(first: string): string {
  if (first.startsWith('<')) return 'XML';
  if (/^\{\s*"/.test(first) || /^\{\s*\}/.test(first)) return 'JSON';
  if (/^\[\s*[[{\]"\d]/.test(first)) return 'a JSON array';
  return 'plain text';
}

function show(first: string): string {
  return JSON.stringify(first.slice(0, 40));
}

/** Up to the first line break outside quotes. */
function firstRecord(text: string): string {
  let inQuotes = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') inQuotes = !inQuotes;
    else if (!inQuotes && (text[i] === '\n' || text[i] === '\r')) return text.slice(0, i);
  }
  return text;
}

function sniff(header: string): string {
  const bare = header.replace(/"[^"]*"/g, '');
  let best: string = ',';
  for (const delimiter of DELIMITERS) {
    if (bare.split(delimiter).length > bare.split(best).length) best = delimiter;
  }
  return best;
}

function tabOr(header: string): string {
  return header.includes('\t') ? '\t' : sniff(header);
}

function isMerchantHeader(header: string, delimiter: string): boolean {
  const columns = new Set(header.split(delimiter).map((column) => merchantName(column.replaceAll('"', ''))));
  const typical = columns.has('availability') || columns.has('image_link');
  return typical && MERCHANT_COLUMNS.every((column) => columns.has(column));
}

/** A column's name as the merchant specification writes it: `Image Link`, `g:image_link` and `image link` are `image_link`. */
export function merchantName(column: string): string {
  return column
    .trim()
    .toLowerCase()
    .replace(/^g:/, '')
    .replace(/[\s-]+/g, '_');
}
