/** Whether a campaign may bid now on what a page shows: the filter before the auction. */
import type { DropReason } from '@rialto/sdk';
import { hashPair } from '../base/hash.ts';
import type { Millis } from '../base/units.ts';
import type { AdPage } from '../features/ad-page.ts';
import { BOUNDED, CAPPED, PAUSED, SCHEDULED } from '../market/campaign-front.ts';
import type { Campaigns } from '../market/campaigns.ts';
import type { AdBooks } from './ad-books.ts';
import { type Exhaustion, whyExhausted } from './campaign-limits.ts';
import type { Frequency } from './frequency.ts';
import type { Pacing } from './pacing.ts';
import { type PlacementPacing, pacedBy, participation } from './pacing-method.ts';
import { inSchedule } from './schedule.ts';
import { NOT_COMPLEMENTARY, whyNotTargeted } from './targeting.ts';

export interface EligibilityInput {
  readonly campaigns: Campaigns;
  readonly page: AdPage;
  readonly books: Pick<AdBooks, 'accounts' | 'ledger'>;
  readonly pacing: Pick<Pacing, 'share'>;
  /** Whose part of the budgets the page spends, where an experiment splits them; its own pacing is `pacing`. */
  readonly part?: { leftMicros(campaign: number, at: Millis): number } | undefined;
  /** Of the placement, or what an experiment makes of it for the campaign. */
  method: PlacementPacing;
  readonly frequency: Frequency;
  readonly at: Millis;
  /** What the decision draws from whether a campaign sits this one out. */
  readonly pacingSeed: number;
  /** A campaign that is asked about as if money were no matter: neither limits nor pacing hold for it. */
  readonly unlimited?: number | undefined;
}

export type Ineligibility =
  | Extract<
      DropReason,
      'campaign-paused' | 'campaign-not-started' | 'campaign-ended' | 'outside-schedule' | 'frequency-capped' | 'paced'
    >
  | Exhaustion
  | NonNullable<ReturnType<typeof whyNotTargeted>>;

/**
 * Why the campaign may not bid, the seller's own choices first; null where it may. `not-complementary` is said last of all:
 * nothing else is against it, so listings that do go with the page may be shown.
 */
export function whyIneligible(campaign: number, input: EligibilityInput): Ineligibility | null {
  const { campaigns, page, books, pacing, at, pacingSeed } = input;
  const traits = campaigns.front.traits(campaign);
  if ((traits & PAUSED) !== 0) return 'campaign-paused';
  if ((traits & BOUNDED) !== 0) {
    if (at < campaigns.startsAt.data[campaign]!) return 'campaign-not-started';
    if (at >= campaigns.endsAt.data[campaign]!) return 'campaign-ended';
  }
  const mismatch = whyNotTargeted(campaign, campaigns, page);
  if (mismatch !== null && mismatch !== NOT_COMPLEMENTARY) return mismatch;
  if ((traits & SCHEDULED) !== 0 && !inSchedule(campaign, campaigns.schedules, at)) return 'outside-schedule';
  if ((traits & CAPPED) !== 0 && isCapped(campaign, input)) return 'frequency-capped';
  if (campaign === input.unlimited) return mismatch;
  const exhausted = whyExhausted(campaigns, books, campaign, at);
  if (exhausted !== null) return exhausted;
  if (input.part !== undefined && input.part.leftMicros(campaign, at) <= 0) return 'budget-exhausted';
  const share = pacing.share(campaign);
  if (share < 1) {
    const chance = participation(share, pacedBy(campaign, campaigns, input.method));
    if (chance < 1 && hashPair(pacingSeed, campaign) / 2 ** 32 >= chance) return 'paced';
  }
  return mismatch;
}

/** Of a campaign with a cap. Who cannot be told apart is not counted, and so never capped. */
function isCapped(campaign: number, { campaigns, page, frequency, at }: EligibilityInput): boolean {
  if (page.viewer === undefined) return false;
  const impressions = campaigns.capImpressions.data[campaign]!;
  return frequency.capped(page.viewer, campaign, { impressions, hours: campaigns.capHours.data[campaign]! }, at);
}
