/**
 * How a campaign takes the share s of its possible spending that pacing lets it take (`pacing.ts`):
 *
 *     throttling     takes part with probability s, and bids as ever
 *     shading        takes part always, with its bid × s^(1/2): spending falls with the square of the bid, about, as fewer auctions are
 *                    won, and cheaper ones
 *
 * The campaign's own choice goes before the placement's, and that before what suits format and bid: an automatic bid, and any in a
 * first-price auction, is shaded; a seller's own bid in a second-price or VCG auction is too, or throttled, as docs/pacing.md
 * compares them. An automatic bid may rise above its start where budget is left over, throttled or not. Commissions are agreed: those
 * campaigns are always throttled.
 */
import type { AuctionFormat, PacingMethod, Placement } from '@rialto/sdk';
import { BILLINGS, type Campaigns, PACING_METHODS, STRATEGIES } from '../market/campaigns.ts';

const MANUAL = STRATEGIES.indexOf('manual');
const ORDER = BILLINGS.indexOf('order');
/** Codes in the column of campaigns: 0 is no choice. */
const SHADE = 1 + PACING_METHODS.indexOf('shade');
/** Spending falls with the bid to this power. */
const BID_ELASTICITY = 2;
/** The most that an automatic bid is multiplied with. */
const RISE_MAX = 1_000;

/** What a campaign without a choice of its own does on a placement. */
export interface PlacementPacing {
  readonly manual: PacingMethod;
  readonly automatic: PacingMethod;
}

const BY_FORMAT: Readonly<Record<AuctionFormat, PlacementPacing>> = {
  gsp: { manual: 'throttle', automatic: 'shade' },
  vcg: { manual: 'throttle', automatic: 'shade' },
  'first-price': { manual: 'shade', automatic: 'shade' },
};
const CHOSEN: Readonly<Record<PacingMethod, PlacementPacing>> = {
  throttle: { manual: 'throttle', automatic: 'throttle' },
  shade: { manual: 'shade', automatic: 'shade' },
};

export function placementPacing({ auction = {} }: Placement): PlacementPacing {
  return auction.pacing ? CHOSEN[auction.pacing] : BY_FORMAT[auction.format ?? 'gsp'];
}

export function isShaded(campaign: number, campaigns: Campaigns, placement: PlacementPacing): boolean {
  if (campaigns.billing.data[campaign] === ORDER) return false;
  const own = campaigns.pacing.data[campaign]!;
  if (own > 0) return own === SHADE;
  return (isManual(campaign, campaigns) ? placement.manual : placement.automatic) === 'shade';
}

/** What the bid is multiplied with. `share` above 1 raises automatic bids. */
export function bidShare(share: number, shaded: boolean): number {
  return shaded || share > 1 ? share ** (1 / BID_ELASTICITY) : 1;
}

/** The most that the share of a campaign may be. */
export function shareMax(campaign: number, campaigns: Campaigns): number {
  return isManual(campaign, campaigns) ? 1 : RISE_MAX ** BID_ELASTICITY;
}

const isManual = (campaign: number, { strategy }: Campaigns): boolean => strategy.data[campaign] === MANUAL;
