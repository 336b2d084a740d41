/**
 * A ranker with a network on top of an additive model (deep-ranking.ts) as an ONNX graph. Identities are numbered as `identityNumbers` says; 0 is
 * what the network does not know.
 *
 *     features [rows × features], own [rows × 1], identities [rows × identities]  →  score [rows × 1], log-odds
 */
import type { AdditiveModel } from './additive-model.ts';
import { additiveGraph } from './additive-onnx.ts';
import type { DeepModel } from './deep-clicks.ts';
import { headParts, sharedParts } from './network-onnx.ts';
import { writeOnnx } from './onnx-file.ts';

export interface ExportedRanker {
  readonly base: AdditiveModel;
  readonly network: DeepModel;
  readonly scale: number;
  /** Values that the network knows, rising, by identity. */
  readonly known: Readonly<Record<string, Int32Array>>;
}

/** Of an identity, its values by number, from 1 on. */
export const identityNumbers = (known: ArrayLike<number>): ReadonlyMap<number, number> =>
  new Map(Array.from(known, (value, i) => [value, i + 1]));

export function deepOnnx({ base, network, scale, known }: ExportedRanker): Uint8Array {
  const identities = network.schema.categories.slice(1);
  const additive = additiveGraph(base);
  const values = new Map(identities.map((name) => [name, [...known[name]!]]));
  const part = { network, values, prefix: '' };
  const shared = sharedParts(part);
  const head = headParts(part, 0, scale, { base: 'base', output: 'score' });
  return writeOnnx({
    nodes: [
      ...additive.nodes.map((one) => (one.outputs[0] === 'score' ? { ...one, outputs: ['base'] } : one)),
      ...shared.nodes,
      ...head.nodes,
    ],
    weights: { ...additive.weights, ...shared.weights, ...head.weights },
    inputs: [...additive.inputs, { name: 'identities', shape: [0, identities.length] }],
    outputs: additive.outputs,
  });
}
