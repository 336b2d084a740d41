/**
 * What the campaigns have to be charged, worked out from the log alone and without the ledger: a click bills if its token has
 * not expired by the latest time seen and was not used before, and then what the day's budget has left.
 */
import type { Settings } from '@rialto/sdk';
import type { AdClaims } from '../src/ads/token.ts';
import { MILLIS_PER_DAY } from '../src/base/units.ts';
import type { State } from '../src/delivery/state.ts';
import type { LogRecord } from '../src/log/record.ts';

/** Settings under which every click is a buyer's, however fast and often it comes: as `chargesOf` reckons. */
export const EVERY_CLICK: Settings = {
  currency: 'USD',
  language: 'en',
  ads: {
    traffic: {
      clickAfterMsMin: 0,
      doubleClickSeconds: 0,
      clicksPerBuyerAdHourMax: 500,
      clicksPerSessionHourMax: 500,
      viewsPerBuyerAdHourMax: 500,
    },
  },
};

/** 'campaign day' → micros, of those that were charged anything. */
type Charges = Map<string, number>;

export function chargesOf(records: readonly LogRecord[]): Charges {
  const charges: Charges = new Map();
  const budgets = new Map<string, number>();
  const used = new Set<string>();
  const seen = new Set<string>();
  let latest = 0;
  for (const record of records) {
    latest = Math.max(latest, record.at);
    if (record.kind === 'campaign') budgets.set(record.entity.id, record.entity.dailyBudgetMicros ?? 0);
    if (record.kind !== 'event' || seen.has(record.event.id)) continue;
    seen.add(record.event.id);
    const claims = record.claims as AdClaims | undefined;
    if (record.event.type !== 'click' || claims?.campaign === undefined || latest >= claims.expiresAt) continue;
    const token = JSON.stringify([claims.decisionId, claims.placement, claims.position]);
    if (used.has(token)) continue;
    used.add(token);
    const key = `${claims.campaign} ${Math.floor(record.at / MILLIS_PER_DAY)}`;
    const before = charges.get(key) ?? 0;
    const charge = Math.min(claims.priceMicros, Math.max(0, budgets.get(claims.campaign)! - before));
    if (charge > 0) charges.set(key, before + charge);
  }
  return charges;
}

/** The same from the ledger. */
export function ledgerCharges({ ledger, market }: State): Charges {
  const charges: Charges = new Map();
  for (const { campaign, day, chargedMicros } of ledger.days()) {
    if (chargedMicros > 0) charges.set(`${market.campaigns.documents.ids.text(campaign)} ${day}`, chargedMicros);
  }
  return charges;
}
