/**
 * The offers of one placement: the campaigns that advertise its candidates and may bid, with their bids and what those are weighed by.
 *
 *     quality = pClick × relevance        pClick: click rate of the listing, smoothed; relevance: σ(ranker's score)
 *
 * The first factor stands for how often it is clicked, the second for how much it suits this buyer. Each step is taken for all offers
 * before the next one, so that they wait for memory together and not one by one. The memory is reused by the next placement.
 */
import { type CompiledAuction, categoryReserve } from '../ads/auction-terms.ts';
import { Entrants, ORDER, rateOf, reserveFor, weigh } from '../ads/entrants.ts';
import { int32Column } from '../base/column.ts';
import { hash32, hashPair } from '../base/hash.ts';
import { clickRate, USUAL_CLICK_RATE } from '../features/advertised.ts';
import type { Candidates } from '../features/candidates.ts';
import { SHOP } from '../market/campaign-front.ts';
import { BILLINGS, SEVERAL } from '../market/campaigns.ts';
import { conversionRate } from './auto-bids.ts';
import type { CampaignGate } from './campaign-gate.ts';
import type { State } from './state.ts';

/** Of clicks, what usually becomes an order. */
const P_ORDER = 0.03;
/** Usual qualities, which squashing leaves as they are: of a new listing that suits half. By what is paid for. */
const ANCHORS = BILLINGS.map((_, paid) => 0.5 * rateOf(paid, USUAL_CLICK_RATE, P_ORDER));
/** Offers of one placement; those of the last candidates are left out where there are more. */
const OFFERS_MAX = 4096;

export interface OffersInput {
  readonly state: State;
  readonly candidates: Candidates;
  /** Told of the page and the placement. */
  readonly gate: CampaignGate;
  readonly decisionId: string;
}

export class AdOffers {
  readonly entrants = new Entrants(OFFERS_MAX);
  readonly candidate = new Int32Array(OFFERS_MAX); // [offers]
  readonly campaign = new Int32Array(OFFERS_MAX); // [offers]
  readonly pClick = new Float64Array(OFFERS_MAX); // [offers]
  readonly relevance = new Float64Array(OFFERS_MAX); // [offers]
  /** Campaigns that are to be asked, and for which candidate. [asked] */
  readonly #askedFor = int32Column();
  readonly #asked = int32Column();
  #input: OffersInput | undefined;

  /** Whether an offer may take part, once that matters. */
  readonly admits = (offer: number): boolean => {
    const { gate, candidates } = this.#input!;
    return gate.admits(this.campaign[offer]!, candidates.listing[this.candidate[offer]!]!);
  };

  begin(): void {
    this.entrants.size = 0;
  }

  /** All that may bid, but for one campaign where `except` is its row. */
  collect(terms: CompiledAuction, input: OffersInput, except = -1): void {
    this.#input = input;
    this.#find(input);
    this.#fill(this.#admit(input, except), terms, input);
  }

  /** One offer alone. */
  enter(candidate: number, campaign: number, terms: CompiledAuction, input: OffersInput): void {
    this.#input = input;
    this.candidate[0] = candidate;
    this.campaign[0] = campaign;
    this.#fill(1, terms, input);
  }

