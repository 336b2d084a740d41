/** An additive model over the features, ready to score the candidates of a request. */
import type { FeatureInput } from '../features/feature.ts';
import { type AdditiveModel, AdditiveScorer } from '../learning/additive-model.ts';
import type { FeatureMatrix } from './feature-matrix.ts';
import { ListingScores } from './listing-scores.ts';

export class AdditiveRanker {
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
