/**
 * The border that events pass before they become records: what they name must exist, their time must be near, their token's
 * signature must be ours. An event that may not pass comes back with its reason; the others of its batch are kept.
 */
import type { BuyerEvent, Exposure, RejectedEvent } from '@rialto/sdk';
import { verifyToken } from '../ads/token.ts';
import type { Millis } from '../base/units.ts';
import { unitOf } from '../experiments/assign.ts';
import type { Claims, EventRecord } from '../log/record.ts';
import { shopOf } from './assign-page.ts';
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
    ...(event.type === 'exposure' && { exposure: exposureOf(event, at, input.state) }),
  };
  if (token === undefined) return record;
  return withClaims(record, event, verifyToken(token, input.tokenSecret));
}

function withClaims(
  record: EventRecord,
  event: BuyerEvent,
  claims: ReturnType<typeof verifyToken>,
): EventRecord | Refusal {
  // A good token on another listing's event was moved there by somebody.
  if (typeof claims !== 'string' && isOf(claims, event)) return { ...record, claims };
  if (event.listing !== undefined || (event.type !== 'impression' && event.type !== 'click'))
    return { ...record, forged: true };
  return {
    reason: 'missing-listing',
    message: `an event of type ${event.type} needs \`listing\`: its token is not one of a query, review, shop or module`,
  };
}

/** A suggested query may be searched for in other words: it was used all the same. */
function isOf({ kind, listing }: Claims, event: BuyerEvent): boolean {
  return kind === undefined ? listing === event.listing : event.listing === undefined && event.type !== 'exposure';
}

function whyRefused(event: BuyerEvent, at: number, { state, now, imported }: AdmissionInput): Refusal | undefined {
  if (event.listing !== undefined && state.market.listings.ids.find(event.listing) < 0) {
    return {
      reason: 'unknown-listing',
      message: `there is no listing ${JSON.stringify(event.listing)}: save it first`,
    };
  }
  const unknown = event.type === 'exposure' ? unknownVariant(event, state) : undefined;
  if (unknown !== undefined) return unknown;
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

function unknownVariant({ experiment, variant }: BuyerEvent, { experiments }: State): Refusal | undefined {
  const compiled = experiments.find(experiment!);
  if (compiled?.variantOf.has(variant!)) return undefined;
  const known = compiled?.experiment.variants.map(({ name }) => name).join(', ');
  return known === undefined
    ? { reason: 'unknown-experiment', message: `there is no experiment ${JSON.stringify(experiment)}` }
    : {
        reason: 'unknown-variant',
        message: `experiment ${JSON.stringify(experiment)} has no variant ${JSON.stringify(variant)}; it has ${known}`,
      };
}

/** Which of the experiment's units was exposed: as the client knows it. */
function exposureOf(event: BuyerEvent, at: number, { experiments, market }: State): Pick<Exposure, 'version' | 'unit'> {
  const compiled = experiments.find(event.experiment!)!;
  const { buyer, session, listing, country } = event;
  const shop = listing === undefined ? undefined : shopOf(listing, market);
  const units = {
    buyer,
    session,
    listing,
    shop,
    campaign: undefined,
    'region-time': country,
    'two-sided': buyer ?? session,
  };
  const unit = unitOf(compiled, { at, units, attributes: {} }) ?? buyer ?? session;
  return { version: compiled.version, unit: String(unit ?? '') };
}
