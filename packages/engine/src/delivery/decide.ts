/**
 * A decision, from the state and the request alone: no clock, no randomness, no I/O. The same state and request give the
 * same decision, bit for bit, with or without a trace.
 *
 *     assign → resolve → gather evidence → per placement: retrieve → filter → score → auction → arrange → compose
 */
import type { DecideRequest, Exposure, Placement } from '@rialto/sdk';
import { TOKEN_LIFE_MS } from '../ads/token.ts';
import { hashUnit } from '../base/hash.ts';
import { inBrief, type Moment, resolveMoment } from '../features/moment.ts';
import type { InterleavedRecord } from '../log/record.ts';
import { arrange } from '../ranking/arrange.ts';
import { filterCandidates } from '../ranking/filter.ts';
import { scoreCandidates } from '../ranking/ranker.ts';
import type { CompiledRules } from '../ranking/rules.ts';
import { retrieve } from '../retrieval/retrieve.ts';
import { addSponsored } from '../retrieval/sponsored-source.ts';
import { tokenize } from '../retrieval/text-tokens.ts';
import { adTerms } from './ad-terms.ts';
import { assignPage } from './assign-page.ts';
import type { AuctionProbe } from './auction-ads.ts';
import { annotate, rankSignals } from './decide-signals.ts';
import { rankThings } from './decide-things.ts';
import type { Decision, DecisionInput, DecisionItem, PlacementDecision } from './decision.ts';
import { mixRankings, mixRecord, type RankerMix } from './mix-rankings.ts';
import { addPinned, organicPlaces, type Pin, placePins } from './pin-places.ts';
import type { PlacedRanker } from './placed-ranker.ts';
import type { SplitArm } from './split-arms.ts';
import type { State } from './state.ts';
import type { Trace } from './trace.ts';
import type { ItemTreatments } from './treat-items.ts';
import type { Workspace } from './workspace.ts';

/** Places among the candidates for listings that only an advertiser brings. */
const SPONSORED_MAX = 24;

export interface Onlookers {
  readonly trace?: Trace | undefined;
  readonly probe?: AuctionProbe | undefined;
  /** Looks at a placement of listings that has been decided, while its candidates are still in the workspace. */
  readonly watch?: ((placement: string, workspace: Workspace) => void) | undefined;
}

export function decide(
  state: State,
  input: DecisionInput,
  workspace: Workspace,
  { trace, probe, watch }: Onlookers = {},
): Decision {
  const { request, at } = input;
  const { market, experiments } = state;
  const assigned = assignPage({ market, experiments, request, at }, workspace.changed);
  const { given, changed, mixes } = assigned;
  const treatments = workspace.treatments.openPage(state, request, at);
  trace?.recordAssignments(input, state);
  const arm = armOf(state, input, assigned.exposures);
  const part = state.arms.of(arm);
  const moment = resolveMoment(request, at, state.signals.lastEventAt, market, input.brownout === true);
  openPage(workspace, { state, request, moment });
  const excluded = new Set((request.exclude ?? []).map((id) => market.listings.ids.find(id)));
  const shown = new Set<number>();
  let adsBefore = 0;
  let orders = 0;
  const placements: PlacementDecision[] = request.placements.map((id) => {
    const asked = changed.get(id) ?? market.placements.get(id)!;
    if (asked.ranks !== undefined && asked.ranks !== 'listings') {
      const page = { state, input, workspace, moment, excluded, shown, adsBefore, trace };
      if (asked.ranks !== 'modules') return rankOther(page, asked);
      orders++;
      return { placement: id, items: [], things: [] };
    }
    const placed = asked.ranker === undefined ? undefined : workspace.placedRankers.of(asked, state);
    const placement = placed === undefined ? asked : placed.placement;
    // Declared rankers draw and compose lists of their own: those are not mixed.
    const mixing = mixes === undefined || placed !== undefined ? undefined : mixingOf(mixes.get(id));
    const items = decidePlacement(
      {
        state,
        input,
        workspace,
        moment,
        excluded,
        shown,
        placed,
        adsBefore,
        trace,
        probe,
        arm: part,
        mixing,
        treatments,
      },
      placement,
    );
    watch?.(id, workspace);
    for (const item of items) {
      shown.add(item.listing);
      if (item.campaign !== '') adsBefore++;
    }
    const told =
      placement.itemSignals === undefined
        ? { placement: id, items }
        : annotate({ state, request, moment, placement, items, trace });
    if (mixing?.record !== undefined) return { ...told, interleaved: mixing.record };
    return placed === undefined ? told : workspace.valueRanking.tell(told);
  });
  if (orders > 0)
    orderModules(
      placements,
      { state, input, workspace, moment, excluded, shown, adsBefore, trace, arm: part, treatments },
      changed,
    );
  return { placements, exposures: treatments?.withExposures(assigned) ?? assigned.exposures, given, arm };
}

