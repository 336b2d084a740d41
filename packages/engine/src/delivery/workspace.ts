import type { Placement, Rule } from '@rialto/sdk';
import { AdPage } from '../features/ad-page.ts';
import { Candidates } from '../features/candidates.ts';
import { Evidence } from '../features/evidence.ts';
import { FeatureMatrix } from '../ranking/feature-matrix.ts';
import { type CompiledRules, compileRules } from '../ranking/rules.ts';
import { ChangedPlacements } from './assign-page.ts';
import { AdAuction } from './auction-ads.ts';
import { CampaignGate } from './campaign-gate.ts';
import { PlacedRankers } from './placed-ranker.ts';
import { ValueRanking } from './rank-by-value.ts';
import type { State } from './state.ts';
import { ItemTreatments } from './treat-items.ts';

const NO_RULES: readonly Rule[] = [];

/** Memory that decisions of one engine reuse. Nothing in it outlives a decision, but what is compiled for placements. */
export class Workspace {
  readonly evidence = new Evidence();
  readonly candidates = new Candidates(this.evidence.shortlist);
  readonly page = new AdPage();
  readonly matrix = new FeatureMatrix();
  readonly gate = new CampaignGate();
  readonly auction = new AdAuction();
  readonly scratch = new Int32Array(8192);
  readonly keys = new Float32Array(8192);
  readonly changed = new ChangedPlacements();
  readonly placedRankers = new PlacedRankers();
  readonly treatments = new ItemTreatments();
  #valueRanking: ValueRanking | undefined;
  readonly #rules = new WeakMap<readonly Rule[], { facets: number; listings: number; rules: CompiledRules }>();

  /** Made when the first placement asks for it. */
  get valueRanking(): ValueRanking {
    this.#valueRanking ??= new ValueRanking();
    return this.#valueRanking;
  }

  /** Compiled once for a placement's rules, which variants of it may share, and the listings and facets known; again when either has changed. */
  rulesOf(placement: Placement, { market }: State): CompiledRules {
    const facets = market.listings.facets.size;
    const listings = market.listings.size;
    const key = placement.rules ?? NO_RULES;
    const known = this.#rules.get(key);
    if (known?.facets === facets && known.listings === listings) return known.rules;
    const rules = compileRules(placement, market);
    this.#rules.set(key, { facets, listings, rules });
    return rules;
  }
}
