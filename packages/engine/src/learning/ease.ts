/**
 * EASE (Steck, WWW 2019): the linear model of items on items with a zero diagonal, in closed form.
 *
 *     B = I − P diag(P)⁻¹,   P = (Xᵀ diag(|u|^−δ) X + λ c̄ I + π diag C)⁻¹,   score = x B
 *
 * λ is in units of the mean c̄ of the Gram matrix's diagonal, so that one value means the same in small data and in large; π is
 * the ridge that dropping inputs at random amounts to (EDLAE; Steck, NeurIPS 2020). Time n³/2 and memory 4 n² bytes in the
 * number of items: for more than a few thousand items neighbourhood-ridge.ts says nearly the same.
 */
import { rowWeights } from './co-occurrence.ts';
import { meanOfPositive } from './item-knn.ts';
import { packModel, unpackModel } from './model-file.ts';
import { knownItems, type Recommender } from './recommender.ts';
import { RowMixer } from './row-mixer.ts';
import type { SparseMatrix } from './sparse-matrix.ts';
import { type DenseMatrix, denseMatrix, invertSymmetric } from './symmetric-inverse.ts';

const KIND = 'ease';
const VERSION = 1;

export interface EaseOptions {
  readonly ridge: number; // λ
  readonly dropout: number; // π
  readonly rowExponent: number; // δ
}

export const DEFAULT_EASE: EaseOptions = { ridge: 5, dropout: 0.3, rowExponent: 0.15 };

export function fitEase(
  matrix: SparseMatrix,
  { ridge, dropout, rowExponent }: EaseOptions = DEFAULT_EASE,
): Recommender {
  const items = matrix.columnCount;
  const dense = denseMatrix(items);
  const { stride, values } = dense;
  addGram(dense, matrix, rowWeights(matrix, rowExponent));
  const own = Float64Array.from({ length: items }, (_, item) => values[item * stride + item]!);
  const lambda = ridge * meanOfPositive(own);
  for (let item = 0; item < items; item++) values[item * stride + item] = (1 + dropout) * own[item]! + lambda;
  invertSymmetric(dense);
  const scale = Float64Array.from({ length: items }, (_, item) => -1 / values[item * stride + item]!);
  const weights = new RowMixer(items, items);
  for (let item = 0; item < items; item++) {
    const row = weights.row(item);
    for (let other = 0; other < items; other++) row[other] = values[item * stride + other]! * scale[other]!;
    row[item] = 0;
  }
  return new Ease(weights);
}

/** Adds Xᵀ diag(weights) X on and below the diagonal. */
function addGram({ stride, values }: DenseMatrix, matrix: SparseMatrix, weights: Float32Array): void {
  const { rowCount, starts, columns } = matrix;
  for (let row = 0; row < rowCount; row++) {
    const weight = weights[row]!;
    const from = starts[row]!;
    for (let i = from; i < starts[row + 1]!; i++) {
      const at = columns[i]! * stride;
      for (let j = from; j <= i; j++) values[at + columns[j]!]! += weight;
    }
  }
}

export function loadEase(bytes: Uint8Array): Recommender {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const items = info['itemCount'] as number;
  const weights = new RowMixer(items, items);
  for (let item = 0; item < items; item++)
    weights.row(item).set((arrays['weights'] as Float32Array).subarray(item * items, (item + 1) * items));
  return new Ease(weights);
}

class Ease implements Recommender {
  readonly itemCount: number;
  readonly #weights: RowMixer; // B. [items × items]

  constructor(weights: RowMixer) {
    this.itemCount = weights.rowCount;
    this.#weights = weights;
  }

  score(history: Int32Array, scores: Float32Array): void {
    this.#weights.mix(knownItems(history, this.itemCount), undefined, scores);
  }

  pack(): Uint8Array {
    const items = this.itemCount;
    const weights = new Float32Array(items * items);
    for (let item = 0; item < items; item++) weights.set(this.#weights.row(item), item * items);
    return packModel({ kind: KIND, version: VERSION, info: { itemCount: items }, arrays: { weights } });
  }
}
