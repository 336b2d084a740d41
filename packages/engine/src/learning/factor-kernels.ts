/**
 * The loops of factor models and of small linear systems that are worth WebAssembly SIMD, in single precision.
 *
 *     improve     one step of every coordinate of one vector p by coordinate descent (implicit-als.ts has the loss):
 *                 p_f += (Σ_e (1 − p·q_e) q_ef − (G p)_f − λ p_f) / (Σ_e q_ef² + G_ff + λ)
 *     addSquares  C += Σ_e q_e q_eᵀ on and above the diagonal, four rows by eight columns at a time in registers
 *     solve       U x = U⁻ᵀ b with A = UᵀU (Cholesky), four pivots at a time. The right side is a column of the matrix, so that
 *                 what eliminates the columns below the diagonal makes U⁻ᵀ b of it
 */
import {
  add,
  addVectors,
  advance,
  and,
  assembleModule,
  below,
  block,
  type Code,
  compileModule,
  constant,
  divideVectors,
  functionsOver,
  get,
  largerVectors,
  load,
  loadInteger,
  loadSplat,
  loopWhileBelow,
  multiply,
  multiplyVectors,
  type SharedMemory,
  set,
  shuffle,
  splat,
  squareRoots,
  store,
  storeFirst,
  subtract,
  subtractVectors,
  tee,
  vector,
  type WasmFunction,
  when,
} from './wasm-assembler.ts';

/** All addresses, strides and sizes are in bytes. */
export interface FactorKernels {
  /**
   * p: [factors]; list … listEnd: addresses of vectors, a multiple of four and at least as many; gram: [factors × width];
   * seen: [factors of whole fours × entries] and errors: [entries] are room to work in. `width` is that of a vector, a multiple
   * of 16; its first `factors` are moved.
   */
  improve(
    p: number,
    list: number,
    listEnd: number,
    gram: number,
    seen: number,
    errors: number,
    width: number,
    factors: number,
    ridge: number,
  ): void;
  /** c: [rows × columns], both multiples of 32, not fewer columns than rows; list … listEnd: addresses of q, at least one. */
  addSquares(c: number, stride: number, list: number, listEnd: number, rows: number, columns: number): void;
  /**
   * a: [size × size + 4] with its upper triangle and, in the column after it, the right side; `size`, in bytes of a row, is a
   * multiple of 16. A pivot below the one in `floors` is taken as that. x: [size], zeros before. Both triangles of `a` are
   * overwritten.
   */
  solve(a: number, stride: number, size: number, floors: number, x: number): void;
}

const FOUR = [0, 1, 2, 3] as const;

/** Every number of the vector becomes the sum of all. */
const sumAcross = (local: number): Code =>
  block(
    ...[get(local), get(local), get(local), shuffle(2, 3, 0, 1), addVectors, set(local)],
    ...[get(local), get(local), get(local), shuffle(1, 0, 3, 2), addVectors, set(local)],
  );

/** The locals of `improve`. */
const AT = {
  ...{ p: 0, list: 1, listEnd: 2, gram: 3, seen: 4, errors: 5, width: 6, factors: 7, ridge: 8 },
  ...{ entries: 9, errorsAt: 10, seenAt: 11, pAt: 12, pEnd: 13, gramAt: 14, errorsEnd: 15, own: 16, seenRow: 17 },
  ...{ error: 30, along: 31, squares: 32, change: 33, penalty: 34 },
} as const;

/** Four entries of the list: their vectors a factor at a time, and their errors. */
function gatherEntries(): Code {
  const { p, list, seenAt, seenRow, entries, error, errorsAt, pAt, pEnd } = AT;
  const q = (entry: number): number => 18 + entry;
  const row = (entry: number): number => 22 + entry;
  const half = (part: number): number => 26 + part;
  /** A factor of four entries side by side, from four factors of each. */
  const transpose = block(
    ...[get(row(0)), get(row(1)), shuffle(0, 4, 1, 5), set(half(0)), get(row(0)), get(row(1)), shuffle(2, 6, 3, 7)],
    ...[set(half(1)), get(row(2)), get(row(3)), shuffle(0, 4, 1, 5), set(half(2))],
    ...[get(row(2)), get(row(3)), shuffle(2, 6, 3, 7), set(half(3))],
    ...[get(half(0)), get(half(2)), shuffle(0, 1, 4, 5), set(row(0))],
    ...[get(half(0)), get(half(2)), shuffle(2, 3, 6, 7), set(row(1))],
    ...[get(half(1)), get(half(3)), shuffle(0, 1, 4, 5), set(row(2))],
    ...[get(half(1)), get(half(3)), shuffle(2, 3, 6, 7), set(row(3))],
  );
  const fourFactors = block(
    ...FOUR.map((entry) => block(get(q(entry)), load(), set(row(entry)), advance(q(entry), constant(16)))),
    transpose,
    ...FOUR.map((factor) =>
      block(
        ...[get(seenAt), get(row(factor)), store(), advance(seenAt, get(entries))],
        ...[get(error), get(pAt), loadSplat(4 * factor), get(row(factor)), multiplyVectors],
        ...[subtractVectors, set(error)],
      ),
    ),
    advance(pAt, constant(16)),
  );
  return block(
    ...FOUR.map((entry) => block(get(list), loadInteger(4 * entry), set(q(entry)))),
    ...[vector(1), set(error), get(seenRow), set(seenAt), get(p), set(pAt)],
    loopWhileBelow(pAt, pEnd, fourFactors),
    ...[get(errorsAt), get(error), store()],
    ...[advance(errorsAt, constant(16)), advance(seenRow, constant(16)), advance(list, constant(16))],
  );
}

