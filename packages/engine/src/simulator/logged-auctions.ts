/**
 * Bidding on logged auctions: in their order, in episodes of N auctions, each with a budget of its own. An integer bid, at most
 * the highest price and at most what is left, wins where it is not below the market price, and pays that price. What a policy
 * learns: the training totals before the first auction, each predicted click rate before its bid, and the price of what it won.
 * The protocol of Cai et al. (WSDM 2017), "Real-time bidding by reinforcement learning in display advertising".
 */
export interface LoggedAuctions {
  /** [auctions] */
  readonly clicks: Uint8Array;
  readonly prices: Uint16Array;
  readonly rates: Float64Array;
}

/** Totals of the campaign's past, on which nothing of the auctions under test is known. */
export interface TrainingTotals {
  readonly clicks: number;
  readonly impressions: number;
  readonly cost: number;
  /** Auctions by market price. [highest price + 1] */
  readonly priceHistogram: readonly number[];
}

export interface Episode {
  readonly auctions: number;
  readonly budget: number;
}

export interface AuctionBidder {
  /** `left` counts this auction. */
  bid(auction: { readonly rate: number; readonly left: number; readonly remaining: number }): number;
  /** The price is known where it was won. */
  observe?(bid: number, price: number | undefined): void;
}

export interface BiddingOutcome {
  readonly clicks: number;
  readonly impressions: number;
  readonly cost: number;
}

const EPISODE_AUCTIONS = 1000;

/** A share of what the campaign paid for as many impressions in training. */
export const episodeOf = ({ cost, impressions }: TrainingTotals, budgetRatio: number): Episode => ({
  auctions: EPISODE_AUCTIONS,
  budget: Math.floor((cost / impressions) * budgetRatio * EPISODE_AUCTIONS),
});

export function replayAuctions(
  { clicks, prices, rates }: LoggedAuctions,
  { auctions, budget }: Episode,
  { bidder, priceMax }: { readonly bidder: AuctionBidder; readonly priceMax: number },
): BiddingOutcome {
  const outcome = { clicks: 0, impressions: 0, cost: 0 };
  let remaining = budget;
  for (let i = 0; i < prices.length; i++) {
    const passed = i % auctions;
    if (passed === 0) remaining = budget;
    const wanted = bidder.bid({ rate: rates[i]!, left: auctions - passed, remaining });
    const bid = Math.min(priceMax, remaining, Math.max(0, Math.floor(wanted)));
    const price = prices[i]!;
    const won = bid >= price;
    if (won) {
      remaining -= price;
      outcome.cost += price;
      outcome.impressions++;
      outcome.clicks += clicks[i]!;
    }
    bidder.observe?.(bid, won ? price : undefined);
  }
  return outcome;
}
