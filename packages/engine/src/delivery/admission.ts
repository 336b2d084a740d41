/**
 * The border that events pass before they become records: what they name must exist, their time must be near, their token's
 * signature must be ours. An event that may not pass comes back with its reason; the others of its batch are kept.
 */
import type { BuyerEvent, RejectedEvent } from '@rialto/sdk';
import { verifyToken } from '../ads/token.ts';
import type { Millis } from '../base/units.ts';
import type { EventRecord } from '../log/record.ts';
import { EVENT_AGE_MS_MAX, EVENT_AHEAD_MS_MAX, type State } from './state.ts';

export interface AdmissionInput {
  readonly state: State;
  readonly now: Millis;
  readonly imported: boolean;
  readonly tokenSecret: Uint8Array;
}

type Refusal = Pick<RejectedEvent, 'reason' | 'message'>;

/** The record of an event, or why there is none. */
export function admit(event: BuyerEvent, input: AdmissionInput): EventRecord | Refusal {
  const { token, ...kept } = event;
  const at = event.at ?? input.now;
  const refusal = whyRefused(event, at, input);
  if (refusal) return refusal;
  const record = {
    kind: 'event' as const,
    at: input.now,
    event: { ...kept, at },
    ...(input.imported && { imported: true as const }),
  };
  if (token === undefined) return record;
  const claims = verifyToken(token, input.tokenSecret);
  // A good token on another listing's event was moved there by somebody.
  if (typeof claims === 'string' || claims.listing !== event.listing) return { ...record, forged: true };
  return { ...record, claims };
}

function whyRefused(event: BuyerEvent, at: number, { state, now, imported }: AdmissionInput): Refusal | undefined {
  if (event.listing !== undefined && state.market.listings.ids.find(event.listing) < 0) {
    return {
      reason: 'unknown-listing',
      message: `there is no listing ${JSON.stringify(event.listing)}: save it first`,
    };
  }
  if (at > now + EVENT_AHEAD_MS_MAX)
    return {
      reason: 'in-the-future',
      message: `it happened at ${at}, but it is only ${now}: check the sender's clock`,
    };
  if (!imported && at < now - EVENT_AGE_MS_MAX) {
    return {
      reason: 'too-old',
      message: `it happened at ${at}, more than ${EVENT_AGE_MS_MAX / 86_400_000} days before ${now}: load history with \`rialto import\``,
    };
  }
  return undefined;
}
