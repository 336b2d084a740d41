/**
 * The ranking of a placement whose ranker is declared: the cheap stage or the whole, then organic items by value, varied and drawn as the
 * ranker says. Ads are weighed by the ranker's score as everywhere: what a click on them is worth is in their bids.
 *
 * The border hands in whether the latency budget has run out when the features are about to be filled. Then the cheap stage answers: what is kept of the
 * listings and what speaks for few of them, by the ranker's score. The verdict is kept with the decision, so that it is made again the same.
 */
import { hash32 } from '../base/hash.ts';
import type { FeatureInput } from '../features/feature.ts';
import { isNewcomer } from '../features/listing-counters.ts';
import { arrange } from '../ranking/arrange.ts';
import { CandidateValues } from '../ranking/candidate-values.ts';
import { drawSlate } from '../ranking/draw-slate.ts';
import type { FeatureMatrix } from '../ranking/feature-matrix.ts';
import { likenessOf } from '../ranking/likeness.ts';
import { shiftScores } from '../ranking/ranker.ts';
import type { CompiledRules } from '../ranking/rules.ts';
import type { DecisionInput, PlacementDecision } from './decision.ts';
import type { PlacedRanker } from './placed-ranker.ts';
import type { State } from './state.ts';
import type { ValuedPlacement } from './value-reasons.ts';

export interface RankInput {
  readonly placed: PlacedRanker;
  readonly state: State;
  readonly input: DecisionInput;
  readonly matrix: FeatureMatrix;
  readonly features: FeatureInput;
  readonly rules: CompiledRules;
}

export interface ArrangeByValueInput {
  readonly pinned: ReadonlyMap<number, number>;
  readonly places: number;
}

/** Scratch memory and outcome of the placement that was ranked last. */
export class ValueRanking {
  readonly #values = new CandidateValues();
  #input: RankInput | undefined;
  /** The placement that was ranked last. */
  ranked = '';
  /** Whether the latency budget had run out. */
  late = false;
  /** Propensities of organic items by listing row; undefined where nothing was drawn. */
  #drawn: ReadonlyMap<number, number> | undefined;

  /** Leaves the ranker's scores in the candidates where somebody needs them, and the values here. */
  score(input: RankInput): void {
    const { placed, state, matrix, features, rules } = input;
    const { expression, model, placement, ranker } = placed;
    this.#input = input;
    this.ranked = placement.id;
    this.#drawn = undefined;
    const { latencyBudgetMs } = ranker;
    this.late = latencyBudgetMs !== undefined && input.input.outOfTime?.(placement.id, latencyBudgetMs) === true;
    if (this.late) matrix.fillCheap(features);
    else matrix.fill(features);
    const heads = state.heads.of(model);
    const asksScores =
      this.late || placement.adSlots !== undefined || expression.actions.some((action) => !heads.isTrained(action));
    if (asksScores) state.rankerOf(placement).score(matrix, features);
    if (!this.late) {
      const { defaults } = ranker;
      this.#values.fill({ expression, defaults, heads, placement: placement.id, matrix, features, rules });
    }
    // Not before: a boost would count in the priors, which are made of scores, and once more in the values.
    if (asksScores) shiftScores(features, rules);
  }

  /** Candidate indexes by organic place. After the auction: from here on a candidate's score is its value. */
  arrange({ pinned, places }: ArrangeByValueInput): readonly number[] {
    const { placed, state, input, features, rules } = this.#input!;
    const { candidates, market } = features;
    const { diversity, exploration } = placed.ranker;
    const shops = market.listings.shop.data;
    if (!this.late) candidates.score.set(this.#values.values.subarray(0, candidates.size));
    const follow = input.follow?.(placed.placement.id);
    if (this.late || (diversity === undefined && exploration === undefined && follow === undefined))
      return arrange({ candidates, shops, rules, pinned, places });
    const { chosen, propensities } = drawSlate({
      candidates,
      shops,
      rules,
      pinned,
      places,
      diversity: diversity?.strength ?? 0,
      likeness: likenessOf(diversity?.by, { market, embedding: state.signals.embedding }),
      exploration,
      isNewcomer:
        exploration?.method === 'newcomers'
          ? (listing) => isNewcomer(state.signals.statistics.counters, listing, exploration.impressions)
          : undefined,
      seed: hash32(placed.placement.id, hash32(input.id)),
      follow,
    });
    if (exploration !== undefined) {
      this.#drawn = new Map(chosen.map((candidate, i) => [candidates.listing[candidate]!, propensities[i]!]));
    }
    return chosen;
  }

  /** What the ranker expects of showing a listing; undefined where it is no candidate of the placement. */
  valueOf(listing: number): number | undefined {
    const candidate = this.#input!.features.candidates.find(listing);
    return this.late || candidate < 0 ? undefined : this.#values.values[candidate]!;
  }

  /** What values were made of, for people; undefined where the latency budget had run out. */
  valued(): ValuedPlacement | undefined {
    if (this.late) return undefined;
    const { placed, state, matrix, features } = this.#input!;
    const { placement, expression, model } = placed;
    return {
      placement: placement.id,
      expression,
      heads: state.heads.of(model),
      values: this.#values,
      matrix,
      features,
    };
  }

  /** The placement's decision with what is to be logged of its ranking. */
  tell(decision: PlacementDecision): PlacementDecision {
    const drawn = this.#drawn;
    if (drawn === undefined) return this.late ? { ...decision, late: true } : decision;
    const propensities = decision.items.map(({ listing, campaign }) => (campaign === '' ? drawn.get(listing)! : 1));
    return { ...decision, propensities };
  }
}
