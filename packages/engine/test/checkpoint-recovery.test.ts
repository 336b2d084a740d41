/**
 * Starting on a directory that something happened to: a torn or damaged log, damaged or foreign checkpoints, another
 * process, no permission. `rialto serve` mends what was never acknowledged and says so, and refuses the rest in one line.
 */
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../src/base/clock.ts';
import { Rng } from '../src/base/rng.ts';
import { fingerprint } from '../src/base/snapshot.fixture.ts';
import { SnapshotWriter } from '../src/base/snapshot.ts';
import { logDirectory, openCheckpoints, openEngine, readState } from '../src/delivery/data-directory.ts';
import { Engine } from '../src/delivery/engine.ts';
import { rebuild } from '../src/delivery/rebuild.ts';
import { CheckpointStore } from '../src/log/checkpoint.ts';
import { FileLog } from '../src/log/file-log.ts';
import { FRAME_HEADER_BYTES, framePayloadBytes } from '../src/log/frame.ts';
import { SEGMENT_HEADER_BYTES } from '../src/log/segment.ts';
import { rialto, type Served, serve } from './rialto-process.ts';

const CHECKPOINTS = [200, 300, 400];
let root: string;
let template: string;
/** Of the template: how many records, and the newest and an older segment's file name. */
let end: number;
let newestSegment: string;
let olderSegment: string;
const running: Served[] = [];

/** A log of several segments and some 500 records in many commit groups, with three checkpoints. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rialto-recovery-'));
  template = join(root, 'template');
  const log = await FileLog.open(logDirectory(template), { segmentBytes: 7000 });
  const engine = await Engine.open({ log, clock: systemClock, tokenSecret: new Uint8Array(32), nonce: () => 'n' });
  const listing = (i: number) => ({ id: `l${i}`, title: `Listing ${i}`, priceMicros: 1_000_000 + i });
  await engine.save(
    'listing',
    Array.from({ length: 50 }, (_, i) => listing(i)),
    'test',
  );
  for (let batch = 0; batch < 45; batch++) {
    const events = Array.from({ length: 10 }, (_, i) => ({
      id: `e${batch}-${i}`,
      type: 'view' as const,
      buyer: `b${i}`,
      listing: `l${(batch * 7 + i) % 50}`,
    }));
    await engine.ingest(events);
  }
  end = engine.offset;
  for (const offset of CHECKPOINTS) await writeCheckpoint(template, log, offset);
  await engine.close();
  const segments = (await readdir(logDirectory(template))).filter((name) => name.endsWith('.log')).sort();
  expect(segments.length).toBeGreaterThanOrEqual(4);
  newestSegment = segments[segments.length - 1]!;
  olderSegment = segments[1]!;
});

afterAll(async () => {
  await Promise.all(running.map((server) => server.end('SIGKILL')));
  await rm(root, { recursive: true, force: true });
});

async function writeCheckpoint(directory: string, log: FileLog, offset: number, schema?: string): Promise<void> {
  const snapshot = new SnapshotWriter();
  (await rebuild({ log, offset })).save(snapshot);
  const store = schema
    ? new CheckpointStore({ directory: join(directory, 'checkpoints'), schema })
    : openCheckpoints(directory);
  await store.write(log, offset, snapshot.sections);
}

let copies = 0;
async function copyOfTemplate(): Promise<string> {
  const directory = join(root, `copy-${copies++}`);
  await cp(template, directory, { recursive: true });
  return directory;
}

async function served(directory: string, ...args: string[]): Promise<Served> {
  const server = await serve(directory, ...args);
  running.push(server);
  return server;
}

const offsetOf = async ({ url }: Served): Promise<number> =>
  ((await (await fetch(`${url}/readyz`)).json()) as { offset: number }).offset;

const segment = (directory: string, name: string): string => join(logDirectory(directory), name);
const checkpoint = (directory: string, offset: number): string =>
  join(directory, 'checkpoints', `${String(offset).padStart(16, '0')}.checkpoint`);

/** Where the frames of a segment begin. */
function framesOf(bytes: Buffer): number[] {
  const frames: number[] = [];
  for (let at = SEGMENT_HEADER_BYTES; at < bytes.length; at += FRAME_HEADER_BYTES + framePayloadBytes(bytes, at))
    frames.push(at);
  return frames;
}

