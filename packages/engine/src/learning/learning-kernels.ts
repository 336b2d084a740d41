/**
 * The loops of a step of learning (network-shard.ts) that are worth WebAssembly SIMD. A row of the table that several examples of a shard
 * use in a field is worked on once. It has a record, [y: W v of its field][v][Σ v²], and an example's is the sum of those of its rows. What
 * pulls on an example, [∂y][e S][e] with e = ∂pairs, is of the same form, and adds up over the examples that use a row.
 *
 *     number        gives each field's distinct rows records, in the order in which examples name them
 *     gather        copies the distinct rows' weights into their records
 *     project       multiplies them with their field's weights
 *     collect       adds up records
 *     pullBack      ∂W, and of each distinct row ∂v with pairs: Wᵀ Σ ∂y + Σ e (S − v)
 */
import { multiplyFunction, PAIRED, WEIGHT_BYTES, WIDTH } from './embedding-rows.ts';
import {
  add,
  addVectors,
  advance,
  and,
  assembleModule,
  block,
  type Code,
  call,
  compileModule,
  constant,
  equal,
  functionsOver,
  get,
  load,
  loadInteger,
  loadSplat,
  loopWhile,
  loopWhileBelow,
  multiply,
  multiplyVectors,
  notEqual,
  type SharedMemory,
  set,
  shiftRight,
  store,
  storeInteger,
  subtract,
  subtractVectors,
  tee,
  vector,
  type WasmFunction,
  when,
} from './wasm-assembler.ts';

/** A record's parts after its y. */
export const RECORD_TAIL = 12;
const LINE_BYTES = 64;
const LINE = [0, 16, 32, 48] as const;

/** That `number` has room for. */
export const EXAMPLES_MAX = 128;
/** A table of a field's distinct rows by the last bits of their numbers: 256 places, and room for all examples after the last. */
const PLACES = 512;
const KEY_BYTES = 4 * (PLACES + EXAMPLES_MAX);
export const PLACES_BYTES = 2 * KEY_BYTES;

/** All addresses, and sizes of records and of their y, are in bytes; all counts are above 0. Records are whole lines of the processor's cache. */
export interface LearningKernels {
  /**
   * rows: addresses, [examples × fields]; uses: addresses of records, the same; distinct: addresses of rows, by record; firsts: how many
   * records come before those of a field, [fields + 1].
   */
  number(
    rows: number,
    uses: number,
    distinct: number,
    firsts: number,
    places: number,
    records: number,
    recordBytes: number,
    examples: number,
    fields: number,
  ): void;
  /** tails: what comes after y in the first record. */
  gather(distinct: number, tails: number, recordBytes: number, count: number): void;
  /** weights: W. */
  project(firsts: number, records: number, weights: number, recordBytes: number, yBytes: number, fields: number): void;
  /** start: a record that sums begin with; uses: [sums × fields]; sums: [sums × record]. */
  collect(uses: number, start: number, sums: number, recordBytes: number, count: number, fields: number): void;
  /**
   * pulls: [examples × record]; pulled: room for a field's records. To gradient, of W, and slopes, ∂loss/∂v, [distinct × 8].
   */
  pullBack(
    uses: number,
    firsts: number,
    records: number,
    pulls: number,
    pulled: number,
    transposed: number,
    gradient: number,
    slopes: number,
    recordBytes: number,
    yBytes: number,
    examples: number,
    fields: number,
  ): void;
}

/** Places in the module. */
const MULTIPLY = 0;
const SPREAD = 1;
const JOIN = 2;

function numberFunction(): WasmFunction {
  const [rows, uses, distinct, firsts, places, records, recordBytes, examples, fields] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8,
  ] as const;
  const [rowsEnd, rowsAt, usesAt, rowBytes, count, place, placesEnd, key, row] = [
    9, 10, 11, 12, 13, 14, 15, 16, 17,
  ] as const;
  const insert = block(
    ...[get(place), get(row), storeInteger(0), get(place), get(records), storeInteger(KEY_BYTES)],
    ...[get(distinct), get(row), storeInteger(0), advance(distinct, constant(4))],
    ...[advance(records, get(recordBytes)), advance(count, constant(1))],
  );
  const find = block(
    advance(place, constant(4)),
    ...[get(place), loadInteger(), tee(key), get(row), notEqual, get(key), constant(0), notEqual, and],
  );
  const example = block(
    ...[get(rowsAt), loadInteger(), set(row)],
    // A place before the first, as rows are 64 bytes.
    ...[
      get(places),
      get(row),
      constant(4),
      shiftRight,
      constant(4 * (PLACES - 1)),
      and,
      add,
      constant(-4),
      add,
      set(place),
    ],
    loopWhile(find),
    when(block(get(key), constant(0), equal), insert),
    ...[get(usesAt), get(place), loadInteger(KEY_BYTES), storeInteger(0)],
    ...[advance(rowsAt, get(rowBytes)), advance(usesAt, get(rowBytes))],
  );
  const field = block(
    ...[get(firsts), get(count), storeInteger(0), advance(firsts, constant(4))],
    ...[get(places), set(place), get(places), constant(KEY_BYTES), add, set(placesEnd)],
    loopWhileBelow(place, placesEnd, block(get(place), vector(0), store(), advance(place, constant(16)))),
    ...[get(rows), set(rowsAt), get(uses), set(usesAt)],
    ...[get(rows), get(examples), get(rowBytes), multiply, add, set(rowsEnd)],
    loopWhileBelow(rowsAt, rowsEnd, example),
    ...[advance(rows, constant(4)), advance(uses, constant(4))],
  );
  const fieldsEnd = 18;
  const code = block(
    ...[get(fields), constant(4), multiply, tee(rowBytes), get(rows), add, set(fieldsEnd)],
    loopWhileBelow(rows, fieldsEnd, field),
    ...[get(firsts), get(count), storeInteger(0)],
  );
  return { name: 'number', integers: 9, integerLocals: 10, vectorLocals: 0, code };
}

