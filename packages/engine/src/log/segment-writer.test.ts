import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FailingDisk } from './failing-disk.fixture.ts';
import { FileLog } from './file-log.ts';
import { readAll } from './log.contract.ts';
import { numberedEvent, numberedEvents } from './record.fixture.ts';
import type { LogRecord } from './record.ts';

let root: string;
let directory: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rialto-disk-'));
  directory = join(root, 'log');
});

afterEach(() => rm(root, { recursive: true, force: true }));

describe('a disk that fails', () => {
  let disk: FailingDisk;
  let log: FileLog;

  beforeEach(async () => {
    disk = new FailingDisk();
    log = await FileLog.open(directory, { openFile: disk.open, gatherMs: 0, segmentBytes: 1000 });
    await log.append(numberedEvents(0, 5));
  });

  afterEach(() => log.close());

  /** What another process would find if this one died now. */
  async function afterCrash(): Promise<LogRecord[]> {
    const copy = join(root, 'copy');
    await cp(directory, copy, { recursive: true, filter: (path) => !path.endsWith('.lock') });
    const reopened = await FileLog.open(copy);
    const records = await readAll(reopened);
    await reopened.close();
    await rm(copy, { recursive: true });
    return records;
  }

  const breakages: [string, () => void, string][] = [
    [
      'full in the middle of a write',
      () => {
        disk.roomBytes = 100;
      },
      'ENOSPC',
    ],
    [
      'full',
      () => {
        disk.roomBytes = 0;
      },
      'ENOSPC',
    ],
    [
      'failing to flush',
      () => {
        disk.syncFails = true;
      },
      'EIO',
    ],
    [
      'failing to flush and to cut',
      () => {
        disk.syncFails = true;
        disk.truncateFails = true;
      },
      'EIO',
    ],
    [
      'full, with no segment to be opened',
      () => {
        disk.openFails = true;
        disk.roomBytes = 0;
      },
      'ENOSPC',
    ],
  ];

  for (const [name, breakDisk, cause] of breakages) {
    test(`${name}: refuses, keeps what was durable, and goes on by itself`, async () => {
      const told: LogRecord[] = [];
      log.follow(({ records }) => told.push(...records));
      breakDisk();
      for (let i = 0; i < 3; i++) {
        await expect(log.append(numberedEvents(5, 10))).rejects.toMatchObject({ code: 'log-full', details: { cause } });
      }
      expect(told).toEqual([]);
      expect(log.end()).toEqual([5]);
      expect(await readAll(log)).toStrictEqual(numberedEvents(0, 5));
      if (!disk.truncateFails) expect(await afterCrash()).toStrictEqual(numberedEvents(0, 5));
      Object.assign(disk, new FailingDisk(), { open: disk.open });
      expect(await log.append([numberedEvent(5)])).toBe(5);
      expect(await log.append(numberedEvents(6, 40))).toBe(6);
      expect(told).toStrictEqual(numberedEvents(5, 40));
      expect(await readAll(log)).toStrictEqual(numberedEvents(0, 40));
      expect(await afterCrash()).toStrictEqual(numberedEvents(0, 40));
    });
  }

  test('an append that fails takes those of its group with it and no other', async () => {
    disk.roomBytes = 300;
    const together = [log.append(numberedEvents(5, 8)), log.append(numberedEvents(8, 11))];
    const results = await Promise.allSettled(together);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    disk.roomBytes = 300;
    expect(await log.append([numberedEvent(5)])).toBe(5);
  });

  test('a new segment that cannot be made leaves no file behind', async () => {
    await log.append(numberedEvents(5, 12));
    const before = await readdir(directory);
    disk.roomBytes = 10;
    await expect(log.append(numberedEvents(12, 30))).rejects.toMatchObject({ code: 'log-full' });
    expect(await readdir(directory)).toEqual(before);
  });

  test('whatever fails when: what was acknowledged is there, in order, and nothing else', async () => {
    const step = fc.record({
      roomBytes: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(1500)),
      syncFails: fc.boolean(),
      truncateFails: fc.boolean(),
      openFails: fc.boolean(),
      count: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const { count, ...state } of steps) {
          Object.assign(disk, state);
          const first = log.end()[0]!;
          const acknowledged = await log.append(numberedEvents(first, first + count)).then(
            () => true,
            () => false,
          );
          expect(log.end()).toEqual([acknowledged ? first + count : first]);
        }
        Object.assign(disk, new FailingDisk(), { open: disk.open });
        const end = log.end()[0]!;
        await log.append([numberedEvent(end)]);
        expect(await readAll(log)).toStrictEqual(numberedEvents(0, end + 1));
        expect(await afterCrash()).toStrictEqual(numberedEvents(0, end + 1));
      }),
      { numRuns: 40 },
    );
  });
});

/** Mounts a small file system in memory at a new directory, or says why that is not possible here. */
async function mountSmall(path: string): Promise<string | undefined> {
  await mkdir(path);
  try {
    execFileSync('/usr/bin/env', ['mount', '-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', path], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `mounting needs root on Linux: ${(error as Error).message.split('\n')[0]}`;
  }
}

test('a really full disk: refuses, and goes on once space is free', async ({ skip }) => {
  const mounted = join(root, 'small');
  const reason = await mountSmall(mounted);
  if (reason !== undefined) return skip(reason);
  try {
    await writeFile(join(mounted, 'ballast'), Buffer.alloc(200_000));
    const log = await FileLog.open(join(mounted, 'log'), { gatherMs: 0 });
    let count = 0;
    const refused = await (async () => {
      for (;;) {
        try {
          await log.append(numberedEvents(count, count + 200));
          count += 200;
        } catch (error) {
          return error;
        }
      }
    })();
    expect(refused).toMatchObject({ code: 'log-full', details: { cause: 'ENOSPC' } });
    expect(count).toBeGreaterThan(200);
    expect(await readAll(log)).toStrictEqual(numberedEvents(0, count));
    await rm(join(mounted, 'ballast'));
    expect(await log.append(numberedEvents(count, count + 200))).toBe(count);
    await log.close();
    const again = await FileLog.open(join(mounted, 'log'), { readOnly: true });
    expect(again.cut).toBeUndefined();
    expect(await readAll(again)).toStrictEqual(numberedEvents(0, count + 200));
    expect((await stat(join(mounted, 'log'))).isDirectory()).toBe(true);
  } finally {
    execFileSync('/usr/bin/env', ['umount', mounted]);
  }
});
