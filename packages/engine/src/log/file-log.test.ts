import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { workerUrl } from '../base/worker-url.ts';
import { FileLog } from './file-log.ts';
import { logContract, readAll } from './log.contract.ts';
import { arbitraryRecord, numberedEvent, numberedEvents } from './record.fixture.ts';
import type { LogRecord } from './record.ts';
import { SEGMENT_HEADER_BYTES } from './segment.ts';
import { openSegmentFile } from './segment-file.ts';

const directories: string[] = [];

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rialto-log-'));
  directories.push(directory);
  return directory;
}

afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

logContract('in files', async () => FileLog.open(await newDirectory()));
logContract('in files, with segments of a few records', async () =>
  FileLog.open(await newDirectory(), { segmentBytes: 300, gatherMs: 0 }),
);

test('any appends, closed and opened again at any time, read the same', async () => {
  const session = fc.array(fc.array(arbitraryRecord, { maxLength: 5 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(session, { maxLength: 4 }),
      fc.integer({ min: 60, max: 2000 }),
      async (sessions, segmentBytes) => {
        const directory = await newDirectory();
        const kept: LogRecord[] = [];
        for (const appends of sessions) {
          const log = await FileLog.open(directory, { segmentBytes, gatherMs: 0 });
          expect(log.cut).toBeUndefined();
          expect(log.end()).toEqual([kept.length]);
          for (const records of appends) {
            expect(await log.append(records)).toBe(kept.length);
            kept.push(...records);
          }
          expect(await readAll(log)).toStrictEqual(kept);
          await log.close();
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('segments are named by their first record, and the directory holds nothing else once closed', async () => {
  const directory = await newDirectory();
  const log = await FileLog.open(directory, { segmentBytes: 200 });
  for (let i = 0; i < 8; i++) await log.append([numberedEvent(i)]);
  await log.close();
  const names = (await readdir(directory)).sort();
  expect(names.length).toBeGreaterThan(2);
  expect(names[0]).toBe('0000000000000000.log');
  expect(names.every((name) => /^\d{16}\.log$/.test(name))).toBe(true);
});

test('a digest is the same for the writer, a reader, a copy, and whoever opens the log again', async () => {
  const directory = await newDirectory();
  const options = { segmentBytes: 600, gatherMs: 0 };
  const writer = await FileLog.open(directory, options);
  for (let i = 0; i < 40; i += 4) await writer.append(numberedEvents(i, i + 4));
  const digestsOf = (log: FileLog) => Promise.all(Array.from({ length: 41 }, (_, offset) => log.digest(0, offset)));
  const digests = await digestsOf(writer);
  const reader = await FileLog.open(directory, { readOnly: true });
  expect(await digestsOf(reader)).toEqual(digests);
  await writer.close();
  const copy = await newDirectory();
  await cp(directory, copy, { recursive: true });
  expect((await readdir(copy)).length).toBeGreaterThan(3);
  for (const place of [directory, copy]) {
    const log = await FileLog.open(place, options);
    expect(await digestsOf(log)).toEqual(digests);
    await log.append(numberedEvents(40, 80));
    expect(await digestsOf(log)).toEqual(digests);
    await log.close();
  }
  // What both have grown since, alike, they still know each other by.
  const [one, two] = [await FileLog.open(directory), await FileLog.open(copy)];
  expect(await one.digest(0, 80)).toBe(await two.digest(0, 80));
  await Promise.all([one.close(), two.close()]);
});

test('a log of version 1, whose segments know no digest, opens and grows on', async () => {
  const directory = await newDirectory();
  const options = { segmentBytes: 300, gatherMs: 0 };
  const before = await FileLog.open(directory, options);
  for (let i = 0; i < 20; i++) await before.append([numberedEvent(i)]);
  await before.close();
  const old = (await readdir(directory)).sort();
  expect(old.length).toBeGreaterThan(2);
  for (const name of old) await asVersion1(join(directory, name));
  const digests: number[] = [];
  const log = await FileLog.open(directory, options);
  for (let i = 20; i < 40; i++) await log.append([numberedEvent(i)]);
  for (let offset = 0; offset <= 40; offset++) digests.push(await log.digest(0, offset));
  expect(new Set(digests).size).toBe(41);
  await log.close();
  const again = await FileLog.open(directory, { readOnly: true });
  for (let offset = 0; offset <= 40; offset++) expect(await again.digest(0, offset)).toBe(digests[offset]);
  expect(await readAll(again)).toStrictEqual(numberedEvents(0, 40));
});

/** Gives a segment the header that it had before there were digests. */
async function asVersion1(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt32LE(1, 12);
  bytes.writeUInt32LE(0, 36); // the upper half of the length of the segment before
  bytes.writeUInt32LE(crc32(bytes.subarray(12, SEGMENT_HEADER_BYTES)), 8);
  await writeFile(path, bytes);
}

test('a second writer is refused, in the same process too, and told who holds the directory', async () => {
  const directory = await newDirectory();
  const log = await FileLog.open(directory);
  await expect(FileLog.open(directory)).rejects.toMatchObject({ code: 'data-locked', details: { pid: process.pid } });
  await log.append([numberedEvent(0)]);
  await log.close();
  const next = await FileLog.open(directory);
  expect(next.end()).toEqual([1]);
  await next.close();
});

test('a writer whose lock was deleted writes nothing more', async () => {
  const directory = await newDirectory();
  const log = await FileLog.open(directory);
  const lock = (await readdir(directory)).find((name) => name.endsWith('.lock'))!;
  await rm(join(directory, lock));
  await expect
    .poll(() => log.append([numberedEvent(0)]).catch((error) => error.code), { timeout: 60_000, interval: 100 })
    .toBe('data-locked');
  await log.close();
});

test('a reader sees what is whole at that moment, beside a living writer', async () => {
  const directory = await newDirectory();
  const writer = await FileLog.open(directory, { segmentBytes: 500 });
  await writer.append(numberedEvents(0, 20));
  const reader = await FileLog.open(directory, { readOnly: true });
  await writer.append(numberedEvents(20, 40));
  expect(await readAll(reader)).toStrictEqual(numberedEvents(0, 20));
  expect(() => reader.append([])).toThrow(/read-only/);
  await reader.close();
  await writer.append(numberedEvents(40, 41));
  await writer.close();
});

test('readers opened again and again while a writer is busy always find a whole prefix', async () => {
  const directory = await newDirectory();
  const writer = await FileLog.open(directory, { segmentBytes: 20_000, gatherMs: 0 });
  let appended = 0;
  let busy = true;
  const writing = (async () => {
    for (; busy; appended += 50) await writer.append(numberedEvents(appended, appended + 50));
  })();
  for (let i = 0; i < 20; i++) {
    const reader = await FileLog.open(directory, { readOnly: true });
    const end = reader.end()[0]!;
    expect(await readAll(reader)).toStrictEqual(numberedEvents(0, end));
    await reader.close();
  }
  busy = false;
  await writing;
  await writer.close();
});

test('reading a directory that is not there is refused', async () => {
  await expect(FileLog.open('/nowhere/at/all', { readOnly: true })).rejects.toMatchObject({ code: 'no-data' });
});

test('a record that cannot be encoded fails its own append only', async () => {
  const log = await FileLog.open(await newDirectory());
  const bad = { ...numberedEvent(9), event: { id: 'x', type: 'view', at: 2n ** 70n } } as never;
  const results = await Promise.allSettled([
    log.append([numberedEvent(0)]),
    log.append([numberedEvent(8), bad]),
    log.append([numberedEvent(1)]),
  ]);
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await readAll(log)).toStrictEqual(numberedEvents(0, 2));
  await log.close();
});

test('what does not fit into the queue is refused; a single large append is not', async () => {
  const log = await FileLog.open(await newDirectory(), { queueBytes: 1000 });
  const large = log.append(numberedEvents(0, 100));
  await expect(log.append(numberedEvents(100, 101))).rejects.toMatchObject({ code: 'overloaded' });
  expect(await large).toBe(0);
  expect(await log.append(numberedEvents(100, 101))).toBe(100);
  await log.close();
});

test('appends made at the same time share one flush', async () => {
  let flushes = 0;
  const log = await FileLog.open(await newDirectory(), {
    openFile: async (path) => {
      const file = await openSegmentFile(path);
      const sync = (): Promise<void> => {
        flushes++;
        return file.sync();
      };
      return { ...file, sync };
    },
  });
  await log.append([numberedEvent(0)]);
  flushes = 0;
  await Promise.all(numberedEvents(1, 200).map((record) => log.append([record])));
  expect(flushes).toBe(1);
  await log.close();
});

/** Appends without end, several at a time, and prints the log's end after each acknowledgement. */
const appender = `
  import { writeSync } from 'node:fs';
  const [, url, directory] = process.argv;
  const { FileLog } = await import(url);
  const log = await FileLog.open(directory, { segmentBytes: 30_000, gatherMs: 0 });
  let n = log.end()[0];
  const event = () => ({ kind: 'event', at: n, event: { id: 'e' + n, type: 'view', at: n++ } });
  const appendOn = async () => {
    for (;;) {
      const records = Array.from({ length: 1 + (n % 20) }, event);
      const first = await log.append(records);
      writeSync(1, first + records.length + '\\n');
    }
  };
  for (let i = 0; i < 8; i++) appendOn();
`;

test('kill -9 while appending: every acknowledged record is there, in order, none twice', async () => {
  const directory = await newDirectory();
  const url = workerUrl(import.meta.url, './file-log.ts').href;
  let end = 0;
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', appender, url, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (text) => {
      printed += text;
    });
    await expect.poll(() => printed.length, { timeout: 60_000, interval: 7 }).toBeGreaterThan(100 * (round + 1));
    child.kill('SIGKILL');
    await once(child, 'close');
    const acknowledged = Math.max(...printed.split('\n').slice(0, -1).map(Number));
    expect(acknowledged).toBeGreaterThan(end);
    const log = await FileLog.open(directory);
    end = log.end()[0]!;
    expect(end).toBeGreaterThanOrEqual(acknowledged);
    const ids = (await readAll(log)).map((record) => (record.kind === 'event' ? record.event.id : ''));
    expect(ids).toEqual(Array.from({ length: end }, (_, n) => `e${n}`));
    await log.close();
  }
});
