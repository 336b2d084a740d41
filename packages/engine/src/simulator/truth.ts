/**
 * The known truth of a simulated marketplace: how likely a buyer is to click a listing once looked at, in closed form, and to
 * put it into the cart once open. Whatever learns from the simulator's log can be held against it.
 *
 *     ln odds(click) = BASE + 2.4 taste_b·taste_l + 0.5 quality_l − sensitivity_b dearness_l + need + owned + language + ad
 *     ln odds(cart)  = CART + 0.7 (ln odds(click) − BASE)
 */
import { MILLIS_PER_DAY } from '../base/units.ts';
import { CATEGORIES } from './categories.ts';
import type { WorldBuyer } from './world-buyers.ts';
import type { WorldListing } from './world-listings.ts';

const BASE = -5.5;
const CART = -3.5;
const TASTE = 2.4;
const QUALITY = 0.5;
/** A visit that looks for something: the same category, or another one. */
const NEEDED = 1.4;
const NOT_NEEDED = -0.5;
const FOREIGN_LANGUAGE = -0.7;
/** Buyers pass over what is marked as an ad somewhat more. */
const AD = -0.2;
/** What is owned and lasts, what is owned and not used up yet, what is used up and liked. */
const OWNED = -2;
const STOCKED = -1;
const USED_UP = 2.5;

export interface Encounter {
  readonly buyer: WorldBuyer;
  readonly listing: WorldListing;
  /** The category that the visit is for; undefined for one that only looks around. */
  readonly need: number | undefined;
  /** When the buyer bought it last. */
  readonly boughtAt: number | undefined;
  readonly at: number;
  readonly ad: boolean;
}

const sigmoid = (logOdds: number): number => 1 / (1 + Math.exp(-logOdds));

/** Of a click, given that the buyer looks at the listing. */
function clickLogOdds(encounter: Encounter): number {
  const { buyer, listing, need, ad } = encounter;
  let taste = 0;
  for (let d = 0; d < buyer.taste.length; d++) taste += buyer.taste[d] * listing.taste[d];
  return (
    BASE +
    TASTE * taste +
    QUALITY * listing.quality -
    buyer.priceSensitivity * listing.dearness +
    (need === undefined ? 0 : need === listing.category ? NEEDED : NOT_NEEDED) +
    ownedShift(encounter) +
    (buyer.language === listing.language ? 0 : FOREIGN_LANGUAGE) +
    (ad ? AD : 0)
  );
}

function ownedShift({ buyer, listing, boughtAt, at }: Encounter): number {
  if (boughtAt === undefined) return 0;
  const { usedUpDays } = CATEGORIES[listing.category];
  if (usedUpDays === 0) return OWNED;
  return at - boughtAt < usedUpDays * MILLIS_PER_DAY ? STOCKED : USED_UP * buyer.loyalty;
}

export const clickProbability = (encounter: Encounter): number => sigmoid(clickLogOdds(encounter));

/** Of putting it into the cart, given that its page is open. */
export const cartProbability = (encounter: Encounter): number =>
  sigmoid(CART + 0.7 * (clickLogOdds({ ...encounter, ad: false }) - BASE));
