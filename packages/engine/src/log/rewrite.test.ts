/** Records replaced in a log: all or none, whenever the process is stopped, and a log like any other after. */
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileLog } from './file-log.ts';
import { readAll } from './log.contract.ts';
import { numberedEvents } from './record.fixture.ts';
import type { LogRecord } from './record.ts';
import type { ChangeRecord } from './rewrite.ts';

let root: string;
let directory: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rialto-rewrite-'));
  directory = join(root, 'log');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const OPTIONS = { gatherMs: 0, segmentBytes: 1_500 };
const CHANGED = 40;

/** Of every third record from the fortieth on another one, longer or shorter. */
const change: ChangeRecord = (record, offset) => {
  if (offset < CHANGED || offset % 3 !== 0 || record.kind !== 'event') return record;
  return { ...record, event: { ...record.event, buyer: offset % 2 === 0 ? 'x' : 'x'.repeat(99) } };
};

async function writeLog(in_ = directory): Promise<LogRecord[]> {
  const log = await FileLog.open(in_, OPTIONS);
  for (let first = 0; first < 200; first += 5) await log.append(numberedEvents(first, first + 5, 20));
  const records = await readAll(log);
  await log.close();
  return records;
}

async function rewritten(in_ = directory): Promise<void> {
  const log = await FileLog.open(in_, OPTIONS);
  await log.rewrite(CHANGED, change);
  await log.close();
}

async function readLog(in_ = directory): Promise<LogRecord[]> {
  const log = await FileLog.open(in_, { ...OPTIONS, readOnly: true });
  await log.check();
  return readAll(log);
}

const names = async (in_: string) => (await readdir(in_)).filter((name) => !name.endsWith('.lock')).sort();

test('has the new records at their offsets, in the same segments, and goes on from there', async () => {
  const before = await writeLog();
  const segments = await names(directory);
  const untouched = await readFile(join(directory, segments[0]!));
  const digest = await (await FileLog.open(directory, { readOnly: true })).digest(0, 100);
  await rewritten();
  expect(await readLog()).toEqual(before.map(change));
  expect(await readLog()).not.toEqual(before);
  expect(await names(directory)).toEqual(segments);
  expect(segments.length).toBeGreaterThan(10);
  expect(await readFile(join(directory, segments[0]!))).toEqual(untouched);
  const log = await FileLog.open(directory, OPTIONS);
  expect(await log.digest(0, 100)).not.toBe(digest);
  await log.append(numberedEvents(200, 230, 20));
  await log.close();
  expect(await readLog()).toEqual([...before.map(change), ...numberedEvents(200, 230, 20)]);
});

test('a log that is closed by it takes nothing more, and its lock is free', async () => {
  await writeLog();
  const log = await FileLog.open(directory, OPTIONS);
  await log.rewrite(CHANGED, change);
  await expect(log.append(numberedEvents(0, 1))).rejects.toMatchObject({ code: 'shutting-down' });
  await (await FileLog.open(directory, OPTIONS)).close();
});

test('where it fails on the way, nothing has changed and nothing is left', async () => {
  const before = await writeLog();
  const segments = await names(directory);
  const log = await FileLog.open(directory, OPTIONS);
  const failing: ChangeRecord = (record, offset) => {
    if (offset === 150) throw new Error('on the way');
    return change(record, offset);
  };
  await expect(log.rewrite(CHANGED, failing)).rejects.toThrow('on the way');
  expect(await names(directory)).toEqual(segments);
  expect(await readLog()).toEqual(before);
});

describe('a process that is stopped', () => {
  /** Copies of the old log with what lies beside it when `renamed` of the new segments have taken their place. */
  async function stoppedAt(renamed: number, committed: boolean): Promise<string> {
    const [old, done] = [join(root, 'old'), join(root, 'done')];
    await cp(directory, old, { recursive: true });
    await cp(directory, done, { recursive: true });
    await rewritten(done);
    const changed: string[] = [];
    for (const name of await names(done)) {
      const [a, b] = [await readFile(join(old, name)), await readFile(join(done, name))];
      if (a.equals(b)) continue;
      changed.push(name);
      await cp(join(done, name), join(old, `${name}.rewritten`));
    }
    expect(changed.length).toBeGreaterThan(5);
    for (const name of changed.slice(0, renamed)) await rename(join(old, `${name}.rewritten`), join(old, name));
    if (committed) await writeFile(join(old, 'rewrite.commit'), JSON.stringify(changed));
    return old;
  }

  test.each([0, 1, 4, 99])('after the commit, with %i segments renamed: the next start ends it', async (renamed) => {
    const before = await writeLog();
    const stopped = await stoppedAt(renamed, true);
    await expect(FileLog.open(stopped, { readOnly: true })).rejects.toMatchObject({
      code: 'data-locked',
      message: expect.stringContaining('rialto log redact'),
    });
    await (await FileLog.open(stopped, OPTIONS)).close();
    expect(await readLog(stopped)).toEqual(before.map(change));
    expect((await names(stopped)).every((name) => /^\d{16}\.log$/.test(name))).toBe(true);
  });

  test('before the commit: the log is the old one, and what lay beside it is gone', async () => {
    const before = await writeLog();
    const stopped = await stoppedAt(0, false);
    await writeFile(join(stopped, 'rewrite.commit.rewritten'), '["00');
    expect(await readLog(stopped)).toEqual(before);
    await (await FileLog.open(stopped, OPTIONS)).close();
    expect(await readLog(stopped)).toEqual(before);
    expect((await names(stopped)).every((name) => /^\d{16}\.log$/.test(name))).toBe(true);
  });
});
