/**
 * Walks the frames of a segment in order, a chunk at a time, and stops at the first that is not whole. What that means,
 * the end, a torn tail or damage, is not decided here.
 */
import type { FileHandle } from 'node:fs/promises';
import { nextDigest } from './digest.ts';
import { FRAME_HEADER_BYTES, frameCrc, frameIsWhole, frameOffsetLow, framePayloadBytes } from './frame.ts';
import type { Place } from './segment.ts';

const CHUNK_BYTES = 1 << 17;
const SMALLEST_FRAME_BYTES = FRAME_HEADER_BYTES + 1;

/** Whole frames that follow one another. The buffer is reused by the run after the next. */
export interface FrameRun {
  readonly buffer: Buffer;
  /** Where each payload starts and ends in the buffer. [2 × count] */
  readonly payloads: Uint32Array;
  readonly count: number;
  /** Of the first frame. */
  readonly start: Place;
}

/** A read under way: what is asked for is known, and how much there was later. */
interface Chunk {
  readonly buffer: Buffer;
  readonly asked: number;
  readonly filled: Promise<number>;
}

/**
 * Yields the whole frames from `start` to the byte `limit`, and returns the place behind the last: before `limit` if the
 * frame there is not whole. While the caller is at one run, the next chunk is read.
 */
export async function* scanFrames(file: FileHandle, start: Place, limit: number): AsyncGenerator<FrameRun, Place> {
  let place = start;
  let chunk = readChunk(file, place.position, limit);
  let spare: Buffer | undefined;
  let payloads = newPayloads(chunk.buffer);
  while (place.position < limit) {
    const { buffer, asked } = chunk;
    const filled = await chunk.filled;
    const { count, consumed, digest, wanted } = findFrames(buffer, filled, place, payloads);
    const run = { buffer, payloads, count, start: place };
    place = { position: place.position + consumed, offset: place.offset + count, digest };
    const isLast = wanted === 0 || filled < asked || place.position + wanted > limit;
    if (!isLast) chunk = readChunk(file, place.position, limit, { spare, bytes: Math.max(wanted, buffer.length) });
    if (count > 0) yield run;
    if (isLast) return place;
    spare = buffer;
    if (chunk.buffer.length > buffer.length) payloads = newPayloads(chunk.buffer);
  }
  return place;
}

interface ChunkOptions {
  /** Taken where it is large enough. */
  readonly spare?: Buffer | undefined;
  readonly bytes?: number;
}

function readChunk(file: FileHandle, position: number, limit: number, options: ChunkOptions = {}): Chunk {
  const { spare, bytes = CHUNK_BYTES } = options;
  const asked = Math.min(bytes, Math.max(0, limit - position));
  const buffer = spare !== undefined && spare.length >= asked ? spare : Buffer.allocUnsafeSlow(asked);
  const filled = readFully(file, buffer, asked, position);
  filled.catch(() => {}); // it is thrown where it is waited for, which a caller that has enough does not
  return { buffer, asked, filled };
}

const newPayloads = (buffer: Buffer) => new Uint32Array(2 * Math.ceil(buffer.length / SMALLEST_FRAME_BYTES));

/**
 * Finds whole frames at the buffer's start. `wanted` is how many bytes the frame behind them seems to need where the buffer
 * ends too early to tell, and 0 where it is known to be bad.
 */
function findFrames(buffer: Buffer, filled: number, start: Place, payloads: Uint32Array) {
  const { offset } = start;
  let { digest } = start;
  let count = 0;
  let at = 0;
  while (at < filled) {
    if (filled - at < FRAME_HEADER_BYTES) return { count, consumed: at, digest, wanted: FRAME_HEADER_BYTES };
    const payloadBytes = framePayloadBytes(buffer, at);
    if (payloadBytes === 0 || frameOffsetLow(buffer, at) !== (offset + count) >>> 0) break;
    const end = at + FRAME_HEADER_BYTES + payloadBytes;
    if (end > filled) return { count, consumed: at, digest, wanted: end - at };
    if (!frameIsWhole(buffer, at, end)) break;
    payloads[2 * count] = at + FRAME_HEADER_BYTES;
    payloads[2 * count + 1] = end;
    digest = nextDigest(digest, frameCrc(buffer, at));
    count++;
    at = end;
  }
  return { count, consumed: at, digest, wanted: at < filled ? 0 : FRAME_HEADER_BYTES };
}

/** The digest behind the first `count` frames of a run. */
export function digestIn({ buffer, payloads, start }: FrameRun, count: number): number {
  let { digest } = start;
  for (let i = 0; i < count; i++) digest = nextDigest(digest, frameCrc(buffer, payloads[2 * i]! - FRAME_HEADER_BYTES));
  return digest;
}

/** Reads up to `length` bytes into the buffer's start and returns how many there were. */
export async function readFully(file: FileHandle, buffer: Buffer, length: number, position: number): Promise<number> {
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
