/**
 * The ads of one placement: campaigns that advertise a candidate, filtered (`ad-offers.ts`), then auctioned for the ad slots. Where the placement weighs ads
 * against organic results (V = `relevanceValueMicros`), an ad's score has V × its relevance added, and the slot at position p,
 * the k-th sold from 0 on, asks for V × relevance of the (p − k)-th organic result, which the ad would push down.
 */
import type { DropReason, Placement, PriceDerivation } from '@rialto/sdk';
import { Auction } from '../ads/auction.ts';
import { type CompiledAuction, compileAuction } from '../ads/auction-terms.ts';
import { bidLadder, type LadderEntrant } from '../ads/bid-ladder.ts';
import { derivePrice } from '../ads/price-derivation.ts';
import { RankedScores } from '../ads/ranked-scores.ts';
import { CANDIDATES_MAX, type Candidates, sourceBit } from '../features/candidates.ts';
import type { Moment } from '../features/moment.ts';
import { BILLINGS } from '../market/campaigns.ts';
import { AdOffers, fixedReserveOf, type OffersInput, reserveOf, suits } from './ad-offers.ts';
import { conversionRate } from './auto-bids.ts';
import type { BidFactors, CampaignGate } from './campaign-gate.ts';
import type { State } from './state.ts';

const SPONSORED = sourceBit('sponsored');

export interface AdOffer {
  readonly candidate: number;
  /** Row of the campaign. */
  readonly campaign: number;
  readonly bidMicros: number;
  readonly priceMicros: number;
  /** Where it is shown; -1 where it is not. */
  readonly position: number;
  readonly dropped: DropReason | undefined;
  /** Of an offer that somebody asks about. */
  readonly bidFactors?: BidFactors | undefined;
  /** Of winners, where asked for. */
  readonly price?: PriceDerivation;
}

export interface AuctionAdsInput extends OffersInput {
  readonly moment: Moment;
  readonly placement: Placement;
  /** On the same page, in placements before this one. */
  readonly adsBefore: number;
  /** Whether somebody wants to know where the prices come from. */
  readonly derive: boolean;
}

interface OwnOffer extends LadderEntrant {
  readonly listing: number;
  readonly pClick: number;
  readonly pOrder: number;
}

/** What one campaign could have won in a placement, by its level (`CampaignGate.bidTerms`). */
export interface CampaignLadder {
  /** Rows. */
  readonly placement: number;
  readonly listing: number;
  /** Where each slot is on the page. [slots] */
  readonly positions: Int32Array;
  /** The least level that wins the slot; infinite where none would. [slots] */
  readonly levels: Float64Array;
  /** What is paid there, in the unit of the campaign's bid. [slots] */
  readonly costsMicros: Float64Array;
  /** Where the bid is paid, what a level comes to; else 0. */
  readonly bidPerLevel: number;
  readonly pClick: number;
  readonly pOrder: number;
}

/** Looks on while a decision is made again: at each placement with ad slots. */
export interface AuctionProbe {
  /** Row of the campaign that is asked about; neither money nor pacing holds it back. */
  readonly campaign: number;
  look(input: AuctionAdsInput, auction: AdAuction): void;
}

/** One placement's auction. Its memory is reused by the next; what it hands out are copies. */
export class AdAuction {
  readonly #auction = new Auction();
  readonly #offers = new AdOffers();
  readonly #compiled = new WeakMap<Placement, CompiledAuction>();
  readonly #organicScore = new Float64Array(CANDIDATES_MAX); // [candidates]
  readonly #noPriority = new Uint32Array(CANDIDATES_MAX); // [candidates]
  readonly #organic = new RankedScores();

