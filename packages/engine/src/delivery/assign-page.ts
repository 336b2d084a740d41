/**
 * The first step of a decision: which variants this request is given, and what they make of its placements. A variant's change
 * is a JSON merge patch (RFC 7386) of the placement's record; several experiments change one placement in the order of their
 * first appearance. What they make of it is kept, so that patching costs a look-up.
 */
import type { AssignedExperiment, DecideContext, DecideRequest, Exposure, Placement } from '@rialto/sdk';
import { counts, unitOf } from '../experiments/assign.ts';
import type { CompiledExperiment } from '../experiments/compiled-experiment.ts';
import type { ExperimentRegistry } from '../experiments/experiment-registry.ts';
import { INTERLEAVED } from '../experiments/interleaving.ts';
import type { PlacementPlan } from '../experiments/placement-plan.ts';
import type { Subject } from '../experiments/subject.ts';
import type { Market } from '../market/market.ts';
import { placementSchema } from '../wire/placement-schema.ts';
import { compiled } from '../wire/validate.ts';
import type { RankerMix } from './mix-rankings.ts';

export interface PageAssignment {
  /** What counts. */
  readonly exposures: readonly Exposure[];
  /** What comes with the answer: exposures, and variants that were chosen for the unit. */
  readonly given: readonly AssignedExperiment[];
  /** By placement that is changed: its configuration for this request. */
  readonly changed: ReadonlyMap<string, Placement>;
  /** By placement that is made of two rankings. */
  readonly mixes: ReadonlyMap<string, RankerMix> | undefined;
}

const UNCHANGED: ReadonlyMap<string, Placement> = new Map();
const NOTHING: PageAssignment = { exposures: [], given: [], changed: UNCHANGED, mixes: undefined };

export interface PageInput {
  readonly market: Market;
  readonly experiments: ExperimentRegistry;
  readonly request: DecideRequest;
  readonly at: number;
}

export function assignPage({ market, experiments, request, at }: PageInput, kept: ChangedPlacements): PageAssignment {
  const { placements } = request;
  let page: Page | undefined;
  for (let i = 0; i < placements.length; i++) {
    const plan = experiments.planOf(placements[i]!, at);
    if (plan === undefined) continue;
    page ??= new Page(subjectOf(request, at, market), experiments, placements.length > 1);
    page.assign(plan, market.placements.get(placements[i]!)!, kept);
  }
  return page ?? NOTHING;
}

/** What a page is given, while it is. */
class Page implements PageAssignment {
  readonly exposures: Exposure[] = [];
  readonly given: AssignedExperiment[] = [];
  mixes: Map<string, RankerMix> | undefined;
  #changed: Map<string, Placement> | undefined;
  readonly #subject: Subject;
  readonly #experiments: ExperimentRegistry;
  /** What placements before have told; one placement alone asks for each experiment once. */
  readonly #told: Set<CompiledExperiment> | undefined;

  constructor(subject: Subject, experiments: ExperimentRegistry, several: boolean) {
    this.#subject = subject;
    this.#experiments = experiments;
    this.#told = several ? new Set() : undefined;
  }

  get changed(): ReadonlyMap<string, Placement> {
    return this.#changed ?? UNCHANGED;
  }

