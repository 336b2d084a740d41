/** A decision as the page gets it: ids for rows, and a token for each item, which of an ad is signed with its terms. */
import type { DecidedItem, DecideResponse } from '@rialto/sdk';
import { signToken } from '../ads/token.ts';
import type { Interner } from '../base/interner.ts';
import type { Claims } from '../log/record.ts';
import type { Decision, DecisionItem } from './decision.ts';

export function answerOf(
  decisionId: string,
  decision: Decision,
  { ids, secret }: { readonly ids: Interner; readonly secret: Uint8Array },
): DecideResponse {
  const placements = decision.placements.map(({ placement, items }) => ({
    placement,
    items: items.map((item): DecidedItem => {
      const { listing, position, campaign } = item;
      const id = ids.text(listing);
      const claims: Mutable<Claims> = { decisionId, position, listing: id, placement };
      if (campaign === '') return { kind: 'listing', id, position, token: signToken(claims, secret) };
      addTerms(claims, item);
      return { kind: 'ad', id, position, token: signToken(claims, secret), campaign };
    }),
  }));
  if (decision.given.length === 0) return { decisionId, placements };
  return { decisionId, experiments: decision.given, placements };
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

function addTerms(claims: Mutable<Claims>, item: DecisionItem): void {
  claims.campaign = item.campaign;
  claims.priceMicros = item.priceMicros;
  claims.expiresAt = item.expiresAt;
  if (item.billing !== 'click') claims.billing = item.billing;
  if (item.priceThousandths > 0) claims.priceThousandths = item.priceThousandths;
  if (item.billing === 'order') claims.commissionBasisPoints = item.commissionBasisPoints;
}