/** Whose part of the budgets the page spends; -1 where they are whole. */
function armOf({ books, arms }: State, { id, at }: DecisionInput, exposures: readonly Exposure[]): number {
  if (arms.of(0) === undefined) return -1;
  return books.split.at(at)?.armOf(exposures, id, at) ?? -1;
}

function rankOther(
  { state, input, workspace, moment, trace }: PlacementInput,
  asked: Placement,
  hasCandidates = anyModule,
): PlacementDecision {
  const { request, id: decisionId, outOfTime } = input;
  const placed = asked.ranker === undefined ? undefined : workspace.placedRankers.ofThings(asked, state);
  const placement = placed === undefined ? asked : placed.placement;
  if (placement.ranks === 'signals')
    return rankSignals({ state, request, moment, placement, trace, value: placed?.value });
  return rankThings(
    { state, request, moment, placement, placed, outOfTime, workspace, decisionId, hasCandidates },
    trace,
  );
}

const anyModule = (_: string): boolean => true;

type Changed = ReadonlyMap<string, Placement>;

/** Once the rest of the page is known. A module that is a placement of another request is decided to see whether it has anything. */
function orderModules(decided: PlacementDecision[], page: PlacementInput, changed: Changed): void {
  const { state, workspace } = page;
  const { placements } = state.market;
  const find = (id: string): Placement | undefined => changed.get(id) ?? placements.get(id);
  const silent: PlacementInput = { ...page, trace: undefined };
  const filled = new Map<string, boolean>();
  /** Each is looked at once, however many placements list it and however often they are asked for. */
  const hasCandidates = (module: string): boolean => {
    let found = filled.get(module);
    if (found === undefined) {
      found = looksFilled(module);
      filled.set(module, found);
    }
    return found;
  };
  const looksFilled = (module: string): boolean => {
    const placement = find(module);
    // Those of the page are not ordered yet: they would look empty.
    if (placement === undefined || placement.ranks === 'modules') return true;
    const known = decided.find(({ placement: id }) => id === module);
    if (known) return isFilled(known);
    const isOther = placement.ranks !== undefined && placement.ranks !== 'listings';
    if (isOther) return isFilled(rankOther(silent, placement));
    const placed = placement.ranker === undefined ? undefined : workspace.placedRankers.of(placement, state);
    const items = decidePlacement({ ...silent, placed }, placed === undefined ? placement : placed.placement);
    return items.length > 0;
  };
  decided.forEach(({ placement: id }, i) => {
    const placement = find(id)!;
    if (placement.ranks === 'modules') decided[i] = rankOther(page, placement, hasCandidates);
  });
}

const isFilled = ({ items, signals = [], things = [] }: PlacementDecision): boolean =>
  items.length + signals.length + things.length > 0;

interface PageInput {
  readonly state: State;
  readonly request: DecideRequest;
  readonly moment: Moment;
}

/** What speaks for and against listings and campaigns whatever the placement. */
export function openPage(workspace: Workspace, input: PageInput): void {
  const { market, signals } = input.state;
  workspace.evidence.gather(input.moment, market, signals);
  turnToPage(workspace, input);
}

/** What campaigns' targeting sees of the page. */
export function turnToPage({ page }: Workspace, { state: { market }, request, moment }: PageInput): void {
  // As keywords are read: in the marketplace's language, whatever the buyer's.
  const asked = moment.query !== undefined && !market.campaigns.keywords.empty;
  page.begin({ request, moment, market, words: asked ? tokenize(moment.query, market.settings().language) : [] });
}

export interface ConsiderInput {
  readonly state: State;
  readonly input: DecisionInput;
  /** Opened for the page. */
  readonly workspace: Workspace;
  readonly moment: Moment;
  readonly excluded: ReadonlySet<number>;
  readonly shown: ReadonlySet<number>;
  /** The placement's ranker, where it names one. */
  readonly placed?: PlacedRanker | undefined;
  readonly probe?: AuctionProbe | undefined;
  readonly arm?: SplitArm | undefined;
  /** What experiments do to single items on the page. */
  readonly treatments?: ItemTreatments | undefined;
}

/** An item whose position may still change. */
type Placed = { -readonly [Field in keyof DecisionItem]: DecisionItem[Field] };