/** Moves the coordinate at `own` to where the loss is least, and the errors with it. */
function moveCoordinate(): Code {
  const { p, gram, errors, errorsAt, errorsEnd, seenAt, seenRow, pAt, pEnd, gramAt, own } = AT;
  const { error, along, squares, change, penalty } = AT;
  const sums = block(
    ...[get(along), get(errorsAt), load(), get(seenAt), load(), tee(error), multiplyVectors, addVectors, set(along)],
    ...[get(squares), get(error), get(error), multiplyVectors, addVectors, set(squares)],
    ...[advance(errorsAt, constant(16)), advance(seenAt, constant(16))],
  );
  const pull = block(
    ...[get(along), get(pAt), load(), get(gramAt), load(), multiplyVectors, subtractVectors, set(along)],
    ...[advance(pAt, constant(16)), advance(gramAt, constant(16))],
  );
  const follow = block(
    ...[get(errorsAt), get(errorsAt), load(), get(change), get(seenAt), load(), multiplyVectors, subtractVectors],
    store(),
    ...[advance(errorsAt, constant(16)), advance(seenAt, constant(16))],
  );
  return block(
    ...[vector(0), set(along), vector(0), set(squares), get(errors), set(errorsAt), get(seenRow), set(seenAt)],
    loopWhileBelow(errorsAt, errorsEnd, sums),
    ...[get(p), set(pAt), loopWhileBelow(pAt, pEnd, pull), sumAcross(along), sumAcross(squares)],
    ...[get(along), get(penalty), get(own), loadSplat(), tee(error), multiplyVectors, subtractVectors],
    ...[get(squares), get(gram), get(own), get(p), subtract, add, loadSplat(), addVectors, get(penalty), addVectors],
    ...[divideVectors, set(change), get(own), get(error), get(change), addVectors, storeFirst],
    ...[get(errors), set(errorsAt), get(seenRow), set(seenAt), loopWhileBelow(errorsAt, errorsEnd, follow)],
    ...[get(seenAt), set(seenRow), get(gramAt), set(gram), advance(own, constant(4))],
  );
}

function improveFunction(): WasmFunction {
  const { p, list, listEnd, gram, seen, errors, width, factors, ridge } = AT;
  const { entries, errorsAt, pEnd, gramAt, errorsEnd, own, seenRow, penalty } = AT;
  const code = block(
    ...[get(listEnd), get(list), subtract, set(entries), get(p), get(width), add, set(pEnd)],
    ...[get(errors), tee(errorsAt), get(entries), add, set(errorsEnd), get(seen), set(seenRow)],
    ...[get(ridge), splat, set(penalty), loopWhileBelow(list, listEnd, gatherEntries())],
    ...[get(seen), set(seenRow), get(p), set(own), get(gram), set(gramAt), get(p), get(factors), add, set(listEnd)],
    loopWhileBelow(own, listEnd, moveCoordinate()),
  );
  return { name: 'improve', integers: 8, floats: 1, integerLocals: 13, vectorLocals: 13, code };
}

function addSquaresFunction(): WasmFunction {
  const [c, stride, list, listEnd, rows, columns] = [0, 1, 2, 3, 4, 5] as const;
  const [i, j, at, q, cAt] = [6, 7, 8, 9, 10] as const;
  const sum = (row: number, side: number): number => 11 + 2 * row + side;
  const [left, right, factor] = [19, 20, 21] as const;
  const entry = block(
    ...[get(at), loadInteger(), tee(q), get(j), add, load(), set(left), get(q), get(j), add, load(16), set(right)],
    ...[get(q), get(i), add, set(q)],
    ...FOUR.map((row) =>
      block(
        ...[get(q), loadSplat(4 * row), set(factor)],
        ...[get(sum(row, 0)), get(factor), get(left), multiplyVectors, addVectors, set(sum(row, 0))],
        ...[get(sum(row, 1)), get(factor), get(right), multiplyVectors, addVectors, set(sum(row, 1))],
      ),
    ),
    advance(at, constant(4)),
  );
  const tile = block(
    ...FOUR.map((row) => block(vector(0), set(sum(row, 0)), vector(0), set(sum(row, 1)))),
    ...[get(list), set(at), loopWhileBelow(at, listEnd, entry), get(c), get(j), add, set(cAt)],
    ...FOUR.map((row) =>
      block(
        ...[get(cAt), get(cAt), load(), get(sum(row, 0)), addVectors, store()],
        ...[get(cAt), get(cAt), load(16), get(sum(row, 1)), addVectors, store(16)],
        advance(cAt, get(stride)),
      ),
    ),
    advance(j, constant(32)),
  );
  const fourRows = block(
    ...[get(i), constant(-32), and, set(j), loopWhileBelow(j, columns, tile)],
    ...[advance(i, constant(16)), advance(c, block(get(stride), constant(4), multiply))],
  );
  const code = block(constant(0), set(i), loopWhileBelow(i, rows, fourRows));
  return { name: 'addSquares', integers: 6, integerLocals: 5, vectorLocals: 11, code };
}

