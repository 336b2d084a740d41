/** What a shown ad is paid for and at which price: what its token carries. */
import type { BillingKind } from '../ads/token.ts';
import { BILLINGS, type Campaigns } from '../market/campaigns.ts';

export interface AdTerms {
  readonly billing: BillingKind;
  /** Of one click or one view, a whole number of micros; 0 where orders are paid for. */
  readonly priceMicros: number;
  /** Where orders are paid for, else 0. */
  readonly commissionBasisPoints: number;
}

const MILLE = 1000;

/** `priceMicros` is the auction's, in the unit of the campaign's bid: for a click, or for a thousand views, rounded down for one. */
export function adTerms(campaigns: Campaigns, campaign: number, priceMicros: number): AdTerms {
  const billing = BILLINGS[campaigns.billing.data[campaign]!]!;
  if (billing === 'click') return { billing, priceMicros, commissionBasisPoints: 0 };
  if (billing === 'view') return { billing, priceMicros: Math.floor(priceMicros / MILLE), commissionBasisPoints: 0 };
  return { billing, priceMicros: 0, commissionBasisPoints: campaigns.commissionBasisPoints.data[campaign]! };
}
