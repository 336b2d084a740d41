/** What a shown ad is paid for and at which price: what its token carries. */
import type { BillingKind } from '../ads/token.ts';
import { BILLINGS, type Campaigns } from '../market/campaigns.ts';

export interface AdTerms {
  readonly billing: BillingKind;
  /** Of one click or one view, a whole number of micros; 0 where orders are paid for. */
  readonly priceMicros: number;
  /** Of one view, beside it: what of the price of a thousand is no whole micro each. */
  readonly priceThousandths: number;
  /** Where orders are paid for, else 0. */
  readonly commissionBasisPoints: number;
}

const MILLE = 1000;

/** `priceMicros` is the auction's, in the unit of the campaign's bid: for a click, or for a thousand views. */
export function adTerms(campaigns: Campaigns, campaign: number, priceMicros: number): AdTerms {
  const billing = BILLINGS[campaigns.billing.data[campaign]!]!;
  if (billing === 'click') return { billing, priceMicros, priceThousandths: 0, commissionBasisPoints: 0 };
  if (billing === 'view') {
    const priceThousandths = priceMicros % MILLE;
    return {
      billing,
      priceMicros: (priceMicros - priceThousandths) / MILLE,
      priceThousandths,
      commissionBasisPoints: 0,
    };
  }
  return {
    billing,
    priceMicros: 0,
    priceThousandths: 0,
    commissionBasisPoints: campaigns.commissionBasisPoints.data[campaign]!,
  };
}
