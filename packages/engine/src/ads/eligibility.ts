/** Whether a campaign may bid now, from plain values: the filter before the auction. */
import type { DropReason } from '@rialto/sdk';

export interface CampaignTerms {
  readonly active: boolean;
  /** Milliseconds since 1970, inclusive. */
  readonly startsAt: number;
  /** Milliseconds since 1970, exclusive. */
  readonly endsAt: number;
  /** Whether it bids on the placement in question. */
  readonly targeted: boolean;
  readonly dailyBudgetMicros: number;
  /** Of the UTC day in question, as the ledger has it. */
  readonly spentMicros: number;
  /** Pacing's share of the opportunities to take, 0 to 1. */
  readonly participation: number;
  /** Uniform in [0, 1), drawn by the decision. */
  readonly draw: number;
}

export type Ineligibility = Extract<
  DropReason,
  | 'campaign-paused'
  | 'campaign-not-started'
  | 'campaign-ended'
  | 'placement-not-targeted'
  | 'budget-exhausted'
  | 'paced'
>;

/** Why the campaign may not bid at `at`, the seller's own choices first; null where it may. */
export function whyIneligible(terms: CampaignTerms, at: number): Ineligibility | null {
  if (!terms.active) return 'campaign-paused';
  if (at < terms.startsAt) return 'campaign-not-started';
  if (at >= terms.endsAt) return 'campaign-ended';
  if (!terms.targeted) return 'placement-not-targeted';
  if (terms.spentMicros >= terms.dailyBudgetMicros) return 'budget-exhausted';
  if (terms.draw >= terms.participation) return 'paced';
  return null;
}
