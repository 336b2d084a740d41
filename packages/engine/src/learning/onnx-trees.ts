/** ONNX's ensembles of trees (ai.onnx.ml TreeEnsembleRegressor and -Classifier), as scikit-learn, LightGBM and XGBoost export them. */
import { RialtoError } from '../base/errors.ts';
import type { OnnxAttribute, Tensor } from './onnx-file.ts';

type Attributes = Readonly<Record<string, OnnxAttribute>>;

const MODES: Readonly<Record<string, (x: number, value: number) => boolean>> = {
  BRANCH_LEQ: (x, value) => x <= value,
  BRANCH_LT: (x, value) => x < value,
  BRANCH_GTE: (x, value) => x >= value,
  BRANCH_GT: (x, value) => x > value,
  BRANCH_EQ: (x, value) => x === value,
  BRANCH_NEQ: (x, value) => x !== value,
};

/** rows × targets: sums over trees, before any transform. `prefix`: target or class. */
export function treeSums(attributes: Attributes, prefix: 'target' | 'class', rows: Tensor): Tensor {
  const numbers = (name: string): readonly number[] => (attributes[name] ?? []) as readonly number[];
  const trees = numbers('nodes_treeids');
  const ids = numbers('nodes_nodeids');
  const features = numbers('nodes_featureids');
  const values = numbers('nodes_values');
  const trueIds = numbers('nodes_truenodeids');
  const falseIds = numbers('nodes_falsenodeids');
  const modes = (attributes['nodes_modes'] ?? []) as readonly string[];
  const at = new Map(ids.map((id, i) => [`${trees[i]}/${id}`, i]));
  const outputs = prefix === 'target' ? Number(attributes['n_targets'] ?? 1) : classCount(attributes);
  const leaves = new Map<number, [number, number][]>();
  numbers(`${prefix}_nodeids`).forEach((id, i) => {
    const node = at.get(`${numbers(`${prefix}_treeids`)[i]}/${id}`)!;
    const weight: [number, number] = [numbers(`${prefix}_ids`)[i]!, numbers(`${prefix}_weights`)[i]!];
    leaves.set(node, [...(leaves.get(node) ?? []), weight]);
  });
  const roots = [...new Set(trees)].map((tree) => trees.indexOf(tree));
  const [n, width] = rows.shape as [number, number];
  const base = numbers('base_values');
  const data = new Float32Array(n * outputs);
  for (let row = 0; row < n; row++) {
    const sums = new Float64Array(outputs);
    for (const root of roots) {
      let node = root;
      while (modes[node] !== 'LEAF') {
        const test = MODES[modes[node]!];
        if (test === undefined)
          throw new RialtoError('bad-model', `trees with nodes of mode ${modes[node]} are not read`);
        const x = rows.data[row * width + features[node]!]!;
        const next = at.get(`${trees[node]}/${test(x, values[node]!) ? trueIds[node] : falseIds[node]}`);
        if (next === undefined)
          throw new RialtoError('bad-model', `tree ${trees[node]} has a branch to a node that it lacks`);
        node = next;
      }
      for (const [output, weight] of leaves.get(node) ?? []) sums[output]! += weight;
    }
    for (let output = 0; output < outputs; output++) data[row * outputs + output] = sums[output]! + (base[output] ?? 0);
  }
  return { shape: [n, outputs], data };
}

/** Of two classes, exporters may give weights for the second one only. */
const classCount = (attributes: Attributes): number =>
  Math.max(1, ...((attributes['class_ids'] ?? []) as readonly number[]).map((id) => id + 1));
