/**
 * What is like the listings at hand by what sellers say of it: the words of title, tags, brand and category, and whether it is of the same category and
 * shop. At hand are the page's listing, else those in the cart, else what the buyer turned to last. It needs no event and no training, so a
 * listing can be recommended from the moment it is saved.
 *
 *     likeness = text match (retrieval/text-index.ts), of 2 at most, + 0.5 where the category is the same + 0.25 where the shop is
 *
 * The ranker knows it, as a share of what a whole match would be, as a feature (features/like-at-hand.ts), and what is known stands in for what is new among
 * them (stand-ins.ts), so that a listing without a history is not behind all that have one.
 */
import { selectTopByKey } from '../features/select-top.ts';
import { addAll, type CandidateSource, type RetrievalInput } from './candidate-source.ts';
import { listingTerms } from './listing-terms.ts';
import { letStandIn } from './stand-ins.ts';

/** So many listings speak, the nearest first, and so far back is looked for them. */
const ANCHORS_MAX = 3;
const HISTORY_MAX = 16;
const SAME_CATEGORY = 0.5;
const SAME_SHOP = 0.25;
/** Matches looked at for each place, so that category and shop can choose among them; and at most. */
const FOUND_PER_PLACE = 4;
const FOUND_MAX = 512;

export const fromSimilar: CandidateSource = (input, limit) => {
  const anchors = anchorsOf(input);
  input.evidence.alike.begin();
  const each = Math.ceil(limit / Math.max(1, anchors.length));
  for (const anchor of anchors) addSimilar(input, { anchor, limit: each, weight: 1 / anchors.length });
};

interface Asked {
  /** Listing row. */
  readonly anchor: number;
  readonly limit: number;
  /** Of this anchor's likeness, for the ranker. */
  readonly weight: number;
}

function addSimilar(
  { market, signals, texts, candidates, evidence, scratch, keys }: RetrievalInput,
  { anchor, limit, weight }: Asked,
): void {
  const { listings } = market;
  const { title, other } = listingTerms(listings.document(anchor), market.settings().language);
  const wanted = Math.min(FOUND_PER_PLACE * limit, FOUND_MAX, scratch.length);
  const found = texts.search([...title, ...other], wanted, scratch, keys);
  const category = listings.category.data;
  const shop = listings.shop.data;
  let others = 0;
  for (let i = 0; i < found; i++) {
    const row = scratch[i]!;
    if (row === anchor) continue;
    scratch[others] = row;
    keys[others] = keys[i]!;
    if (category[row]! >= 0 && category[row] === category[anchor]) keys[others]! += SAME_CATEGORY;
    if (shop[row]! >= 0 && shop[row] === shop[anchor]) keys[others]! += SAME_SHOP;
    others++;
  }
  const best = selectTopByKey(scratch, keys, others, limit);
  addAll(candidates, scratch, best, limit, 'similar');
  letStandIn(candidates, signals.statistics.counters, { anchor, listings: scratch, likeness: keys, size: best });
  const most = 1 + (category[anchor]! >= 0 ? SAME_CATEGORY : 0) + (shop[anchor]! >= 0 ? SAME_SHOP : 0);
  for (let i = 0; i < best; i++) evidence.alike.add(scratch[i]!, weight * Math.min(1, keys[i]! / most));
}

/** Listing rows. */
function anchorsOf({ moment, market: { interactions } }: RetrievalInput): readonly number[] {
  if (moment.listing >= 0) return [moment.listing];
  if (moment.cart.length > 0) return moment.cart.slice(-ANCHORS_MAX);
  const last: number[] = [];
  let row = interactions.first(moment.buyer);
  for (let i = 0; i < HISTORY_MAX && row >= 0 && last.length < ANCHORS_MAX; i++, row = interactions.next.data[row]!)
    if (interactions.hidden.data[row] !== 1) last.push(interactions.listing.data[row]!);
  return last;
}
