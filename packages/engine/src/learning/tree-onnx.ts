/**
 * A ranker with boosted trees on top of an additive model (tree-ranking.ts) as an ONNX graph: the additive one's, and beside it a
 * TreeEnsembleRegressor (ai.onnx.ml) over the features and `own`, whose cuts send values up to them to the left.
 *
 *     features [rows × features], own [rows × 1]  →  score [rows × 1], log-odds
 */
import type { AdditiveModel } from './additive-model.ts';
import { additiveGraph, additiveOnnx } from './additive-onnx.ts';
import type { Forest } from './boosted-trees.ts';
import { type FlatForest, ForestScorer } from './forest-scorer.ts';
import { type OnnxNode, writeOnnx } from './onnx-file.ts';

/** A cut that everything lies below: infinity is no number to some readers. */
const HIGHEST = 3.4e38;

export function treeOnnx({ base, forest }: { readonly base: AdditiveModel; readonly forest: Forest }): Uint8Array {
  const { start } = forest;
  if (forest.trees.length === 0) return additiveOnnx({ ...base, bias: base.bias.map((one) => one + start) });
  const additive = additiveGraph(base);
  const node = (op: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}): OnnxNode => ({
    op,
    inputs,
    outputs: [output],
    attributes,
  });
  return writeOnnx({
    ...additive,
    nodes: [
      ...additive.nodes.map((one) => (one.outputs[0] === 'score' ? { ...one, outputs: ['base'] } : one)),
      node('Concat', ['features', 'own'], 'columns', { axis: 1 }),
      node('TreeEnsembleRegressor', ['columns'], 'of_trees', ensemble(new ForestScorer(forest).flat, start)),
      node('Add', ['base', 'of_trees'], 'score'),
    ],
  });
}

interface NodeColumns {
  readonly trees: number[];
  readonly ids: number[];
  readonly features: number[];
  readonly values: number[];
  readonly modes: string[];
  readonly trueIds: number[];
  readonly falseIds: number[];
}

function ensemble(flat: FlatForest, start: number): OnnxNode['attributes'] {
  const nodes: NodeColumns = { trees: [], ids: [], features: [], values: [], modes: [], trueIds: [], falseIds: [] };
  const leaves = { trees: [] as number[], ids: [] as number[], weights: [] as number[] };
  flat.roots.forEach((root, tree) => {
    let next = 0;
    /** Returns the node's number within the tree. */
    const visit = (node: number): number => {
      const id = next++;
      const isLeaf = node < 0;
      const at = nodes.ids.push(id) - 1;
      nodes.trees.push(tree);
      nodes.features.push(isLeaf ? 0 : flat.columns[node]!);
      nodes.values.push(isLeaf ? 0 : Math.min(HIGHEST, flat.cuts[node]!));
      nodes.modes.push(isLeaf ? 'LEAF' : 'BRANCH_LEQ');
      nodes.trueIds.push(0);
      nodes.falseIds.push(0);
      if (isLeaf) {
        leaves.trees.push(tree);
        leaves.ids.push(id);
        leaves.weights.push(flat.leaves[~node]!);
      } else {
        nodes.trueIds[at] = visit(flat.left[node]!);
        nodes.falseIds[at] = visit(flat.right[node]!);
      }
      return id;
    };
    visit(root);
  });
  return {
    nodes_treeids: nodes.trees,
    nodes_nodeids: nodes.ids,
    nodes_featureids: nodes.features,
    nodes_values: nodes.values,
    nodes_modes: nodes.modes,
    nodes_truenodeids: nodes.trueIds,
    nodes_falsenodeids: nodes.falseIds,
    target_treeids: leaves.trees,
    target_nodeids: leaves.ids,
    target_ids: leaves.ids.map(() => 0),
    target_weights: leaves.weights,
    base_values: [start],
    n_targets: 1,
    post_transform: 'NONE',
    aggregate_function: 'SUM',
  };
}
