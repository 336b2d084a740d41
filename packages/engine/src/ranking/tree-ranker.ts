/** A ranker with boosted trees on top of the additive model (learning/tree-ranking.ts), ready to serve: score = base + Σ trees. */
import { RialtoError } from '../base/errors.ts';
import { CANDIDATES_MAX } from '../features/candidates.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import type { FeatureInput } from '../features/feature.ts';
import { type AdditiveModel, cellOf, packAdditive, unpackAdditive } from '../learning/additive-model.ts';
import type { Forest } from '../learning/boosted-trees.ts';
import { type PackedForest, packForest, unpackForest } from '../learning/forest-file.ts';
import { ForestScorer } from '../learning/forest-scorer.ts';
import { packModel, unpackModel } from '../learning/model-file.ts';
import type { TreeRanking } from '../learning/tree-ranking.ts';
import { AdditiveRanker } from './additive-ranker.ts';
import type { FeatureMatrix } from './feature-matrix.ts';

export const TREE_RANKER_KIND = 'tree-ranker';
const VERSION = 1;
/** The features, then whether it is the buyer's own. */
const COLUMNS = FEATURE_NAMES.length + 1;

export function packTreeRanker(base: AdditiveModel, { forest, fit }: TreeRanking): Uint8Array {
  const { info, arrays } = packForest(forest);
  const packed = packAdditive(base);
  // Arrays of a model file are told by their class, of which Node's Buffer is another.
  const plain = new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
  return packModel({
    kind: TREE_RANKER_KIND,
    version: VERSION,
    info: { ...info, fit },
    arrays: { ...arrays, base: plain },
  });
}

const ZEROS = new Float32Array(CANDIDATES_MAX);
/** A new listing of which nothing is known. */
const BLANK = new Float32Array(COLUMNS);

export class TreeRanker {
  readonly bytes: Uint8Array;
  readonly base: AdditiveModel;
  /** Over the features, then whether it is the buyer's own. */
  readonly forest: Forest;
  readonly #base: AdditiveRanker;
  readonly #forest: ForestScorer;
  /** Columns of the request at hand: the matrix's own but where those hold nothing. [columns] */
  readonly #columns: Float32Array[] = Array.from({ length: COLUMNS }, () => ZEROS);
  /** Room for what is the same for all candidates. [columns] */
  readonly #constants = Array.from({ length: COLUMNS }, () => new Float32Array(CANDIDATES_MAX));

  /** Throws `bad-model`. */
  constructor(bytes: Uint8Array) {
    const { info, arrays } = unpackModel(bytes, TREE_RANKER_KIND, VERSION);
    const { base, ...forest } = arrays;
    if (!(base instanceof Uint8Array)) throw new RialtoError('bad-model', 'the model lacks its additive part');
    this.bytes = bytes;
    this.base = unpackAdditive(base, FEATURE_NAMES);
    const packed = { info: info as unknown as PackedForest['info'], arrays: forest };
    if (packed.info.dense !== COLUMNS)
      throw new RialtoError('bad-model', `the trees are of ${packed.info.dense} columns, not of ${COLUMNS}`);
    this.#base = new AdditiveRanker(this.base);
    this.forest = unpackForest(packed);
    this.#forest = new ForestScorer(this.forest);
  }

  /** The log-odds of each candidate, whose personal features are in `matrix`. The cheap stage is the base's alone. */
  score(matrix: FeatureMatrix, input: FeatureInput): void {
    const { score, size } = input.candidates;
    this.#base.score(matrix, input, score);
    if (matrix.cheap) return;
    this.#read(matrix);
    this.#forest.addScores(this.#columns, size, score);
  }

  #read(matrix: FeatureMatrix): void {
    const { columns, gates, rows } = matrix.whole();
    for (let i = 0; i < columns.length; i++) {
      const { shape, values } = columns[i]!;
      if (shape === 'constant') this.#columns[i] = this.#constants[i]!.fill(values[0]!, 0, rows);
      else this.#columns[i] = shape === 'zero' ? ZEROS : values;
    }
    const own = this.#constants[COLUMNS - 1]!;
    for (let row = 0; row < rows; row++) own[row] = gates[row]!;
    this.#columns[COLUMNS - 1] = own;
  }

  /** What the trees add for each feature, and for `own`, against a new listing of which nothing is known. [candidates][features + 1] */
  effects(matrix: FeatureMatrix): readonly Float64Array[] {
    const { columns, gates, rows } = matrix.whole();
    return Array.from({ length: rows }, (_, row) =>
      this.#forest.attribute([...columns.map((column) => cellOf(column, row)), gates[row]!], BLANK),
    );
  }
}
