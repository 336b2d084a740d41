/**
 * What the objective of a ranker of shops asks of predicted actions and prices: of each shop the mean over its listings, weighed by how likely a choice
 * among them falls on each, as `shop-shares.ts` has it.
 *
 *     x(shop) = Σ_{i of the shop} e^{u_i} x_i / Σ_{i of the shop} e^{u_i}
 */
import type { Candidates } from '../features/candidates.ts';
import type { FeatureInput } from '../features/feature.ts';
import type { FeatureMatrix } from '../ranking/feature-matrix.ts';
import { ACTIONS, isNamed } from '../ranking/value-expression.ts';
import type { PlacedThings } from './placed-ranker.ts';
import type { State } from './state.ts';

interface ActionsInput {
  readonly state: State;
  readonly features: FeatureInput;
  readonly matrix: FeatureMatrix;
}

export class ShopActions {
  readonly #columns: { readonly name: string; readonly values: Float64Array }[] = [];
  readonly #shops: Int32Array;

  constructor({ value, model, placement }: PlacedThings, { state, features, matrix }: ActionsInput) {
    const { candidates, market } = features;
    this.#shops = market.listings.shop.data;
    const heads = state.heads.of(model);
    const named = ACTIONS.map((_, action) => action).filter((action) => isNamed(value, ACTIONS[action]!));
    const values = ACTIONS.map(() => new Float64Array(candidates.size));
    heads.predict(named, { placement: placement.id, matrix, features }, values);
    for (const action of named) this.#columns.push({ name: ACTIONS[action]!, values: values[action]! });
    if (!isNamed(value, 'price')) return;
    const { data } = market.listings.priceMicros;
    const prices = Float64Array.from({ length: candidates.size }, (_, i) => data[candidates.listing[i]!]! / 1e6);
    this.#columns.push({ name: 'price', values: prices });
  }

  /** The mean of each over the shop's listings, weighed by e^score. */
  byShop({ listing, size, score, dropped }: Candidates): ReadonlyMap<number, Readonly<Record<string, number>>> {
    const isOpen = (i: number): boolean => dropped[i] === undefined || dropped[i] === 'context-listing';
    let top = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < size; i++) if (isOpen(i)) top = Math.max(top, score[i]!);
    const weights = new Map<number, number>();
    for (let i = 0; i < size; i++)
      if (isOpen(i)) {
        const shop = this.#shops[listing[i]!]!;
        weights.set(shop, (weights.get(shop) ?? 0) + weightOf(score[i]! - top));
      }
    const means = new Map<number, Record<string, number>>();
    for (const { name, values } of this.#columns)
      for (let i = 0; i < size; i++) {
        if (!isOpen(i)) continue;
        const shop = this.#shops[listing[i]!]!;
        let mean = means.get(shop);
        if (mean === undefined) {
          mean = {};
          means.set(shop, mean);
        }
        mean[name] = (mean[name] ?? 0) + (weightOf(score[i]! - top) / weights.get(shop)!) * values[i]!;
      }
    return means;
  }
}

/** Of a listing whose score is so far below the best; never 0, so that a shop's weights have a sum. */
const weightOf = (distance: number): number => Math.exp(Math.max(-700, distance));
