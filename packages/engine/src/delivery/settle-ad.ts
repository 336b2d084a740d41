/**
 * An ad event that a good token stands behind, put to the ledger. The state does this for every event; the lake does it once
 * more to report each click by itself, so what it reports is what the ledger says.
 */
import type { Ledger, Settlement } from '../ads/ledger.ts';
import type { AdClaims } from '../ads/token.ts';
import { millis } from '../base/units.ts';
import type { EventRecord } from '../log/record.ts';
import type { Campaigns } from '../market/campaigns.ts';

export interface AdEvent {
  readonly record: EventRecord;
  readonly claims: AdClaims;
  /** The campaign's row, -1 where it does not exist. */
  readonly campaign: number;
}

/** What became of a click; undefined for what costs nothing by its kind. */
export function settleAd(
  ledger: Ledger,
  campaigns: Campaigns,
  { record, claims, campaign }: AdEvent,
): Settlement | undefined {
  const at = millis(record.at);
  if (record.event.type === 'impression' && campaign >= 0) ledger.countImpression(campaign, at);
  if (record.event.type !== 'click') return undefined;
  return ledger.settleClick({
    claims,
    campaign,
    shop: campaign < 0 ? -1 : campaigns.shop.data[campaign]!,
    at,
    dailyBudgetMicros: campaign < 0 ? 0 : campaigns.dayLimitMicros(campaign),
  });
}
