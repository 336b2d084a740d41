/**
 * The loops of dense algebra that are worth WebAssembly SIMD, in single precision: 16 times as fast as the same in
 * JavaScript (docs/benchmarks/quality.md). The module is assembled here, so that nothing has to be built or shipped beside the source.
 *
 *     downdate   C −= W Uᵀ on and below the diagonal, four rows by eight columns at a time in registers. Operands are packed
 *                so that the inner loop reads forwards: W as [row / 4][depth][4], U as [row / 8][depth][8]
 *     panel      W = U D for a symmetric D of sixteen rows, both packed as above
 *     mix        y = Σ_r w_r M_r over some rows of M, sixteen columns at a time in registers
 */
const I32 = 0x7f;
const V128 = 0x7b;
const VOID_BLOCK = 0x40;
const END = 0x0b;

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

const get = (local: number): number[] => [0x20, ...leb(local)];
const set = (local: number): number[] => [0x21, ...leb(local)];
const constant = (value: number): number[] => [0x41, ...signedLeb(value)];
const add = [0x6a];
const multiply = [0x6c];
const simd = (code: number): number[] => [0xfd, ...leb(code)];
const load = (offset: number): number[] => [...simd(0x00), 4, ...leb(offset)];
const loadSplat = (offset: number): number[] => [...simd(0x09), 2, ...leb(offset)];
const store = (offset: number): number[] => [...simd(0x0b), 4, ...leb(offset)];
const ZERO_VECTOR = [...simd(0x0c), ...new Array<number>(16).fill(0)];
const addVectors = simd(0xe4);
const subtractVectors = simd(0xe5);
const multiplyVectors = simd(0xe6);

/** Runs the body, then again while `local` < `limit` (unsigned): the body runs at least once. */
const loopWhileBelow = (local: number, limit: number, body: number[]): number[] => [
  ...[0x03, VOID_BLOCK],
  ...body,
  ...get(local),
  ...get(limit),
  0x49,
  ...[0x0d, 0],
  END,
];
const advance = (local: number, by: number[]): number[] => [...get(local), ...by, ...add, ...set(local)];

const ROWS = [0, 1, 2, 3] as const;

function downdateBody(): number[] {
  const [c, stride, rows, w, u, depth] = [0, 1, 2, 3, 4, 5];
  const [i, j, jEnd, wAt, uAt, uEnd, cAt] = [6, 7, 8, 9, 10, 11, 12];
  const sum = (row: number, half: number): number => 13 + 2 * row + half;
  const [left, right, factor] = [21, 22, 23];
  const packedAt = (base: number, row: number): number[] => [
    ...get(base),
    ...[...get(row), ...get(depth!), ...multiply, ...constant(4), ...multiply],
    ...add,
  ];
  const halves = (row: number): number[] =>
    [0, 1].flatMap((half) => [
      ...[...get(sum(row, half)), ...get(factor!), ...get(half === 0 ? left! : right!), ...multiplyVectors],
      ...[...addVectors, ...set(sum(row, half))],
    ]);
  const inner = [
    ...[...get(uAt!), ...load(0), ...set(left!), ...get(uAt!), ...load(16), ...set(right!)],
    ...ROWS.flatMap((row) => [...get(wAt!), ...loadSplat(4 * row), ...set(factor!), ...halves(row)]),
    ...advance(wAt!, constant(16)),
    ...advance(uAt!, constant(32)),
  ];
  const subtract = ROWS.flatMap((row) => [
    ...[0, 1].flatMap((half) => [
      ...[...get(cAt!), ...get(cAt!), ...load(16 * half), ...get(sum(row, half)), ...subtractVectors],
      ...store(16 * half),
    ]),
    ...advance(cAt!, get(stride!)),
  ]);
  const tile = [
    ...ROWS.flatMap((row) => [...ZERO_VECTOR, ...set(sum(row, 0)), ...ZERO_VECTOR, ...set(sum(row, 1))]),
    ...[...packedAt(w!, i!), ...set(wAt!), ...packedAt(u!, j!), ...set(uAt!)],
    ...[...get(uAt!), ...get(depth!), ...constant(32), ...multiply, ...add, ...set(uEnd!)],
    ...loopWhileBelow(uAt!, uEnd!, inner),
    ...[...get(c!), ...get(i!), ...get(stride!), ...multiply, ...add],
    ...[...get(j!), ...constant(4), ...multiply, ...add, ...set(cAt!)],
    ...subtract,
    ...advance(j!, constant(8)),
  ];
  const rowOfTiles = [
    ...[...constant(0), ...set(j!), ...get(i!), ...constant(4), ...add, ...set(jEnd!)],
    ...loopWhileBelow(j!, jEnd!, tile),
    ...advance(i!, constant(4)),
  ];
  const locals = [2, 7, I32, 11, V128];
  return [...locals, ...constant(0), ...set(i!), ...loopWhileBelow(i!, rows!, rowOfTiles), END];
}

