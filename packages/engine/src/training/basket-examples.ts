/**
 * Training rows from the past: before each basket, every candidate that was bought and a sample of those that were not, with
 * their features as they were at that moment. Nothing of the future is in them, for the state has not seen it yet.
 */
import type { Placement } from '@rialto/sdk';
import { float32Column, int32Column, uint8Column } from '../base/column.ts';
import { Rng } from '../base/rng.ts';
import { FEATURES } from '../features/catalogue.ts';
import { cellOf, type FeatureRows } from '../learning/additive-model.ts';
import type { RankingExamples } from '../learning/additive-trainer.ts';
import type { Basket } from './history.ts';
import type { Replay } from './replay.ts';

const NEGATIVES_PER_BASKET = 120;

export class BasketExamples {
  readonly #values = float32Column();
  readonly #gates = uint8Column();
  readonly #labels = uint8Column();
  readonly #groups = int32Column();
  readonly #rng: Rng;

  constructor(seed: number) {
    this.#rng = new Rng(seed);
    this.#groups.push(0);
  }

  /** Adds the basket's rows, unless none of what was bought was among the candidates. */
  add(replay: Replay, basket: Basket, placement: Placement): void {
    replay.consider(basket, placement);
    const { candidates } = replay.workspace;
    const { ids } = replay.state.market.listings;
    const bought = new Set(basket.listings.map((id) => ids.find(id)));
    let positives = 0;
    for (let i = 0; i < candidates.size; i++) if (bought.has(candidates.listing[i]!)) positives++;
    if (positives === 0) return;
    const features = replay.workspace.matrix.whole();
    const keep = NEGATIVES_PER_BASKET / Math.max(1, candidates.size - positives);
    for (let i = 0; i < candidates.size; i++) {
      const label = bought.has(candidates.listing[i]!);
      if (label || this.#rng.unit() < keep) this.#push(features, i, label);
    }
    this.#groups.push(this.#labels.length);
  }

  #push({ columns, gates }: FeatureRows, candidate: number, label: boolean): void {
    const at = this.#values.extend(FEATURES.length);
    for (let feature = 0; feature < FEATURES.length; feature++)
      this.#values.data[at + feature] = cellOf(columns[feature]!, candidate);
    this.#gates.push(gates[candidate]!);
    this.#labels.push(label ? 1 : 0);
  }

  get groups(): number {
    return this.#groups.length - 1;
  }

  examples(): RankingExamples {
    return {
      values: this.#values.view(),
      gates: this.#gates.view(),
      labels: this.#labels.view(),
      groups: this.#groups.view(),
    };
  }
}