function solveFunction(): WasmFunction {
  const [a, stride, size, floors, x] = [0, 1, 2, 3, 4] as const;
  const [k, end, j, i, rowI, done] = [5, 6, 7, 8, 9, 10] as const;
  const pivotRow = (r: number): number => 11 + r;
  const factor = (r: number): number => 15 + r;
  const [sum, scale] = [19, 20] as const;
  const cell = (row: number, column: number): Code => block(get(row), get(column), add);
  const less = (r: number): Code =>
    block(get(factor(r)), cell(pivotRow(r), j), load(), multiplyVectors, subtractVectors);
  const eachColumn = (body: Code): Code =>
    block(get(k), set(j), loopWhileBelow(j, end, block(body, advance(j, constant(16)))));
  const panel = FOUR.map((r) => {
    const before = FOUR.slice(0, r);
    const eliminated = block(...[cell(pivotRow(r), j), cell(pivotRow(r), j), load(), ...before.map(less), store()]);
    return block(
      ...before.map((s) => block(cell(pivotRow(s), k), loadSplat(4 * r), set(factor(s)))),
      r === 0 ? [] : eachColumn(eliminated),
      ...[vector(1), cell(pivotRow(r), k), loadSplat(4 * r), cell(floors, k), loadSplat(4 * r), largerVectors],
      ...[squareRoots, divideVectors, set(scale)],
      eachColumn(block(cell(pivotRow(r), j), cell(pivotRow(r), j), load(), get(scale), multiplyVectors, store())),
    );
  });
  const trailingRow = block(
    ...FOUR.map((r) => block(cell(pivotRow(r), i), loadSplat(), set(factor(r)))),
    ...[get(i), constant(-16), and, set(j)],
    loopWhileBelow(
      j,
      end,
      block(cell(rowI, j), cell(rowI, j), load(), ...FOUR.map(less), store(), advance(j, constant(16))),
    ),
    ...[advance(i, constant(4)), advance(rowI, get(stride))],
  );
  const fourPivots = block(
    ...[get(rowI), set(pivotRow(0))],
    ...[1, 2, 3].map((r) => block(get(pivotRow(r - 1)), get(stride), add, set(pivotRow(r)))),
    ...panel,
    ...[get(pivotRow(3)), get(stride), add, tee(rowI), set(done), get(k), constant(16), add, set(i)],
    when(block(get(i), get(size), below), loopWhileBelow(i, size, trailingRow)),
    ...[get(done), set(rowI), advance(k, constant(16))],
  );
  const backwards = block(
    ...[get(rowI), get(stride), subtract, set(rowI), advance(i, constant(-4)), vector(0), set(sum)],
    ...[get(i), constant(-16), and, set(j)],
    loopWhileBelow(
      j,
      size,
      block(
        ...[get(sum), cell(rowI, j), load(), cell(x, j), load(), multiplyVectors, addVectors, set(sum)],
        advance(j, constant(16)),
      ),
    ),
    ...[sumAcross(sum), cell(x, i), cell(rowI, size), loadSplat(), get(sum), subtractVectors],
    ...[cell(rowI, i), loadSplat(), divideVectors, storeFirst, advance(done, constant(4))],
  );
  const code = block(
    ...[constant(0), set(k), get(size), constant(16), add, set(end), get(a), set(rowI)],
    loopWhileBelow(k, size, fourPivots),
    ...[get(size), set(i), constant(0), set(done), loopWhileBelow(done, size, backwards)],
  );
  return { name: 'solve', integers: 5, integerLocals: 10, vectorLocals: 6, code };
}

let compiled: object | undefined;

export function factorKernels(memory: SharedMemory): FactorKernels {
  compiled ??= compileModule(assembleModule([improveFunction(), addSquaresFunction(), solveFunction()]));
  return functionsOver(compiled, memory) as unknown as FactorKernels;
}
