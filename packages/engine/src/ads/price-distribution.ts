/**
 * The distribution of the price that must be paid to win, learned from training totals and then from one's own auctions. A won
 * auction shows its price; a lost one only that it was above the bid: censored from the right, so the estimate goes by hazards
 * (Kaplan and Meier 1958), with the training histogram as a prior worth so many auctions.
 *
 *     h(p) = (w H(p) + wins at p) / (w S(p) + auctions known to cost p or more, and bid p or more for)
 *
 * H and S are the histogram's share at p and from p on. Beyond what was ever bid for, the training shares stand.
 */
export interface PriceDistribution {
  /** The training shares. [priceMax + 1] */
  readonly prior: Float64Array;
  /** Won auctions by price. [priceMax + 1] */
  readonly wins: Float64Array;
  /** Lost auctions by bid. [priceMax + 1] */
  readonly losses: Float64Array;
}

export function startPrices(histogram: ArrayLike<number>): PriceDistribution {
  const counts = Float64Array.from(histogram);
  const total = counts.reduce((sum, n) => sum + n, 0);
  return {
    prior: counts.map((n) => n / total),
    wins: new Float64Array(counts.length),
    losses: new Float64Array(counts.length),
  };
}

/** Counts one auction. `price` is undefined where it was lost. */
export function observePrice({ wins, losses }: PriceDistribution, bid: number, price: number | undefined): void {
  if (price === undefined) losses[bid]!++;
  else wins[price]!++;
}

/** P(price), summing to 1. @param priorAuctions how many auctions the training histogram counts as. */
export function priceShares({ prior, wins, losses }: PriceDistribution, priorAuctions: number): Float64Array {
  const shares = new Float64Array(prior.length);
  let priorFrom = 1;
  let known = wins.reduce((sum, n) => sum + n, 0) + losses.reduce((sum, n) => sum + n, 0);
  let survival = 1;
  for (let price = 0; price < prior.length; price++) {
    const lostBelow = price > 0 ? losses[price - 1]! : 0;
    known -= lostBelow;
    const risk = priorAuctions * priorFrom + known;
    const hazard = risk > 0 ? Math.min(1, (priorAuctions * prior[price]! + wins[price]!) / risk) : 0;
    shares[price] = survival * hazard;
    survival -= shares[price]!;
    priorFrom = Math.max(0, priorFrom - prior[price]!);
    known -= wins[price]!;
  }
  return shares;
}
