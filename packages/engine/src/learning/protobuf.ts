/**
 * Protocol buffers' wire format, as far as model files need it (https://protobuf.dev/programming-guides/encoding/): a message is a list of
 * fields, each a number, a wire type and a value. What a field means is the caller's to know.
 */
import { RialtoError } from '../base/errors.ts';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** A message read: its fields by number, in their order. */
export class ProtoMessage {
  readonly #fields = new Map<number, (number | Uint8Array)[]>();

  /** Throws `bad-file`. */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    const varint = (): number => {
      let value = 0n;
      for (let shift = 0n; shift < 70n; shift += 7n) {
        if (at >= bytes.length) throw truncated(at);
        const byte = bytes[at++]!;
        value |= BigInt(byte & 127) << shift;
        if (byte < 128) return Number(BigInt.asIntN(64, value));
      }
      throw truncated(at);
    };
    while (at < bytes.length) {
      const key = varint();
      const type = key & 7;
      let value: number | Uint8Array;
      if (type === VARINT) value = varint();
      else {
        const length = type === BYTES ? varint() : type === FIXED64 ? 8 : type === FIXED32 ? 4 : -1;
        if (length < 0 || at + length > bytes.length) throw truncated(at);
        if (type === BYTES) value = bytes.subarray(at, at + length);
        else value = type === FIXED32 ? view.getFloat32(at, true) : view.getFloat64(at, true);
        at += length;
      }
      const field = Math.floor(key / 8);
      const values = this.#fields.get(field);
      if (values === undefined) this.#fields.set(field, [value]);
      else values.push(value);
    }
  }

  number(field: number): number | undefined {
    const value = this.#fields.get(field)?.at(-1);
    return typeof value === 'number' ? value : undefined;
  }

  text(field: number): string | undefined {
    const bytes = this.bytes(field);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  bytes(field: number): Uint8Array | undefined {
    const value = this.#fields.get(field)?.at(-1);
    return value instanceof Uint8Array ? value : undefined;
  }

  texts(field: number): string[] {
    return this.#all(field).map((bytes) => new TextDecoder().decode(bytes));
  }

  messages(field: number): ProtoMessage[] {
    return this.#all(field).map((bytes) => new ProtoMessage(bytes));
  }

  /** Packed or not. */
  integers(field: number): number[] {
    return (this.#fields.get(field) ?? []).flatMap((value) => (typeof value === 'number' ? [value] : unpacked(value)));
  }

  /** Packed or not. */
  floats(field: number): number[] {
    return (this.#fields.get(field) ?? []).flatMap((value) => {
      if (typeof value === 'number') return [value];
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
      return Array.from({ length: value.byteLength >> 2 }, (_, i) => view.getFloat32(4 * i, true));
    });
  }

  #all(field: number): Uint8Array[] {
    return (this.#fields.get(field) ?? []).filter((value): value is Uint8Array => value instanceof Uint8Array);
  }
}

function unpacked(bytes: Uint8Array): number[] {
  const values: number[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte < 128) {
      values.push(Number(BigInt.asIntN(64, value)));
      value = 0n;
      shift = 0n;
    }
  }
  return values;
}

const truncated = (at: number): RialtoError =>
  new RialtoError('bad-file', `the file is truncated or no protocol buffer: it cannot be read after byte ${at}`);

/** A message in the making. */
export class ProtoWriter {
  readonly #parts: Uint8Array[] = [];

  integer(field: number, value: number): this {
    this.#parts.push(Uint8Array.from([...varintOf(8 * field + VARINT), ...varintOf(value)]));
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#parts.push(Uint8Array.from(varintOf(8 * field + FIXED32)), bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#parts.push(Uint8Array.from([...varintOf(8 * field + BYTES), ...varintOf(value.length)]), value);
    return this;
  }

  message(field: number, value: ProtoWriter): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    return Uint8Array.from(Buffer.concat(this.#parts));
  }
}

/** Of what is not negative. */
function varintOf(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}
