/**
 * What became of every candidate of a decision: where it came from, how it was scored, whether and where it is shown, and if
 * not, at which stage it fell and why. Only made when somebody asks.
 */
import type {
  DecisionExplanation,
  DropReason,
  ExplainedAssignment,
  ExplainedCandidate,
  ExplainedSignal,
  ExplainedThing,
  Placement,
  Source,
} from '@rialto/sdk';
import { explainAssignment } from '../experiments/assign.ts';
import type { CompiledExperiment } from '../experiments/compiled-experiment.ts';
import { placementsOf } from '../experiments/experiment-registry.ts';
import { SOURCES, sourceBit } from '../features/candidates.ts';
import { subjectOf } from './assign-page.ts';
import type { AdOffer } from './auction-ads.ts';
import type { DecisionInput, DecisionItem } from './decision.ts';
import { ScoreReasons } from './score-reasons.ts';
import type { State } from './state.ts';
import { type ValuedPlacement, ValueReasons } from './value-reasons.ts';
import type { Workspace } from './workspace.ts';

type Stage = NonNullable<ExplainedCandidate['dropped']>['stage'];

const SPONSORED = sourceBit('sponsored');

const STAGE: Record<DropReason, Stage> = {
  unavailable: 'filter',
  'does-not-ship': 'filter',
  'excluded-by-request': 'filter',
  'excluded-by-rule': 'filter',
  'not-included-by-rule': 'filter',
  'context-listing': 'filter',
  'already-bought': 'filter',
  'hidden-by-buyer': 'filter',
  'campaign-paused': 'filter',
  'campaign-not-started': 'filter',
  'campaign-ended': 'filter',
  'outside-schedule': 'filter',
  'placement-not-targeted': 'filter',
  'country-not-targeted': 'filter',
  'region-not-targeted': 'filter',
  'device-not-targeted': 'filter',
  'audience-not-included': 'filter',
  'audience-excluded': 'filter',
  'keyword-not-matched': 'filter',
  'negative-keyword': 'filter',
  'category-not-targeted': 'filter',
  'product-not-targeted': 'filter',
  'not-complementary': 'filter',
  'frequency-capped': 'filter',
  'wallet-empty': 'filter',
  'budget-exhausted': 'filter',
  paced: 'filter',
  'low-quality': 'auction',
  'below-reserve': 'auction',
  'shop-has-ad': 'auction',
  outbid: 'auction',
  'organic-better': 'auction',
  'ad-load': 'auction',
  outranked: 'rank',
  'shop-limit': 'compose',
  'shown-elsewhere': 'compose',
};

export interface TracedPlacement {
  readonly placement: Placement;
  readonly items: readonly DecisionItem[];
  /** Winners, then losers. */
  readonly offers: readonly AdOffer[];
  readonly state: State;
  readonly workspace: Workspace;
  /** Of a placement whose ranker is declared, unless it was late or rankings were mixed. */
  readonly valued?: ValuedPlacement | undefined;
}

/** Of a candidate: more than that nobody reads. */
const REASONS_MAX = 5;

interface Reasoned extends TracedPlacement {
  readonly reasons: ScoreReasons;
  /** Of organic items, in the place of `reasons`. */
  readonly valueReasons: ValueReasons | undefined;
}

export class Trace {
  readonly placements: DecisionExplanation['placements'][number][] = [];

  experiments: ExplainedAssignment[] = [];

  /** Of all experiments that concern the placements, those too that do not run. */
  recordAssignments({ request, at }: DecisionInput, { market, experiments }: State): void {
    const subject = subjectOf(request, at, market);
    this.experiments = experiments
      .all()
      .filter((compiled) => request.placements.some((id) => concerns(compiled, id)))
      .map((compiled) => explainAssignment(compiled, subject, experiments.sticky));
  }

  /** Of a placement that ranks signals alone. */
  recordSignals(placement: string, signals: readonly ExplainedSignal[]): void {
    this.placements.push({ placement, items: [], candidates: [], signals });
  }

  /** Of a placement that ranks something else than listings. */
  recordThings(placement: string, things: readonly ExplainedThing[]): void {
    const items = things
      .filter(({ shownAt }) => shownAt !== undefined)
      .map(({ kind, id, shownAt }) => ({ kind, id, position: shownAt! }))
      .sort((a, b) => a.position - b.position);
    this.placements.push({ placement, items, candidates: [], things });
  }

