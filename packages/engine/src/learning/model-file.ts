/**
 * A trained model as bytes: a JSON head and named typed arrays, under one CRC-32. What kind of model it is, its version and
 * the features it was trained on are in the head; whoever loads it checks them and refuses what it does not know.
 *
 * Layout: "RIALTOML", u32 CRC of all that follows, u32 length of the head, the head, then the arrays, each at a multiple of 8.
 */
import { crc32 } from 'node:zlib';
import { RialtoError } from '../base/errors.ts';
import type { TypedArray } from '../base/typed-array.ts';

const MAGIC = Buffer.from('RIALTOML');
const PREFIX = MAGIC.length + 8;
const ARRAY_TYPES = { Int32Array, Float32Array, Float64Array, Uint8Array } as const;

export interface ModelFile {
  readonly kind: string;
  readonly version: number;
  /** Anything else that the model needs to know of itself; plain JSON. */
  readonly info: Readonly<Record<string, unknown>>;
  readonly arrays: Readonly<Record<string, TypedArray>>;
}

interface Head {
  kind: string;
  version: number;
  info: Record<string, unknown>;
  arrays: { name: string; type: keyof typeof ARRAY_TYPES; start: number; length: number }[];
}

const align = (n: number): number => (n + 7) & ~7;

export function packModel(model: ModelFile): Uint8Array {
  let start = 0;
  const arrays = Object.entries(model.arrays).map(([name, array]) => {
    const entry = { name, type: array.constructor.name as keyof typeof ARRAY_TYPES, start, length: array.length };
    start = align(start + array.byteLength);
    return entry;
  });
  const head = Buffer.from(
    JSON.stringify({ kind: model.kind, version: model.version, info: model.info, arrays } satisfies Head),
  );
  const body = align(PREFIX + head.length);
  const bytes = Buffer.alloc(body + start);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(head.length, MAGIC.length + 4);
  head.copy(bytes, PREFIX);
  for (const { name, start: at } of arrays) {
    const array = model.arrays[name]!;
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), body + at);
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(MAGIC.length + 4)), MAGIC.length);
  return bytes;
}

/** What kind of model the bytes say that they are; undefined where they say nothing. Nothing else of them is checked. */
export function modelKindOf(bytes: Uint8Array): string | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < PREFIX || !file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const head = file.toString('utf8', PREFIX, PREFIX + file.readUInt32LE(MAGIC.length + 4));
  return /^\{"kind":"([\w-]+)"/.exec(head)?.[1];
}

/** Throws `bad-model` on bytes that are damaged, of another kind or of another version, or of none of several. */
export function unpackModel(bytes: Uint8Array, kind: string, version: number | readonly number[]): ModelFile {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < PREFIX || !file.subarray(0, MAGIC.length).equals(MAGIC))
    throw new RialtoError('bad-model', 'these bytes are not a Rialto model');
  if (crc32(file.subarray(MAGIC.length + 4)) !== file.readUInt32LE(MAGIC.length))
    throw new RialtoError('bad-model', 'the model is truncated or damaged: its checksum does not match');
  const headLength = file.readUInt32LE(MAGIC.length + 4);
  const head = JSON.parse(file.toString('utf8', PREFIX, PREFIX + headLength)) as Head;
  const known = typeof version === 'number' ? [version] : version;
  if (head.kind !== kind || !known.includes(head.version)) {
    throw new RialtoError(
      'bad-model',
      `expected a model of kind ${kind}, version ${known.join(' or ')}, but this one is ${head.kind}, version ${head.version}`,
    );
  }
  const body = align(PREFIX + headLength);
  const arrays: Record<string, TypedArray> = {};
  for (const { name, type, start, length } of head.arrays) {
    const array = new ARRAY_TYPES[type](length);
    new Uint8Array(array.buffer).set(file.subarray(body + start, body + start + array.byteLength));
    arrays[name] = array;
  }
  return { kind: head.kind, version: head.version, info: head.info, arrays };
}
