/** Rows of JSON: one object a line, of which a line that is not one comes back as refused; or the objects of an array, or pretty-printed ones. */
import { RialtoError } from '../base/errors.ts';
import { jsonObjects } from './json-values.ts';
import { Refusal } from './refusal.ts';
import type { Cells, Row, RowBatches } from './row.ts';

const LINE_LENGTH_MAX = 1 << 20;
const ROWS_SAMPLED = 1000;

/** `bytes` are UTF-8 and begin with `start`. `columns` are the keys of the first rows. */
export async function jsonRows(bytes: AsyncIterable<Buffer>, path: string, start: string) {
  const batches = /^\s*(\[|\{\s*[\r\n])/.test(start) ? jsonArray(bytes, path) : jsonLines(bytes, path);
  const sample: Row[] = [];
  const columns = new Set<string>();
  while (sample.length < ROWS_SAMPLED) {
    const next = await batches.next();
    if (next.done === true) break;
    for (const row of next.value) {
      sample.push(row);
      for (const key of Object.keys(row.cells)) columns.add(key);
    }
  }
  if (columns.size === 0) {
    const message = `${path} is not JSON lines: none of its first ${sample.length} lines is an object with a key`;
    throw new RialtoError('bad-file', message, { path });
  }
  return { columns: [...columns], rows: chained(sample, batches) };
}

async function* chained(sample: readonly Row[], rest: RowBatches): RowBatches {
  yield sample;
  yield* rest;
}

async function* jsonArray(bytes: AsyncIterable<Buffer>, path: string): RowBatches {
  for await (const objects of jsonObjects(bytes, path)) yield objects.map(({ text, line }) => rowOf(text, line));
}

async function* jsonLines(bytes: AsyncIterable<Buffer>, path: string): RowBatches {
  const decoder = new TextDecoder();
  let rest = '';
  let line = 0;
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (rest.length > LINE_LENGTH_MAX) {
      throw new RialtoError('bad-file', `${path}: line ${line + lines.length + 1} is longer than 1 MiB`, { path });
    }
    const rows: Row[] = [];
    for (const text of lines) {
      line++;
      if (text.trim() !== '') rows.push(rowOf(text, line));
    }
    yield rows;
  }
  yield rest.trim() === '' ? [] : [rowOf(rest, line + 1)];
}

const WIDE = /\d{16}/;

/** Whole numbers wider than 53 bits as text, such as ids: else two of them would be one. */
function withWideAsText(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])|-?\d+\.\d+/g, (part) =>
    /^-?\d+$/.test(part) && !Number.isSafeInteger(Number(part)) ? `"${part}"` : part,
  );
}

function rowOf(text: string, line: number): Row {
  let value: unknown;
  try {
    value = JSON.parse(WIDE.test(text) ? withWideAsText(text) : text);
  } catch (error) {
    return { line, cells: {}, raw: text, refusal: new Refusal('bad-json', (error as Error).message) };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { line, cells: value as Cells };
  return { line, cells: {}, raw: text, refusal: new Refusal('bad-json', 'the line is not a JSON object') };
}
