/**
 * One checkpoint as a file. All numbers are little-endian, all checksums CRC-32:
 *
 *     header   "RIALTOCP", checksum of the facts, length of the facts, the facts as JSON: version, schema, offset, digest
 *     data     the sections' bytes, one after the other
 *     table    JSON: for each section its name, type, length and checksum
 *     footer   length of the table, checksum of the table, how many sections, "PCOTLAIR"
 *
 * Every byte is under a checksum or compared. The table stands behind the data so that sections can be written as they come.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { RialtoError } from '../base/errors.ts';
import type { Section } from '../base/snapshot.ts';
import type { Offset } from './log.ts';
import { readFully } from './scan.ts';

const VERSION = 2;
const HEAD = Buffer.from('RIALTOCP', 'latin1');
const FOOT = Buffer.from('PCOTLAIR', 'latin1');
const HEADER_BYTES = 16; // without the facts
const FOOTER_BYTES = 20;
const FACTS_BYTES_MAX = 1 << 16;
/** One call of the system writes or reads less than 2 GiB. */
const SLICE_BYTES = 1 << 28;

export interface CheckpointFacts {
  readonly version: number;
  readonly schema: string;
  readonly offset: Offset;
  /** Of the log's records before the offset. */
  readonly digest: number;
}

interface TableEntry {
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  readonly crc: number;
}

/** Writes a whole checkpoint and makes the file durable. */
export async function writeCheckpointFile(
  path: string,
  made: Omit<CheckpointFacts, 'version'>,
  sections: Iterable<Section>,
): Promise<void> {
  const file = await open(path, 'w');
  try {
    const facts: CheckpointFacts = { version: VERSION, ...made };
    let position = await writeAt(file, encodeHeader(facts), 0);
    const table: TableEntry[] = [];
    for (const { name, type, bytes } of sections) {
      table.push({ name, type, bytes: bytes.byteLength, crc: crc32(bytes) });
      position = await writeAt(file, bytes, position);
    }
    await writeAt(file, encodeTable(table), position);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What a checkpoint says about itself; undefined if it is of another format version. Throws `checkpoint-damaged`. */
export async function readCheckpointFacts(path: string): Promise<CheckpointFacts | undefined> {
  const file = await open(path, 'r');
  try {
    return (await readHeader(file, path))?.facts;
  } finally {
    await file.close();
  }
}

/** All sections of a checkpoint, each in memory of its own. Throws `checkpoint-damaged`. */
export async function readCheckpointSections(path: string): Promise<Section[]> {
  const file = await open(path, 'r');
  try {
    const header = await readHeader(file, path);
    if (header === undefined) throw damaged(path, 'its format version changed while it was read');
    const { size } = await file.stat();
    const { table, at: tableAt } = await readTable(file, path, size, header.dataAt);
    const sections: Section[] = [];
    let position = header.dataAt;
    for (const { name, type, bytes: length, crc } of table) {
      const bytes = await readExactly(file, path, length, position);
      if (crc32(bytes) !== crc)
        throw damaged(path, `the checksum of section ${name} at byte ${position} does not match`);
      sections.push({ name, type, bytes });
      position += length;
    }
    if (position !== tableAt) throw damaged(path, `its sections end at byte ${position} instead of ${tableAt}`);
    return sections;
  } finally {
    await file.close();
  }
}

function encodeHeader(facts: CheckpointFacts): Buffer {
  const json = Buffer.from(JSON.stringify(facts));
  const header = Buffer.alloc(HEADER_BYTES);
  HEAD.copy(header);
  header.writeUInt32LE(crc32(json), 8);
  header.writeUInt32LE(json.length, 12);
  return Buffer.concat([header, json]);
}

async function readHeader(
  file: FileHandle,
  path: string,
): Promise<{ facts: CheckpointFacts; dataAt: number } | undefined> {
  const header = await readExactly(file, path, HEADER_BYTES, 0);
  const length = header.readUInt32LE(12);
  if (!header.subarray(0, 8).equals(HEAD) || length > FACTS_BYTES_MAX)
    throw damaged(path, 'its first bytes are not those of a checkpoint');
  const json = await readExactly(file, path, length, HEADER_BYTES);
  if (crc32(json) !== header.readUInt32LE(8)) throw damaged(path, "its header's checksum does not match");
  const facts = JSON.parse(json.toString()) as CheckpointFacts;
  return facts.version === VERSION ? { facts, dataAt: HEADER_BYTES + length } : undefined;
}

function encodeTable(table: readonly TableEntry[]): Buffer {
  const json = Buffer.from(JSON.stringify(table));
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.writeUInt32LE(json.length, 0);
  footer.writeUInt32LE(crc32(json), 4);
  footer.writeUInt32LE(table.length, 8);
  FOOT.copy(footer, 12);
  return Buffer.concat([json, footer]);
}

async function readTable(
  file: FileHandle,
  path: string,
  size: number,
  dataAt: number,
): Promise<{ table: TableEntry[]; at: number }> {
  if (size < dataAt + FOOTER_BYTES) throw damaged(path, `it is cut off at byte ${size}`);
  const footer = await readExactly(file, path, FOOTER_BYTES, size - FOOTER_BYTES);
  const at = size - FOOTER_BYTES - footer.readUInt32LE(0);
  if (!footer.subarray(12).equals(FOOT) || at < dataAt)
    throw damaged(path, `it is cut off at byte ${size}, or its footer is wrong`);
  const json = await readExactly(file, path, footer.readUInt32LE(0), at);
  if (crc32(json) !== footer.readUInt32LE(4)) throw damaged(path, "its table's checksum does not match");
  const table = JSON.parse(json.toString()) as TableEntry[];
  if (table.length !== footer.readUInt32LE(8))
    throw damaged(path, `it has ${table.length} sections instead of ${footer.readUInt32LE(8)}`);
  return { table, at };
}

/** Returns the position behind what was written. */
async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  for (let written = 0; written < bytes.byteLength; ) {
    const length = Math.min(SLICE_BYTES, bytes.byteLength - written);
    const { bytesWritten } = await file.write(bytes, written, length, position + written);
    written += bytesWritten;
  }
  return position + bytes.byteLength;
}

async function readExactly(file: FileHandle, path: string, length: number, position: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; at += SLICE_BYTES) {
    const wanted = Math.min(SLICE_BYTES, length - at);
    const filled = await readFully(file, bytes.subarray(at, at + wanted), wanted, position + at);
    if (filled < wanted) throw damaged(path, `it is cut off at byte ${position + at + filled}`);
  }
  return bytes;
}

function damaged(path: string, why: string): RialtoError {
  return new RialtoError(
    'checkpoint-damaged',
    `${path} is damaged: ${why}. An older checkpoint or the whole log is used instead.`,
    { file: path },
  );
}
