import { describe, expect, it } from 'vitest';
import { type CampaignTerms, whyIneligible } from './eligibility.ts';

const terms: CampaignTerms = {
  active: true,
  startsAt: 100,
  endsAt: 200,
  targeted: true,
  dailyBudgetMicros: 1000,
  spentMicros: 999,
  participation: 0.5,
  draw: 0.4,
};

describe('eligibility', () => {
  it('lets a running campaign with money left bid', () => {
    expect(whyIneligible(terms, 150)).toBeNull();
  });

  it('takes the start as inclusive and the end as exclusive', () => {
    expect(whyIneligible(terms, 99)).toBe('campaign-not-started');
    expect(whyIneligible(terms, 100)).toBeNull();
    expect(whyIneligible(terms, 199)).toBeNull();
    expect(whyIneligible(terms, 200)).toBe('campaign-ended');
  });

  it('names what holds it back', () => {
    expect(whyIneligible({ ...terms, active: false }, 150)).toBe('campaign-paused');
    expect(whyIneligible({ ...terms, targeted: false }, 150)).toBe('placement-not-targeted');
    expect(whyIneligible({ ...terms, spentMicros: 1000 }, 150)).toBe('budget-exhausted');
    expect(whyIneligible({ ...terms, dailyBudgetMicros: 500 }, 150)).toBe('budget-exhausted');
    expect(whyIneligible({ ...terms, dailyBudgetMicros: 0, spentMicros: 0 }, 150)).toBe('budget-exhausted');
  });

  it('takes part where the draw falls below its share', () => {
    expect(whyIneligible({ ...terms, draw: 0.5 }, 150)).toBe('paced');
    expect(whyIneligible({ ...terms, participation: 1, draw: 1 - 2 ** -32 }, 150)).toBeNull();
  });

  it("names the seller's own choice before the empty budget", () => {
    expect(whyIneligible({ ...terms, active: false, targeted: false, dailyBudgetMicros: 0, spentMicros: 0 }, 150)).toBe(
      'campaign-paused',
    );
  });
});
