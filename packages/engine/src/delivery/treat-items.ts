/**
 * What experiments do to single items of a page: to the ads of campaigns that are dealt one by one, and to what treated buyers see of
 * treated listings or campaigns. Factors of several experiments multiply. Its memory is reused by the next page; where no such experiment
 * runs, a page asks for it once.
 */
import type { DecideRequest, Exposure, PacingMethod } from '@rialto/sdk';
import type { Entrants } from '../ads/entrants.ts';
import { CHOSEN, type PlacementPacing } from '../ads/pacing-method.ts';
import type { Millis } from '../base/units.ts';
import { assign, counts, itemTable, meets, unitOf } from '../experiments/assign.ts';
import type { CompiledExperiment } from '../experiments/compiled-experiment.ts';
import type { ItemIds } from '../experiments/item-arms.ts';
import type { Subject } from '../experiments/subject.ts';
import type { Candidates } from '../features/candidates.ts';
import { subjectOf } from './assign-page.ts';
import type { State } from './state.ts';

/** Items that one page may tell to be met first; others are told by the next. */
const MET_MAX = 32;
/** The second variant of a two-sided experiment. */
const TREATMENT = 1;

/** An experiment on this page. */
interface Active extends ItemIds {
  readonly compiled: CompiledExperiment;
  readonly arms: NonNullable<CompiledExperiment['items']>;
  /** The variant that everybody has, where one was shipped; else -1. */
  readonly shipped: number;
  /** Whether treated items are treated here: of `two-sided` for treated buyers only. */
  readonly treats: boolean;
}

export class ItemTreatments {
  #state: State | undefined;
  #page: Active[] = [];
  /** Those of the page that concern the placement. */
  #here: Active[] = [];
  readonly #exposures: Exposure[] = [];
  readonly #told = new Set<string>();

  /** Undefined where there is nothing to treat. */
  openPage(state: State, request: DecideRequest, at: Millis): ItemTreatments | undefined {
    const all = state.experiments.ofItems();
    if (all.length === 0) return undefined;
    this.#state = state;
    this.#page = [];
    this.#here = [];
    this.#exposures.length = 0;
    this.#told.clear();
    const subject = subjectOf(request, at, state.market);
    for (const compiled of all) {
      if (!request.placements.some((placement) => compiled.items!.concerns(placement))) continue;
      const active = this.#activate(compiled, subject, at);
      if (active !== undefined) this.#page.push(active);
    }
    return this.#page.length === 0 ? undefined : this;
  }

  #activate(compiled: CompiledExperiment, subject: Subject, at: Millis): Active | undefined {
    const { market, experiments } = this.#state!;
    const arms = compiled.items!;
    const { ids } = arms.of === 'campaign' ? market.campaigns.documents : market.listings;
    const text = (row: number): string => ids.text(row);
    const kept = (id: string): number => experiments.sticky.find(compiled, id);
    if (compiled.shipped >= 0) {
      if (!meets(compiled, subject)) return undefined;
      return { compiled, arms, text, kept, at, table: NO_TABLE, shipped: compiled.shipped, treats: true };
    }
    const table = itemTable(compiled, subject);
    if (table === undefined) return undefined;
    if (!arms.twoSided) return { compiled, arms, text, kept, at, table, shipped: -1, treats: true };
    const variant = assign(compiled, subject);
    if (variant < 0) return undefined;
    const unit = unitOf(compiled, subject);
    // With doses budgets are split: who takes part is told wherever ads may be.
    if (arms.doses === undefined && counts(compiled, unit))
      this.#exposures.push(exposureOf(compiled, variant, String(unit)));
    return { compiled, arms, text, kept, at, table, shipped: -1, treats: variant === TREATMENT };
  }

  /** Itself, told of the placement; undefined where it has nothing to treat there. */
  turnTo(placement: string): ItemTreatments | undefined {
    this.#here = this.#page.filter(({ arms }) => arms.concerns(placement));
    return this.#here.length === 0 ? undefined : this;
  }

  /** Notes a campaign that may bid. */
  meetCampaign(campaign: number): void {
    for (const active of this.#here) if (active.arms.of === 'campaign') this.#meet(active, campaign);
  }

  #meet(active: Active, row: number): void {
    if (active.shipped >= 0 || this.#told.size >= MET_MAX) return;
    const variant = active.arms.meets(row, active);
    if (variant < 0) return;
    const { compiled, arms } = active;
    const unit = active.text(row);
    const key = `${compiled.experiment.id}\n${unit}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#exposures.push(exposureOf(compiled, variant, unit, arms.twoSided ? arms.of : undefined));
  }

  bidFactor(campaign: number, listing: number): number {
    let factor = 1;
    for (const active of this.#here)
      factor *= active.arms.terms.bidFactor[this.#variant(active, campaign, listing)] ?? 1;
    return factor;
  }

  /** What the campaign is paced by, where an experiment says so. */
  pacing(campaign: number): PlacementPacing | undefined {
    let method: PacingMethod | undefined;
    for (const active of this.#here)
      if (!active.arms.twoSided) method ??= active.arms.terms.pacing[this.#variant(active, campaign, -1)];
    return method && CHOSEN[method];
  }

  /** Changes an offer's weight and reserve in the auction. */
  apply(entrants: Entrants, offer: number, campaign: number, listing: number): void {
    for (const active of this.#here) {
      const variant = this.#variant(active, campaign, listing);
      if (variant < 0) continue;
      const { scoreFactor, reserveFactor } = active.arms.terms;
      entrants.weight[offer]! *= scoreFactor[variant]!;
      entrants.reserveMicros[offer] = Math.ceil(entrants.reserveMicros[offer]! * reserveFactor[variant]!);
    }
  }

  /** Adds to the scores of listings, and notes those that are candidates. */
  boost(candidates: Candidates): void {
    for (const active of this.#here) {
      if (active.arms.of !== 'listing') continue;
      const { boosts, boost } = active.arms.terms;
      for (let candidate = 0; candidate < candidates.size; candidate++) {
        if (candidates.dropped[candidate] !== undefined) continue;
        const listing = candidates.listing[candidate]!;
        if (boosts) candidates.score[candidate]! += boost[this.#variant(active, -1, listing)] ?? 0;
        this.#meet(active, listing);
      }
    }
  }

  /** Of the page, behind those that were there before. */
  withExposures({ exposures }: { readonly exposures: readonly Exposure[] }): readonly Exposure[] {
    return this.#exposures.length === 0 ? exposures : [...exposures, ...this.#exposures];
  }

  /** -1 of what takes no part. */
  #variant(active: Active, campaign: number, listing: number): number {
    if (!active.treats) return -1;
    if (active.shipped >= 0) return active.shipped;
    return active.arms.variantOf(active.arms.of === 'campaign' ? campaign : listing, active);
  }
}

const NO_TABLE = new Int8Array(0);

function exposureOf(
  { experiment: { id, variants }, version }: CompiledExperiment,
  index: number,
  unit: string,
  side?: Exposure['side'],
): Exposure {
  const variant = variants[index]!.name;
  if (side === undefined) return { experiment: id, variant, version, unit };
  return { experiment: id, variant, version, unit, side };
}
