/** Rows dealt into folds by chance, for cross-validation and out-of-fold predictions. */
import { mersenne } from 'pure-rand/generator/mersenne';
import { Rng } from '../base/rng.ts';
import { type LabelledExamples, takeRows } from './examples.ts';

export interface Fold {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** Which fold each row is in; folds differ by one row at most. [rows] */
export function dealFolds(rows: number, folds: number, seed: number): Uint8Array {
  const dealt = new Uint8Array(rows);
  shuffledRows(rows, new Rng(seed)).forEach((row, i) => {
    dealt[row] = i % folds;
  });
  return dealt;
}

/** The same with as many positives in each fold, to one. [rows] */
export function dealStratified(labels: Uint8Array, folds: number, seed: number): Uint8Array {
  const dealt = new Uint8Array(labels.length);
  const order = shuffledRows(labels.length, new Rng(seed));
  let at = 0;
  for (const label of [1, 0]) for (const row of order) if (labels[row] === label) dealt[row] = at++ % folds;
  return dealt;
}

/**
 * As scikit-learn's `KFold(folds, shuffle=True, random_state=seed)` deals them, so that figures can be held against those measured there: a
 * Fisher–Yates shuffle by the Mersenne Twister with NumPy's masked rejection, cut into folds. Classes are not looked at. seed: [0, 2³²) [rows]
 */
export function dealAsKFold(rows: number, folds: number, seed: number): Uint8Array {
  const generator = mersenne(seed);
  const drawUpTo = (most: number): number => {
    const mask = 0xffffffff >>> Math.clz32(most);
    let drawn: number;
    do drawn = (generator.next() & mask) >>> 0;
    while (drawn > most);
    return drawn;
  };
  const order = shuffled(rows, drawUpTo);
  const dealt = new Uint8Array(rows);
  for (let fold = 0, begin = 0; fold < folds; fold++) {
    const end = begin + Math.floor(rows / folds) + (fold < rows % folds ? 1 : 0);
    for (; begin < end; begin++) dealt[order[begin]!] = fold;
  }
  return dealt;
}

/** As `KFold` does, or with as many positives in each fold where one of them would hold a single class. [rows] */
export function dealClicks(labels: Uint8Array, folds: number, seed: number): Uint8Array {
  const dealt = dealAsKFold(labels.length, folds, seed);
  const met = new Uint8Array(2 * folds);
  dealt.forEach((fold, row) => {
    met[2 * fold + labels[row]!] = 1;
  });
  return met.every((one) => one === 1) ? dealt : dealStratified(labels, folds, seed);
}

export function foldOf(dealt: Uint8Array, fold: number): Fold {
  let tests = 0;
  for (const one of dealt) if (one === fold) tests++;
  const rows = { train: new Int32Array(dealt.length - tests), test: new Int32Array(tests) };
  let train = 0;
  let test = 0;
  dealt.forEach((one, row) => {
    if (one === fold) rows.test[test++] = row;
    else rows.train[train++] = row;
  });
  return rows;
}

/** The rows in an order by chance. [rows] */
export const shuffledRows = (rows: number, rng: Rng): Int32Array => shuffled(rows, (most) => rng.below(most + 1));

/** drawUpTo: a whole number in [0, most], each as likely */
function shuffled(rows: number, drawUpTo: (most: number) => number): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  for (let i = rows - 1; i > 0; i--) {
    const j = drawUpTo(i);
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
  return order;
}

/** Positives, and negatives, that a sample must hold to stand for all. */
const SAMPLED_MIN = 200;

/** At most so many rows by chance, with as many positives in a thousand as all; all where a class is too rare for that. */
export function stratifiedSample(
  examples: LabelledExamples,
  { rowsMax, seed }: { readonly rowsMax: number; readonly seed: number },
): LabelledExamples {
  const { rows, labels } = examples;
  const shares = Math.ceil(rows / rowsMax);
  if (!(shares > 1)) return examples;
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (Math.min(positives, rows - positives) < SAMPLED_MIN * shares) return examples;
  return takeRows(examples, foldOf(dealStratified(labels, shares, seed), 0).test);
}
