/**
 * Training rows from the past: before each basket, every candidate that was bought and a sample of those that were not, with
 * their features as they were at that moment. Nothing of the future is in them, for the state has not seen it yet.
 */
import type { Placement } from '@rialto/sdk';
import { float32Column, int32Column, uint8Column } from '../base/column.ts';
import { Rng } from '../base/rng.ts';
import { FEATURES } from '../features/catalogue.ts';
import { Identities } from '../features/identities.ts';
import { cellOf, type FeatureRows } from '../learning/additive-model.ts';
import type { IdentifiedExamples } from '../learning/deep-ranking.ts';
import type { Basket } from './history.ts';
import type { Replay } from './replay.ts';

const NEGATIVES_PER_BASKET = 120;

export class BasketExamples {
  readonly #values = float32Column();
  readonly #gates = uint8Column();
  readonly #labels = uint8Column();
  readonly #groups = int32Column();
  readonly #sampledLogs = float32Column();
  /** Where a learner wants to know which things rows are about. */
  readonly #identities: Identities | undefined;
  readonly #rowIdentities = int32Column();
  readonly #groupIdentities = int32Column();
  readonly #rng: Rng;

  constructor(seed: number, { identified }: { readonly identified: boolean }) {
    this.#rng = new Rng(seed);
    this.#identities = identified ? new Identities() : undefined;
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
    this.#identities?.fill(replay.workspace.matrix.input!);
    for (const values of this.#identities?.request ?? []) this.#groupIdentities.push(values[0]!);
    const keep = Math.min(1, NEGATIVES_PER_BASKET / Math.max(1, candidates.size - positives));
    this.#sampledLogs.push(-Math.log(keep));
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
    for (const values of this.#identities?.candidates ?? []) this.#rowIdentities.push(values[candidate]!);
    this.#gates.push(gates[candidate]!);
    this.#labels.push(label ? 1 : 0);
  }

  get groups(): number {
    return this.#groups.length - 1;
  }

  /** Identities are empty unless they were asked for. */
  examples(): IdentifiedExamples {
    return {
      values: this.#values.view(),
      gates: this.#gates.view(),
      labels: this.#labels.view(),
      groups: this.#groups.view(),
      sampledLogs: this.#sampledLogs.view(),
      rowIdentities: this.#rowIdentities.view(),
      groupIdentities: this.#groupIdentities.view(),
    };
  }
}
