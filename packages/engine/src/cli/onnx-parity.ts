/**
 * Whether an imported ONNX model gives what its exporter says that it gives: rows of inputs with their outputs, from a JSON file
 * {"inputs": {NAME: [[…], …]}, "outputs": {NAME: [[…], …]}}, and, where onnxruntime is installed, on random rows of features too.
 */
import { readFile } from 'node:fs/promises';
import { RialtoError } from '../base/errors.ts';
import { Rng } from '../base/rng.ts';
import type { Tensor } from '../learning/onnx-file.ts';
import type { OnnxRanker } from '../learning/onnx-ranker.ts';

export interface Parity {
  readonly rows: number;
  /** The largest difference, as a share of 1 + |expected|. */
  readonly worst: number;
  /** Which runtime it was compared with beside the exporter's outputs. */
  readonly runtime?: { readonly name: string; readonly rows: number; readonly worst: number };
}

const TOLERANCE = 1e-4;
const RANDOM_ROWS = 256;
/** Neither is a dependency: whoever wants this check installs one. */
const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'];

/** Throws `bad-file`, and `bad-model` where outputs differ. */
export async function checkParity(ranker: OnnxRanker, onnx: Uint8Array, path: string): Promise<Parity> {
  const { inputs, outputs } = await readExamples(path);
  const { output, column } = ranker.mapping;
  const expected = outputs[output];
  if (expected === undefined) throw new RialtoError('bad-file', `${path} has no outputs of ${output}`);
  const rows = matrixOf(expected, output, path);
  const given = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, matrixOf(value, name, path)]));
  for (const { name, features } of ranker.mapping.inputs) {
    const found = given[name];
    if (found === undefined || found.shape[1] !== features.length || found.shape[0] !== rows.shape[0])
      throw new RialtoError(
        'bad-file',
        `${path} must have ${rows.shape[0]} rows of ${features.length} numbers for the input ${name}`,
      );
  }
  const width = rows.shape[1]!;
  const wanted = Array.from(
    { length: rows.shape[0]! },
    (_, row) => rows.data[row * width + Math.min(width - 1, column ?? width - 1)]!,
  );
  const worst = requireEqual(ranker.evaluate(given), wanted, path);
  const runtime = await checkRuntime(ranker, onnx);
  return { rows: wanted.length, worst, ...(runtime && { runtime }) };
}

async function readExamples(path: string): Promise<Record<'inputs' | 'outputs', Readonly<Record<string, unknown>>>> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new RialtoError('bad-file', `${path} cannot be read: ${error.message}`);
  });
  try {
    const { inputs, outputs } = JSON.parse(text);
    if (typeof inputs === 'object' && inputs !== null && typeof outputs === 'object' && outputs !== null)
      return { inputs, outputs };
  } catch (error) {
    throw new RialtoError('bad-file', `${path} is not JSON: ${(error as Error).message}`);
  }
  throw new RialtoError('bad-file', `${path} must hold {"inputs": {NAME: [[…], …]}, "outputs": {NAME: [[…], …]}}`);
}

/** Rows of numbers, or numbers alone. */
function matrixOf(value: unknown, name: string, path: string): Tensor {
  const rows = Array.isArray(value) ? value.map((row) => (Array.isArray(row) ? row : [row])) : [];
  const width = rows[0]?.length ?? 0;
  if (width === 0 || rows.some((row) => row.length !== width || !row.every(Number.isFinite)))
    throw new RialtoError('bad-file', `${path}: ${name} must be rows of equally many finite numbers, at least one`);
  return { shape: [rows.length, width], data: Float32Array.from(rows.flat()) };
}

function requireEqual(found: ArrayLike<number>, wanted: ArrayLike<number>, of: string): number {
  let worst = 0;
  for (let row = 0; row < wanted.length; row++) {
    const off = Math.abs(found[row]! - wanted[row]!) / (1 + Math.abs(wanted[row]!));
    if (!(off <= TOLERANCE))
      throw new RialtoError(
        'bad-model',
        `row ${row + 1} of ${of}: Rialto makes ${found[row]} of the inputs, but ${wanted[row]} is said; at most ${TOLERANCE} of it may differ`,
      );
    worst = Math.max(worst, off);
  }
  return worst;
}

interface Runtime {
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
    ): Promise<{ run(inputs: object): Promise<Record<string, { data: Float32Array; dims: readonly number[] }>> }>;
  };
  readonly Tensor: new (type: string, data: Float32Array, shape: readonly number[]) => object;
}

async function checkRuntime(ranker: OnnxRanker, onnx: Uint8Array): Promise<Parity['runtime']> {
  for (const name of RUNTIMES) {
    const runtime = (await import(name).catch(() => undefined)) as Runtime | undefined;
    if (runtime === undefined) continue;
    const rng = new Rng(1);
    const inputs: Record<string, Tensor> = {};
    for (const { name: input, features } of ranker.mapping.inputs)
      inputs[input] = {
        shape: [RANDOM_ROWS, features.length],
        data: Float32Array.from({ length: RANDOM_ROWS * features.length }, () => rng.unit()),
      };
    const session = await runtime.InferenceSession.create(onnx);
    const feeds = Object.entries(inputs).map(([input, { data, shape }]) => [
      input,
      new runtime.Tensor('float32', data, shape),
    ]);
    const answer = (await session.run(Object.fromEntries(feeds)))[ranker.mapping.output]!;
    const width = answer.data.length / RANDOM_ROWS;
    const at = ranker.mapping.column ?? width - 1;
    const wanted = Array.from({ length: RANDOM_ROWS }, (_, row) => answer.data[row * width + at]!);
    return { name, rows: RANDOM_ROWS, worst: requireEqual(ranker.evaluate(inputs), wanted, name) };
  }
  return undefined;
}
