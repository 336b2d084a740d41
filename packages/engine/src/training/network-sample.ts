/** How much a ranker's network moves scores by each of its fields, over the candidates of some of the decisions that it is judged on. */
import type { Workspace } from '../delivery/workspace.ts';
import { FEATURES } from '../features/catalogue.ts';
import type { Identity } from '../features/identities.ts';
import { NETWORK_IDENTITIES } from '../ranking/deep-ranker.ts';
import type { RankerModel } from '../ranking/ranker.ts';

/** Every so many decisions are looked at. */
const EVERY = 10;
const FIELDS: readonly Identity[] = [...FEATURES, ...NETWORK_IDENTITIES];

export interface NetworkEffect {
  readonly field: string;
  readonly words: string;
  /** The mean distance, in log-odds, from its mean effect on the candidates of the same decision. */
  readonly weight: number;
}

export class NetworkSample {
  readonly #sums = FIELDS.map(() => 0);
  #rows = 0;
  #decisions = 0;

  /** After candidates were scored by `ranker`. */
  add(ranker: RankerModel, { matrix }: Workspace): void {
    if (this.#decisions++ % EVERY !== 0) return;
    const effects = ranker.effects(matrix) ?? [];
    for (let field = 0; field < (effects[0]?.length ?? 0); field++) {
      let mean = 0;
      for (const of of effects) mean += of[field]! / effects.length;
      for (const of of effects) this.#sums[field]! += Math.abs(of[field]! - mean);
    }
    this.#rows += effects.length;
  }

  /** The strongest first; empty where the ranker has no network. */
  effects(): NetworkEffect[] {
    if (this.#rows === 0) return [];
    return FIELDS.map(({ name, words }, field) => ({
      field: name,
      words,
      weight: Number((this.#sums[field]! / this.#rows).toPrecision(4)),
    })).sort((a, b) => b.weight - a.weight);
  }
}
