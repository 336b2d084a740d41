/**
 * Whose counts speak for a listing of which few speak yet. What nobody has seen has sold nothing either: by its own counts it would stand behind all that ever sold.
 * So it is taken for as good as what is like it and known: of the nearest KIN listings of a like price, the one of median sales stands in for it, where that sold
 * more in the last four weeks, until buyers have seen it SEEN_MIN times or bought it BOUGHT_MIN times. (A neighbours' answer to missing values; content in
 * the place of evidence as in Schein et al., "Methods and metrics for cold-start recommendations", SIGIR 2002.)
 */
import type { Candidates } from '../features/candidates.ts';
import {
  BOUGHT_28,
  IMPRESSIONS,
  type ListingCounters,
  LOG_PRICE,
  LOG_PRICE_STEPS,
  PURCHASES,
  VIEWS,
} from '../features/listing-counters.ts';

const KIN = 5;
/** Of a like price: from half to twice. */
const LOG_PRICE_APART = Math.log(2) * LOG_PRICE_STEPS;
/** What was seen, or bought, so often speaks for itself. */
const SEEN_MIN = 200;
const BOUGHT_MIN = 5;

// Scratch memory; not for two decisions at once.
const kin = new Int32Array(KIN);
const nearness = new Float32Array(KIN);

const isKnown = (counters: ListingCounters, listing: number): boolean =>
  counters.get(listing, PURCHASES) >= BOUGHT_MIN ||
  counters.get(listing, IMPRESSIONS) + counters.get(listing, VIEWS) >= SEEN_MIN;

/** Candidates that are like the anchor. */
export interface Alike {
  /** Listing row; itself the nearest of all. */
  readonly anchor: number;
  /** Listing rows. [size] */
  readonly listings: Int32Array;
  readonly likeness: Float32Array; // [size]
  readonly size: number;
}

/** Lets others stand in for the newcomers among `alike`. */
export function letStandIn(candidates: Candidates, counters: ListingCounters, alike: Alike): void {
  for (let i = 0; i < alike.size; i++) {
    const listing = alike.listings[i]!;
    if (isKnown(counters, listing)) continue;
    const candidate = candidates.find(listing);
    if (candidate < 0 || candidates.counted[candidate] !== listing) continue;
    const kinOf = medianKin(counters, alike, listing);
    if (kinOf >= 0 && counters.get(kinOf, BOUGHT_28) > counters.get(listing, BOUGHT_28))
      candidates.counted[candidate] = kinOf;
  }
}

/** Of two in the middle the one that sold less; -1 where nothing is known of any. */
function medianKin(counters: ListingCounters, { anchor, listings, likeness, size }: Alike, listing: number): number {
  const price = counters.get(listing, LOG_PRICE);
  let found = 0;
  for (let i = -1; i < size; i++) {
    const other = i < 0 ? anchor : listings[i]!;
    const near = i < 0 ? Number.POSITIVE_INFINITY : likeness[i]!;
    if (found === KIN && near <= nearness[KIN - 1]!) continue;
    if (Math.abs(counters.get(other, LOG_PRICE) - price) > LOG_PRICE_APART || !isKnown(counters, other)) continue;
    if (found < KIN) found++;
    insert(nearness, near, other, found - 1);
  }
  if (found === 0) return -1;
  for (let i = 0; i < found; i++) insert(nearness, counters.get(kin[i]!, BOUGHT_28), kin[i]!, i);
  return kin[found >> 1]!;
}

/** Into `kin`, which falls by `keys` up to `last`: its entry there is lost. */
function insert(keys: Float32Array, key: number, listing: number, last: number): void {
  let at = last;
  for (; at > 0 && keys[at - 1]! < key; at--) {
    keys[at] = keys[at - 1]!;
    kin[at] = kin[at - 1]!;
  }
  keys[at] = key;
  kin[at] = listing;
}
