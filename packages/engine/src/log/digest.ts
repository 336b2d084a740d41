/**
 * A running checksum of a log's records, by which a log and its copies are told from any other log, and from itself with
 * other records: d(n) = mix(d(n - 1) xor c(n)), with c(n) the CRC-32 of record n's frame and mix a bijection, so that a
 * difference anywhere before a point is a difference there (but for one in 2^32). It costs a multiplication a record.
 *
 * It is not for finding damage: each frame's own checksum does that. Nor is it proof against anybody who means harm.
 */
import { FRAME_HEADER_BYTES, frameCrc, framePayloadBytes } from './frame.ts';

/** Of no records. */
export const FIRST_DIGEST = 1;
const MULTIPLIER = 0x9e3779b1; // 2^32 over the golden ratio, odd

export function nextDigest(digest: number, crc: number): number {
  const mixed = Math.imul(digest ^ crc, MULTIPLIER);
  return mixed ^ (mixed >>> 15);
}

/** The digest behind whole frames that follow one another, from the one before them. */
export function digestOfFrames(before: number, frames: Buffer): number {
  let digest = before;
  for (let at = 0; at < frames.length; at += FRAME_HEADER_BYTES + framePayloadBytes(frames, at))
    digest = nextDigest(digest, frameCrc(frames, at));
  return digest;
}
