import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryLock } from './directory-lock.ts';

const WATCH_MS = 1500;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rialto-lock-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const locks = async (): Promise<string[]> => (await readdir(directory)).filter((name) => name.endsWith('.lock'));

/** Our own lock's name with parts of it changed, as another writer would have left it. */
async function leave(change: (parts: string[]) => void): Promise<string> {
  const lock = await DirectoryLock.acquire(directory);
  const [name] = await locks();
  const note = await readFile(join(directory, name!), 'utf8');
  lock.release();
  const parts = name!.split('-');
  change(parts);
  const path = join(directory, parts.join('-'));
  await writeFile(path, note);
  return path;
}

test('is held by one at a time, and free again once released', async () => {
  const lock = await DirectoryLock.acquire(directory);
  expect(lock.held).toBe(true);
  await expect(DirectoryLock.acquire(directory)).rejects.toMatchObject({
    code: 'data-locked',
    details: { pid: process.pid, directory },
  });
  await expect(DirectoryLock.acquire(directory)).rejects.toThrow(
    new RegExp(`process ${process.pid} on .*Stop that process`),
  );
  lock.release();
  expect(lock.held).toBe(false);
  (await DirectoryLock.acquire(directory)).release();
  expect(await locks()).toEqual([]);
});

test('of many that try at once, one at most gets it', async () => {
  for (let round = 0; round < 5; round++) {
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => DirectoryLock.acquire(directory)));
    const got = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(got.length).toBeLessThanOrEqual(1);
    expect(await locks()).toHaveLength(got.length);
    for (const lock of got) lock.release();
  }
});

test('a process that was killed leaves a lock that is taken over at once', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8').catch(() => '');
  const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  const path = await leave((parts) => {
    parts[2] = String(child.pid);
    parts[3] = startTicks;
  });
  if (startTicks !== '0')
    await expect(DirectoryLock.acquire(directory)).rejects.toMatchObject({
      code: 'data-locked',
      details: { pid: child.pid },
    });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const started = performance.now();
  const lock = await DirectoryLock.acquire(directory);
  expect(performance.now() - started).toBeLessThan(5_000); // less than a living one is watched for
  expect(await locks()).not.toContain(path);
  lock.release();
});

test('a process id that was given to another process is no holder', async ({ skip }) => {
  if (process.platform !== 'linux') return skip('only Linux tells when a process started');
  await leave((parts) => {
    parts[3] = String(Number(parts[3]) - 1);
  });
  (await DirectoryLock.acquire(directory)).release();
});

test('a writer elsewhere that touches its lock is alive; one that does not is dead', async () => {
  const path = await leave((parts) => {
    parts[1] = '0123456789ab';
  });
  let beat = 1;
  const beating = setInterval(() => void utimes(path, beat, beat++), 200);
  await expect(DirectoryLock.acquire(directory, WATCH_MS)).rejects.toMatchObject({ code: 'data-locked' });
  clearInterval(beating);
  const lock = await DirectoryLock.acquire(directory, WATCH_MS);
  expect(await locks()).toHaveLength(1);
  lock.release();
});

test('a holder touches its lock, and notices when it is gone', async () => {
  const lock = await DirectoryLock.acquire(directory);
  const [name] = await locks();
  const path = join(directory, name!);
  await utimes(path, 1, 1);
  await expect.poll(async () => (await readFile(path, 'utf8')).length, { timeout: 60_000 }).toBeGreaterThan(0);
  await rm(path);
  await expect.poll(() => lock.held, { timeout: 60_000 }).toBe(false);
  lock.release();
});

test('other files in the directory are left alone', async () => {
  await writeFile(join(directory, 'writer.lock'), '');
  await writeFile(join(directory, 'notes.txt'), '');
  (await DirectoryLock.acquire(directory)).release();
  expect((await readdir(directory)).sort()).toEqual(['notes.txt', 'writer.lock']);
});
