/** A decision as the page gets it: ids for rows, and a token for each item, which of an ad is signed with its terms. */
import type { DecidedItem, DecidedSignal, DecideResponse } from '@rialto/sdk';
import { signToken } from '../ads/token.ts';
import type { Interner } from '../base/interner.ts';
import { type Tongue, urgencyText } from '../engagement/urgency-text.ts';
import type { Claims } from '../log/record.ts';
import type { Decision, DecisionItem, DecisionSignal, DecisionThing } from './decision.ts';

interface AnswerMeans extends Tongue {
  readonly ids: Interner;
  readonly secret: Uint8Array;
}

export function answerOf(decisionId: string, decision: Decision, means: AnswerMeans): DecideResponse {
  const { ids, secret } = means;
  const placements = decision.placements.map(({ placement, items, signals, things }) => {
    if (things !== undefined) return { placement, items: things.map(asItem(decisionId, placement, secret)) };
    const told = items.map((item): DecidedItem => {
      const { listing, position, campaign } = item;
      const id = ids.text(listing);
      const claims: Mutable<Claims> = { decisionId, position, listing: id, placement };
      if (campaign === '') return { kind: 'listing', id, position, token: signToken(claims, secret) };
      addTerms(claims, item);
      if (decision.arm >= 0) claims.arm = decision.arm;
      return { kind: 'ad', id, position, token: signToken(claims, secret), campaign };
    });
    if (signals === undefined) return { placement, items: told };
    return { placement, items: told, signals: signals.map((signal) => say(signal, means)) };
  });
  if (decision.given.length === 0) return { decisionId, placements };
  return { decisionId, experiments: decision.given, placements };
}

function asItem(decisionId: string, placement: string, secret: Uint8Array) {
  return ({ kind, id, evidence }: DecisionThing, position: number): DecidedItem => {
    const token = signToken({ decisionId, position, listing: id, placement, kind }, secret);
    return evidence === undefined ? { kind, id, position, token } : { kind, id, position, token, evidence };
  };
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

function say({ listing, claim }: DecisionSignal, means: AnswerMeans): DecidedSignal {
  return { listing: means.ids.text(listing), ...claim, text: urgencyText(claim, means) };
}
