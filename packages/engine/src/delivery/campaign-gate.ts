/**
 * Which campaigns may bid on a placement, each judged once however many of its listings are candidates, and most only
 * where something hangs on it; and with what bid. Its memory is reused by the next placement.
 */
import type { ExplainedCandidate, Placement } from '@rialto/sdk';
import { leftMicros } from '../ads/campaign-limits.ts';
import { type EligibilityInput, type Ineligibility, whyIneligible } from '../ads/eligibility.ts';
import type { Entrants } from '../ads/entrants.ts';
import type { Pacing } from '../ads/pacing.ts';
import { bidShare, type PlacementPacing, pacedBy, placementPacing } from '../ads/pacing-method.ts';
import { bidFor, NOT_COMPLEMENTARY } from '../ads/targeting.ts';
import { hash32 } from '../base/hash.ts';
import type { Millis } from '../base/units.ts';
import type { AdPage } from '../features/ad-page.ts';
import type { Evidence } from '../features/evidence.ts';
import { ADJUSTED, AUTOMATIC, BID, BY_LISTING, PAUSED } from '../market/campaign-front.ts';
import { automaticBid, type BidState, bidsAutomatically, clickTerms, conversionFactor } from './auto-bids.ts';
import type { SplitArm } from './split-arms.ts';
import type { State } from './state.ts';
import type { ItemTreatments } from './treat-items.ts';

/** Keeps this draw apart from the others of a decision. */
const PACING_DRAW = 0x9ac1;

export interface GateInput {
  readonly state: State;
  readonly page: AdPage;
  readonly evidence: Evidence;
  /** That the page was turned to. */
  readonly placement: Placement;
  readonly at: Millis;
  readonly decisionId: string;
  /** As of `EligibilityInput`. */
  readonly unlimited?: number | undefined;
  /** Whose part of the budgets the page spends; the whole where absent. */
  readonly arm?: SplitArm | undefined;
  /** What experiments do to single campaigns and listings on the placement. */
  readonly treated?: ItemTreatments | undefined;
}

export type BidFactors = NonNullable<ExplainedCandidate['bidFactors']>;

const BASIS_POINTS = 10_000;

/** Cells of what a campaign was judged to be. */
const JUDGED = 4;
/** In which run it was judged. */
const RUN = 0;
const VERDICT = 1;
/** Of those that may bid: what the document says of the page. */
const PAGE_BID = 2;
/** And what is bid for any listing; `OF_EACH` where that is not one. */
const ANY_BID = 3;
const OF_EACH = -1;

// Verdicts.
const NO = 0;
const YES = 1;
/** Only with listings that go with what the page shows. */
const IF_COMPLEMENTARY = 2;

export class CampaignGate {
  /** Side by side, as all of it is asked for at once. [campaigns × JUDGED] */
  #judged = new Float64Array(0);
  /** Whether bids hang on the query, or experiments are to be told who takes part. */
  #judgesAll = false;
  #run = 0;
  #eligibility: EligibilityInput | undefined;
  #evidence: Evidence | undefined;
  #state: State | undefined;
  /** The state's, or those of an arm. */
  #pacing: Pacing | undefined;
  #bids: BidState | undefined;
  #method: PlacementPacing = { manual: 'throttle', automatic: 'shade' };
  #treated: ItemTreatments | undefined;

