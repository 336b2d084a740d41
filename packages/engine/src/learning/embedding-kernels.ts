/**
 * The loops of a network over embeddings that are worth WebAssembly SIMD. A table's row is 16 numbers: 8 weights, then the 8 sums
 * of squared gradients that Adagrad keeps of them (Duchi et al., 2011), so that a row is one line of the processor's cache.
 *
 *     gather     copies the weights of a batch's rows side by side, and adds up per example S = Σ_f v_f and, over the coordinates
 *                1–7, ½ (S² − Σ_f v_f²): the factorisation machine's pairs (Rendle, 2010)
 *     multiply   O = A B, four rows by eight columns at a time in registers
 */
import {
  add,
  addVectors,
  advance,
  assembleModule,
  block,
  type Code,
  compileModule,
  constant,
  functionsOver,
  get,
  load,
  loadInteger,
  loadSplat,
  loopWhileBelow,
  multiply,
  multiplyVectors,
  type SharedMemory,
  set,
  store,
  subtractVectors,
  tee,
  vector,
  type WasmFunction,
} from './wasm-assembler.ts';

/** Weights of a row; its numbers with their sums of squares, and the bytes of those. */
export const WIDTH = 8;
export const ROW_NUMBERS = 2 * WIDTH;
export const ROW_BYTES = 64;
export const WEIGHT_BYTES = 4 * WIDTH;

/** All addresses and strides are in bytes; all counts are above 0. */
export interface EmbeddingKernels {
  /** rows: addresses, [examples × fields]; x: [examples × fields × 8]; s: [examples × 8]; pairs: sums of four, [examples × 4]. */
  gather(rows: number, x: number, s: number, pairs: number, examples: number, fields: number): void;
  /**
   * o: [m × n], a: [m × depth] by two strides, b: [depth × n] by the stride of its rows. `m` is a multiple of 4 and `n` of 8.
   */
  multiply(
    o: number,
    oStride: number,
    a: number,
    aRowStride: number,
    aStride: number,
    b: number,
    bStride: number,
    m: number,
    n: number,
    depth: number,
  ): void;
}

/** Coordinate 0 is the linear weight and takes no part in pairs. */
export const PAIRED = vector(0, 1, 1, 1);

function gatherFunction(): WasmFunction {
  const [rows, x, s, pairs, examples, fields] = [0, 1, 2, 3, 4, 5] as const;
  const [sEnd, rowsEnd, row] = [6, 7, 8] as const;
  const [left, right, sumLeft, sumRight, squaresLeft, squaresRight] = [9, 10, 11, 12, 13, 14] as const;
  const accumulate = (value: number, sum: number, squares: number): Code =>
    block(
      ...[get(sum), get(value), addVectors, set(sum)],
      ...[get(squares), get(value), get(value), multiplyVectors, addVectors, set(squares)],
    );
  const field = block(
    ...[get(rows), loadInteger(), tee(row), load(0), set(left), get(row), load(16), set(right)],
    ...[get(x), get(left), store(0), get(x), get(right), store(16)],
    accumulate(left, sumLeft, squaresLeft),
    accumulate(right, sumRight, squaresRight),
    ...[advance(rows, constant(4)), advance(x, constant(WEIGHT_BYTES))],
  );
  const difference = (sum: number, squares: number): Code =>
    block(get(sum), get(sum), multiplyVectors, get(squares), subtractVectors);
  const example = block(
    ...[sumLeft, sumRight, squaresLeft, squaresRight].map((local) => block(vector(0), set(local))),
    ...[get(rows), get(fields), constant(4), multiply, add, set(rowsEnd)],
    loopWhileBelow(rows, rowsEnd, field),
    ...[get(s), get(sumLeft), store(0), get(s), get(sumRight), store(16)],
    ...[get(pairs), difference(sumLeft, squaresLeft), PAIRED, multiplyVectors],
    ...[difference(sumRight, squaresRight), addVectors, vector(0.5), multiplyVectors, store(0)],
    ...[advance(s, constant(WEIGHT_BYTES)), advance(pairs, constant(16))],
  );
  const code = block(
    ...[get(s), get(examples), constant(WEIGHT_BYTES), multiply, add, set(sEnd)],
    loopWhileBelow(s, sEnd, example),
  );
  return { name: 'gather', integers: 6, integerLocals: 3, vectorLocals: 6, code };
}

const TILE_ROWS = [0, 1, 2, 3] as const;

export function multiplyFunction(): WasmFunction {
  const [o, oStride, a, aRowStride, aStride, b, bStride, m, n, depth] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
  const [i, j, nBytes, bAt, bEnd, oAt] = [10, 11, 12, 13, 14, 15] as const;
  const aAt = (row: number): number => 16 + row;
  const sum = (row: number, half: number): number => 20 + 2 * row + half;
  const [left, right, factor] = [28, 29, 30] as const;
  const inner = block(
    ...[get(bAt), load(0), set(left), get(bAt), load(16), set(right)],
    ...TILE_ROWS.map((row) =>
      block(
        ...[get(aAt(row)), loadSplat(0), set(factor)],
        ...[0, 1].map((half) =>
          block(
            ...[get(sum(row, half)), get(factor), get(half === 0 ? left : right)],
            ...[multiplyVectors, addVectors, set(sum(row, half))],
          ),
        ),
        advance(aAt(row), get(aStride)),
      ),
    ),
    advance(bAt, get(bStride)),
  );
  const tile = block(
    ...TILE_ROWS.map((row) => block(vector(0), set(sum(row, 0)), vector(0), set(sum(row, 1)))),
    ...[get(a), get(i), get(aRowStride), multiply, add, set(aAt(0))],
    ...[1, 2, 3].map((row) => block(get(aAt(row - 1)), get(aRowStride), add, set(aAt(row)))),
    ...[get(b), get(j), add, tee(bAt), get(depth), get(bStride), multiply, add, set(bEnd)],
    loopWhileBelow(bAt, bEnd, inner),
    ...[get(o), get(i), get(oStride), multiply, add, get(j), add, set(oAt)],
    ...TILE_ROWS.map((row) =>
      block(
        ...[get(oAt), get(sum(row, 0)), store(0), get(oAt), get(sum(row, 1)), store(16)],
        advance(oAt, get(oStride)),
      ),
    ),
    advance(j, constant(32)),
  );
  const code = block(
    ...[constant(0), set(i), get(n), constant(4), multiply, set(nBytes)],
    loopWhileBelow(i, m, block(constant(0), set(j), loopWhileBelow(j, nBytes, tile), advance(i, constant(4)))),
  );
  return { name: 'multiply', integers: 10, integerLocals: 10, vectorLocals: 11, code };
}

let compiled: object | undefined;

export function embeddingKernels(memory: SharedMemory): EmbeddingKernels {
  compiled ??= compileModule(assembleModule([gatherFunction(), multiplyFunction()]));
  return functionsOver(compiled, memory) as unknown as EmbeddingKernels;
}
