/**
 * The learned ranker: fills every feature for all candidates, then scores them with the model that serves. The score is in
 * log-odds; rules shift it by the log of their factor.
 */
import { FEATURE_NAMES, FEATURES } from '../features/catalogue.ts';
import { CANDIDATES_MAX } from '../features/candidates.ts';
import type { FeatureInput } from '../features/feature.ts';
import { type AdditiveModel, explainRow, packAdditive, priorModel, scoreRows, unpackAdditive } from '../learning/additive-model.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { type CompiledRules, satisfies } from './rules.ts';

/** What ranks before anything has been learned: the features' prior slopes. */
export const PRIOR_MODEL: AdditiveModel = priorModel(
  FEATURE_NAMES,
  FEATURES.map((feature) => feature.prior),
);

/** The ranker's model as a part of the state; replaced by a model record. */
export class RankerModel implements Part {
  #model: AdditiveModel = PRIOR_MODEL;

  get current(): AdditiveModel {
    return this.#model;
  }

  /** Throws `bad-model`; what served before stays. */
  replace(bytes: Uint8Array): void {
    this.#model = unpackAdditive(bytes, FEATURE_NAMES);
  }

  save(out: SnapshotWriter): void {
    out.array('ranker.model', packAdditive(this.#model));
  }

  load(from: SnapshotReader): void {
    this.replace(from.array('ranker.model', Uint8Array));
  }
}

/** Feature values of one decision: one column a feature. Scratch memory, reused. */
export class FeatureMatrix {
  readonly columns: readonly Float32Array[] = FEATURES.map(() => new Float32Array(CANDIDATES_MAX)); // [features][candidates]
  /** 1 where the candidate is the buyer's own. [candidates] */
  readonly gates = new Uint8Array(CANDIDATES_MAX);

  fill(input: FeatureInput): void {
    const { own, size } = input.candidates;
    const { purchases } = input.market.interactions;
    for (let i = 0; i < size; i++) this.gates[i] = own[i]! >= 0 && purchases.data[own[i]!]! > 0 ? 1 : 0;
    for (let feature = 0; feature < FEATURES.length; feature++) FEATURES[feature]!.fill(input, this.columns[feature]!);
  }
}

export function scoreCandidates(model: AdditiveModel, matrix: FeatureMatrix, input: FeatureInput, rules: CompiledRules): void {
  const { candidates, market } = input;
  matrix.fill(input);
  scoreRows(model, matrix.columns, matrix.gates, candidates.size, candidates.score);
  for (const { condition, logFactor } of rules.shift) {
    for (let i = 0; i < candidates.size; i++) if (satisfies(condition, candidates.listing[i]!, market)) candidates.score[i]! += logFactor;
  }
}

/** What each feature added to a candidate's score, in log-odds. */
export function explainCandidate(model: AdditiveModel, matrix: FeatureMatrix, candidate: number): Record<string, number> {
  return explainRow(model, matrix.columns, matrix.gates[candidate]!, candidate);
}
