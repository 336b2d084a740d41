/**
 * The files that a partition's log is cut into. A segment is named by the offset of its first record and opens with a header:
 *
 *     0  magic "RIALTOLG"          16  offset of the first record, u64
 *     8  CRC-32 of what follows    24  offset of the first record of the segment before, u64; 2^64 - 1 in the first segment
 *    12  format version, u32       32  length in bytes of the segment before, u32
 *                                  36  digest of all records before the first (`digest.ts`), i32
 *
 * By the offset and length of the segment before, a missing or cut one is noticed at the start without reading what it held.
 * By the digest, a point of the log is known again without reading what lies before its segment. Version 1 had none: its
 * own checksum stands in, so that such a log's segments are told from others by where they begin only. The header is durable
 * before the first frame is written.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { RialtoError } from '../base/errors.ts';
import type { Offset } from './log.ts';

export const SEGMENT_HEADER_BYTES = 40;
const MAGIC = Buffer.from('RIALTOLG', 'latin1');
const VERSION = 2;
const VERSION_WITHOUT_DIGEST = 1;
const NONE = 0xffff_ffff_ffff_ffffn;
const MARK_BYTES = 1 << 20;

/** A point in a segment: a frame's position in bytes, its record's offset, and the digest of all records before it. */
export interface Place {
  readonly position: number;
  readonly offset: Offset;
  readonly digest: number;
}

export interface Predecessor {
  readonly first: Offset;
  readonly bytes: number;
}

/** One segment as the log knows it: how far it is durable, and where about every millionth byte's record begins. */
export class Segment {
  readonly path: string;
  readonly first: Offset;
  /** The end of what is durable. */
  bytes: number;
  /** Whether its header has the digest of the records before it: not in version 1. */
  readonly chained: boolean;
  readonly #marks: Place[];

  /** `digest` is that of all records before the first. */
  constructor(
    directory: string,
    first: Offset,
    { bytes, digest, chained = true }: { readonly bytes: number; readonly digest: number; readonly chained?: boolean },
  ) {
    this.path = join(directory, segmentName(first));
    this.first = first;
    this.bytes = bytes;
    this.chained = chained;
    this.#marks = [{ position: SEGMENT_HEADER_BYTES, offset: first, digest }];
  }

  /** Remembers where a record begins, if none near it is known. Places come in any order; those between known ones are left out. */
  mark(place: Place): void {
    if (place.position >= this.#marks[this.#marks.length - 1]!.position + MARK_BYTES) this.#marks.push(place);
  }

  /** The nearest known place at or before an offset. */
  placeBefore(offset: Offset): Place {
    let low = 0;
    let high = this.#marks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#marks[middle]!.offset <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#marks[low]!;
  }
}

export function segmentName(first: Offset): string {
  return `${String(first).padStart(16, '0')}.log`;
}

/** The first offsets of a directory's segments, ascending. */
export async function listSegments(directory: string): Promise<Offset[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => /^\d{16}\.log$/.test(name))
    .map((name) => Number(name.slice(0, 16)))
    .sort((a, b) => a - b);
}

export function encodeSegmentHeader(first: Offset, digest: number, before: Predecessor | undefined): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(VERSION, 12);
  header.writeBigUInt64LE(BigInt(first), 16);
  header.writeBigUInt64LE(before ? BigInt(before.first) : NONE, 24);
  header.writeUInt32LE(before?.bytes ?? 0, 32);
  header.writeInt32LE(digest, 36);
  header.writeUInt32LE(crc32(header.subarray(12)), 8);
  return header;
}

export type SegmentHeader =
  | {
      readonly good: true;
      readonly first: Offset;
      readonly digest: number;
      /** Whether that is the digest of the records before it. */
      readonly chained: boolean;
      readonly before: Predecessor | undefined;
    }
  /** `torn`: bytes are missing or wrong, as after a crash; otherwise somebody wrote it so. */
  | { readonly good: false; readonly torn: boolean; readonly reason: string };

export function decodeSegmentHeader(header: Buffer): SegmentHeader {
  if (header.length < SEGMENT_HEADER_BYTES) {
    return {
      good: false,
      torn: true,
      reason: `its header is cut off after ${header.length} of ${SEGMENT_HEADER_BYTES} bytes`,
    };
  }
  if (!header.subarray(0, 8).equals(MAGIC))
    return { good: false, torn: true, reason: 'its first bytes are not those of a log segment' };
  if (header.readUInt32LE(8) !== crc32(header.subarray(12))) {
    return { good: false, torn: true, reason: "its header's checksum does not match" };
  }
  const version = header.readUInt32LE(12);
  if (version !== VERSION && version !== VERSION_WITHOUT_DIGEST)
    return {
      good: false,
      torn: false,
      reason: `its format version is ${version}; this Rialto reads versions ${VERSION_WITHOUT_DIGEST} and ${VERSION}`,
    };
  const previous = header.readBigUInt64LE(24);
  return {
    good: true,
    first: Number(header.readBigUInt64LE(16)),
    chained: version !== VERSION_WITHOUT_DIGEST,
    digest: header.readInt32LE(version === VERSION_WITHOUT_DIGEST ? 8 : 36),
    before: previous === NONE ? undefined : { first: Number(previous), bytes: header.readUInt32LE(32) },
  };
}

export function logDamaged(path: string, position: number, why: string): RialtoError {
  return new RialtoError(
    'log-damaged',
    `${path} is damaged at byte ${position}: ${why}. Records that had been acknowledged lie there or behind it; restore the file from a backup.`,
    { file: path, position },
  );
}
