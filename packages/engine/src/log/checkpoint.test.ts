import { mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RialtoError } from '../base/errors.ts';
import { type Section, SnapshotWriter } from '../base/snapshot.ts';
import { CheckpointStore } from './checkpoint.ts';
import { MemoryLog } from './memory-log.ts';
import { numberedEvent, numberedEvents } from './record.fixture.ts';

let directory: string;
let damaged: RialtoError[];
let store: CheckpointStore;
let log: MemoryLog;

const storeOf = (schema: string, kept?: number): CheckpointStore =>
  new CheckpointStore({
    directory,
    schema,
    onDamage: (error) => damaged.push(error),
    ...(kept === undefined ? {} : { kept }),
  });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rialto-checkpoint-'));
  damaged = [];
  store = storeOf('1');
  log = new MemoryLog();
  await log.append(numberedEvents(0, 200));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** Sections that tell which state they are of. */
function sectionsOf(n: number): readonly Section[] {
  const out = new SnapshotWriter();
  out.json('n', { n });
  out.array(
    'counts',
    Int32Array.from({ length: 1000 }, (_, i) => n + i),
  );
  out.array('rates', Float64Array.of(n / 3, -n));
  out.array('nothing', new Uint8Array(0));
  return out.sections;
}

async function newest(from = store, atMost?: number): Promise<number | undefined> {
  const found = await from.newest(log, atMost);
  if (!found) return undefined;
  const { n } = found.reader.json<{ n: number }>('n');
  expect(found.offset).toBe(n);
  expect([...found.reader.array('counts', Int32Array)]).toEqual(Array.from({ length: 1000 }, (_, i) => n + i));
  expect([...found.reader.array('rates', Float64Array)]).toEqual([n / 3, -n]);
  expect(found.reader.array('nothing', Uint8Array)).toHaveLength(0);
  return n;
}

const pathOf = (offset: number): string => join(directory, `${String(offset).padStart(16, '0')}.checkpoint`);

test('with none written there is none, and no directory is needed', async () => {
  const nowhere = new CheckpointStore({ directory: join(directory, 'not', 'yet'), schema: '1' });
  expect(await nowhere.newest(log)).toBeUndefined();
  expect(await nowhere.list()).toEqual([]);
  await nowhere.write(log, 1, sectionsOf(1));
  expect((await nowhere.newest(log))?.offset).toBe(1);
});

test('the newest comes back, or the newest of at most so many records', async () => {
  for (const offset of [0, 10, 200]) await store.write(log, offset, sectionsOf(offset));
  expect(await newest()).toBe(200);
  expect(await newest(store, 199)).toBe(10);
  expect(await newest(store, 10)).toBe(10);
  expect(await newest(store, 9)).toBe(0);
  expect((await store.list()).map(({ offset }) => offset)).toEqual([200, 10, 0]);
  expect(damaged).toEqual([]);
});

test('only the newest are kept', async () => {
  const two = storeOf('1', 2);
  for (const offset of [1, 2, 3, 4]) await two.write(log, offset, sectionsOf(offset));
  expect((await two.list()).map(({ offset }) => offset)).toEqual([4, 3]);
  expect(await readdir(directory)).toHaveLength(2);
});

test('the same state written twice is the same file, byte for byte', async () => {
  await store.write(log, 5, sectionsOf(5));
  const first = await readFile(pathOf(5));
  await store.write(log, 5, sectionsOf(5));
  expect((await readFile(pathOf(5))).equals(first)).toBe(true);
});

test('sections are taken as they come', async () => {
  let given = 0;
  function* stream(): Generator<Section> {
    for (const section of sectionsOf(7)) {
      given++;
      yield section;
    }
  }
  await store.write(log, 7, stream());
  expect(given).toBe(4);
  expect(await newest()).toBe(7);
});

test('checkpoints of another schema are not seen', async () => {
  await storeOf('older').write(log, 5, sectionsOf(5));
  await store.write(log, 3, sectionsOf(3));
  expect(await newest()).toBe(3);
  expect((await store.list()).map(({ offset }) => offset)).toEqual([3]);
  expect(damaged).toEqual([]);
});

test('any flipped bit is noticed, told of, and the older checkpoint is used', async () => {
  await store.write(log, 1, sectionsOf(1));
  await store.write(log, 2, sectionsOf(2));
  const good = await readFile(pathOf(2));
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.nat(7), async (position, bit) => {
      const bad = Buffer.from(good);
      bad[position]! ^= 1 << bit;
      await writeFile(pathOf(2), bad);
      damaged = [];
      expect(await newest()).toBe(1);
      expect(damaged).toMatchObject([{ code: 'checkpoint-damaged', details: { file: pathOf(2) } }]);
    }),
    { numRuns: 150 },
  );
});

