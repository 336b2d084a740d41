import type { Campaign } from '@rialto/sdk';
import { expect, it } from 'vitest';
import { Campaigns } from '../market/campaigns.ts';
import { adTerms } from './ad-terms.ts';

const NOTHING = { priceMicros: 0, priceThousandths: 0, commissionBasisPoints: 0 };

it('of a campaign are what its token carries', () => {
  const campaigns = new Campaigns();
  const terms = (campaign: Partial<Campaign>, priceMicros: number) => {
    const names = { listingOf: () => 0, shopOf: () => 0, wordsOf: () => [] };
    const row = campaigns.put({ id: 'c', shop: 's', listings: ['l'], dailyBudgetMicros: 1, ...campaign }, names);
    return adTerms(campaigns, row, priceMicros);
  };
  expect(terms({ bidMicros: 9 }, 7)).toEqual({ ...NOTHING, billing: 'click', priceMicros: 7 });
  expect(terms({ objective: 'sales' }, 7).billing).toBe('click');
  expect(terms({ objective: 'views', bidMicros: 9000 }, 7999)).toEqual({
    ...NOTHING,
    billing: 'view',
    priceMicros: 7,
    priceThousandths: 999,
  });
  expect(terms({ objective: 'cost-per-sale', commissionBasisPoints: 1250 }, 7)).toEqual({
    ...NOTHING,
    billing: 'order',
    commissionBasisPoints: 1250,
  });
});
