/**
 * How a record lies in a segment: a frame of a 16-byte header and the payload, all numbers little-endian.
 *
 *     0  CRC-32 of everything behind it, payload included
 *     4  payload length in bytes, at least 1
 *     8  the record's offset, its low 32 bits
 *    12  how many records of the same commit group lie before it
 *
 * The checksum comes first so that one call covers the rest. Offset and place in the group are what recovery tells a torn
 * tail from damage by; see `tail.ts`.
 */
import { crc32 } from 'node:zlib';

export const FRAME_HEADER_BYTES = 16;

/** Fills in the header of the frame at `start`, whose payload is already in place. */
export function sealFrame(buffer: Buffer, start: number, payloadBytes: number, offset: number, inGroup: number): void {
  buffer.writeUInt32LE(payloadBytes, start + 4);
  buffer.writeUInt32LE(offset >>> 0, start + 8);
  buffer.writeUInt32LE(inGroup, start + 12);
  const crc = crc32(buffer.subarray(start + 4, start + FRAME_HEADER_BYTES + payloadBytes));
  buffer.writeUInt32LE(crc, start);
}

export function framePayloadBytes(buffer: Buffer, start: number): number {
  return buffer.readUInt32LE(start + 4);
}

export function frameOffsetLow(buffer: Buffer, start: number): number {
  return buffer.readUInt32LE(start + 8);
}

export function frameInGroup(buffer: Buffer, start: number): number {
  return buffer.readUInt32LE(start + 12);
}

export function frameCrc(buffer: Buffer, start: number): number {
  return buffer.readUInt32LE(start);
}

/** Whether the checksum of the frame at `start`, which ends at `end`, holds. */
export function frameIsWhole(buffer: Buffer, start: number, end: number): boolean {
  return frameCrc(buffer, start) === crc32(buffer.subarray(start + 4, end));
}
