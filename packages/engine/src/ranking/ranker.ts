/**
 * The learned ranker: fills every feature for all candidates, then scores them with the model that serves. The score is in
 * log-odds; rules shift it by the log of their factor.
 */

import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { CANDIDATES_MAX } from '../features/candidates.ts';
import { FEATURE_NAMES, FEATURES } from '../features/catalogue.ts';
import type { Feature, FeatureInput } from '../features/feature.ts';
import {
  type AdditiveModel,
  AdditiveScorer,
  type FeatureColumn,
  type FeatureRows,
  packAdditive,
  priorModel,
  unpackAdditive,
} from '../learning/additive-model.ts';
import { type CompiledRules, satisfies } from './rules.ts';

/** What ranks before anything has been learned: the features' prior slopes. */
export const PRIOR_MODEL: AdditiveModel = priorModel(
  FEATURE_NAMES,
  FEATURES.map((feature) => feature.prior),
);

const SECTION = 'ranker.model';

/** The ranker's model as a part of the state; replaced by a model record. */
export class RankerModel implements Part {
  #model: AdditiveModel = PRIOR_MODEL;
  #scorer = new AdditiveScorer(PRIOR_MODEL);

  get current(): AdditiveModel {
    return this.#model;
  }

  get scorer(): AdditiveScorer {
    return this.#scorer;
  }

  /** Throws `bad-model`; what served before stays. */
  replace(bytes: Uint8Array): void {
    this.#model = unpackAdditive(bytes, FEATURE_NAMES);
    this.#scorer = new AdditiveScorer(this.#model);
  }

  save(out: SnapshotWriter, section = SECTION): void {
    out.array(section, packAdditive(this.#model));
  }

  load(from: SnapshotReader, section = SECTION): void {
    this.replace(from.array(section, Uint8Array));
  }
}

type Column = { -readonly [Part in keyof FeatureColumn]: FeatureColumn[Part] };

const NO_ROWS = new Int32Array(0);

/** Feature values of one decision: one column a feature. Scratch memory, reused. */
export class FeatureMatrix implements FeatureRows {
  readonly columns: readonly Column[] = FEATURES.map((feature) => ({
    shape: 'zero',
    values: new Float32Array(CANDIDATES_MAX),
    sparseRows: feature.scope === 'evidence' ? new Int32Array(CANDIDATES_MAX) : NO_ROWS,
    sparseCount: 0,
  })); // [features]
  /** 1 where the candidate is the buyer's own. [candidates] */
  readonly gates = new Uint8Array(CANDIDATES_MAX);
  rows = 0;

  fill(input: FeatureInput): void {
    const { candidates } = input;
    this.rows = candidates.size;
    this.#fillGates(input);
    for (let i = 0; i < FEATURES.length; i++)
      this.columns[i]!.shape = fillColumn(FEATURES[i]!, input, this.columns[i]!);
  }

  #fillGates({ candidates: { own, ownSlots, ownCount }, market: { interactions } }: FeatureInput): void {
    this.gates.fill(0, 0, this.rows);
    for (let i = 0; i < ownCount; i++)
      if (interactions.purchases.data[own[ownSlots[i]!]!]! > 0) this.gates[ownSlots[i]!] = 1;
  }
}

function fillColumn(feature: Feature, input: FeatureInput, column: Column): FeatureColumn['shape'] {
  const { values } = column;
  if (feature.scope === 'candidate') return feature.fill(input, values) ? 'dense' : 'zero';
  if (feature.scope === 'buyer') {
    values[0] = feature.value(input);
    return 'constant';
  }
  values.fill(0, 0, input.candidates.size);
  if (feature.scope === 'evidence') column.sparseCount = feature.fill(input, values, column.sparseRows);
  else {
    feature.fill(input, values);
    column.sparseRows = input.candidates.ownSlots;
    column.sparseCount = input.candidates.ownCount;
  }
  return 'sparse';
}

export function scoreCandidates(
  scorer: AdditiveScorer,
  matrix: FeatureMatrix,
  input: FeatureInput,
  rules: CompiledRules,
): void {
  const { candidates, market } = input;
  matrix.fill(input);
  scorer.scoreRows(matrix, candidates.score);
  for (const { condition, logFactor } of rules.shift) {
    for (let i = 0; i < candidates.size; i++)
      if (satisfies(condition, candidates.listing[i]!, market)) candidates.score[i]! += logFactor;
  }
}
