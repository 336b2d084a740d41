/**
 * The learned ranker: fills every feature for all candidates, then scores them with the model that serves. The score is in
 * log-odds; rules shift it by the log of their factor.
 */

import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { CANDIDATES_MAX } from '../features/candidates.ts';
import { FEATURE_NAMES, FEATURES } from '../features/catalogue.ts';
import type { Feature, FeatureInput, ListingFeature } from '../features/feature.ts';
import {
  type AdditiveModel,
  AdditiveScorer,
  type FeatureColumn,
  type FeatureRows,
  packAdditive,
  priorModel,
  unpackAdditive,
} from '../learning/additive-model.ts';
import { modelKindOf } from '../learning/model-file.ts';
import { ONNX_KIND, OnnxRanker, withoutEffects } from '../learning/onnx-ranker.ts';
import { LISTING_FEATURES, ListingScores, listingFacts } from './listing-scores.ts';
import { type CompiledRules, satisfies } from './rules.ts';

/** What ranks before anything has been learned: the features' prior slopes. */
export const PRIOR_MODEL: AdditiveModel = priorModel(
  FEATURE_NAMES,
  FEATURES.map((feature) => feature.prior),
);

const NO_EFFECTS = withoutEffects(PRIOR_MODEL);

const SECTION = 'ranker.model';

/** An additive model over the features, ready to score candidates. */
export class CandidateScorer {
  readonly #scorer: AdditiveScorer;
  readonly #listingScores: ListingScores;

  constructor(model: AdditiveModel) {
    this.#scorer = new AdditiveScorer(model);
    this.#listingScores = new ListingScores(this.#scorer);
  }

  /** The log-odds of each candidate, whose personal features are in `matrix`. out: [candidates] */
  score(matrix: FeatureMatrix, { signals, moment, candidates }: FeatureInput, out: Float64Array): void {
    this.#scorer.scoreRows(matrix.personal, out);
    this.#listingScores.addTo(signals.statistics, moment.featureAt, candidates, matrix.personal.gates, out);
  }
}

/** The ranker's model as a part of the state; replaced by a model record. */
export class RankerModel implements Part {
  #model: AdditiveModel = PRIOR_MODEL;
  /** A model from elsewhere, which scores in its place. */
  #foreign: OnnxRanker | undefined;
  #scorer = new CandidateScorer(PRIOR_MODEL);

  get current(): AdditiveModel {
    return this.#model;
  }

  /** The log-odds of each candidate, whose personal features are in `matrix`. */
  score(matrix: FeatureMatrix, input: FeatureInput): void {
    if (this.#foreign === undefined) this.#scorer.score(matrix, input, input.candidates.score);
    else this.#foreign.score(matrix.whole(), input.candidates.score);
  }

  /** Throws `bad-model`; what served before stays. */
  replace(bytes: Uint8Array): void {
    if (modelKindOf(bytes) === ONNX_KIND) {
      this.#foreign = new OnnxRanker(bytes, FEATURE_NAMES);
      this.#model = NO_EFFECTS;
      return;
    }
    this.#model = unpackAdditive(bytes, FEATURE_NAMES);
    this.#foreign = undefined;
    this.#scorer = new CandidateScorer(this.#model);
  }

  save(out: SnapshotWriter, section = SECTION): void {
    out.array(section, this.#foreign?.bytes ?? packAdditive(this.#model));
  }

  load(from: SnapshotReader, section = SECTION): void {
    this.replace(from.array(section, Uint8Array));
  }
}

type Column = { -readonly [Part in keyof FeatureColumn]: FeatureColumn[Part] };

const NO_ROWS = new Int32Array(0);

const NOTHING: FeatureColumn = { shape: 'zero', values: new Float32Array(0), sparseRows: NO_ROWS, sparseCount: 0 };

/** Rows whose number changes from decision to decision. */
type GrowingRows = FeatureRows & { rows: number };

/** Feature values of one decision: one column a feature. Scratch memory, reused. */
export class FeatureMatrix {
  readonly #columns: readonly Column[] = FEATURES.map((feature) => ({
    shape: 'zero',
    values: new Float32Array(CANDIDATES_MAX),
    sparseRows: feature.scope === 'evidence' ? new Int32Array(CANDIDATES_MAX) : NO_ROWS,
    sparseCount: 0,
  })); // [features]
  /** 1 where the candidate is the buyer's own. [candidates] */
  readonly #gates = new Uint8Array(CANDIDATES_MAX);
  /** All features but those of listings alone, which count as 0 here. */
  readonly personal: FeatureRows;
  readonly #personal: GrowingRows;
  readonly #whole: GrowingRows;
  #input: FeatureInput | undefined;

  constructor() {
    const columns = this.#columns.map((column, i) => (FEATURES[i]!.scope === 'listing' ? NOTHING : column));
    this.#personal = { columns, gates: this.#gates, rows: 0 };
    this.personal = this.#personal;
    this.#whole = { columns: this.#columns, gates: this.#gates, rows: 0 };
  }

  /** Fills the personal features; those of listings alone follow when somebody asks for the whole. */
  fill(input: FeatureInput): void {
    this.#input = input;
    this.#personal.rows = input.candidates.size;
    this.#fillGates(input);
    for (let i = 0; i < FEATURES.length; i++) {
      const feature = FEATURES[i]!;
      if (feature.scope !== 'listing') this.#columns[i]!.shape = fillColumn(feature, input, this.#columns[i]!);
    }
  }

  /** All features of the candidates that were there to be filled, for people and for training. */
  whole(): FeatureRows {
    const input = this.#input;
    if (input !== undefined) {
      const facts = listingFacts(input.signals.statistics, input.moment.featureAt, input.candidates);
      for (const { feature, column } of LISTING_FEATURES) {
        feature.fill(facts, this.#columns[column]!.values);
        this.#columns[column]!.shape = 'dense';
      }
    }
    this.#whole.rows = this.#personal.rows;
    return this.#whole;
  }

  /** Of the personal features only those that speak of few candidates or of the buyer; the others count as 0. */
  fillCheap(input: FeatureInput): void {
    this.#input = input;
    this.#personal.rows = input.candidates.size;
    this.#fillGates(input);
    for (let i = 0; i < FEATURES.length; i++) {
      const feature = FEATURES[i]!;
      if (feature.scope === 'listing') continue;
      this.#columns[i]!.shape = feature.scope === 'candidate' ? 'zero' : fillColumn(feature, input, this.#columns[i]!);
    }
  }

  #fillGates({ candidates: { own, ownSlots, ownCount }, market: { interactions } }: FeatureInput): void {
    this.#gates.fill(0, 0, this.#personal.rows);
    for (let i = 0; i < ownCount; i++)
      if (interactions.purchases.data[own[ownSlots[i]!]!]! > 0) this.#gates[ownSlots[i]!] = 1;
  }
}

type PersonalFeature = Exclude<Feature, ListingFeature>;

function fillColumn(feature: PersonalFeature, input: FeatureInput, column: Column): FeatureColumn['shape'] {
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