  #fill(size: number, terms: CompiledAuction, input: OffersInput): void {
    this.entrants.size = size;
    this.#rate(input);
    this.#bid(input);
    this.#weigh(terms, input);
    if (input.gate.treats) this.#treat(input);
  }

  /** Who advertises the candidates. */
  #find({ state: { market }, candidates }: OffersInput): void {
    const { campaigns } = market;
    const soleAdvertiser = campaigns.soleAdvertiser.data;
    this.#askedFor.clear();
    this.#asked.clear();
    for (let candidate = 0; candidate < candidates.size; candidate++) {
      const listing = candidates.listing[candidate]!;
      if (!campaigns.advertises(listing) || candidates.dropped[candidate] !== undefined) continue;
      const sole = soleAdvertiser[listing]!;
      if (sole !== SEVERAL) this.#ask(candidate, sole);
      else for (const campaign of campaigns.ofListing(listing)) this.#ask(candidate, campaign);
    }
  }

  #ask(candidate: number, campaign: number): void {
    this.#askedFor.push(candidate);
    this.#asked.push(campaign);
  }

  /**
   * Takes in those that may bid. Returns how many. Most campaigns are judged when their offer is about to win, so few are; but all
   * are where there are more offers than places, so that none is lost to one that may not bid.
   */
  #admit({ candidates, gate }: OffersInput, except: number): number {
    const askedFor = this.#askedFor.data;
    const asked = this.#asked.data;
    const judgesAll = this.#asked.length > OFFERS_MAX;
    let offers = 0;
    for (let i = 0; i < this.#asked.length && offers < OFFERS_MAX; i++) {
      const campaign = asked[i]!;
      const candidate = askedFor[i]!;
      const listing = candidates.listing[candidate]!;
      if (campaign === except) continue;
      if (!(judgesAll ? gate.admits(campaign, listing) : gate.mayAdmit(campaign, listing))) continue;
      this.candidate[offers] = candidate;
      this.campaign[offers++] = campaign;
    }
    return offers;
  }

  #rate({ state, candidates }: OffersInput): void {
    const { counters } = state.signals.statistics;
    const { size } = this.entrants;
    for (let offer = 0; offer < size; offer++)
      this.pClick[offer] = clickRate(counters, candidates.listing[this.candidate[offer]!]!);
    for (let offer = 0; offer < size; offer++) this.relevance[offer] = suits(candidates.score[this.candidate[offer]!]!);
  }

  #bid({ state, candidates, gate, decisionId }: OffersInput): void {
    const { size, bidMicros, paysBid, shop, item, priority } = this.entrants;
    const { front } = state.market.campaigns;
    const draw = hash32(decisionId);
    for (let offer = 0; offer < size; offer++) {
      const campaign = this.campaign[offer]!;
      const candidate = this.candidate[offer]!;
      bidMicros[offer] = gate.bidMicros(campaign, candidates.listing[candidate]!);
      paysBid[offer] = front.billing(campaign) === ORDER ? 1 : 0;
      shop[offer] = front.get(campaign, SHOP);
      item[offer] = candidate;
      priority[offer] = hashPair(draw, campaign);
    }
  }

  #weigh(terms: CompiledAuction, { state, candidates }: OffersInput): void {
    const { size, weight, bonus, quality, reserveMicros, coinMicros } = this.entrants;
    const { front } = state.market.campaigns;
    const { relevanceValueMicros, squashing } = terms;
    const oneReserve = !terms.learnsReserve && terms.reserveOfCategory.size === 0;
    for (let offer = 0; offer < size; offer++) {
      const campaign = this.campaign[offer]!;
      const listing = candidates.listing[this.candidate[offer]!]!;
      const pClick = this.pClick[offer]!;
      const relevance = this.relevance[offer]!;
      const paid = front.billing(campaign);
      const pOrder = paid === ORDER ? conversionRate(state, listing) : 1;
      const reserve = oneReserve ? terms.reserveMicros : reserveOf(listing, campaign, terms, state);
      weight[offer] = weigh(rateOf(paid, pClick, pOrder), relevance, squashing, ANCHORS[paid]!);
      bonus[offer] = relevanceValueMicros * relevance;
      quality[offer] = pClick * relevance;
      reserveMicros[offer] = reserveFor(paid, reserve, pClick, pOrder);
      coinMicros[offer] = terms.coinMicros;
    }
  }

  #treat({ candidates, gate }: OffersInput): void {
    const { entrants } = this;
    for (let offer = 0; offer < entrants.size; offer++)
      gate.treat(entrants, offer, this.campaign[offer]!, candidates.listing[this.candidate[offer]!]!);
  }
}

/** The fixed reserve of the listing's category; undefined where it has none of its own. */
export function fixedReserveOf(
  listing: number,
  terms: CompiledAuction,
  { market: { listings } }: State,
): number | undefined {
  if (terms.reserveOfCategory.size === 0) return undefined;
  const category = listings.category.data[listing]!;
  return category < 0 ? undefined : categoryReserve(terms, listings.categories.text(category));
}

/** The least price of a click on the listing. */
export function reserveOf(listing: number, campaign: number, terms: CompiledAuction, state: State): number {
  const fixed = fixedReserveOf(listing, terms, state) ?? terms.reserveMicros;
  if (!terms.learnsReserve) return fixed;
  const { campaigns, placements } = state.market;
  const shop = campaigns.front.get(campaign, SHOP);
  return Math.max(fixed, state.reserves.of(placements.ids.find(terms.placement), shop, state.market));
}

/** How well a score says that it suits, in (0, 1): bounded, so that no score is zero. */
export function suits(score: number): number {
  return 1 / (1 + Math.exp(-Math.min(30, Math.max(-30, score))));
}
