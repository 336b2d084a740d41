/**
 * Policies for logged auctions (logged-auctions.ts), each fixed before the first auction is read.
 *
 *     mcpc     rate × cost / click of training (the highest bid that keeps the cost per click)
 *     linear   b × rate / mean rate, b such that training prices would cost the budget (Perlich et al. 2012)
 *     ssMdp    the plan of an episode, every auction worth the same (Yuan et al. 2013)
 *     rlb      the same plan, each auction worth its rate (Cai et al. 2017)
 *     rialto   the plan for rates as spread as those seen so far, prices learned from its own auctions, and rates half believed
 *
 * Of how far a predicted rate lies from the mean, part is the predictor's error, and no click may be looked at to tell how much.
 * ssMdp believes none of it and rlb all; half is the choice whose regret is least whichever is right. The plan is made
 * again after 1, 2, 4, 8, … episodes.
 */
import { type EpisodePlan, planEpisode, plannedBid } from '../ads/episode-plan.ts';
import { observePrice, priceShares, startPrices } from '../ads/price-distribution.ts';
import type { AuctionBidder, Episode, TrainingTotals } from './logged-auctions.ts';

export const AUCTION_POLICIES = ['rialto', 'linear', 'mcpc', 'ssMdp', 'rlb'] as const;
export type AuctionPolicy = (typeof AUCTION_POLICIES)[number];

const BELIEF = 0.5;
/** The training histogram counts as so many of the campaign's own auctions. */
const PRIOR_AUCTIONS = 10_000;
const QUANTILES = 32;
const RATES_KEPT = 16_384;
const EVENLY = Float64Array.of(1);

const meanRate = ({ clicks, impressions }: TrainingTotals): number => clicks / impressions;

export function auctionBidder(policy: AuctionPolicy, totals: TrainingTotals, episode: Episode): AuctionBidder {
  switch (policy) {
    case 'mcpc':
      return { bid: ({ rate }) => (rate * totals.cost) / Math.max(1, totals.clicks) };
    case 'linear':
      return linearBidder(totals, episode);
    case 'ssMdp':
      return fixedPlanBidder(totals, episode, () => 1);
    case 'rlb':
      return fixedPlanBidder(totals, episode, (rate) => rate / meanRate(totals));
    case 'rialto':
      return learningBidder(totals, episode);
  }
}

function linearBidder(totals: TrainingTotals, { auctions, budget }: Episode): AuctionBidder {
  const { prior } = startPrices(totals.priceHistogram);
  let base = 0;
  for (let cost = 0; base + 1 < prior.length; base++) {
    cost += (base + 1) * prior[base + 1]!;
    if (cost * auctions > budget) break;
  }
  const mean = meanRate(totals);
  return { bid: ({ rate }) => (base * rate) / mean };
}

function fixedPlanBidder(totals: TrainingTotals, episode: Episode, worthOf: (rate: number) => number): AuctionBidder {
  const plan = planEpisode({ ...episode, prices: startPrices(totals.priceHistogram).prior, worths: EVENLY });
  return { bid: ({ rate, left, remaining }) => plannedBid(plan, { left, remaining, worth: worthOf(rate) }) };
}

/** The rates seen so far: their mean, and evenly chosen ones for quantiles. */
class SeenRates {
  #kept = new Float64Array(RATES_KEPT);
  #every = 1;
  #held = 0;
  #seen = 0;
  #sum = 0;

  add(rate: number): void {
    if (this.#seen++ % this.#every === 0) {
      if (this.#held === RATES_KEPT) this.#thin();
      this.#kept[this.#held++] = rate;
    }
    this.#sum += rate;
  }

  /** Every second one makes room for as many that come half as often. */
  #thin(): void {
    this.#held = RATES_KEPT / 2;
    for (let i = 0; i < this.#held; i++) this.#kept[i] = this.#kept[2 * i]!;
    this.#every *= 2;
  }

  get mean(): number {
    return this.#seen === 0 ? 0 : this.#sum / this.#seen;
  }

  quantiles(count: number): Float64Array {
    const sorted = this.#kept.slice(0, this.#held).sort();
    return Float64Array.from(
      { length: count },
      (_, k) => sorted[Math.min(this.#held - 1, Math.floor(((k + 0.5) / count) * this.#held))]!,
    );
  }
}

function learningBidder(totals: TrainingTotals, episode: Episode): AuctionBidder {
  const prices = startPrices(totals.priceHistogram);
  const rates = new SeenRates();
  const worthOf = (rate: number): number => (rates.mean > 0 ? 1 + BELIEF * (rate / rates.mean - 1) : 1);
  const replan = (worths: Float64Array): EpisodePlan =>
    planEpisode({ ...episode, prices: priceShares(prices, PRIOR_AUCTIONS), worths });
  let plan = replan(EVENLY);
  let episodes = 0;
  let planned = 0;
  return {
    bid({ rate, left, remaining }) {
      if (left === episode.auctions && episodes++ >= Math.max(1, 2 * planned)) {
        planned = episodes - 1;
        plan = replan(rates.quantiles(QUANTILES).map(worthOf));
      }
      rates.add(rate);
      return plannedBid(plan, { left, remaining, worth: worthOf(rate) });
    },
    observe: (bid, price) => observePrice(prices, bid, price),
  };
}