async function change(path: string, changed: (bytes: Buffer) => Buffer): Promise<void> {
  await writeFile(path, changed(await readFile(path)));
}

const flipBit =
  (at: number, bit = 0) =>
  (bytes: Buffer) => {
    bytes[at]! ^= 1 << bit;
    return bytes;
  };

/** It ends with status 1 and says one line: the code, and why. */
async function expectRefusal(code: string, ...args: string[]): Promise<string> {
  const { code: status, stderr } = await rialto(...args);
  expect(stderr).toMatch(new RegExp(`^rialto: ${code}: [^\\n]+\\n$`));
  expect(stderr).not.toMatch(/\s+at .*:\d+:\d+|node_modules/);
  expect(status).toBe(1);
  return stderr;
}
const expectNoStart = (code: string, directory: string, ...args: string[]): Promise<string> =>
  expectRefusal(code, 'serve', '--data', directory, '--port', '0', '--no-train', ...args);

describe('the end of the log', () => {
  const torn: [name: string, (bytes: Buffer) => { bytes: Buffer; lost: number }][] = [
    ['cut short by a few bytes', (bytes) => ({ bytes: bytes.subarray(0, -7), lost: 1 })],
    ['with a bit of the last record flipped', (bytes) => ({ bytes: flipBit(bytes.length - 3)(bytes), lost: 1 })],
    ['with half a record behind it', (bytes) => ({ bytes: Buffer.concat([bytes, bytes.subarray(40, 80)]), lost: 0 })],
    ['with 5,000 zeros behind it', (bytes) => ({ bytes: Buffer.concat([bytes, Buffer.alloc(5000)]), lost: 0 })],
  ];

  test.each(torn)('%s is cut at the last good record, and said', async (_, tear) => {
    const directory = await copyOfTemplate();
    const path = segment(directory, newestSegment);
    const whole = await readFile(path);
    const frames = framesOf(whole);
    const { bytes, lost } = tear(Buffer.from(whole));
    await writeFile(path, bytes);
    const server = await served(directory);
    const cutAt = lost === 0 ? whole.length : frames[frames.length - lost]!;
    expect(server.stderr()).toContain(
      `${path}: the tail was torn; cut at byte ${cutAt}, behind record ${end - lost - 1}`,
    );
    expect(await offsetOf(server)).toBe(end - lost);
    const event = { id: `e44-9`, type: 'view', buyer: 'b9', listing: 'l1' };
    const answer = await fetch(`${server.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events: [event] }),
    });
    // The record that was lost is new again; where none was, it is known.
    expect(await answer.json()).toMatchObject({ accepted: lost, duplicates: 1 - lost });
    await server.end();
    const again = await served(directory);
    expect(again.stderr()).not.toContain('torn');
    expect(await offsetOf(again)).toBe(end);
  });
});

describe('damage before the end', () => {
  test('in the newest segment: file and byte are named', async () => {
    const directory = await copyOfTemplate();
    const path = segment(directory, newestSegment);
    const frames = framesOf(await readFile(path));
    await change(path, flipBit(frames[2]! + FRAME_HEADER_BYTES + 3));
    expect(await expectNoStart('log-damaged', directory)).toContain(`${path} is damaged at byte ${frames[2]}:`);
  });

  test('in an older segment that has to be read: file and byte are named', async () => {
    const directory = await copyOfTemplate();
    await rm(join(directory, 'checkpoints'), { recursive: true });
    const path = segment(directory, olderSegment);
    const frames = framesOf(await readFile(path));
    await change(path, flipBit(frames[9]! + FRAME_HEADER_BYTES + 3));
    expect(await expectNoStart('log-damaged', directory)).toContain(`${path} is damaged at byte ${frames[9]}:`);
  });

  test('in an older segment that no start has to read, since there is a checkpoint; whoever wants to serves all the same', async () => {
    const directory = await copyOfTemplate();
    const path = segment(directory, olderSegment);
    const frames = framesOf(await readFile(path));
    await change(path, flipBit(frames[9]! + FRAME_HEADER_BYTES + 3));
    expect(await expectNoStart('log-damaged', directory)).toContain(`${path} is damaged at byte ${frames[9]}:`);
    const server = await served(directory, '--damaged-log');
    expect(await offsetOf(server)).toBe(end);
    await expect.poll(server.stderr, { timeout: 20_000 }).toContain(`${path} is damaged at byte ${frames[9]}:`);
  });

  test('a segment that is missing, and one that is too short', async () => {
    const missing = await copyOfTemplate();
    await rm(segment(missing, olderSegment));
    expect(await expectNoStart('log-damaged', missing)).toContain(`${olderSegment}, which is missing`);
    const short = await copyOfTemplate();
    const path = segment(short, olderSegment);
    const { length } = await readFile(path);
    await truncate(path, length - 100);
    expect(await expectNoStart('log-damaged', short)).toContain(`${path} is damaged at byte ${length - 100}:`);
  });

  test('leaves the directory as it is, for whoever has to repair it', async () => {
    const directory = await copyOfTemplate();
    const path = segment(directory, newestSegment);
    const [, , third] = framesOf(await readFile(path));
    await change(path, flipBit(third! + 20));
    const before = await readFile(path);
    await expectNoStart('log-damaged', directory);
    expect((await readFile(path)).equals(before)).toBe(true);
    expect((await readdir(logDirectory(directory))).filter((name) => name.endsWith('.lock'))).toEqual([]);
    expect((await readdir(join(directory, 'checkpoints'))).length).toBe(CHECKPOINTS.length);
  });
});

/** The state that a start finds in the directory, and what it says on the way. */
async function started(directory: string): Promise<{ state: string[]; notices: string[] }> {
  const notices: string[] = [];
  const engine = await openEngine(directory, { onNotice: (message) => notices.push(message) });
  const state = fingerprint((out) => engine.state.save(out));
  await engine.close();
  return { state, notices };
}

describe('a checkpoint', () => {
  let expected: string[];
  beforeAll(async () => {
    const log = await FileLog.open(logDirectory(template), { readOnly: true });
    const whole = await rebuild({ log });
    expected = fingerprint((out) => whole.save(out));
  });

  test('that is good gives the state that the whole log gives', async () => {
    expect(await started(await copyOfTemplate())).toEqual({ state: expected, notices: [] });
  });

  test('that is damaged is passed over for an older one, and said, by `rialto serve` too', async () => {
    const directory = await copyOfTemplate();
    await change(checkpoint(directory, 400), (bytes) => flipBit(bytes.length >> 1)(bytes));
    const server = await served(directory);
    expect(server.stderr()).toContain(`${checkpoint(directory, 400)} is damaged: the checksum of section`);
    expect(server.stderr()).toContain('An older checkpoint or the whole log is used instead.');
    expect(await offsetOf(server)).toBe(end);
    await server.end();
    const { state, notices } = await started(directory);
    expect(state).toEqual(expected);
    expect(notices).toHaveLength(1);
  });

  test('that is damaged, all of them: the log is enough', async () => {
    const directory = await copyOfTemplate();
    await writeFile(checkpoint(directory, 400), '');
    await truncate(checkpoint(directory, 300), 1000);
    await change(checkpoint(directory, 200), flipBit(9));
    const { state, notices } = await started(directory);
    expect(state).toEqual(expected);
    expect(notices.map((notice) => /0([234]00)\.checkpoint is damaged: /.exec(notice)?.[1])).toEqual([
      '400',
      '300',
      '200',
    ]);
  });

  const seed = 5;
  test(`with any bit flipped or any end cut off is never taken for good (seed ${seed})`, async () => {
    const rng = new Rng(seed);
    const directory = await copyOfTemplate();
    const path = checkpoint(directory, 400);
    const whole = await readFile(path);
    const damaged: string[] = [];
    const store = openCheckpoints(directory, (message) => damaged.push(message));
    const log = await FileLog.open(logDirectory(directory), { readOnly: true });
    for (let round = 0; round < 150; round++) {
      const at = round < 60 ? round : rng.below(whole.length);
      await writeFile(path, round % 5 === 0 ? whole.subarray(0, at) : flipBit(at, rng.below(8))(Buffer.from(whole)));
      expect((await store.newest(log))?.offset, `byte ${at}`).toBe(300);
    }
    expect(damaged).toHaveLength(150);
    await writeFile(path, whole);
    expect((await store.newest(log))?.offset).toBe(400);
  });

  test('of a newer version is left alone, and said', async () => {
    const directory = await copyOfTemplate();
    const log = await FileLog.open(logDirectory(directory), { readOnly: true });
    await writeCheckpoint(directory, log, end, 'state-999');
    const { state, notices } = await started(directory);
    expect(state).toEqual(expected);
    expect(notices).toEqual([expect.stringContaining('is of another version of Rialto (state-999;')]);
    await readFile(checkpoint(directory, end));
  });

  test('of more records than the log has is dropped: those records are gone', async () => {
    const directory = await copyOfTemplate();
    const path = segment(directory, newestSegment);
    const log = await FileLog.open(logDirectory(directory), { readOnly: true });
    await writeCheckpoint(directory, log, end);
    await truncate(path, (await readFile(path)).length - 7);
    const { state } = await started(directory);
    const shorter = await rebuild({ log, offset: end - 1 });
    expect(state).toEqual(fingerprint((out) => shorter.save(out)));
    await expect(readFile(checkpoint(directory, end))).rejects.toThrow('ENOENT');
  });
});

describe('a log that is not the one of its checkpoints', () => {
  /** Cuts a copy's log back to its first records, as a back-up of that moment would have it. */
  async function cutBack(directory: string, kept: number): Promise<void> {
    for (const name of (await readdir(logDirectory(directory))).sort().reverse()) {
      const path = segment(directory, name);
      const first = Number.parseInt(name, 10);
      if (first < kept) return truncate(path, framesOf(await readFile(path))[kept - first]!);
      await rm(path);
    }
  }

  /** Grows to as many records as the template has; nothing looks at the checkpoints meanwhile. */
  async function growDifferently(directory: string): Promise<void> {
    const log = await FileLog.open(logDirectory(directory), { segmentBytes: 7000 });
    const engine = await Engine.open({ log, clock: systemClock, tokenSecret: new Uint8Array(32), nonce: () => 'n' });
    const others = Array.from({ length: end - engine.offset }, (_, i) => ({
      id: `o${i}`,
      title: 'Other',
      priceMicros: i,
    }));
    await engine.save('listing', others, 'test');
    await engine.close();
    expect(engine.offset).toBe(end);
  }

  test.each([
    { log: 'another one', kept: 0, good: [] },
    { log: 'cut back and grown differently', kept: 250, good: [200] },
    { log: 'grown differently from a back-up on', kept: 399, good: [200, 300] },
    { log: 'grown differently behind the newest checkpoint', kept: 400, good: [200, 300, 400] },
  ])('$log: only what is of its own records is used, and the rest said', async ({ kept, good }) => {
    const directory = await copyOfTemplate();
    await cutBack(directory, kept);
    await growDifferently(directory);
    const log = await FileLog.open(logDirectory(directory), { readOnly: true });
    const whole = await rebuild({ log });
    const expected = fingerprint((out) => whole.save(out));
    // A reader beside a server, an explanation say, passes them over, and deletes nothing.
    expect((await openCheckpoints(directory).newest(log))?.offset).toBe(good.at(-1));
    const read = await readState(directory);
    expect(fingerprint((out) => read.save(out))).toEqual(expected);
    expect((await openCheckpoints(directory).list()).length).toBe(CHECKPOINTS.length);
    const { state, notices } = await started(directory);
    expect(state).toEqual(expected);
    const strays = CHECKPOINTS.filter((offset) => !(good as number[]).includes(offset)).reverse();
    expect(notices).toEqual(
      strays.map((offset) => expect.stringContaining(`${checkpoint(directory, offset)} is of ${offset} records that`)),
    );
    expect((await openCheckpoints(directory).list()).map(({ offset }) => offset)).toEqual([...good].reverse());
    expect((await started(directory)).notices).toEqual([]);
  });

  test('`rialto serve` says it', async () => {
    const directory = await copyOfTemplate();
    await cutBack(directory, 250);
    await growDifferently(directory);
    const server = await served(directory);
    expect(server.stderr()).toContain('is of 400 records that are not the first 400 of this log');
    expect(await offsetOf(server)).toBe(end);
  });
});

describe('a second process', () => {
  test('is refused with the first one named, and the first goes on', async () => {
    const directory = await copyOfTemplate();
    const first = await served(directory);
    expect(await expectNoStart('data-locked', directory)).toContain(`process ${first.pid} `);
    await writeFile(join(root, 'one.csv'), 'id,title,price\na,A,1\n');
    await expectRefusal('data-locked', 'import', join(root, 'one.csv'), '--as', 'listings', '--data', directory);
    expect(await offsetOf(first)).toBe(end);
    await first.end('SIGKILL');
    // The lock of one that was killed holds nobody up.
    expect(await offsetOf(await served(directory))).toBe(end);
  });

  test('on the same port is refused', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const directory = await copyOfTemplate();
    const refusal = await expectRefusal(
      'address-in-use',
      ...['serve', '--data', directory, '--port', String(port), '--no-train'],
    );
    expect(refusal).toContain(`port ${port} of 127.0.0.1 is taken`);
    taken.close();
  });
});

/** A small file system of its own; undefined where this process may not mount one. */
async function mounted(name: string, options: string): Promise<string | undefined> {
  const directory = join(root, name);
  await mkdir(directory);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], { stdio: 'ignore' });
    return directory;
  } catch {
    return undefined;
  }
}
const unmount = (directory: string): void => void execFileSync('umount', ['-l', directory]);

describe('a data directory that cannot be used is refused in one line', () => {
  test('a file', async () => {
    const path = join(root, 'a-file');
    await writeFile(path, 'x');
    expect(await expectNoStart('data-unusable', path)).toContain(path);
    expect(await expectNoStart('data-unusable', join(path, 'below'))).toContain('not a directory');
  });

  test('a place where none can be made', { skip: process.platform !== 'linux' }, async () => {
    expect(await expectNoStart('data-unusable', '/proc/rialto/data')).toContain('/proc/rialto');
  });

  test('a secret whose making was interrupted does not count: it is made anew', async () => {
    const directory = await copyOfTemplate();
    await writeFile(join(directory, 'secret.unfinished'), 'abc');
    await started(directory);
    const names = (await readdir(directory)).filter((name) => name.startsWith('secret'));
    expect(names).toEqual(['secret']);
    expect(Buffer.from(await readFile(join(directory, 'secret'), 'utf8'), 'base64url')).toHaveLength(32);
    const before = await readFile(join(directory, 'secret'), 'utf8');
    await started(directory);
    expect(await readFile(join(directory, 'secret'), 'utf8')).toBe(before);
  });

  test('a secret that is not whole', async () => {
    const directory = await copyOfTemplate();
    await writeFile(join(directory, 'secret'), 'abc');
    expect(await expectNoStart('bad-file', directory)).toContain(join(directory, 'secret'));
  });

  test('a read-only disk', async ({ skip }) => {
    const directory = await mounted('read-only', 'size=1m,ro');
    if (directory === undefined) return skip('mounting a file system needs more rights than this process has');
    try {
      expect(await expectNoStart('data-unusable', directory)).toContain('read-only');
      expect(await expectNoStart('data-unusable', join(directory, 'below'))).toContain('read-only');
    } finally {
      unmount(directory);
    }
  });

  test('a full disk; once there is room, it starts', async ({ skip }) => {
    const directory = await mounted('full', 'size=1m');
    if (directory === undefined) return skip('mounting a file system needs more rights than this process has');
    try {
      await writeFile(join(directory, 'filler'), Buffer.alloc(1 << 20)).catch(() => {});
      const { stderr, code } = await rialto('serve', '--data', directory, '--port', '0', '--no-train');
      expect(stderr).toMatch(/^rialto: (data-unusable|log-full): [^\n]*no space left[^\n]*\n$/);
      expect(code).toBe(1);
      await rm(join(directory, 'filler'));
      const server = await served(directory);
      expect(await offsetOf(server)).toBeGreaterThan(0);
      await server.end();
    } finally {
      unmount(directory);
    }
  });

  test('one of another user', async ({ skip }) => {
    if (process.getuid?.() === 0) return skip('the superuser may read everything');
    const directory = await copyOfTemplate();
    execFileSync('chmod', ['000', directory]);
    expect(await expectNoStart('data-unusable', directory)).toContain('permission denied');
    execFileSync('chmod', ['700', directory]);
  });
});
