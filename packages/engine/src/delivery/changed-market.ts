/** A market with other rankers and placements for as long as something is tried in it: the records themselves stay as they are. */
import type { Placement, Ranker } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { placementSchema } from '../wire/placement-schema.ts';
import { validate } from '../wire/validate.ts';
import { patchedPlacement } from './assign-page.ts';
import type { State } from './state.ts';

/** Rankers as a whole, placements as merge patches of what they are. */
export interface RankerChange {
  readonly rankers: readonly Ranker[];
  readonly placements: readonly (Partial<Placement> & { readonly id: string })[];
}

/** The placement as the patch makes it. Throws `unknown-placement`, `bad-request`. */
export function patched(patch: RankerChange['placements'][number], { market }: Pick<State, 'market'>): Placement {
  const base = market.placements.get(patch.id);
  if (base === undefined && patch.sources === undefined)
    throw new RialtoError(
      'unknown-placement',
      `there is no such placement to change, and it has no sources of its own`,
    );
  return validate(placementSchema, patchedPlacement(base, patch)) as Placement;
}

export class ChangedMarket {
  readonly #state: State;
  readonly #change: RankerChange;
  readonly #patched = new WeakMap<Placement, Placement>();

  constructor(state: State, change: RankerChange) {
    this.#state = state;
    this.#change = change;
  }

  /** Does the work with the change. */
  during<T>(work: () => T): T {
    const { rankers, placements } = this.#state.market;
    const change = this.#change;
    const rankersBefore = change.rankers.map(({ id }) => rankers.get(id));
    for (const ranker of change.rankers) rankers.put(ranker.id, ranker);
    const placementsBefore = change.placements.map(({ id }) => placements.get(id));
    change.placements.forEach((patch, i) => {
      placements.put(patch.id, this.#patchedOf(patch, placementsBefore[i]));
    });
    try {
      return work();
    } finally {
      placementsBefore.forEach((placement) => {
        if (placement !== undefined) placements.put(placement.id, placement);
      });
      rankersBefore.forEach((ranker, i) => {
        const { id } = change.rankers[i]!;
        rankers.put(id, ranker ?? { ...change.rankers[i]!, removed: true });
      });
    }
  }

  /** The same object as long as the placement is: what is compiled for it is kept. */
  #patchedOf(patch: RankerChange['placements'][number], base: Placement | undefined): Placement {
    const known = base === undefined ? undefined : this.#patched.get(base);
    if (known !== undefined) return known;
    const placement = patched(patch, this.#state);
    if (base !== undefined) this.#patched.set(base, placement);
    return placement;
  }
}