  begin({ state, page, evidence, placement, at, decisionId, unlimited, arm, treated }: GateInput): void {
    const { campaigns } = state.market;
    if (this.#judged.length < JUDGED * campaigns.size) {
      this.#judged = new Float64Array(2 * JUDGED * campaigns.size);
      this.#run = 0;
    }
    this.#run++;
    const { books, frequency } = state;
    const { pacing } = arm ?? state;
    const pacingSeed = hash32(decisionId, PACING_DRAW);
    this.#method = placementPacing(placement);
    const method = this.#method;
    this.#eligibility = {
      campaigns,
      page,
      books,
      pacing,
      part: arm,
      method,
      frequency,
      at,
      pacingSeed,
      unlimited,
    };
    this.#treated = treated;
    this.#judgesAll = treated !== undefined || page.hits.size > 0;
    this.#pacing = pacing;
    this.#bids = arm?.bids ?? state;
    this.#evidence = evidence;
    this.#state = state;
  }

  /** Whether the campaign may bid here for this listing of it. */
  readonly admits = (campaign: number, listing: number): boolean => {
    const row = JUDGED * campaign;
    if (this.#judged[row + RUN] !== this.#run) this.#judge(campaign);
    const verdict = this.#judged[row + VERDICT]!;
    return verdict === YES || (verdict === IF_COMPLEMENTARY && this.#goesWithPage(listing));
  };

  /**
   * Whether the campaign may bid here for the listing, or need not be judged before it is about to win: its bid says nothing of what it
   * has left, and nobody wants to know of all that may bid.
   */
  mayAdmit(campaign: number, listing: number): boolean {
    const { front } = this.#state!.market.campaigns;
    if (this.#judgesAll || front.has(campaign, BY_LISTING | ADJUSTED)) return this.admits(campaign, listing);
    return !front.has(campaign, PAUSED);
  }

  #judge(campaign: number): void {
    const input = this.#eligibility!;
    const judged = this.#judged;
    const row = JUDGED * campaign;
    if (this.#treated !== undefined) input.method = this.#treated.pacing(campaign) ?? this.#method;
    const reason = whyIneligible(campaign, input);
    const verdict = reason === null ? YES : reason === NOT_COMPLEMENTARY ? IF_COMPLEMENTARY : NO;
    judged[row + RUN] = this.#run;
    judged[row + VERDICT] = verdict;
    if (verdict === NO) return;
    const pageMicros = this.#pageBid(campaign, input);
    const byListing = this.#treated !== undefined || input.campaigns.front.has(campaign, BY_LISTING);
    judged[row + PAGE_BID] = pageMicros;
    judged[row + ANY_BID] = byListing ? OF_EACH : this.#ownBid(campaign, pageMicros, 1);
    this.#treated?.meetCampaign(campaign);
  }

  /** What the campaign's document says of the page. An automatic bid is no more than what is left, but for the last click at a usual price. */
  #pageBid(campaign: number, input: EligibilityInput): number {
    const { campaigns, books, part, at } = input;
    const own = bidFor(campaign, campaigns, input.page);
    if (campaign === input.unlimited || !campaigns.front.has(campaign, AUTOMATIC)) return own;
    const left = part ? part.leftMicros(campaign, at) : leftMicros(campaigns, books, campaign, at);
    return Math.min(own, Math.max(left, Math.floor(this.#pacing!.usualPriceMicros(campaign))));
  }

  /** Bought together with what the page or the cart holds. */
  #goesWithPage(listing: number): boolean {
    return this.#eligibility!.page.hasCompany && this.#evidence!.togetherNow.get(listing) > 0;
  }

  /** Of a campaign that `mayAdmit`, for a listing of it: for a click, a thousand views, or an order at the listing's price. */
  bidMicros(campaign: number, listing: number): number {
    const row = JUDGED * campaign;
    if (this.#judged[row + RUN] !== this.#run)
      return this.#ownBid(campaign, this.#state!.market.campaigns.front.get(campaign, BID), 1);
    const bid = this.#judged[row + ANY_BID]!;
    return bid === OF_EACH ? this.#treatedBid(campaign, listing, this.#judged[row + PAGE_BID]!) : bid;
  }

  /** Never above the seller's own bid where it would not be anyway. A commission is agreed. */
  #treatedBid(campaign: number, listing: number, ownMicros: number): number {
    const bid = this.#bidMicros(campaign, listing, ownMicros);
    const factor = this.#experimentsFactor(campaign, listing);
    return factor === 1 ? bid : Math.min(Math.floor(bid * factor), Math.max(bid, ownMicros));
  }

  #experimentsFactor(campaign: number, listing: number): number {
    if (this.#treated === undefined || this.#state!.market.campaigns.commissionBasisPoints.data[campaign]! > 0)
      return 1;
    return this.#treated.bidFactor(campaign, listing);
  }

  /** `ownMicros` is what the campaign's document says of this page. */
  #bidMicros(campaign: number, listing: number, ownMicros: number): number {
    const state = this.#state!;
    const { campaigns, listings } = state.market;
    const commission = campaigns.commissionBasisPoints.data[campaign]!;
    if (commission > 0) return Math.floor((listings.priceMicros.data[listing]! * commission) / BASIS_POINTS);
    if (bidsAutomatically(state, campaign)) {
      const share = this.#pacingFactor(campaign);
      return automaticBid(this.#bids!, { campaign, listing, capMicros: ownMicros, share });
    }
    return this.#ownBid(campaign, ownMicros, conversionFactor(state, campaign, listing));
  }

  /** The seller's own bid as pacing lets it. */
  #ownBid(campaign: number, ownMicros: number, conversion: number): number {
    const factor = conversion * this.#pacingFactor(campaign);
    return factor === 1 ? ownMicros : Math.floor(ownMicros * factor);
  }

  /**
   * How an admitted campaign's bid for the listing follows from its level: its own bid, its commission in basis points, or what it
   * bids for a click of average worth.
   */
  bidTerms(campaign: number, listing: number): { readonly perLevel: number; readonly capMicros: number } {
    const pageMicros = this.#judged[JUDGED * campaign + PAGE_BID]!;
    const state = this.#state!;
    const { campaigns, listings } = state.market;
    if (campaigns.commissionBasisPoints.data[campaign]! > 0)
      return { perLevel: listings.priceMicros.data[listing]! / BASIS_POINTS, capMicros: Infinity };
    const factor = this.#experimentsFactor(campaign, listing);
    if (!bidsAutomatically(state, campaign))
      return {
        perLevel:
          (pageMicros / campaigns.bidMicros.data[campaign]!) * conversionFactor(state, campaign, listing) * factor,
        capMicros: Infinity,
      };
    const { worth, allowedMicros } = clickTerms(this.#bids!, campaign, listing);
    return { perLevel: worth * factor, capMicros: Math.min(pageMicros, allowedMicros) };
  }

  /** What experiments make of an offer that has been entered. */
  treat(entrants: Entrants, offer: number, campaign: number, listing: number): void {
    this.#treated?.apply(entrants, offer, campaign, listing);
  }

  /** Whether experiments make anything of offers here. */
  get treats(): boolean {
    return this.#treated !== undefined;
  }

  /** Why the campaign may not bid for this listing; null where it may. */
  whyNot(campaign: number, listing: number): Ineligibility | null {
    const reason = whyIneligible(campaign, this.#eligibility!);
    return reason === NOT_COMPLEMENTARY && this.#goesWithPage(listing) ? null : reason;
  }

  /** What the campaign would bid for the listing if it could. */
  bidOf(campaign: number, listing: number): number {
    const { campaigns, page } = this.#eligibility!;
    return this.#treatedBid(campaign, listing, bidFor(campaign, campaigns, page));
  }

  /** What pacing multiplies the campaign's bids with here. */
  #pacingFactor(campaign: number): number {
    const share = this.#pacing!.shareWanted(campaign);
    if (share === 1) return 1;
    const { campaigns } = this.#state!.market;
    const method = this.#treated?.pacing(campaign) ?? this.#method;
    return bidShare(share, pacedBy(campaign, campaigns, method));
  }

  /** What the campaign's bid for the listing was multiplied with; undefined where with nothing. */
  bidFactors(campaign: number, listing: number): BidFactors | undefined {
    const conversion = conversionFactor(this.#state!, campaign, listing);
    const pacing = this.#pacingFactor(campaign);
    const experiments = this.#experimentsFactor(campaign, listing);
    if (conversion === 1 && pacing === 1 && experiments === 1) return undefined;
    return {
      ...(conversion !== 1 && { conversion }),
      ...(pacing !== 1 && { pacing }),
      ...(experiments !== 1 && { experiments }),
    };
  }
}