  /** Runs it and returns the winners in rank order. */
  run(input: AuctionAdsInput): AdOffer[] {
    this.#offers.begin();
    if ((input.placement.adSlots ?? []).length === 0 || input.state.market.campaigns.size === 0) return [];
    const terms = this.#termsOf(input.placement);
    const slots = this.#openSlots(terms, input);
    if (slots === 0) return [];
    this.#offers.collect(terms, input);
    if (this.#offers.entrants.size === 0) return [];
    this.#auction.run(this.#offers.entrants, {
      format: terms.format,
      slotEffects: this.#effectsOf(terms, input.state).subarray(0, slots),
      slotFloors: terms.relevanceValueMicros > 0 ? this.#floors(terms, slots, input.candidates) : undefined,
      qualityMin: terms.qualityMin,
      admits: this.#offers.admits,
    });
    return Array.from({ length: this.#auction.won }, (_, rank) => this.#won(rank, terms, input));
  }

  /**
   * The offers that did not win, with the reasons: those that took part, then those that could not. To be asked right after
   * `run`, with the same input and the candidates as they were.
   */
  losers(input: AuctionAdsInput): AdOffer[] {
    const { candidates, placement, state, gate } = input;
    const { campaigns } = state.market;
    if ((placement.adSlots ?? []).length === 0) return [];
    const losers: AdOffer[] = [];
    const add = (candidate: number, campaign: number, bidMicros: number, dropped: DropReason): void => {
      const bidFactors = gate.bidFactors(campaign, candidates.listing[candidate]!);
      losers.push({ candidate, campaign, bidMicros, priceMicros: 0, position: -1, dropped, bidFactors });
    };
    for (let offer = 0; offer < this.#offers.entrants.size; offer++) {
      if (!this.#offers.admits(offer)) continue;
      const dropped = this.#auction.dropReason(offer);
      const bidMicros = this.#offers.entrants.bidMicros[offer]!;
      if (dropped !== null) add(this.#offers.candidate[offer]!, this.#offers.campaign[offer]!, bidMicros, dropped);
    }
    for (let candidate = 0; candidate < candidates.size; candidate++) {
      const listing = candidates.listing[candidate]!;
      for (const campaign of campaigns.ofListing(listing)) {
        const dropped = candidates.dropped[candidate] ?? gate.whyNot(campaign, listing);
        if (dropped !== null) add(candidate, campaign, gate.bidOf(campaign, listing), dropped);
        else if (this.#offers.entrants.size === 0) add(candidate, campaign, gate.bidOf(campaign, listing), 'ad-load');
      }
    }
    return losers;
  }

  /**
   * What the campaign could win against the others; undefined where it has nothing to offer here. Runs the auction again, without
   * it: what the last run left is gone.
   */
  ladder(input: AuctionAdsInput, campaign: number): CampaignLadder | undefined {
    this.#offers.begin();
    if ((input.placement.adSlots ?? []).length === 0) return undefined;
    const terms = this.#termsOf(input.placement);
    const slots = this.#openSlots(terms, input);
    const own = slots === 0 ? undefined : this.#bestOffer(campaign, terms, input);
    if (own === undefined) return undefined;
    const slotEffects = this.#effectsOf(terms, input.state).subarray(0, slots);
    const floors = terms.relevanceValueMicros > 0 ? this.#floors(terms, slots, input.candidates) : undefined;
    this.#offers.collect(terms, input, campaign);
    this.#auction.run(this.#offers.entrants, {
      format: terms.format,
      slotEffects,
      qualityMin: terms.qualityMin,
      admits: this.#offers.admits,
      ...(floors && { slotFloors: floors }),
    });
    const toBeat = floors?.slice() ?? new Float64Array(slots);
    for (let rank = 0; rank < this.#auction.won; rank++) {
      const slot = this.#auction.slot[rank]!;
      toBeat[slot] = Math.max(toBeat[slot]!, this.#auction.score(this.#auction.winner[rank]!));
    }
    const ladder = bidLadder({ format: terms.format, slotEffects, toBeat }, own);
    return {
      placement: input.state.market.placements.ids.find(input.placement.id),
      listing: own.listing,
      positions: terms.positions.subarray(0, slots),
      levels: ladder.bidsMicros.map((bid) => (bid <= own.capMicros ? bid / own.perLevel : Number.POSITIVE_INFINITY)),
      costsMicros: ladder.costsMicros,
      bidPerLevel: ladder.paysBid ? own.perLevel : 0,
      pClick: own.pClick,
      pOrder: own.pOrder,
    };
  }

  /** Of what the campaign could show, what scores highest at one level. */
  #bestOffer(campaign: number, terms: CompiledAuction, input: AuctionAdsInput) {
    const { candidates, gate, state } = input;
    const entrants = this.#offers.entrants;
    let best: (ReturnType<CampaignGate['bidTerms']> & OwnOffer) | undefined;
    let bestScore = 0;
    for (let candidate = 0; candidate < candidates.size; candidate++) {
      const listing = candidates.listing[candidate]!;
      if (candidates.dropped[candidate] !== undefined) continue;
      if (!state.market.campaigns.ofListing(listing).includes(campaign) || !gate.admits(campaign, listing)) continue;
      const bid = gate.bidTerms(campaign, listing);
      this.#offers.enter(candidate, campaign, terms, input);
      const score = bid.perLevel * entrants.weight[0]!;
      if (entrants.quality[0]! < terms.qualityMin || score <= bestScore) continue;
      bestScore = score;
      best = {
        ...bid,
        listing,
        weight: entrants.weight[0]!,
        bonus: entrants.bonus[0]!,
        reserveMicros: entrants.reserveMicros[0]!,
        coinMicros: entrants.coinMicros[0]!,
        paysBid: entrants.paysBid[0] === 1,
        pClick: this.#offers.pClick[0]!,
        pOrder: conversionRate(state, listing),
      };
    }
    return best;
  }

  /** Of the last run; compiled once for a placement's document, and for what variants make of it. */
  #termsOf(placement: Placement): CompiledAuction {
    let terms = this.#compiled.get(placement);
    if (terms === undefined) {
      terms = compileAuction(placement);
      this.#compiled.set(placement, terms);
    }
    return terms;
  }

  /** How many slots are for sale on this page. */
  #openSlots(terms: CompiledAuction, { adsBefore, candidates }: AuctionAdsInput): number {
    const slots = Math.min(terms.positions.length, Math.max(0, terms.adsPerPageMax - adsBefore));
    if (!terms.keepsGaps) return slots;
    let organic = 0;
    for (let i = 0; i < candidates.size; i++)
      if (candidates.dropped[i] === undefined && candidates.sources[i] !== SPONSORED) organic++;
    // Each ad may be one of the organic candidates itself.
    let open = 0;
    while (open < slots && terms.positions[open]! - open <= organic - open - 1) open++;
    return open;
  }

