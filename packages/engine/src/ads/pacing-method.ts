/**
 * How a campaign takes the share s of its possible spending that pacing lets it take (`pacing.ts`):
 *
 *     throttling     takes part with probability s, and bids as ever
 *     shading        takes part always, with its bid × s^(1/2): spending falls with the square of the bid, about, as fewer auctions are
 *                    won, and cheaper ones
 *
 * A seller's own bid is shaded to half of it at the least, and below that (s < 1/4) the campaign sits auctions out as well: where rivals
 * are few, prices and places hardly hang on the bid, until it falls below the reserve and everything ends. An automatic bid has no
 * such floor, and may rise above its start where budget is left over, throttled or not. Commissions are agreed, so campaigns that pay
 * them are throttled.
 *
 * The campaign's own choice goes before the placement's. Without one, automatic bids are shaded, and so is every bid in a first-price
 * auction; a seller's own bid in a second-price or VCG auction is throttled. docs/pacing.md compares them and says why.
 */
import type { AuctionFormat, PacingMethod, Placement } from '@rialto/sdk';
import { BILLINGS, type Campaigns, PACING_METHODS, STRATEGIES } from '../market/campaigns.ts';

const MANUAL = STRATEGIES.indexOf('manual');
const ORDER = BILLINGS.indexOf('order');
/** Code in the column of campaigns, in which 0 is no choice. */
const SHADE = 1 + PACING_METHODS.indexOf('shade');
/** Spending falls with the bid to this power. */
const BID_ELASTICITY = 2;
const OWN_BID_MIN = 0.5;
/** The most that an automatic bid is multiplied with. */
const RISE_MAX = 1_000;

/** What is done with a share: `shade-freely` without a floor. */
export type PacedBy = PacingMethod | 'shade-freely';

/** What campaigns without a choice of their own do on a placement. */
export interface PlacementPacing {
  readonly manual: PacingMethod;
  readonly automatic: PacingMethod;
}

const BY_FORMAT: Readonly<Record<AuctionFormat, PlacementPacing>> = {
  gsp: { manual: 'throttle', automatic: 'shade' },
  vcg: { manual: 'throttle', automatic: 'shade' },
  'first-price': { manual: 'shade', automatic: 'shade' },
};
/** A method for all campaigns that have no choice of their own. */
export const CHOSEN: Readonly<Record<PacingMethod, PlacementPacing>> = {
  throttle: { manual: 'throttle', automatic: 'throttle' },
  shade: { manual: 'shade', automatic: 'shade' },
};

export function placementPacing({ auction = {} }: Placement): PlacementPacing {
  return auction.pacing ? CHOSEN[auction.pacing] : BY_FORMAT[auction.format ?? 'gsp'];
}

export function pacedBy(campaign: number, campaigns: Campaigns, placement: PlacementPacing): PacedBy {
  if (campaigns.billing.data[campaign] === ORDER) return 'throttle';
  const own = campaigns.pacing.data[campaign]!;
  const manual = isManual(campaign, campaigns);
  const shaded = own > 0 ? own === SHADE : placement[manual ? 'manual' : 'automatic'] === 'shade';
  if (!shaded) return 'throttle';
  return manual ? 'shade' : 'shade-freely';
}

/** How likely the campaign takes part. */
export function participation(share: number, by: PacedBy): number {
  if (by === 'throttle' || share === 0) return Math.min(1, share);
  return by === 'shade' ? Math.min(1, share / OWN_BID_MIN ** BID_ELASTICITY) : 1;
}

/** What the bid is multiplied with. `share` above 1 raises automatic bids. */
export function bidShare(share: number, by: PacedBy): number {
  if (share === 1 || (by === 'throttle' && share < 1)) return 1;
  const factor = share ** (1 / BID_ELASTICITY);
  return by === 'shade' ? Math.max(OWN_BID_MIN, factor) : factor;
}

/** The most that the share of a campaign may be. */
export function shareMax(campaign: number, campaigns: Campaigns): number {
  return isManual(campaign, campaigns) ? 1 : RISE_MAX ** BID_ELASTICITY;
}

const isManual = (campaign: number, { strategy }: Campaigns): boolean => strategy.data[campaign] === MANUAL;