function gatherFunction(): WasmFunction {
  const [distinct, tails, recordBytes, count] = [0, 1, 2, 3] as const;
  const [end, row] = [4, 5] as const;
  const [left, right] = [6, 7] as const;
  const body = block(
    ...[get(distinct), loadInteger(), tee(row), load(0), set(left), get(row), load(16), set(right)],
    ...[get(tails), get(left), store(0), get(tails), get(right), store(16)],
    ...[get(tails), get(left), get(left), multiplyVectors, PAIRED, multiplyVectors],
    ...[get(right), get(right), multiplyVectors, addVectors, store(WEIGHT_BYTES)],
    ...[advance(tails, get(recordBytes)), advance(distinct, constant(4))],
  );
  const code = block(
    ...[get(distinct), get(count), constant(4), multiply, add, set(end)],
    loopWhileBelow(distinct, end, body),
  );
  return { name: 'gather', integers: 4, integerLocals: 2, vectorLocals: 2, code };
}

/** A product of matrices; parameters as those of the kernel. */
const product = (...parameters: readonly Code[]): Code => block(...parameters, call(MULTIPLY));

/** Rows of a product, which is made four at a time. */
const wholeTiles = (count: number): Code => block(get(count), constant(3), add, constant(-4), and);

function projectFunction(): WasmFunction {
  const [firsts, records, weights, recordBytes, yBytes, fields] = [0, 1, 2, 3, 4, 5] as const;
  const [end, count] = [6, 7] as const;
  const tail = block(get(records), get(yBytes), add);
  const body = block(
    ...[get(firsts), loadInteger(4), get(firsts), loadInteger(), subtract, set(count)],
    product(
      ...[get(records), get(recordBytes), tail, get(recordBytes), constant(4), get(weights), get(yBytes)],
      ...[wholeTiles(count), get(yBytes), constant(2), shiftRight, constant(WIDTH)],
    ),
    ...[advance(records, block(get(count), get(recordBytes), multiply)), advance(firsts, constant(4))],
    advance(weights, block(get(yBytes), constant(WIDTH), multiply)),
  );
  const code = block(
    ...[get(firsts), get(fields), constant(4), multiply, add, set(end)],
    loopWhileBelow(firsts, end, body),
  );
  return { name: 'project', integers: 6, integerLocals: 2, vectorLocals: 0, code };
}

function collectFunction(): WasmFunction {
  const [uses, start, sums, recordBytes, count, fields] = [0, 1, 2, 3, 4, 5] as const;
  const [sumsEnd, usesAt, usesEnd, offset, record] = [6, 7, 8, 9, 10] as const;
  const part = (at: number): number => 11 + at / 16;
  const line = block(
    ...LINE.map((at) => block(get(start), get(offset), add, load(at), set(part(at)))),
    ...[get(uses), set(usesAt)],
    loopWhileBelow(
      usesAt,
      usesEnd,
      block(
        ...[get(usesAt), loadInteger(), get(offset), add, set(record)],
        ...LINE.map((at) => block(get(part(at)), get(record), load(at), addVectors, set(part(at)))),
        advance(usesAt, constant(4)),
      ),
    ),
    ...LINE.map((at) => block(get(sums), get(part(at)), store(at))),
    ...[advance(sums, constant(LINE_BYTES)), advance(offset, constant(LINE_BYTES))],
  );
  const sum = block(
    ...[get(uses), get(fields), constant(4), multiply, add, set(usesEnd)],
    ...[constant(0), set(offset)],
    loopWhileBelow(offset, recordBytes, line),
    ...[get(usesEnd), set(uses)],
  );
  const code = block(
    ...[get(sums), get(count), get(recordBytes), multiply, add, set(sumsEnd)],
    loopWhileBelow(sums, sumsEnd, sum),
  );
  return { name: 'collect', integers: 6, integerLocals: 5, vectorLocals: 4, code };
}