/** Retrieves, filters and scores: leaves the candidates and their features in the workspace. */
export function considerCandidates(
  { state, input, workspace, moment, excluded, shown, placed, probe, arm, treatments }: ConsiderInput,
  placement: Placement,
): { rules: CompiledRules; pins: Pin[] } {
  const { market, signals, texts } = state;
  const { candidates, evidence, gate, page, matrix, scratch, keys } = workspace;
  const rules = workspace.rulesOf(placement, state);
  const retrieval = { moment, market, signals, evidence, texts, candidates, scratch, keys };
  candidates.begin(moment.ships, market.listings.shipping.setOf.data);
  // Of the placement's own sources: what one before it on the page asked for says nothing here.
  evidence.alike.begin();
  page.turnTo(placement.id, market);
  const treated = treatments?.turnTo(placement.id);
  const pins = addPinned(rules, candidates, state);
  retrieve(placement.learnedSources === true ? state.learnedSources.of(placement) : placement.sources, retrieval);
  if ((placement.adSlots?.length ?? 0) > 0 && market.campaigns.size > 0) {
    gate.begin({
      state,
      page,
      evidence,
      placement,
      at: moment.at,
      decisionId: input.id,
      unlimited: probe?.campaign,
      arm,
      treated,
    });
    // Written out: V8 makes a new hidden class each time such an object is spread into a larger one.
    addSponsored({
      moment,
      market,
      signals,
      evidence,
      texts,
      candidates,
      scratch,
      keys,
      advertised: state.advertised,
      page,
      admits: gate.admits,
      limit: inBrief(SPONSORED_MAX, moment),
      draw: hashUnit(1, input.id),
    });
  }
  filterCandidates(candidates, { moment, market, rules, excluded, shown });
  const features = { moment, market, signals, evidence, candidates };
  if (placed === undefined) scoreCandidates(state.rankerOf(placement), matrix, features, rules);
  else workspace.valueRanking.score({ placed, state, input, matrix, features, rules });
  treated?.boost(candidates);
  return { rules, pins };
}

interface PlacementInput extends ConsiderInput {
  /** On the page, in placements before this one. */
  readonly adsBefore: number;
  readonly trace: Trace | undefined;
  readonly mixing?: Mixing | undefined;
}

/** What a list is to be made of, and how it was. */
interface Mixing {
  readonly mix: RankerMix;
  record?: InterleavedRecord;
}

const mixingOf = (mix: RankerMix | undefined): Mixing | undefined => mix && { mix };

function decidePlacement(asked: PlacementInput, placement: Placement): DecisionItem[] {
  const { state, input, workspace, moment, placed, adsBefore, trace, probe, mixing } = asked;
  const { market } = state;
  const { candidates } = workspace;
  const { rules, pins } = considerCandidates(asked, placement);
  const { gate } = workspace;
  const auctionInput = {
    state,
    moment,
    placement,
    candidates,
    gate,
    decisionId: input.id,
    adsBefore,
    derive: trace !== undefined,
  };
  const winners = workspace.auction.run(auctionInput);
  // Asked for before the organic items are arranged: that marks candidates which did take part.
  const losers = trace ? workspace.auction.losers(auctionInput) : [];
  probe?.look(auctionInput, workspace.auction);
  for (const { candidate } of winners) candidates.dropped[candidate] = 'shown-elsewhere';

  const places = organicPlaces(placement, winners);
  const pinned = placePins(pins, places, candidates);
  const arranging = { candidates, shops: market.listings.shop.data, rules, pinned, places: places.length };
  const mixed =
    mixing && mixRankings({ ...arranging, ...mixing, ...mixMeans({ state, input, workspace, moment }, placement) });
  const organic =
    mixed?.organic ??
    (placed === undefined ? arrange(arranging) : workspace.valueRanking.arrange({ pinned, places: places.length }));
  const items: Placed[] = organic.map((candidate, i) => ({
    listing: candidates.listing[candidate]!,
    position: places[i]!,
    campaign: '',
    billing: 'click',
    priceMicros: 0,
    priceThousandths: 0,
    commissionBasisPoints: 0,
    expiresAt: 0,
  }));
  // Born with the ledger's latest time, so that a clock that jumped back does not make tokens that have expired already.
  const expiresAt = Math.max(moment.at, state.ledger.now) + TOKEN_LIFE_MS;
  winners.forEach(({ candidate, campaign, priceMicros, position }) => {
    const terms = adTerms(market.campaigns, campaign, priceMicros);
    items.push({
      listing: candidates.listing[candidate]!,
      position,
      campaign: market.campaigns.documents.ids.text(campaign),
      billing: terms.billing,
      priceMicros: terms.priceMicros,
      priceThousandths: terms.priceThousandths,
      commissionBasisPoints: terms.commissionBasisPoints,
      expiresAt,
    });
  });
  items.sort((a, b) => a.position - b.position);
  // Where candidates ran short, what lies behind the gap moves up.
  items.forEach((item, position) => {
    item.position = position;
  });
  if (mixed !== undefined) mixing!.record = mixRecord(mixing!.mix, mixed, { listingOf: candidates.listing, items });
  const valued = trace === undefined || placed === undefined || mixed ? undefined : workspace.valueRanking.valued();
  trace?.record({ placement, items, offers: [...winners, ...losers], state, workspace, valued });
  return items;
}

/** What the second ranker needs. */
function mixMeans(
  { state, input, workspace, moment }: Pick<PlacementInput, 'state' | 'input' | 'workspace' | 'moment'>,
  placement: Placement,
) {
  const { market, signals } = state;
  const { candidates, evidence, matrix } = workspace;
  return {
    state,
    placement,
    matrix,
    features: { moment, market, signals, evidence, candidates },
    decisionId: input.id,
  };
}
