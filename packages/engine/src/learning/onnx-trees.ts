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

const ARRAYS = ['treeids', 'nodeids', 'featureids', 'values', 'truenodeids', 'falsenodeids'] as const;

/**
 * Throws `bad-model` where a row could go astray: a branch to a node that is not there or back to one that leads to it, weights that are no
 * numbers, a mode that is not read.
 */
export function requireTrees(attributes: Attributes): void {
  const of = (name: string): readonly number[] => (attributes[`nodes_${name}`] ?? []) as readonly number[];
  const [trees, ids] = [of('treeids'), of('nodeids')];
  const modes = (attributes['nodes_modes'] ?? []) as readonly string[];
  const wrong = ARRAYS.find((name) => of(name).length !== modes.length || !of(name).every(Number.isFinite));
  if (wrong !== undefined)
    throw new RialtoError(
      'bad-model',
      `the trees need a number in nodes_${wrong} for each of their ${modes.length} nodes`,
    );
  for (const name of ['base_values', 'target_weights', 'class_weights'])
    if (!((attributes[name] ?? []) as readonly number[]).every(Number.isFinite))
      throw new RialtoError('bad-model', `${name} of the trees holds values that are no numbers`);
  const at = new Map(ids.map((id, i) => [`${trees[i]}/${id}`, i]));
  const done = new Set<number>();
  const above = new Set<number>();
  const open = [...new Set(trees)].map((tree) => trees.indexOf(tree));
  while (open.length > 0) {
    const node = open.at(-1)!;
    if (done.has(node) || above.has(node) || modes[node] === 'LEAF') {
      above.delete(node);
      done.add(node);
      open.pop();
      continue;
    }
    if (!Object.hasOwn(MODES, modes[node]!))
      throw new RialtoError('bad-model', `trees with nodes of mode ${modes[node]} are not read`);
    above.add(node);
    for (const id of [of('truenodeids')[node], of('falsenodeids')[node]]) {
      const next = at.get(`${trees[node]}/${id}`);
      if (next === undefined)
        throw new RialtoError('bad-model', `tree ${trees[node]} has a branch to node ${id}, which it lacks`);
      if (above.has(next))
        throw new RialtoError('bad-model', `tree ${trees[node]} goes round in a circle: node ${id} leads to itself`);
      open.push(next);
    }
  }
}

/** rows × targets: sums over trees, before any transform. Of trees that `requireTrees` has let pass. `prefix`: target or class. */
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
  const outside = features.find((feature, i) => modes[i] !== 'LEAF' && !(feature >= 0 && feature < width));
  if (outside !== undefined)
    throw new RialtoError(
      'bad-model',
      `the trees ask for column ${outside} of an input with ${width} columns, from 0 on`,
    );
  const base = numbers('base_values');
  const data = new Float32Array(n * outputs);
  for (let row = 0; row < n; row++) {
    const sums = new Float64Array(outputs);
    for (const root of roots) {
      let node = root;
      while (modes[node] !== 'LEAF') {
        const x = rows.data[row * width + features[node]!]!;
        const isTrue = MODES[modes[node]!]!(x, values[node]!);
        node = at.get(`${trees[node]}/${isTrue ? trueIds[node] : falseIds[node]}`)!;
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