  /** Deals the variants of a placement and makes of it what they say. */
  assign(plan: PlacementPlan, base: Placement, kept: ChangedPlacements): void {
    const { experiments, variants } = plan;
    plan.deal(this.#subject, this.#experiments.sticky);
    let changed: Changed | undefined;
    for (let i = 0; i < variants.length; i++) {
      let variant = variants[i]!;
      if (variant < 0) continue;
      if (this.#told === undefined || this.#isNew(experiments[i]!)) this.#tell(plan, i);
      if (!plan.isPlain(i) && this.#isMixed(experiments[i]!)) {
        this.mixes ??= new Map();
        if (this.mixes.has(base.id)) continue;
        this.mixes.set(base.id, mixOf(experiments[i]!, base.id, this.#subject));
        variant = 0;
      }
      if (plan.patches(i, variant))
        changed = (changed ?? kept.begin(base, this.#experiments.all())).by(experiments[i]!, variant);
    }
    if (changed?.placement === undefined) return;
    this.#changed ??= new Map();
    this.#changed.set(base.id, changed.placement);
  }

  #isNew(experiment: CompiledExperiment): boolean {
    if (this.#told!.has(experiment)) return false;
    this.#told!.add(experiment);
    return true;
  }

  #isMixed(compiled: CompiledExperiment): boolean {
    return compiled.experiment.interleaves !== undefined && counts(compiled, unitOf(compiled, this.#subject));
  }

  #tell(plan: PlacementPlan, index: number): void {
    if (!plan.isPlain(index)) {
      this.#give(plan.experiments[index]!, plan.variants[index]!);
      return;
    }
    const exposure = plan.exposure(index);
    if (plan.counts(index)) this.exposures.push(exposure);
    const value = plan.value(index);
    this.given.push(value === undefined ? exposure : withValue(exposure, value));
  }

  #give(compiled: CompiledExperiment, index: number): void {
    const { experiment, version } = compiled;
    const id = unitOf(compiled, this.#subject);
    const unit = id === undefined ? '' : String(id);
    const counted = counts(compiled, id);
    if (experiment.interleaves !== undefined && counted) {
      this.given.push({ experiment: experiment.id, variant: INTERLEAVED, version, unit });
      return;
    }
    const { name, value } = experiment.variants[index]!;
    const exposure: Exposure = { experiment: experiment.id, variant: name, version, unit };
    if (counted) this.exposures.push(drawn(exposure, compiled, this.#experiments, this.#subject));
    this.given.push(value === undefined ? exposure : withValue(exposure, value));
  }
}

const withValue = ({ experiment, variant, version, unit }: Exposure, value: unknown): AssignedExperiment => ({
  experiment,
  variant,
  version,
  unit,
  value,
});

/** Where a bandit drew the variant just now, with how likely each was. */
function drawn(
  exposure: Exposure,
  compiledExperiment: CompiledExperiment,
  { sticky }: ExperimentRegistry,
  { attributes }: Subject,
): Exposure {
  const { bandit } = compiledExperiment;
  if (bandit === undefined || sticky.find(compiledExperiment, exposure.unit) >= 0) return exposure;
  const { experiment, variant, version, unit } = exposure;
  const segment = bandit.segmentOf(attributes);
  const probabilities = [...bandit.probabilitiesOf(segment)];
  if (segment === undefined) return { experiment, variant, version, unit, probabilities };
  return { experiment, variant, version, unit, probabilities, segment };
}

/** The control's ranker is the placement's; only who takes part is drawn, not a variant. */
function mixOf(compiledExperiment: CompiledExperiment, placement: string, subject: Subject): RankerMix {
  const { experiment, version } = compiledExperiment;
  const unit = String(unitOf(compiledExperiment, subject));
  // Without a ranker in its change, or none at all: the placement's before the experiment, which a control may have changed.
  const { ranker } = experiment.variants[1]!.changes?.[placement] ?? {};
  const second = typeof ranker === 'string' ? ranker : undefined;
  return { experiment: experiment.id, version, unit, method: experiment.interleaves!, second };
}

const NO_CONTEXT: DecideContext = {};

/** Who and where, from a request. */
export function subjectOf(request: DecideRequest, at: number, market: Market): Subject {
  const { buyer, session, context = NO_CONTEXT } = request;
  const { listing, query, category, cart, country, region, language, device, audiences, attributes } = context;
  const shop = listing === undefined ? undefined : shopOf(listing, market);
  return {
    at,
    units: {
      buyer,
      session,
      listing,
      shop,
      campaign: undefined,
      'region-time': region ?? country,
      'two-sided': buyer ?? session,
    },
    // Written out: V8 makes a new hidden class each time such an object is spread into a larger one.
    attributes: {
      buyer,
      session,
      listing,
      shop,
      query,
      category,
      cart,
      country,
      region,
      language,
      device,
      audiences,
      attributes,
    },
  };
}

/** The shop of a listing, where both are known. */
export function shopOf(listing: string, { listings }: Market): string | undefined {
  const row = listings.ids.find(listing);
  const shop = row < 0 ? -1 : listings.shop.data[row]!;
  return shop < 0 ? undefined : listings.shopIds.text(shop);
}

/** Several experiments on one placement have as many outcomes as the product of their variants: more are made again when they are met. */
const KEPT_MAX = 4_096;

/** Placements as variants make them, kept until an experiment or the placement's own record changes. */
export class ChangedPlacements {
  #of: readonly CompiledExperiment[] | undefined;
  #roots = new WeakMap<Placement, Changed>();
  #kept = { count: 0 };

  /** A placement before any change. */
  begin(base: Placement, all: readonly CompiledExperiment[]): Changed {
    if (this.#of !== all || this.#kept.count > KEPT_MAX) {
      this.#of = all;
      this.#roots = new WeakMap();
      this.#kept = { count: 0 };
    }
    let root = this.#roots.get(base);
    if (root === undefined) {
      root = new Changed(base, undefined, this.#kept);
      this.#roots.set(base, root);
    }
    return root;
  }
}

const VARIANTS_MAX = 128;

/** A placement after some changes; what further ones make of it is found by experiment and variant. */
class Changed {
  readonly #before: Placement;
  /** Undefined before the first change. */
  readonly placement: Placement | undefined;
  readonly #after = new Map<number, Changed>();
  readonly #kept: { count: number };

  constructor(before: Placement, placement: Placement | undefined, kept: { count: number }) {
    this.#before = before;
    this.placement = placement;
    this.#kept = kept;
  }

  by(experiment: CompiledExperiment, variant: number): Changed {
    const key = experiment.row * VARIANTS_MAX + variant;
    let after = this.#after.get(key);
    if (after === undefined) {
      const placement = changedBy(this.placement ?? this.#before, experiment, variant);
      after = new Changed(placement, placement, this.#kept);
      this.#after.set(key, after);
      this.#kept.count++;
    }
    return after;
  }
}

/** A change that does not fit what the placement has become since it was checked is left out. */
function changedBy(base: Placement, { experiment }: CompiledExperiment, variant: number): Placement {
  const merged = patchedPlacement(base, experiment.variants[variant]!.changes![base.id]);
  return compiled(placementSchema).safeParse(merged).success ? (merged as Placement) : base;
}

/** A change of `sources` is served, not what was learned in the place of other ones, unless it asks for that. */
export function patchedPlacement(base: Placement | undefined, patch: unknown): unknown {
  const merged = mergePatch(base ?? {}, patch);
  if (base?.learnedSources !== true || !isObject(patch) || !isObject(merged)) return merged;
  if (patch['sources'] === undefined || patch['learnedSources'] !== undefined) return merged;
  const { learnedSources: _, ...own } = merged;
  return own;
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7386. What the patch does not touch is the same object as before. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(Object.hasOwn(merged, name) ? merged[name] : undefined, value);
  }
  return merged;
}
