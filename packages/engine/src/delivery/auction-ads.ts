/**
 * The ads of one placement: campaigns that advertise a candidate, filtered, then auctioned for the ad slots.
 *
 *     quality = click rate of the listing, smoothed × σ(ranker's score)
 *
 * The first factor stands for how often it is clicked, the second for how much it suits this buyer.
 */
import type { DropReason, Placement } from '@rialto/sdk';
import { type AuctionResult, dropReason, runAuction } from '../ads/auction.ts';
import { hash32, hashPair } from '../base/hash.ts';
import { MICROS_PER_CENT } from '../base/units.ts';
import type { Candidates } from '../features/candidates.ts';
import { CLICKS, IMPRESSIONS } from '../features/listing-counters.ts';
import type { Moment } from '../features/moment.ts';
import type { CampaignGate } from './campaign-gate.ts';
import type { State } from './state.ts';

const PRIOR_CLICKS = 2;
const PRIOR_IMPRESSIONS = 100;
/** Offers of one placement; those of the last candidates are left out where there are more. */
const OFFERS_MAX = 4096;

export interface AdOffer {
  readonly candidate: number;
  /** Row of the campaign. */
  readonly campaign: number;
  readonly bidMicros: number;
  readonly priceMicros: number;
  readonly dropped: DropReason | undefined;
}

export interface AuctionAdsInput {
  readonly state: State;
  readonly moment: Moment;
  readonly placement: Placement;
  readonly candidates: Candidates;
  /** Told of the page and the placement. */
  readonly gate: CampaignGate;
  readonly decisionId: string;
}

/** One placement's auction. Its memory is reused by the next; what it hands out are copies. */
export class AdAuction {
  #open = 0;
  readonly #candidate = new Int32Array(OFFERS_MAX); // [offers]
  readonly #campaign = new Int32Array(OFFERS_MAX); // [offers]
  readonly #bidMicros = new Float64Array(OFFERS_MAX); // [offers]
  readonly #quality = new Float64Array(OFFERS_MAX); // [offers]
  readonly #shop = new Int32Array(OFFERS_MAX); // [offers]
  readonly #priority = new Uint32Array(OFFERS_MAX); // [offers]
  #result: AuctionResult | undefined;

  /** Runs it and returns the winners in rank order. */
  run(input: AuctionAdsInput): AdOffer[] {
    this.#open = 0;
    this.#result = undefined;
    const { adSlots = [], reserveMicros = MICROS_PER_CENT } = input.placement;
    if (adSlots.length === 0 || input.state.market.campaigns.size === 0) return [];
    this.#collect(input);
    if (this.#open === 0) return [];
    this.#result = runAuction({
      bidsMicros: this.#bidMicros.subarray(0, this.#open),
      qualities: this.#quality.subarray(0, this.#open),
      shops: this.#shop.subarray(0, this.#open),
      items: this.#candidate.subarray(0, this.#open),
      priorities: this.#priority.subarray(0, this.#open),
      slots: adSlots.length,
      reserveMicros,
    });
    const { winners, pricesMicros } = this.#result;
    return Array.from(winners, (offer, rank) => this.#offer(offer, pricesMicros[rank]!, undefined));
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
    for (let offer = 0; offer < this.#open; offer++) {
      const reason = dropReason(this.#result!.outcomes[offer]!);
      if (reason !== null) losers.push(this.#offer(offer, 0, reason));
    }
    for (let candidate = 0; candidate < candidates.size; candidate++) {
      for (const campaign of campaigns.ofListing(candidates.listing[candidate]!)) {
        const dropped = candidates.dropped[candidate] ?? gate.whyNot(campaign, candidates.listing[candidate]!);
        if (dropped !== null)
          losers.push({ candidate, campaign, bidMicros: finite(gate.bidOf(campaign)), priceMicros: 0, dropped });
      }
    }
    return losers;
  }

  #collect(input: AuctionAdsInput): void {
    const { state, candidates, gate } = input;
    const { campaigns } = state.market;
    const draw = hash32(input.decisionId);
    const { rows, cells, starts, lengths } = campaigns.advertisers;
    for (let candidate = 0; candidate < candidates.size; candidate++) {
      const listing = candidates.listing[candidate]!;
      if (candidates.dropped[candidate] !== undefined || listing >= rows || lengths[listing] === 0) continue;
      const end = starts[listing]! + lengths[listing]!;
      for (let at = starts[listing]!; at < end; at++) {
        const campaign = cells[at]!;
        if (this.#open === OFFERS_MAX || !gate.admits(campaign, listing)) continue;
        const offer = this.#open++;
        this.#candidate[offer] = candidate;
        this.#campaign[offer] = campaign;
        this.#bidMicros[offer] = finite(gate.bidMicros(campaign, listing));
        this.#quality[offer] = quality(candidate, candidates, state);
        this.#shop[offer] = campaigns.shop.data[campaign]!;
        this.#priority[offer] = hashPair(draw, campaign);
      }
    }
  }

  #offer(offer: number, priceMicros: number, dropped: DropReason | undefined): AdOffer {
    return {
      candidate: this.#candidate[offer]!,
      campaign: this.#campaign[offer]!,
      bidMicros: this.#bidMicros[offer]!,
      priceMicros,
      dropped,
    };
  }
}

/** Automatic bidding without a cap makes no bid of its own here. */
const finite = (bidMicros: number): number => (bidMicros === Infinity ? 0 : bidMicros);

function quality(candidate: number, candidates: Candidates, { signals: { statistics } }: State): number {
  const listing = candidates.listing[candidate]!;
  const clicks = statistics.counters.get(listing, CLICKS);
  const impressions = statistics.counters.get(listing, IMPRESSIONS);
  const clickRate = (clicks + PRIOR_CLICKS) / (Math.max(impressions, clicks) + PRIOR_IMPRESSIONS);
  // Bounded, so that no score is zero.
  const suits = 1 / (1 + Math.exp(-Math.min(30, Math.max(-30, candidates.score[candidate]!))));
  return clickRate * suits;
}
