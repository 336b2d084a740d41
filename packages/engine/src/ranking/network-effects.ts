/** How much a network moves the score of each candidate by each of its fields, in log-odds (learning/deep-attribution.ts), against a new listing of which nothing is known. */
import { FEATURE_NAMES } from '../features/catalogue.ts';
import type { FeatureInput } from '../features/feature.ts';
import type { Identities } from '../features/identities.ts';
import { cellOf } from '../learning/additive-model.ts';
import { DeepAttribution } from '../learning/deep-attribution.ts';
import type { DeepModel } from '../learning/deep-clicks.ts';
import { OWN_IDENTITY } from '../learning/deep-ranking.ts';
import type { Examples } from '../learning/examples.ts';
import type { FeatureMatrix } from './feature-matrix.ts';

interface AskedEffects {
  /** The first where absent. */
  readonly head?: number;
  /** Values by PAGE_IDENTITIES, of a network that has them. */
  readonly page?: readonly number[];
}

export class NetworkEffects {
  readonly #model: DeepModel;
  readonly #identities: Identities;
  /** By the network's fields after the features. */
  readonly #names: readonly string[];
  readonly #attributions = new Map<number, DeepAttribution>();

  constructor(model: DeepModel, identities: Identities) {
    this.#model = model;
    this.#identities = identities;
    this.#names = model.schema.categories;
  }

  /** [candidates][features, then the network's categories] */
  of(matrix: FeatureMatrix, input: FeatureInput, { head = 0, page = [] }: AskedEffects = {}): readonly Float64Array[] {
    let attribution = this.#attributions.get(head);
    if (attribution === undefined) {
      attribution = new DeepAttribution(this.#model, this.#blank(), head);
      this.#attributions.set(head, attribution);
    }
    this.#identities.fill(input);
    const { columns, gates, rows } = matrix.whole();
    const { candidates, request } = this.#identities;
    const numbers = FEATURE_NAMES.map((name, feature) => ({
      name,
      values: Float32Array.from({ length: rows }, (_, row) => cellOf(columns[feature]!, row)),
    }));
    const own = Int32Array.from(gates.subarray(0, rows), (gate) => gate + 1);
    const ofCandidates = [own, ...candidates.map((values) => values.subarray(0, rows))];
    const shared = [...request.map((value) => value[0]!), ...page].map((value) => new Int32Array(rows).fill(value));
    const categories = [...ofCandidates, ...shared].map((values, i) => ({ name: this.#names[i]!, values }));
    return attribution.attribute({ rows, numbers, categories });
  }

  #blank(): Examples {
    const numbers = FEATURE_NAMES.map((name) => ({ name, values: new Float32Array(1) }));
    const categories = this.#names.map((name) => ({ name, values: new Int32Array([name === OWN_IDENTITY ? 1 : 0]) }));
    return { rows: 1, numbers, categories };
  }
}
