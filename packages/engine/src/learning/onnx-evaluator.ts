/** An ONNX graph evaluated row by row of features, at once and in this thread, as decisions need it. Operators: `onnx-ops.ts`. */
import { RialtoError } from '../base/errors.ts';
import type { OnnxGraph, Tensor } from './onnx-file.ts';
import { ONNX_OPERATORS } from './onnx-ops.ts';
import { requireTrees } from './onnx-trees.ts';

/** Throws `bad-model` where an operator is not among those evaluated here, or its trees are none. */
export function requireOperators({ nodes }: OnnxGraph): void {
  const unknown = [...new Set(nodes.map(({ op }) => op))].filter(
    (op) => op !== 'ZipMap' && !Object.hasOwn(ONNX_OPERATORS, op),
  );
  if (unknown.length > 0)
    throw new RialtoError(
      'bad-model',
      `the ONNX model uses ${unknown.join(', ')}; Rialto evaluates ${Object.keys(ONNX_OPERATORS).sort().join(', ')}`,
    );
  for (const { op, attributes } of nodes) if (op.startsWith('TreeEnsemble')) requireTrees(attributes);
}

/** All outputs, by name. Throws `bad-model` where shapes do not fit. */
export function evaluateOnnx(
  { nodes, weights, outputs }: OnnxGraph,
  inputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const values = new Map<string, Tensor>([...Object.entries(weights), ...Object.entries(inputs)]);
  for (const node of nodes) {
    // Maps of labels to probabilities, which scikit-learn's exporters add, are left as the matrix that they are made from.
    const operator = node.op === 'ZipMap' ? ONNX_OPERATORS['Identity']! : ONNX_OPERATORS[node.op]!;
    const given = node.inputs
      .filter((name) => name !== '')
      .map((name) => {
        const value = values.get(name);
        if (value === undefined)
          throw new RialtoError('bad-model', `${node.op} reads ${name}, which nothing has made before it`);
        return value;
      });
    const made = operator(given, node);
    node.outputs.forEach((name, i) => {
      if (made[i] !== undefined) values.set(name, made[i]);
    });
  }
  const found = outputs.flatMap(({ name }) => {
    const value = values.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}
