/** The limits that hold for a campaign now, from the columns of the market: what `Ledger.leftMicros` is asked with. */
import type { Millis } from '../base/units.ts';
import { DAILY_BUDGET, LIMITED, SHOP } from '../market/campaign-front.ts';
import type { Campaigns } from '../market/campaigns.ts';
import type { AdBooks } from './ad-books.ts';
import { type Limits, NO_LIMITS } from './limits.ts';

/** Written anew by each call: it is asked for at every auction. */
const limits: { -readonly [Name in keyof Limits]: Limits[Name] } = { ...NO_LIMITS };

/**
 * `campaign` is a row, or -1 where there is none; `creditLimitMicros` is of its shop, Infinity where that has no wallet. The
 * next call changes what this one returned.
 */
export function campaignLimits(campaigns: Campaigns, campaign: number, creditLimitMicros: number): Limits {
  if (campaign < 0) return NO_LIMITS;
  const { front, weeklyBudgetMicros, dayMultiple, lifetimeBudgetMicros } = campaigns;
  const others = front.has(campaign, LIMITED);
  limits.dailyBudgetMicros = front.get(campaign, DAILY_BUDGET);
  limits.weeklyBudgetMicros = others ? weeklyBudgetMicros.data[campaign]! : Number.POSITIVE_INFINITY;
  limits.dayMultiple = others ? dayMultiple.data[campaign]! : NO_LIMITS.dayMultiple;
  limits.lifetimeBudgetMicros = others ? lifetimeBudgetMicros.data[campaign]! : Number.POSITIVE_INFINITY;
  limits.creditLimitMicros = creditLimitMicros;
  return limits;
}

/** What may be said of a campaign with nothing left. */
export type Exhaustion = 'budget-exhausted' | 'wallet-empty';

type Books = Pick<AdBooks, 'accounts' | 'ledger'>;

/** What the campaign may still be charged at `at`, under every limit. */
export function leftMicros(campaigns: Campaigns, { accounts, ledger }: Books, campaign: number, at: Millis): number {
  const shop = campaigns.front.get(campaign, SHOP);
  return ledger.leftMicros(campaignLimits(campaigns, campaign, accounts.creditLimitMicros(shop)), campaign, shop, at);
}

/** Why nothing is left, where that is so. */
export function whyExhausted(campaigns: Campaigns, books: Books, campaign: number, at: Millis): Exhaustion | null {
  if (leftMicros(campaigns, books, campaign, at) > 0) return null;
  const shop = campaigns.front.get(campaign, SHOP);
  const ofBudgets = campaignLimits(campaigns, campaign, Number.POSITIVE_INFINITY);
  return books.ledger.leftMicros(ofBudgets, campaign, shop, at) > 0 ? 'wallet-empty' : 'budget-exhausted';
}
