/** What tests of importing share: an engine in memory, and files made on the spot. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ManualClock } from '../base/clock.ts';
import { millis } from '../base/units.ts';
import { Engine } from '../delivery/engine.ts';
import { MemoryLog } from '../log/memory-log.ts';
import type { EventRecord, LogRecord } from '../log/record.ts';
import { type ImportOptions, type ImportSummary, prepareImport, runImport } from './import-file.ts';
import type { Row } from './row.ts';
import { openRows } from './rows.ts';

const NOW = Date.UTC(2026, 0, 15);

export interface Shelf {
  readonly folder: string;
  /** Writes a file; `.gz` names are gzipped. */
  file(name: string, content: string | Buffer): string;
  rejects(): readonly { line: number; reason: string; message: string; row: unknown }[];
  remove(): void;
}

export function makeShelf(): Shelf {
  const folder = mkdtempSync(join(tmpdir(), 'rialto-intake-'));
  return {
    folder,
    file(name, content) {
      const path = join(folder, name);
      const bytes = Buffer.from(content as string);
      writeFileSync(path, name.endsWith('.gz') ? gzipSync(bytes) : bytes);
      return path;
    },
    rejects() {
      const lines = readFileSync(join(folder, 'rejects.jsonl'), 'utf8').trim().split('\n');
      return lines.map((line) => JSON.parse(line));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Shop {
  readonly engine: Engine;
  run(options: Partial<ImportOptions> & Pick<ImportOptions, 'path' | 'as'>): Promise<ImportSummary>;
  records(): Promise<LogRecord[]>;
  /** Events of the log without what the engine adds, by id. */
  events(): Promise<EventRecord['event'][]>;
}

export async function makeShop(shelf: Shelf): Promise<Shop> {
  const log = new MemoryLog();
  const clock = new ManualClock(millis(NOW));
  const engine = await Engine.open({ log, clock, tokenSecret: new Uint8Array(32), nonce: () => 'nonce' });
  const records = async () => {
    const out: LogRecord[] = [];
    for await (const batch of log.read(0, 0)) out.push(...batch.records);
    return out;
  };
  return {
    engine,
    records,
    async run(options) {
      const rejectsPath = join(shelf.folder, 'rejects.jsonl');
      return runImport(engine, await prepareImport({ now: NOW, rejectsPath, ...options }));
    },
    async events() {
      const events = (await records()).flatMap((record) => (record.kind === 'event' ? [record.event] : []));
      return events.sort((a, b) => (a.id < b.id ? -1 : 1));
    },
  };
}

export interface ReadFile {
  readonly format: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly warnings: readonly string[];
}

/** All rows of a file at once. */
export async function readAll(path: string, hints: Partial<Parameters<typeof openRows>[0]> = {}): Promise<ReadFile> {
  const warnings: string[] = [];
  const file = await openRows({ path, feeds: true, now: NOW, warn: (message) => warnings.push(message), ...hints });
  try {
    const rows: Row[] = [];
    for await (const batch of file.source.rows) rows.push(...batch);
    return { format: file.source.format, columns: file.source.columns, rows, warnings };
  } finally {
    await file.close();
  }
}
