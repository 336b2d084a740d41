/**
 * The learned ranker: fills every feature for all candidates, then scores them with the model that serves. The score is in
 * log-odds; rules shift it by the log of their factor.
 */

import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { FEATURE_NAMES, FEATURES } from '../features/catalogue.ts';
import type { FeatureInput } from '../features/feature.ts';
import { type AdditiveModel, packAdditive, priorModel, unpackAdditive } from '../learning/additive-model.ts';
import { modelKindOf } from '../learning/model-file.ts';
import { ONNX_KIND, OnnxRanker, withoutEffects } from '../learning/onnx-ranker.ts';
import { AdditiveRanker } from './additive-ranker.ts';
import { DEEP_RANKER_KIND, DeepRanker } from './deep-ranker.ts';
import type { FeatureMatrix } from './feature-matrix.ts';
import { type CompiledRules, satisfies } from './rules.ts';
import { TREE_RANKER_KIND, TreeRanker } from './tree-ranker.ts';

/** What ranks before anything has been learned: the features' prior slopes. */
export const PRIOR_MODEL: AdditiveModel = priorModel(
  FEATURE_NAMES,
  FEATURES.map((feature) => feature.prior),
);

const NO_EFFECTS = withoutEffects(PRIOR_MODEL);

const SECTION = 'ranker.model';

/** A model that scores in the additive one's place. */
interface OtherRanker {
  readonly bytes: Uint8Array;
  /** Its additive part. */
  readonly base: AdditiveModel;
  score(matrix: FeatureMatrix, input: FeatureInput): void;
  /** What else it adds for single fields: features, then those of NETWORK_IDENTITIES that it knows. [candidates][fields] */
  effects?(matrix: FeatureMatrix, input: FeatureInput): readonly Float64Array[];
}

/** Throws `bad-model`. */
function readOther(bytes: Uint8Array): OtherRanker | undefined {
  const kind = modelKindOf(bytes);
  if (kind === DEEP_RANKER_KIND) return new DeepRanker(bytes);
  if (kind === TREE_RANKER_KIND) return new TreeRanker(bytes);
  if (kind !== ONNX_KIND) return undefined;
  const onnx = new OnnxRanker(bytes, FEATURE_NAMES);
  return { bytes, base: NO_EFFECTS, score: (matrix, { candidates }) => onnx.score(matrix.whole(), candidates.score) };
}

/** The additive part of a ranker's bytes: all of it where that is all there is. Throws `bad-model`. */
export const additivePartOf = (bytes: Uint8Array): AdditiveModel =>
  readOther(bytes)?.base ?? unpackAdditive(bytes, FEATURE_NAMES);

/** The ranker's model as a part of the state; replaced by a model record. */
export class RankerModel implements Part {
  #model: AdditiveModel = PRIOR_MODEL;
  #other: OtherRanker | undefined;
  #scorer = new AdditiveRanker(PRIOR_MODEL);

  /** The additive model, or the additive part of what serves in its place. */
  get current(): AdditiveModel {
    return this.#model;
  }

  /** The log-odds of each candidate, whose personal features are in `matrix`. */
  score(matrix: FeatureMatrix, input: FeatureInput): void {
    if (this.#other === undefined) this.#scorer.score(matrix, input, input.candidates.score);
    else this.#other.score(matrix, input);
  }

  /** What the model adds to its additive part for single fields, where it does. [candidates][fields] */
  effects(matrix: FeatureMatrix): readonly Float64Array[] | undefined {
    const { input } = matrix;
    return input === undefined || matrix.cheap ? undefined : this.#other?.effects?.(matrix, input);
  }

  /** Throws `bad-model`; what served before stays. */
  replace(bytes: Uint8Array): void {
    const other = readOther(bytes);
    this.#model = other?.base ?? unpackAdditive(bytes, FEATURE_NAMES);
    this.#other = other;
    if (other === undefined) this.#scorer = new AdditiveRanker(this.#model);
  }

  save(out: SnapshotWriter, section = SECTION): void {
    out.array(section, this.#other?.bytes ?? packAdditive(this.#model));
  }

  load(from: SnapshotReader, section = SECTION): void {
    this.replace(from.array(section, Uint8Array));
  }
}

export function scoreCandidates(
  ranker: RankerModel,
  matrix: FeatureMatrix,
  input: FeatureInput,
  rules: CompiledRules,
): void {
  matrix.fill(input);
  ranker.score(matrix, input);
  shiftScores(input, rules);
}

/** Boosts and burials multiply the odds. */
export function shiftScores(
  { candidates, market }: Pick<FeatureInput, 'candidates' | 'market'>,
  rules: CompiledRules,
): void {
  for (const { condition, logFactor } of rules.shift) {
    for (let i = 0; i < candidates.size; i++)
      if (satisfies(condition, candidates.listing[i]!, market)) candidates.score[i]! += logFactor;
  }
}
