/** A forest as named arrays for a model file, all trees' nodes one after the other, and back. */
import { RialtoError } from '../base/errors.ts';
import type { TypedArray } from '../base/typed-array.ts';
import type { BinMap } from './binned-matrix.ts';
import type { Forest } from './boosted-trees.ts';
import type { Tree } from './tree-grower.ts';

export interface PackedForest {
  readonly info: { readonly start: number; readonly dense: number };
  readonly arrays: Readonly<Record<string, TypedArray>>;
}

const PARTS = ['columns', 'cuts', 'missingLeft', 'left', 'right', 'values'] as const;

export function packForest({ map, start, trees }: Forest): PackedForest {
  const { dense, ...bins } = map;
  const join = <T extends TypedArray>(out: T, part: (typeof PARTS)[number]): T => {
    let at = 0;
    for (const tree of trees) {
      out.set(tree[part] as never, at);
      at += tree[part].length;
    }
    return out;
  };
  const nodeStarts = startsOf(trees, ({ columns }) => columns.length);
  const leafStarts = startsOf(trees, ({ values }) => values.length);
  const nodes = nodeStarts[trees.length]!;
  return {
    info: { start, dense },
    arrays: {
      ...bins,
      nodeStarts,
      leafStarts,
      columns: join(new Int32Array(nodes), 'columns'),
      cuts: join(new Int32Array(nodes), 'cuts'),
      missingLeft: join(new Uint8Array(nodes), 'missingLeft'),
      left: join(new Int32Array(nodes), 'left'),
      right: join(new Int32Array(nodes), 'right'),
      values: join(new Float64Array(leafStarts[trees.length]!), 'values'),
    },
  };
}

function startsOf(trees: readonly Tree[], length: (tree: Tree) => number): Int32Array {
  const starts = new Int32Array(trees.length + 1);
  trees.forEach((tree, i) => {
    starts[i + 1] = starts[i]! + length(tree);
  });
  return starts;
}

/** Throws `bad-model` where arrays are lacking or a node points nowhere. */
export function unpackForest({ info, arrays }: PackedForest): Forest {
  const { edges, edgeStarts, defaults, sparseFeatures } = arrays as unknown as BinMap;
  const { nodeStarts, leafStarts } = arrays as Record<'nodeStarts' | 'leafStarts', Int32Array>;
  const whole = [
    edges,
    edgeStarts,
    defaults,
    sparseFeatures,
    nodeStarts,
    leafStarts,
    ...PARTS.map((part) => arrays[part]),
  ];
  if (whole.includes(undefined as never)) throw new RialtoError('bad-model', 'the model lacks some of its trees');
  const trees = Array.from({ length: nodeStarts.length - 1 }, (_, i) => {
    const nodes = <T extends TypedArray>(part: (typeof PARTS)[number]): T =>
      arrays[part]!.slice(nodeStarts[i]!, nodeStarts[i + 1]!) as T;
    const tree: Tree = {
      columns: nodes<Int32Array>('columns'),
      cuts: nodes<Int32Array>('cuts'),
      missingLeft: nodes<Uint8Array>('missingLeft'),
      left: nodes<Int32Array>('left'),
      right: nodes<Int32Array>('right'),
      values: arrays['values']!.slice(leafStarts[i]!, leafStarts[i + 1]!) as Float64Array,
    };
    return requireTree(tree, defaults.length);
  });
  return { map: { dense: info.dense, sparseFeatures, edges, edgeStarts, defaults }, start: info.start, trees };
}

function requireTree(tree: Tree, columns: number): Tree {
  const { left, right, values } = tree;
  // A child comes after its parent, so that no walk through a damaged tree is endless.
  const sound = (child: number, node: number): boolean =>
    child < 0 ? ~child < values.length : child > node && child < left.length;
  if (
    values.length === left.length + 1 &&
    values.every(Number.isFinite) &&
    tree.columns.every((column) => column >= 0 && column < columns) &&
    left.every(sound) &&
    right.every(sound)
  )
    return tree;
  throw new RialtoError('bad-model', 'a tree of the model is damaged: it has nodes that lead nowhere');
}
