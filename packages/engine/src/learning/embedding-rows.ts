/**
 * Rows of a table of embeddings, and the product that all work on them comes down to. A row is 16 numbers: 8 weights, then the 8 sums of
 * squared gradients that Adagrad keeps of them (Duchi et al., 2011), so that a row is one line of the processor's cache.
 */
import {
  add,
  addVectors,
  advance,
  block,
  constant,
  get,
  load,
  loadSplat,
  loopWhileBelow,
  multiply,
  multiplyVectors,
  set,
  store,
  tee,
  vector,
  type WasmFunction,
} from './wasm-assembler.ts';

/** Weights of a row; its numbers with their sums of squares, and the bytes of those. */
export const WIDTH = 8;
export const ROW_NUMBERS = 2 * WIDTH;
export const ROW_BYTES = 64;
export const WEIGHT_BYTES = 4 * WIDTH;

/** Coordinate 0 is the linear weight and takes no part in pairs. */
export const PAIRED = vector(0, 1, 1, 1);

const TILE_ROWS = [0, 1, 2, 3] as const;

/**
 * `multiply(o, oStride, a, aRowStride, aStride, b, bStride, m, n, depth)`: O = A B, four rows by eight columns at a time in registers.
 * o: [m × n], a: [m × depth] by two strides, b: [depth × n] by the stride of its rows; addresses and strides in bytes, all counts above
 * 0, `m` a multiple of 4 and `n` of 8.
 */
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
