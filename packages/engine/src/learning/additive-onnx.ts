/**
 * The additive ranker as an ONNX graph. A line that is piecewise linear between K + 1 knots is a sum of hinges,
 *
 *     line(x) = line(0) + Σ_k (slope_k − slope_{k−1}) · relu(K · x − k),   k = 0 … K − 1, slope_{−1} = 0
 *
 * so that two matrix products and a ReLU give the scores of both gates, of which `own` (0 or 1) takes one.
 *
 *     features [rows × features], own [rows × 1]  →  score [rows × 1], log-odds
 */
import { type AdditiveModel, GATES, KNOTS } from './additive-model.ts';
import { type OnnxGraph, type OnnxNode, type Tensor, writeOnnx } from './onnx-file.ts';

const PIECES = KNOTS - 1;

export const additiveOnnx = (model: AdditiveModel): Uint8Array => writeOnnx(additiveGraph(model));

export function additiveGraph({ features, bias, lines }: AdditiveModel): OnnxGraph {
  const n = features.length;
  const hinges = n * PIECES;
  const spread = new Float32Array(n * hinges);
  const shift = new Float32Array(hinges);
  const slopes = new Float32Array(hinges * GATES);
  const start = Float64Array.from(bias);
  for (let feature = 0; feature < n; feature++) {
    for (let piece = 0; piece < PIECES; piece++) {
      const hinge = feature * PIECES + piece;
      spread[feature * hinges + hinge] = PIECES;
      shift[hinge] = -piece;
      for (let gate = 0; gate < GATES; gate++) {
        const line = (gate * n + feature) * KNOTS + piece;
        if (piece === 0) start[gate]! += lines[line]!;
        const before = piece === 0 ? 0 : lines[line]! - lines[line - 1]!;
        slopes[hinge * GATES + gate] = lines[line + 1]! - lines[line]! - before;
      }
    }
  }
  const weights: Record<string, Tensor> = {
    spread: { shape: [n, hinges], data: spread },
    shift: { shape: [hinges], data: shift },
    slopes: { shape: [hinges, GATES], data: slopes },
    start: { shape: [GATES], data: Float32Array.from(start) },
    one: { shape: [1, 1], data: new Float32Array([1]) },
    both: { shape: [GATES, 1], data: new Float32Array(GATES).fill(1) },
  };
  const node = (op: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}): OnnxNode => ({
    op,
    inputs,
    outputs: [output],
    attributes,
  });
  return {
    nodes: [
      node('Gemm', ['features', 'spread', 'shift'], 'shifted'),
      node('Relu', ['shifted'], 'hinges'),
      node('Gemm', ['hinges', 'slopes', 'start'], 'scores'),
      node('Sub', ['one', 'own'], 'fresh'),
      node('Concat', ['fresh', 'own'], 'gate', { axis: 1 }),
      node('Mul', ['scores', 'gate'], 'chosen'),
      node('MatMul', ['chosen', 'both'], 'score'),
    ],
    weights,
    inputs: [
      { name: 'features', shape: [0, n] },
      { name: 'own', shape: [0, 1] },
    ],
    outputs: [{ name: 'score', shape: [0, 1] }],
  };
}