  /** Of the placement that was recorded last. */
  addSignals(signals: readonly ExplainedSignal[]): void {
    this.placements.push({ ...this.placements.pop()!, signals });
  }

  record(placed: TracedPlacement): void {
    const { placement, items, state, workspace } = placed;
    const ranker = state.rankerOf(placement);
    const reasons = new ScoreReasons(ranker.current, workspace.matrix.whole(), ranker.effects(workspace.matrix));
    const valueReasons = placed.valued && new ValueReasons(placed.valued, ranker.current, reasons);
    const traced = { ...placed, reasons, valueReasons };
    const { ids } = state.market.listings;
    this.placements.push({
      placement: placement.id,
      items: items.map(({ listing, position, campaign }) => ({
        kind: campaign === '' ? 'listing' : 'ad',
        id: ids.text(listing),
        position,
      })),
      ...learnedFor(placement, state),
      candidates: [...organic(traced), ...traced.offers.map((offer) => sponsored(offer, traced))],
    });
  }
}

/** The sources that were learned for it, where those were asked. */
function learnedFor(placement: Placement, { learnedSources }: State): { readonly learnedSources?: readonly Source[] } {
  const sources = placement.learnedSources === true ? learnedSources.of(placement) : placement.sources;
  return sources === placement.sources ? {} : { learnedSources: sources };
}

function concerns({ experiment, items }: CompiledExperiment, placement: string): boolean {
  return items === undefined ? placementsOf(experiment).has(placement) : items.concerns(placement);
}

/** All candidates as organic items, best score first; without those that only an advertiser brought. */
function organic(traced: Reasoned): ExplainedCandidate[] {
  const { candidates } = traced.workspace;
  const positions = new Map(
    traced.items.filter((item) => item.campaign === '').map((item) => [item.listing, item.position]),
  );
  const order = Array.from({ length: candidates.size }, (_, i) => i)
    .filter((candidate) => candidates.sources[candidate] !== SPONSORED)
    .sort((a, b) => candidates.score[b]! - candidates.score[a]!);
  return order.map((candidate) => {
    const reason = candidates.dropped[candidate];
    const position = positions.get(candidates.listing[candidate]!);
    return {
      kind: 'listing',
      ...describe(candidate, traced, traced.valueReasons),
      ...(traced.valueReasons && { predicted: traced.valueReasons.predicted(candidate) }),
      ...(position !== undefined && { shownAt: position }),
      ...(reason !== undefined && { dropped: { stage: STAGE[reason], reason } }),
    };
  });
}

function sponsored(offer: AdOffer, traced: Reasoned): ExplainedCandidate {
  const { state, workspace, items } = traced;
  const campaign = state.market.campaigns.documents.ids.text(offer.campaign);
  const item = items.find(
    (shown) => shown.campaign === campaign && shown.listing === workspace.candidates.listing[offer.candidate],
  );
  return {
    kind: 'ad',
    ...describe(offer.candidate, traced),
    campaign,
    bidMicros: offer.bidMicros,
    ...(offer.bidFactors && { bidFactors: offer.bidFactors }),
    ...(item && { shownAt: item.position, priceMicros: offer.priceMicros }),
    ...(item && offer.price && { price: offer.price }),
    ...(offer.dropped !== undefined && { dropped: { stage: STAGE[offer.dropped], reason: offer.dropped } }),
  };
}

function describe(
  candidate: number,
  { state, workspace: { candidates }, reasons: scored }: Reasoned,
  reasons: ScoreReasons | ValueReasons = scored,
) {
  const { ids } = state.market.listings;
  const listing = candidates.listing[candidate]!;
  const counted = candidates.counted[candidate]!;
  return {
    id: ids.text(listing),
    ...(counted !== listing && { countsOf: ids.text(counted) }),
    sources: SOURCES.filter((_, bit) => candidates.sources[candidate]! & (1 << bit)),
    score: candidates.score[candidate]!,
    features: moved(reasons.effects[candidate]!),
    why: reasons.of(candidate).slice(0, REASONS_MAX),
  };
}

/** The features that moved the score, the strongest first. */
function moved(features: Record<string, number>): Record<string, number> {
  const strongest = Object.entries(features).filter(([, effect]) => effect !== 0);
  return Object.fromEntries(strongest.sort(([, a], [, b]) => Math.abs(b) - Math.abs(a)));
}
