/**
 * What a start finds in the log's directory. Every segment's header is read: it names the segment before and its length, so
 * a missing or cut one is noticed. The frames of the newest segment are checked to the last; those of older ones are when
 * they are read.
 */
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FIRST_DIGEST } from './digest.ts';
import type { Offset } from './log.ts';
import { finishRewrite, refuseHalfRewritten } from './rewrite.ts';
import { readFully, scanFrames } from './scan.ts';
import {
  decodeSegmentHeader,
  listSegments,
  logDamaged,
  type Place,
  SEGMENT_HEADER_BYTES,
  Segment,
  type SegmentHeader,
  segmentName,
} from './segment.ts';
import { syncDirectory } from './segment-file.ts';
import { examineTail } from './tail.ts';

/** What a start cut off, or, reading only, passed over. */
export interface Cut {
  readonly file: string;
  /** The byte from which on the file was cut. */
  readonly position: number;
  readonly bytes: number;
  /** Whole records among what was cut; none of them had been acknowledged. */
  readonly records: number;
  readonly message: string;
}

export interface Recovered {
  /** Oldest first. */
  readonly segments: Segment[];
  readonly end: Offset;
  /** Of all records. */
  readonly digest: number;
  readonly cut: Cut | undefined;
}

interface Found {
  readonly first: Offset;
  readonly path: string;
  readonly bytes: number;
  readonly header: SegmentHeader;
}

/** Reads the directory; with `repair`, cuts a torn tail off and ends a rewriting. Throws `log-damaged` where more than that is wrong. */
export async function recover(directory: string, repair: boolean): Promise<Recovered> {
  await (repair ? finishRewrite(directory) : refuseHalfRewritten(directory));
  const found: Found[] = [];
  for (const first of await listSegments(directory)) found.push(await find(directory, first));
  let cut: Cut | undefined;
  const headless = found[found.length - 1];
  if (headless && !headless.header.good && headless.header.torn) {
    cut = await dropHeadless(directory, headless, repair);
    found.pop();
  }
  checkChain(found);
  const segments = found.map(
    ({ first, bytes, header }) => new Segment(directory, first, { bytes, ...startOf(header) }),
  );
  const last = segments[segments.length - 1];
  if (last === undefined) return { segments, end: 0, digest: FIRST_DIGEST, cut };
  const tail = await checkTail(last, repair);
  if (cut && (tail.cut || tail.end !== headless!.first)) {
    throw logDamaged(
      last.path,
      last.bytes,
      `it ends with record ${tail.end - 1}, but a segment from record ${headless!.first} on had been started`,
    );
  }
  return { segments, end: tail.end, digest: tail.digest, cut: cut ?? tail.cut };
}

/** A segment without a good header is refused before its digest counts. */
const startOf = (header: SegmentHeader): { digest: number; chained: boolean } =>
  header.good ? header : { digest: FIRST_DIGEST, chained: false };

async function find(directory: string, first: Offset): Promise<Found> {
  const path = join(directory, segmentName(first));
  return withFile(path, 'r', async (file) => {
    const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
    const filled = await readFully(file, header, SEGMENT_HEADER_BYTES, 0);
    return { first, path, bytes: (await file.stat()).size, header: decodeSegmentHeader(header.subarray(0, filled)) };
  });
}

/** The newest segment's header is torn: a crash while it was made, if no frame had been written behind it. */
async function dropHeadless(directory: string, { path, first, bytes, header }: Found, repair: boolean): Promise<Cut> {
  const reason = header.good ? '' : header.reason;
  const tail = await withFile(path, 'r', (file) => examineTail(file, { position: 0, offset: first - 1 }, bytes));
  if (tail.laterGroupAt !== undefined) throw logDamaged(path, 0, `${reason}, and whole records follow`);
  if (repair) {
    await unlink(path);
    await syncDirectory(directory);
  }
  const message = `${path}: ${reason}; no record follows, so the file was ${repair ? 'removed' : 'passed over'} (${bytes} bytes)`;
  return { file: path, position: 0, bytes, records: 0, message };
}

/** Throws unless the segments follow one another without a gap, from record 0 on. */
function checkChain(found: readonly Found[]): void {
  let before: Found | undefined;
  for (const segment of found) {
    const { header, path } = segment;
    if (!header.good) throw logDamaged(path, 0, header.reason);
    if (header.first !== segment.first)
      throw logDamaged(path, 16, `its header says that it begins with record ${header.first}`);
    if (header.before?.first !== before?.first) {
      const missing = segmentName(header.before?.first ?? 0);
      throw logDamaged(path, 24, `it follows the segment ${missing}, which is missing`);
    }
    if (before && header.before && header.before.bytes !== before.bytes) {
      const at = Math.min(before.bytes, header.before.bytes);
      throw logDamaged(
        before.path,
        at,
        `it has ${before.bytes} bytes but had ${header.before.bytes} when it was completed`,
      );
    }
    before = segment;
  }
}

/** Checks the newest segment's frames and sets its length to the end of the last whole one. */
async function checkTail(segment: Segment, repair: boolean): Promise<Pick<Recovered, 'end' | 'digest' | 'cut'>> {
  return withFile(segment.path, repair ? 'r+' : 'r', async (file) => {
    const size = segment.bytes;
    const place = await lastWhole(file, segment);
    const { offset: end, digest } = place;
    if (place.position === size) return { end, digest, cut: undefined };
    const tail = await examineTail(file, place, size);
    if (tail.laterGroupAt !== undefined) {
      throw logDamaged(
        segment.path,
        place.position,
        `record ${place.offset} is broken, and whole records written after it was durable follow at byte ${tail.laterGroupAt}`,
      );
    }
    segment.bytes = place.position;
    if (repair) {
      await file.truncate(place.position);
      await file.sync();
    }
    return { end, digest, cut: cutAt(segment, size, tail.orphans, place, repair) };
  });
}

async function lastWhole(file: FileHandle, segment: Segment): Promise<Place> {
  const runs = scanFrames(file, segment.placeBefore(segment.first), segment.bytes);
  for (;;) {
    const run = await runs.next();
    if (run.done) return run.value;
    segment.mark(run.value.start);
  }
}

function cutAt({ path }: Segment, size: number, records: number, { position, offset }: Place, repair: boolean): Cut {
  const bytes = size - position;
  const message = `${path}: the tail was torn; ${repair ? 'cut at' : 'passed over from'} byte ${position}, behind record ${offset - 1}: ${bytes} bytes, ${records} whole records among them`;
  return { file: path, position, bytes, records, message };
}

async function withFile<T>(path: string, flags: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