  /** How likely each slot is looked at: as the placement has it, or as it was learned. [slots] */
  #effectsOf({ placement, positions, slotEffects, learnsEffects }: CompiledAuction, state: State): Float64Array {
    if (!learnsEffects) return slotEffects;
    const effects = slotEffects.slice();
    state.slotEffects.fill(state.market.placements.ids.find(placement), positions, effects);
    return effects;
  }

  /** What the organic results that ads would push down are worth. [slots] */
  #floors({ positions, relevanceValueMicros }: CompiledAuction, slots: number, candidates: Candidates): Float64Array {
    const floors = new Float64Array(slots);
    for (let i = 0; i < candidates.size; i++) {
      const open = candidates.dropped[i] === undefined && candidates.sources[i] !== SPONSORED;
      this.#organicScore[i] = open ? candidates.score[i]! : Number.NEGATIVE_INFINITY;
    }
    this.#organic.rank(this.#organicScore, this.#noPriority, candidates.size);
    for (let slot = 0; slot < slots; slot++) {
      const place = positions[slot]! - slot;
      if (this.#organic.has(place))
        floors[slot] = relevanceValueMicros * suits(candidates.score[this.#organic.order[place]!]!);
    }
    return floors;
  }

  #won(rank: number, terms: CompiledAuction, input: AuctionAdsInput): AdOffer {
    const offer = this.#auction.winner[rank]!;
    const campaign = this.#offers.campaign[offer]!;
    const won = {
      candidate: this.#offers.candidate[offer]!,
      campaign,
      bidMicros: this.#offers.entrants.bidMicros[offer]!,
      priceMicros: this.#auction.priceMicros[rank]!,
      position: terms.positions[this.#auction.slot[rank]!]!,
      dropped: undefined,
    };
    if (!input.derive) return won;
    const bidFactors = input.gate.bidFactors(campaign, input.candidates.listing[won.candidate]!);
    return { ...won, bidFactors, price: this.#derive(rank, offer, terms, input) };
  }

  #derive(
    rank: number,
    offer: number,
    terms: CompiledAuction,
    { state, candidates }: AuctionAdsInput,
  ): PriceDerivation {
    const { campaigns, listings } = state.market;
    const listing = candidates.listing[this.#offers.candidate[offer]!]!;
    const fixed = fixedReserveOf(listing, terms, state);
    const learned = reserveOf(listing, this.#offers.campaign[offer]!, terms, state) > (fixed ?? terms.reserveMicros);
    return derivePrice({
      auction: this.#auction,
      entrants: this.#offers.entrants,
      format: terms.format,
      slotEffects: this.#effectsOf(terms, state),
      rank,
      paidFor: BILLINGS[campaigns.billing.data[this.#offers.campaign[offer]!]!]!,
      pClick: this.#offers.pClick[offer]!,
      relevance: this.#offers.relevance[offer]!,
      reserveFrom: learned ? 'learned' : fixed === undefined ? 'placement' : 'category',
      nameOf: (rival) => ({
        campaign: campaigns.documents.ids.text(this.#offers.campaign[rival]!),
        listing: listings.ids.text(candidates.listing[this.#offers.candidate[rival]!]!),
      }),
    });
  }
}
