/** A decision as the page gets it: ids for rows, and a token for each item, which of an ad is signed with its terms. */
import type { DecideResponse } from '@rialto/sdk';
import { signToken } from '../ads/token.ts';
import type { Interner } from '../base/interner.ts';
import type { Decision } from './decision.ts';

export function answerOf(
  decisionId: string,
  decision: Decision,
  { ids, secret }: { readonly ids: Interner; readonly secret: Uint8Array },
): DecideResponse {
  return {
    decisionId,
    ...(decision.given.length > 0 && { experiments: decision.given }),
    placements: decision.placements.map(({ placement, items }) => ({
      placement,
      items: items.map((item) => {
        const { listing, position, campaign, billing, priceMicros, priceThousandths, expiresAt } = item;
        const id = ids.text(listing);
        const claims = { decisionId, position, listing: id, placement };
        if (campaign === '') return { kind: 'listing', id, position, token: signToken(claims, secret) };
        return {
          kind: 'ad',
          id,
          position,
          token: signToken(
            {
              ...claims,
              campaign,
              priceMicros,
              expiresAt,
              ...(billing !== 'click' && { billing }),
              ...(priceThousandths > 0 && { priceThousandths }),
              ...(billing === 'order' && { commissionBasisPoints: item.commissionBasisPoints }),
            },
            secret,
          ),
          campaign,
        };
      }),
    })),
  };
}
