/**
 * The listings that the buyer's past and the page speak for most: bought together, viewed together, nearest in the embedding, or where the trained
 * graph leads: score(j) = Σ w_ij over the page's listing and the cart's, else Σ φ^(steps back of i) w_ij over the latest of the buyer's past.
 * Listings that another source has brought already leave their places to others.
 */
import type { Accumulator } from '../features/accumulator.ts';
import type { CandidateSource as SourceName } from '../features/candidates.ts';
import { BOUGHT_28, frontAt } from '../features/listing-counters.ts';
import { inBrief } from '../features/moment.ts';
import { selectTopByKey } from '../features/select-top.ts';
import { addAll, type CandidateSource, type RetrievalInput } from './candidate-source.ts';

/** Adds the `limit` listings with the largest sums that are no candidates yet. */
function addTop(
  { candidates, scratch, keys }: RetrievalInput,
  sums: Accumulator,
  limit: number,
  source: SourceName,
): void {
  let fresh = 0;
  for (let i = 0; i < sums.size && fresh < scratch.length; i++) {
    const entry = sums.touched[i]!;
    if (candidates.at(entry) >= 0) continue;
    keys[fresh] = sums.sums[entry]!;
    scratch[fresh++] = sums.listingAt(i);
  }
  addAll(candidates, scratch, selectTopByKey(scratch, keys, fresh, limit), limit, source);
}

/** A quarter from the page, the cart or the last order, a quarter from what follows it, the rest from the buyer's history, what sells now preferred. */
export const fromTogether: CandidateSource = (input, limit) => {
  const { evidence, signals } = input;
  const quarter = Math.ceil(limit / 4);
  addTop(input, evidence.togetherNow, quarter, 'together');
  addTop(input, evidence.next, quarter, 'together');
  const { together, priority } = evidence;
  const { front } = signals.statistics.counters;
  priority.begin();
  for (let i = 0; i < together.size; i++) {
    const entry = together.touched[i]!;
    const sold = front[frontAt(together.listingAt(i), BOUGHT_28)]!;
    priority.addTo(entry, together.sums[entry]! * Math.sqrt(sold + 0.5));
  }
  addTop(input, priority, limit - 2 * quarter, 'together');
};

export const fromViewedTogether: CandidateSource = (input, limit) =>
  addTop(input, input.evidence.viewedTogether, limit, 'viewed-together');

export const fromNeighbours: CandidateSource = (input, limit) =>
  addTop(input, input.evidence.neighbours, limit, 'neighbours');

/** Listings of the buyer's past that speak. */
const GRAPH_SEEDS_MAX = 80;

export const fromRecommended: CandidateSource = (input, limit) => {
  const { moment, evidence, signals, market } = input;
  const isPage = moment.listing >= 0 || moment.cart.length > 0;
  const { edgesPerListing, fade, targets, weights } = isPage ? signals.embedding.pageGraph : signals.embedding.graph;
  const { priority } = evidence;
  priority.begin();
  if (edgesPerListing === 0) return;
  const lead = (seed: number, by: number): void => {
    const start = seed * edgesPerListing;
    for (let i = start; i < start + edgesPerListing && i < targets.length && targets[i]! >= 0; i++)
      priority.add(targets[i]!, by * weights[i]!);
  };
  if (moment.listing >= 0) lead(moment.listing, 1);
  for (const seed of moment.cart) lead(seed, 1);
  if (!isPage) {
    const { interactions } = market;
    let row = interactions.first(moment.buyer);
    let by = 1;
    const seedsMax = inBrief(GRAPH_SEEDS_MAX, moment);
    for (let i = 0; i < seedsMax && row >= 0; i++, row = interactions.next.data[row]!, by *= fade)
      if (interactions.hidden.data[row] !== 1) lead(interactions.listing.data[row]!, by);
  }
  addTop(input, priority, limit, 'recommended');
};
