/** A sample of what features are worth over the candidates of many decisions: so many candidates of each, spread over all of them. */
import type { Workspace } from '../delivery/workspace.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { cellOf } from '../learning/additive-model.ts';
import { type Distribution, distributionOf, sharesOf } from '../learning/drift.ts';

const CANDIDATES_A_DECISION = 20;

export class FeatureSample {
  readonly #values: number[][] = FEATURE_NAMES.map(() => []);

  /** `workspace`: after candidates were considered. */
  add({ matrix, candidates }: Workspace): void {
    const step = Math.max(1, Math.floor(candidates.size / CANDIDATES_A_DECISION));
    const { columns } = matrix.whole();
    for (let row = 0; row < candidates.size; row += step)
      for (let feature = 0; feature < columns.length; feature++)
        this.#values[feature]!.push(cellOf(columns[feature]!, row));
  }

  /** Of a feature, by its place among all. */
  values(feature: number): readonly number[] {
    return this.#values[feature]!;
  }

  distributions(): Record<string, Distribution> {
    return Object.fromEntries(
      FEATURE_NAMES.map((name, feature) => {
        // Values lie on edges: what is shortened must be before they are counted, or else they are in another bin later.
        const edges = distributionOf(this.#values[feature]!).edges.map(short);
        return [name, { edges, shares: sharesOf(this.#values[feature]!, edges).map(short) }];
      }),
    );
  }
}

/** Cards are read by people too. */
const short = (value: number): number => Number(value.toPrecision(6));
