/**
 * Just enough of WebAssembly's binary format to write loops of SIMD over a memory (WebAssembly Core Specification, §5), so that
 * nothing has to be built or shipped beside the source. An instruction is the list of its bytes, code their concatenation.
 */
export type Code = readonly number[];

/** Unsigned LEB128. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
}

function signedLeb(value: number): number[] {
  const low = value & 127;
  const rest = value >> 7;
  const done = (rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0);
  return done ? [low] : [low | 128, ...signedLeb(rest)];
}

const simd = (code: number): number[] => [0xfd, ...leb(code)];
const floatBytes = (value: number): number[] => [...new Uint8Array(Float32Array.of(value).buffer)];

export const get = (local: number): Code => [0x20, ...leb(local)];
export const set = (local: number): Code => [0x21, ...leb(local)];
export const tee = (local: number): Code => [0x22, ...leb(local)];
export const constant = (value: number): Code => [0x41, ...signedLeb(value)];
export const add: Code = [0x6a];
export const subtract: Code = [0x6b];
export const multiply: Code = [0x6c];
export const below: Code = [0x49];
export const and: Code = [0x71];
export const shiftRight: Code = [0x76];
export const equal: Code = [0x46];
export const notEqual: Code = [0x47];
export const storeInteger = (offset = 0): Code => [0x36, 2, ...leb(offset)];
export const loadInteger = (offset = 0): Code => [0x28, 2, ...leb(offset)];

export const load = (offset = 0): Code => [...simd(0x00), 4, ...leb(offset)];
export const loadSplat = (offset = 0): Code => [...simd(0x09), 2, ...leb(offset)];
/** Of an address and a vector: the vector with a number from there in one of its lanes. */
export const loadLane = (lane: number): Code => [...simd(0x56), 2, 0, lane];
export const store = (offset = 0): Code => [...simd(0x0b), 4, ...leb(offset)];
/** The first number of a vector. */
export const storeFirst: Code = [...simd(0x5a), 2, 0, 0];
/** Each of the four numbers from one of two vectors: 0–3 name the first's, 4–7 the second's. */
export const shuffle = (...numbers: readonly [number, number, number, number]): Code => [
  ...simd(0x0d),
  ...numbers.flatMap((number) => [0, 1, 2, 3].map((byte) => 4 * number + byte)),
];
/** From the number in a local of type f32. */
export const splat: Code = simd(0x13);
export const squareRoots: Code = simd(0xe3);
export const addVectors: Code = simd(0xe4);
export const subtractVectors: Code = simd(0xe5);
export const multiplyVectors: Code = simd(0xe6);
export const divideVectors: Code = simd(0xe7);
export const largerVectors: Code = simd(0xe9);
export const vector = (a: number, b = a, c = a, d = a): Code => [...simd(0x0c), ...[a, b, c, d].flatMap(floatBytes)];

export const block = (...parts: readonly Code[]): Code => parts.flat();
/** local += what `by` leaves. */
export const advance = (local: number, by: Code): Code => block(get(local), by, add, set(local));

const VOID_BLOCK = 0x40;
const END = 0x0b;

/** Runs the body, then again while `local` < `limit` (unsigned): the body runs at least once. */
export const loopWhileBelow = (local: number, limit: number, body: Code): Code =>
  block([0x03, VOID_BLOCK], body, get(local), get(limit), [0x49, 0x0d, 0, END]);

/** Runs the body, then again while it leaves a number that is not 0. */
export const loopWhile = (body: Code): Code => block([0x03, VOID_BLOCK], body, [0x0d, 0, END]);

/** Runs `then` where `condition` leaves a number that is not 0. */
export const when = (condition: Code, then: Code): Code => block(condition, [0x04, VOID_BLOCK], then, [END]);

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;

/** Of the function of that place in the module, after its parameters. */
export const call = (place: number): Code => [0x10, ...leb(place)];

/** A function without a result. Its locals are numbered: parameters of type i32, then of type f32, then i32, then v128. */
export interface WasmFunction {
  readonly name: string;
  readonly integers: number;
  readonly floats?: number;
  readonly integerLocals: number;
  readonly vectorLocals: number;
  readonly code: Code;
}

/** Pages of 64 kB that a memory may have; the most there are. */
const PAGES_MAX = 65536;

/** A module of functions over a shared memory that it imports as `a.memory`. */
export function assembleModule(functions: readonly WasmFunction[]): Uint8Array {
  const section = (id: number, bytes: Code): number[] => [id, ...leb(bytes.length), ...bytes];
  const text = (name: string): number[] => [name.length, ...Buffer.from(name)];
  const types = functions.map(({ integers, floats = 0 }) => [
    ...[0x60, integers + floats],
    ...new Array<number>(integers).fill(I32),
    ...new Array<number>(floats).fill(F32),
    0,
  ]);
  const bodies = functions.map(({ integerLocals, vectorLocals, code }) => {
    const body = [2, ...leb(integerLocals), I32, ...leb(vectorLocals), V128, ...code, END];
    return [...leb(body.length), ...body];
  });
  const numbers = functions.map((_, i) => i);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [functions.length, ...types.flat()]),
    ...section(2, [1, ...text('a'), ...text('memory'), 2, 3, 0, ...leb(PAGES_MAX)]),
    ...section(3, [functions.length, ...numbers]),
    ...section(7, [functions.length, ...functions.flatMap(({ name }, i) => [...text(name), 0, i])]),
    ...section(10, [functions.length, ...bodies.flat()]),
  ]);
}

export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}

/** The part of the global that is used here; neither the language's library nor Node's types declare it. */
interface WebAssemblyGlobal {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

const PAGE_BYTES = 65536;
const wasm = (globalThis as unknown as { readonly WebAssembly: WebAssemblyGlobal }).WebAssembly;

/** Zeros, which worker threads may share. */
export function sharedMemory(bytes: number): SharedMemory {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  return new wasm.Memory({ initial: pages, maximum: pages, shared: true });
}

export const compileModule = (bytes: Uint8Array): object => new wasm.Module(bytes);

export const functionsOver = (module: object, memory: SharedMemory): Readonly<Record<string, unknown>> =>
  new wasm.Instance(module, { a: { memory } }).exports;