function mixBody(): number[] {
  const [m, stride, list, weights, count, y, columns] = [0, 1, 2, 3, 4, 5, 6];
  const [column, end, at, weightAt, listEnd, cell] = [7, 8, 9, 10, 11, 12];
  const factor = 13;
  const sums = [14, 15, 16, 17];
  const row = [
    ...[...get(at!), 0x28, 2, 0, ...get(stride!), ...multiply],
    ...[...get(m!), ...add, ...get(column!), ...add, ...set(cell!)],
    ...[...get(weightAt!), ...loadSplat(0), ...set(factor)],
    ...sums.flatMap((sum, i) => [
      ...[...get(sum), ...get(cell!), ...load(16 * i), ...get(factor), ...multiplyVectors, ...addVectors, ...set(sum)],
    ]),
    ...advance(weightAt!, constant(4)),
    ...advance(at!, constant(4)),
  ];
  const stripe = [
    ...sums.flatMap((sum) => [...ZERO_VECTOR, ...set(sum)]),
    ...[...get(list!), ...set(at!), ...get(weights!), ...set(weightAt!)],
    ...loopWhileBelow(at!, listEnd!, row),
    ...[...get(y!), ...get(column!), ...add, ...set(cell!)],
    ...sums.flatMap((sum, i) => [...get(cell!), ...get(sum), ...store(16 * i)]),
    ...advance(column!, constant(64)),
  ];
  const limits = [
    ...[...constant(0), ...set(column!), ...get(columns!), ...constant(4), ...multiply, ...set(end!)],
    ...[...get(list!), ...get(count!), ...constant(4), ...multiply, ...add, ...set(listEnd!)],
  ];
  const locals = [2, 6, I32, 5, V128];
  return [...locals, ...limits, ...loopWhileBelow(column!, end!, stripe), END];
}

/** Rows and columns of the small matrix of `panel`. */
export const PANEL = 16;

function panelBody(): number[] {
  const [u, w, inverse, rows] = [0, 1, 2, 3];
  const [uEnd, at, atEnd] = [4, 5, 6];
  const [left, right, factor] = [7, 8, 9];
  const depths = Array.from({ length: PANEL }, (_, depth) => depth);
  const column = [
    ...[...ZERO_VECTOR, ...set(left!), ...ZERO_VECTOR, ...set(right!)],
    ...depths.flatMap((depth) => [
      ...[...get(at!), ...loadSplat(4 * depth), ...set(factor!)],
      ...[
        ...get(left!),
        ...get(u!),
        ...load(32 * depth),
        ...get(factor!),
        ...multiplyVectors,
        ...addVectors,
        ...set(left!),
      ],
      ...[...get(right!), ...get(u!), ...load(32 * depth + 16), ...get(factor!), ...multiplyVectors, ...addVectors],
      ...set(right!),
    ]),
    ...[...get(w!), ...get(left!), ...store(0), ...get(w!), ...get(right!), ...store(16 * PANEL)],
    ...advance(w!, constant(16)),
    ...advance(at!, constant(4 * PANEL)),
  ];
  const eightRows = [
    ...[...get(inverse!), ...set(at!)],
    ...loopWhileBelow(at!, atEnd!, column),
    ...advance(w!, constant(16 * PANEL)),
    ...advance(u!, constant(32 * PANEL)),
  ];
  const limits = [
    ...[...get(u!), ...get(rows!), ...constant(4 * PANEL), ...multiply, ...add, ...set(uEnd!)],
    ...[...get(inverse!), ...constant(4 * PANEL * PANEL), ...add, ...set(atEnd!)],
  ];
  const locals = [2, 3, I32, 3, V128];
  return [...locals, ...limits, ...loopWhileBelow(u!, uEnd!, eightRows), END];
}

const section = (id: number, bytes: number[]): number[] => [id, ...leb(bytes.length), ...bytes];
const text = (name: string): number[] => [name.length, ...Buffer.from(name)];
const sized = (bytes: number[]): number[] => [...leb(bytes.length), ...bytes];

function assemble(): Uint8Array {
  const integers = (count: number): number[] => [0x60, count, ...new Array<number>(count).fill(I32), 0];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [3, ...integers(6), ...integers(7), ...integers(4)]),
    ...section(2, [1, ...text('a'), ...text('memory'), 2, 0, 1]),
    ...section(3, [3, 0, 1, 2]),
    ...section(7, [3, ...text('downdate'), 0, 0, ...text('mix'), 0, 1, ...text('panel'), 0, 2]),
    ...section(10, [3, ...sized(downdateBody()), ...sized(mixBody()), ...sized(panelBody())]),
  ]);
}

/** What kernels work in; only its size is fixed when it is made. */
export interface KernelMemory {
  readonly buffer: ArrayBuffer;
}

/** All addresses and strides are in bytes. */
export interface Kernels {
  /** `rows` is a multiple of 8 and above 0; `depth` above 0. */
  downdate(c: number, stride: number, rows: number, w: number, u: number, depth: number): void;
  /** u: [rows / 8][16][8], w: [rows / 4][16][4], inverse: [16 × 16]; `rows` is a multiple of 8 and above 0. */
  panel(u: number, w: number, inverse: number, rows: number): void;
  /** `list` holds numbers of rows; `count` is above 0; `columns` a multiple of 16 and above 0. */
  mix(m: number, stride: number, list: number, weights: number, count: number, y: number, columns: number): void;
}

/** The part of the global that is used here; neither the language's library nor Node's types declare it. */
interface WebAssemblyGlobal {
  readonly Memory: new (size: { initial: number }) => KernelMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

const PAGE_BYTES = 65536;
const wasm = (globalThis as unknown as { readonly WebAssembly: WebAssemblyGlobal }).WebAssembly;
let compiled: object | undefined;

export const kernelMemory = (bytes: number): KernelMemory =>
  new wasm.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });

export function kernelsOver(memory: KernelMemory): Kernels {
  compiled ??= new wasm.Module(assemble());
  return new wasm.Instance(compiled, { a: { memory } }).exports as unknown as Kernels;
}
