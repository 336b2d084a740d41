/**
 * Tells a torn tail from damage. Where a frame is not whole, what lies behind it decides.
 *
 * A commit group is written only after the one before it was made durable. So if a whole frame of a later group follows
 * the broken one, the broken one had been acknowledged: that is damage, and nothing may be cut. If none follows, the broken
 * frame is of the last group, of which power loss may leave any part: that is a torn tail, and it is cut there.
 *
 * With `o` the offset of a whole frame behind the break and `i` its place in its group, its group began at `o - i`; the
 * group is later than the broken frame, of offset `b`, exactly if `o - i > b`.
 */
import type { FileHandle } from 'node:fs/promises';
import { FRAME_HEADER_BYTES, frameInGroup, frameIsWhole, frameOffsetLow, framePayloadBytes } from './frame.ts';
import { readFully } from './scan.ts';
import type { Place } from './segment.ts';

export interface Tail {
  /** Where a whole frame of a later group begins; absent for a torn tail. */
  readonly laterGroupAt?: number;
  /** Whole frames of the same group behind the break. */
  readonly orphans: number;
}

/** Examines what follows the broken frame at `broken`, up to the byte `limit`. */
export async function examineTail(
  file: FileHandle,
  broken: Pick<Place, 'position' | 'offset'>,
  limit: number,
): Promise<Tail> {
  const length = limit - broken.position;
  const bytes = Buffer.allocUnsafeSlow(length);
  const filled = await readFully(file, bytes, length, broken.position);
  const smallest = FRAME_HEADER_BYTES + 1;
  const expected = broken.offset >>> 0;
  let orphans = 0;
  let at = smallest;
  while (at + smallest <= filled) {
    const ahead = (frameOffsetLow(bytes, at) - expected) >>> 0; // o - b
    // The frames between take at least `smallest` bytes each: nearly every position is dismissed by this alone.
    const end = ahead >= 1 && ahead * smallest <= at ? at + FRAME_HEADER_BYTES + framePayloadBytes(bytes, at) : 0;
    if (end >= at + smallest && end <= filled && frameIsWhole(bytes, at, end)) {
      if (frameInGroup(bytes, at) < ahead) return { laterGroupAt: broken.position + at, orphans };
      orphans++;
      at = end;
    } else at++;
  }
  return { orphans };
}
