import type { Placement } from '@rialto/sdk';
import { Candidates } from '../features/candidates.ts';
import { Evidence } from '../features/evidence.ts';
import { FeatureMatrix } from '../ranking/ranker.ts';
import { type CompiledRules, compileRules } from '../ranking/rules.ts';
import { AdAuction } from './auction-ads.ts';
import type { State } from './state.ts';

/** Memory that decisions of one engine reuse. Nothing in it outlives a decision, but rules compiled for placements. */
export class Workspace {
  readonly candidates = new Candidates();
  readonly evidence = new Evidence();
  readonly matrix = new FeatureMatrix();
  readonly auction = new AdAuction();
  readonly scratch = new Int32Array(4096);
  readonly #rules = new Map<string, { placement: Placement; facets: number; rules: CompiledRules }>();

  /** Compiled once for a placement's document and the facets known; again when either has changed. */
  rulesOf(placement: Placement, { market }: State): CompiledRules {
    const known = this.#rules.get(placement.id);
    if (known?.placement === placement && known.facets === market.listings.facets.size) return known.rules;
    const rules = compileRules(placement, market);
    this.#rules.set(placement.id, { placement, facets: market.listings.facets.size, rules });
    return rules;
  }
}