test('a flipped bit in any byte of header, table and footer is noticed', async () => {
  const out = new SnapshotWriter();
  out.json('a', 1);
  await store.write(log, 2, out.sections);
  const good = await readFile(pathOf(2));
  for (let position = 0; position < good.length; position++) {
    const bad = Buffer.from(good);
    bad[position]! ^= 0x10;
    await writeFile(pathOf(2), bad);
    expect(await store.newest(log), `byte ${position}`).toBeUndefined();
  }
  expect(damaged).toHaveLength(good.length);
});

test('a file cut off anywhere, or with more behind it, is not used', async () => {
  await store.write(log, 1, sectionsOf(1));
  await store.write(log, 2, sectionsOf(2));
  const { size } = await stat(pathOf(2));
  const lengths = [...Array.from({ length: 40 }, (_, i) => Math.floor((i * size) / 40)), size - 1, size + 1];
  const good = await readFile(pathOf(2));
  for (const length of lengths) {
    await writeFile(pathOf(2), good);
    await truncate(pathOf(2), length);
    expect(await newest(), `${length} bytes`).toBe(1);
  }
  expect(damaged).toHaveLength(lengths.length);
});

test('a file under another name is not used', async () => {
  await store.write(log, 2, sectionsOf(2));
  await rename(pathOf(2), pathOf(9));
  expect(await newest()).toBeUndefined();
  expect(damaged[0]?.message).toMatch(/after 2 records/);
});

test('a crash before the rename leaves nothing that is seen, and the next write clears it away', async () => {
  await store.write(log, 1, sectionsOf(1));
  const whole = await readFile(pathOf(1));
  await writeFile(`${pathOf(2)}.unfinished`, whole.subarray(0, 100));
  expect(await newest()).toBe(1);
  expect((await store.list()).map(({ offset }) => offset)).toEqual([1]);
  await store.write(log, 3, sectionsOf(3));
  expect((await readdir(directory)).some((name) => name.endsWith('.unfinished'))).toBe(false);
});

test('sections that fail to come leave the older checkpoints and no rest', async () => {
  await store.write(log, 1, sectionsOf(1));
  function* failing(): Generator<Section> {
    yield sectionsOf(2)[0]!;
    throw new Error('the state could not be saved');
  }
  await expect(store.write(log, 2, failing())).rejects.toThrow('could not be saved');
  expect(await readdir(directory)).toHaveLength(1);
  expect(await newest()).toBe(1);
});

test('checkpoints of records that the log lost can be dropped', async () => {
  for (const offset of [1, 5, 9]) await store.write(log, offset, sectionsOf(offset));
  expect(await store.dropStrays(log, 5)).toBe(1);
  expect(await newest()).toBe(5);
});

describe('a checkpoint of other records', () => {
  let strays: number[];
  const stray = (): CheckpointStore =>
    new CheckpointStore({ directory, schema: '1', onStray: (_, offset) => strays.push(offset) });
  /** The first `kept` records of the log, then others. */
  async function regrown(kept: number): Promise<MemoryLog> {
    const other = new MemoryLog();
    await other.append([...numberedEvents(0, kept), ...numberedEvents(500 + kept, 700)]);
    return other;
  }
  beforeEach(async () => {
    strays = [];
    for (const offset of [0, 100, 150]) await store.write(log, offset, sectionsOf(offset));
  });

  test('is passed over for an older one that is of the same, and said', async () => {
    expect((await stray().newest(await regrown(150)))?.offset).toBe(150);
    expect(strays).toEqual([]);
    expect((await stray().newest(await regrown(149)))?.offset).toBe(100);
    expect(strays).toEqual([150]);
    expect((await stray().newest(await regrown(99)))?.offset).toBe(0);
    expect(strays).toEqual([150, 150, 100]);
  });

  test('is deleted by the writer, and said, whatever its schema; those of its own records stay', async () => {
    await storeOf('older', 5).write(log, 149, sectionsOf(149));
    await storeOf('older', 5).write(log, 99, sectionsOf(99));
    const other = await regrown(100);
    expect(await stray().dropStrays(other)).toBe(2);
    expect(strays).toEqual([150, 149]);
    expect((await stray().newest(other))?.offset).toBe(100);
    expect(await readdir(directory)).toHaveLength(3);
  });

  test('with the same last record is known for another by what comes before', async () => {
    const other = new MemoryLog();
    await other.append([numberedEvent(7777), ...numberedEvents(1, 200)]);
    expect((await stray().newest(other))?.offset).toBe(0);
    expect(strays).toEqual([150, 100]);
  });
});
