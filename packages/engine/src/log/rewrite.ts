/**
 * A log's records replaced by others, offset by offset: the one change of what was written, for ids of people who are to be forgotten.
 *
 *     write NAME.log.rewritten for each segment → write `rewrite.commit` → rename each over its segment → delete `rewrite.commit`
 *
 * Until the commit is durable the log is the old one, and what lies beside it is deleted by the next start; from then on it is the new one:
 * whoever opens the log for writing ends the renaming first. Nothing but the records' content changes: which segments there are, where
 * they begin and which records were one group stays.
 */
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RialtoError } from '../base/errors.ts';
import { decodeRecord, encodeRecord } from './codec.ts';
import { digestOfFrames } from './digest.ts';
import { FRAME_HEADER_BYTES, frameInGroup, sealFrame } from './frame.ts';
import type { Offset } from './log.ts';
import type { LogRecord } from './record.ts';
import { type FrameRun, scanFrames } from './scan.ts';
import { encodeSegmentHeader, logDamaged, type Predecessor, type Segment, segmentName } from './segment.ts';
import { syncDirectory } from './segment-file.ts';

const COMMIT = 'rewrite.commit';
const SUFFIX = '.rewritten';

/** The record that takes the place of one; the same where it stays. */
export type ChangeRecord = (record: LogRecord, offset: Offset) => LogRecord;

/** Of segments that nobody else writes to, oldest first. Those before the record `from` stay as they are. */
export async function rewriteSegments(
  directory: string,
  segments: readonly Segment[],
  { from, change }: { readonly from: Offset; readonly change: ChangeRecord },
): Promise<void> {
  const start = firstToRewrite(segments, from);
  const names = segments.slice(start).map(({ first }) => segmentName(first));
  let digest = segments[start]!.placeBefore(segments[start]!.first).digest;
  let before: Predecessor | undefined = segments[start - 1];
  try {
    for (const segment of segments.slice(start)) {
      const written = await rewriteSegment(segment, { digest, before, change });
      digest = written.digest;
      before = { first: segment.first, bytes: written.bytes };
    }
    await syncDirectory(directory);
    await writeCommit(directory, names);
  } catch (error) {
    await removeRewritten(directory);
    throw error;
  }
  await finishRewrite(directory);
}

/** A segment of version 1 does not know the digest of what lies before it: then all are written. */
function firstToRewrite(segments: readonly Segment[], from: Offset): number {
  if (segments.some(({ chained }) => !chained)) return 0;
  return Math.max(
    0,
    segments.findLastIndex(({ first }) => first <= from),
  );
}

interface SegmentChange {
  readonly digest: number;
  readonly before: Predecessor | undefined;
  readonly change: ChangeRecord;
}

async function rewriteSegment(
  segment: Segment,
  { digest: digestBefore, before, change }: SegmentChange,
): Promise<{ readonly digest: number; readonly bytes: number }> {
  const from = await open(segment.path, 'r');
  const to = await open(`${segment.path}${SUFFIX}`, 'w').catch(async (error: unknown) => {
    await from.close();
    throw error;
  });
  try {
    const header = encodeSegmentHeader(segment.first, digestBefore, before);
    await to.writeFile(header);
    let [digest, bytes] = [digestBefore, header.length];
    const runs = scanFrames(from, segment.placeBefore(segment.first), segment.bytes);
    let run = await runs.next();
    for (; !run.done; run = await runs.next()) {
      const frames = changedFrames(run.value, change);
      await to.writeFile(frames);
      digest = digestOfFrames(digest, frames);
      bytes += frames.length;
    }
    const { position, offset } = run.value;
    if (position < segment.bytes) throw logDamaged(segment.path, position, `record ${offset} is broken`);
    await to.sync();
    return { digest, bytes };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof RialtoError || code === undefined) throw error;
    const message = `${segment.path}${SUFFIX} cannot be written: ${(error as Error).message}. The log is as it was; it needs as much free space as it takes.`;
    throw new RialtoError('log-full', message, { cause: code });
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

function changedFrames({ buffer, payloads, count, start }: FrameRun, change: ChangeRecord): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => {
      const [begin, end] = [payloads[2 * i]!, payloads[2 * i + 1]!];
      const record = decodeRecord(buffer, begin, end);
      const changed = change(record, start.offset + i);
      const frameStart = begin - FRAME_HEADER_BYTES;
      if (changed === record) return buffer.subarray(frameStart, end);
      return frameOf(changed, start.offset + i, frameInGroup(buffer, frameStart));
    }),
  );
}

function frameOf(record: LogRecord, offset: Offset, inGroup: number): Buffer {
  const payload = encodeRecord(record);
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + payload.length);
  payload.copy(frame, FRAME_HEADER_BYTES);
  sealFrame(frame, 0, payload.length, offset, inGroup);
  return frame;
}

async function writeCommit(directory: string, names: readonly string[]): Promise<void> {
  const path = join(directory, COMMIT);
  const file = await open(`${path}${SUFFIX}`, 'w');
  try {
    await file.writeFile(JSON.stringify(names));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}${SUFFIX}`, path);
  await syncDirectory(directory);
}

/** Ends what an interrupted rewriting has begun: does the rest of it where it was committed, and otherwise undoes it. */
export async function finishRewrite(directory: string): Promise<void> {
  const names = await committed(directory);
  if (names !== undefined) {
    for (const name of names) await rename(join(directory, `${name}${SUFFIX}`), join(directory, name)).catch(isDone);
    await syncDirectory(directory);
    await rm(join(directory, COMMIT));
  }
  await removeRewritten(directory);
}

/** Throws `data-locked` where old and new segments may lie side by side: who only reads cannot mend it. */
export async function refuseHalfRewritten(directory: string): Promise<void> {
  if ((await committed(directory)) === undefined) return;
  const message = `the segments of ${directory} are being replaced, or the process that did it was stopped: start the server, or run \`rialto log redact\` once more`;
  throw new RialtoError('data-locked', message, { directory });
}

async function committed(directory: string): Promise<readonly string[] | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, COMMIT), 'utf8')) as string[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** It was renamed before the interruption. */
function isDone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

async function removeRewritten(directory: string): Promise<void> {
  const left = (await readdir(directory)).filter((name) => name.endsWith(SUFFIX));
  for (const name of left) await rm(join(directory, name), { force: true });
  if (left.length > 0) await syncDirectory(directory);
}
