/**
 * The loops that move a network's weights against their gradients g, by Adagrad (Duchi et al., 2011), in WebAssembly SIMD.
 *
 *     moveRows      n += g²,  v −= α g / √n
 *     moveWeights   the same of weights that all examples use, whose gradients are given in four parts
 *     transpose     weights by field
 */
import { WEIGHT_BYTES, WIDTH } from './embedding-rows.ts';
import {
  add,
  addVectors,
  advance,
  and,
  assembleModule,
  block,
  type Code,
  compileModule,
  constant,
  divideVectors,
  equal,
  functionsOver,
  get,
  load,
  loadInteger,
  loadLane,
  loopWhileBelow,
  multiply,
  multiplyVectors,
  type SharedMemory,
  set,
  shiftRight,
  splat,
  squareRoots,
  store,
  subtractVectors,
  tee,
  vector,
  type WasmFunction,
  when,
} from './wasm-assembler.ts';

/** All addresses are in bytes; all counts are above 0. */
export interface AdagradKernels {
  /** Moves those rows whose number & `owners` is `owner`. */
  moveRows(distinct: number, slopes: number, count: number, owners: number, owner: number, rate: number): void;
  /** Gradients lie `distance` apart from each other; `bytes` is a multiple of 16. */
  moveWeights(weights: number, squares: number, gradients: number, distance: number, bytes: number, rate: number): void;
  /** weights: [fields × 8 × y]; transposed: [fields × y × 8]. */
  transpose(weights: number, transposed: number, yBytes: number, fields: number): void;
}

/** Moves the vector of weights at `row` + `offset` by its gradient. */
const move = (
  { row, offset, squaresAt }: { row: number; offset: number; squaresAt: number },
  { gradient, squares, rate }: { gradient: number; squares: number; rate: number },
): Code =>
  block(
    ...[get(squaresAt), get(squaresAt), load(offset), get(gradient), get(gradient), multiplyVectors, addVectors],
    ...[tee(squares), store(offset)],
    ...[get(row), get(row), load(offset), get(gradient), get(rate), multiplyVectors],
    ...[get(squares), squareRoots, divideVectors, subtractVectors, store(offset)],
  );

function moveRowsFunction(): WasmFunction {
  const [distinct, slopes, count, owners, owner, rate] = [0, 1, 2, 3, 4, 5] as const;
  const [end, row, squaresAt] = [6, 7, 8] as const;
  const [rates, gradient, squares] = [9, 10, 11] as const;
  const change = (offset: number): Code =>
    block(
      ...[get(slopes), load(offset), set(gradient)],
      move({ row, offset, squaresAt }, { gradient, squares, rate: rates }),
    );
  const body = block(
    when(
      block(get(distinct), loadInteger(), tee(row), constant(6), shiftRight, get(owners), and, get(owner), equal),
      block(get(row), constant(WEIGHT_BYTES), add, set(squaresAt), change(0), change(16)),
    ),
    ...[advance(slopes, constant(WEIGHT_BYTES)), advance(distinct, constant(4))],
  );
  const code = block(
    ...[get(rate), splat, set(rates)],
    ...[get(distinct), get(count), constant(4), multiply, add, set(end)],
    loopWhileBelow(distinct, end, body),
  );
  return { name: 'moveRows', integers: 5, floats: 1, integerLocals: 3, vectorLocals: 3, code };
}

function moveWeightsFunction(): WasmFunction {
  const [row, squaresAt, gradients, distance, bytes, rate] = [0, 1, 2, 3, 4, 5] as const;
  const [end, at] = [6, 7] as const;
  const [rates, gradient, squares] = [8, 9, 10] as const;
  const next = block(advance(at, get(distance)), get(gradient), get(at), load(), addVectors, set(gradient));
  const body = block(
    ...[get(gradients), tee(at), load(), set(gradient), next, next, next],
    move({ row, offset: 0, squaresAt }, { gradient, squares, rate: rates }),
    ...[row, squaresAt, gradients].map((local) => advance(local, constant(16))),
  );
  const code = block(
    ...[get(rate), splat, set(rates), get(row), get(bytes), add, set(end)],
    loopWhileBelow(row, end, body),
  );
  return { name: 'moveWeights', integers: 5, floats: 1, integerLocals: 2, vectorLocals: 3, code };
}

function transposeFunction(): WasmFunction {
  const [weights, transposed, yBytes, fields] = [0, 1, 2, 3] as const;
  const [end, fieldEnd, at] = [4, 5, 6] as const;
  const lanes = 7;
  const half = (offset: number): Code =>
    block(
      ...[vector(0), set(lanes)],
      ...[0, 1, 2, 3].map((lane) => block(get(at), get(lanes), loadLane(lane), set(lanes), advance(at, get(yBytes)))),
      ...[get(transposed), get(lanes), store(offset)],
    );
  const column = block(
    ...[get(weights), set(at), half(0), half(16)],
    ...[advance(weights, constant(4)), advance(transposed, constant(WEIGHT_BYTES))],
  );
  const field = block(
    ...[get(weights), get(yBytes), add, set(fieldEnd)],
    loopWhileBelow(weights, fieldEnd, column),
    advance(weights, block(get(yBytes), constant(WIDTH - 1), multiply)),
  );
  const code = block(
    ...[get(weights), get(yBytes), constant(WIDTH), multiply, get(fields), multiply, add, set(end)],
    loopWhileBelow(weights, end, field),
  );
  return { name: 'transpose', integers: 4, integerLocals: 3, vectorLocals: 1, code };
}

let compiled: object | undefined;

export function adagradKernels(memory: SharedMemory): AdagradKernels {
  compiled ??= compileModule(assembleModule([moveRowsFunction(), moveWeightsFunction(), transposeFunction()]));
  return functionsOver(compiled, memory) as unknown as AdagradKernels;
}
