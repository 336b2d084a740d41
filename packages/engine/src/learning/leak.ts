/**
 * Features that tell the label by themselves: each feature's values are target-encoded out of fold, and where that alone ranks
 * nearly all positives above the negatives, the feature was most likely made after the label.
 */
import { aucOf } from './auc.ts';
import { binOf, learnBins } from './binned-matrix.ts';
import type { LabelledExamples, SparseRows } from './examples.ts';
import { dealFolds, stratifiedSample } from './folds.ts';
import { countValues, encodeOutOfFold } from './target-encoding.ts';

const AUC_MAX = 0.995;
const BINS = 255;
/** What tells the label of so many rows tells it of all. */
const ROWS_MAX = 200_000;
const ENCODING = { smoothing: 1, folds: 5, seed: 1 };

export interface Leak {
  readonly name: string;
  readonly auc: number;
}

/** The first feature that tells the label; undefined where none does, as it should be. */
export function leakingFeature(whole: LabelledExamples): Leak | undefined {
  const examples = stratifiedSample(whole, { rowsMax: ROWS_MAX, seed: ENCODING.seed });
  const { numbers, categories, sparse, labels } = examples;
  const folds = dealFolds(labels.length, ENCODING.folds, ENCODING.seed);
  const leakOf = (name: string, values: Int32Array): Leak | undefined => {
    const { encodings } = encodeOutOfFold({ name, values }, labels, countValues(values, labels), folds, ENCODING);
    const auc = aucOf(labels, encodings);
    return auc >= AUC_MAX ? { name, auc } : undefined;
  };
  for (const { name, values } of categories) {
    const leak = leakOf(name, values);
    if (leak !== undefined) return leak;
  }
  for (const { name, values } of numbers) {
    const map = learnBins({ rows: values.length, dense: [values] }, { binsMax: BINS, rowsMin: 1 });
    const leak = leakOf(
      name,
      Int32Array.from(values, (value) => binOf(map, 0, value)),
    );
    if (leak !== undefined) return leak;
  }
  return sparse && sparseLeak(sparse, labels);
}

/** By whether a row has the feature at all: AUC = ½ (1 + share of positives with it − share of negatives with it). */
function sparseLeak({ starts, indices }: SparseRows, labels: Uint8Array): Leak | undefined {
  const rows = [0, 0];
  const having = [new Map<number, number>(), new Map<number, number>()] as const;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    rows[label]!++;
    for (let entry = starts[row]!; entry < starts[row + 1]!; entry++)
      having[label]!.set(indices[entry]!, (having[label]!.get(indices[entry]!) ?? 0) + 1);
  }
  for (const feature of new Set([...having[0].keys(), ...having[1].keys()])) {
    const difference = (having[1].get(feature) ?? 0) / rows[1]! - (having[0].get(feature) ?? 0) / rows[0]!;
    const auc = (1 + Math.abs(difference)) / 2;
    if (auc >= AUC_MAX) return { name: `feature ${feature}`, auc };
  }
  return undefined;
}