/** Of a field: adds what pulls on its examples to what pulls on its rows, `distance` after their records. */
function spreadFunction(): WasmFunction {
  const [uses, pulls, pulled, distance, recordBytes, count, examples, stride] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const [pullsEnd, pullEnd, at, end] = [8, 9, 10, 11] as const;
  const line = block(
    ...LINE.map((offset) => block(get(at), get(at), load(offset), get(pulls), load(offset), addVectors, store(offset))),
    ...[advance(at, constant(LINE_BYTES)), advance(pulls, constant(LINE_BYTES))],
  );
  const example = block(
    ...[get(uses), loadInteger(), get(distance), add, set(at)],
    ...[get(pulls), get(recordBytes), add, set(pullEnd)],
    loopWhileBelow(pulls, pullEnd, line),
    advance(uses, get(stride)),
  );
  const code = block(
    ...[get(pulled), tee(at), get(count), get(recordBytes), multiply, add, set(end)],
    loopWhileBelow(
      at,
      end,
      block(...LINE.map((offset) => block(get(at), vector(0), store(offset))), advance(at, constant(LINE_BYTES))),
    ),
    ...[get(pulls), get(examples), get(recordBytes), multiply, add, set(pullsEnd)],
    loopWhileBelow(pulls, pullsEnd, example),
  );
  return { name: 'spread', integers: 8, integerLocals: 4, vectorLocals: 0, code };
}

/** Of a field: adds Σ e (S − v) to the slopes. */
function joinFunction(): WasmFunction {
  const [slopes, tails, pulledTails, recordBytes, count] = [0, 1, 2, 3, 4] as const;
  const [end, error] = [5, 6] as const;
  const half = (offset: number, paired: Code): Code =>
    block(
      ...[get(slopes), get(slopes), load(offset), get(pulledTails), load(offset)],
      ...[get(tails), load(offset), get(error), multiplyVectors, subtractVectors, paired, addVectors, store(offset)],
    );
  const body = block(
    ...[get(pulledTails), loadSplat(WEIGHT_BYTES), set(error)],
    ...[half(0, block(PAIRED, multiplyVectors)), half(16, [])],
    ...[advance(slopes, constant(WEIGHT_BYTES)), advance(tails, get(recordBytes))],
    advance(pulledTails, get(recordBytes)),
  );
  const code = block(
    ...[get(slopes), get(count), constant(WEIGHT_BYTES), multiply, add, set(end)],
    loopWhileBelow(slopes, end, body),
  );
  return { name: 'join', integers: 5, integerLocals: 1, vectorLocals: 1, code };
}

function pullBackFunction(): WasmFunction {
  const [uses, firsts, records, pulls, pulled, transposed, gradient, slopes] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const [recordBytes, yBytes, examples, fields] = [8, 9, 10, 11] as const;
  const [end, count, stride, n] = [12, 13, 14, 15] as const;
  const tailOf = (records: number): Code => block(get(records), get(yBytes), add);
  const field = block(
    ...[get(firsts), loadInteger(4), get(firsts), loadInteger(), subtract, set(count)],
    ...[get(uses), get(pulls), get(pulled), get(pulled), get(records), subtract],
    ...[get(recordBytes), get(count), get(examples), get(stride), call(SPREAD)],
    product(
      ...[get(gradient), get(yBytes), tailOf(records), constant(4), get(recordBytes), get(pulled), get(recordBytes)],
      ...[constant(WIDTH), get(n), get(count)],
    ),
    product(
      ...[get(slopes), constant(WEIGHT_BYTES), get(pulled), get(recordBytes), constant(4)],
      ...[get(transposed), constant(WEIGHT_BYTES), wholeTiles(count), constant(WIDTH), get(n)],
    ),
    ...[get(slopes), tailOf(records), tailOf(pulled), get(recordBytes), get(count), call(JOIN)],
    ...[gradient, transposed].map((local) => advance(local, block(get(yBytes), constant(WIDTH), multiply))),
    ...[advance(records, block(get(count), get(recordBytes), multiply))],
    ...[advance(slopes, block(get(count), constant(WEIGHT_BYTES), multiply))],
    ...[uses, firsts].map((local) => advance(local, constant(4))),
  );
  const code = block(
    ...[get(firsts), get(fields), constant(4), multiply, tee(stride), add, set(end)],
    ...[get(yBytes), constant(2), shiftRight, set(n)],
    loopWhileBelow(firsts, end, field),
  );
  return { name: 'pullBack', integers: 12, integerLocals: 4, vectorLocals: 0, code };
}

let compiled: object | undefined;

export function learningKernels(memory: SharedMemory): LearningKernels {
  compiled ??= compileModule(
    assembleModule([
      ...[multiplyFunction(), spreadFunction(), joinFunction()],
      ...[numberFunction(), gatherFunction(), projectFunction(), collectFunction(), pullBackFunction()],
    ]),
  );
  return functionsOver(compiled, memory) as unknown as LearningKernels;
}
