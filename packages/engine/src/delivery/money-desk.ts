/**
 * Payments and refunds on their way into the log: checked against the books as they are now, so that who asks for too much is
 * told so. The books check again when the record is applied, and give back at most what is left by then.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Balance, Payment, RefundRequest } from '@rialto/sdk';
import { isAd, verifyToken } from '../ads/token.ts';
import { RialtoError } from '../base/errors.ts';
import { dayOf, millis } from '../base/units.ts';
import type { PaymentRecord, RefundRecord } from '../log/record.ts';
import type { State } from './state.ts';

interface Stamp {
  readonly at: number;
  readonly by: string;
}

/** Throws `unknown-reference`, `id-taken`. Undefined where the payment is known. */
export function paymentRecord({ market, books }: State, payment: Payment, stamp: Stamp): PaymentRecord | undefined {
  if (market.listings.shopIds.find(payment.shop) < 0)
    throw new RialtoError('unknown-reference', `there is no shop ${JSON.stringify(payment.shop)}: save it first`);
  const known = books.payments.get(payment.id);
  if (known === undefined) return { kind: 'payment', ...stamp, payment };
  if (isDeepStrictEqual(known, payment)) return undefined;
  throw new RialtoError(
    'id-taken',
    `payment ${JSON.stringify(payment.id)} is already there: ${known.amountMicros} micros of shop ${JSON.stringify(known.shop)}`,
  );
}

/** Throws `bad-request`, `unknown-reference`, `id-taken`, `not-refundable`. Undefined where the refund is known. */
export function refundRecord(
  state: State,
  request: RefundRequest,
  { tokenSecret, ...stamp }: Stamp & { readonly tokenSecret: Uint8Array },
): RefundRecord | undefined {
  const refund = resolveRefund(request, tokenSecret);
  const known = state.books.refunds.get(refund.id);
  if (known !== undefined) {
    const { refundedMicros: _, ...asked } = known;
    if (isDeepStrictEqual(asked, refund)) return undefined;
    throw new RialtoError('id-taken', `refund ${JSON.stringify(refund.id)} is already there, of something else`);
  }
  const most = refundableMicros(state, refund);
  const wanted = refund.amountMicros ?? 1;
  if (wanted > most)
    throw new RialtoError(
      'not-refundable',
      `refund ${JSON.stringify(refund.id)} asks for ${refund.amountMicros ?? 'all'}${refund.amountMicros === undefined ? '' : ' micros'}, and ${most} micros can be given back`,
      { refundableMicros: most },
    );
  return { kind: 'refund', ...stamp, refund };
}

function resolveRefund({ day, token, ...rest }: RefundRequest, secret: Uint8Array): RefundRecord['refund'] {
  if (day !== undefined) return { ...rest, day: dayNumber(day) };
  if (token === undefined) return rest;
  const claims = verifyToken(token, secret);
  if (typeof claims === 'string' || !isAd(claims))
    throw new RialtoError('bad-request', "token: is not an ad's token of this marketplace", { path: 'token' });
  const { decisionId, placement, listing, position } = claims;
  return { ...rest, decision: decisionId, item: { decisionId, placement, listing, position } };
}

function dayNumber(day: string): number {
  const at = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(at) || at < 0)
    throw new RialtoError('bad-request', `day: there is no day ${JSON.stringify(day)}`, { path: 'day' });
  return dayOf(millis(at));
}

function refundableMicros({ market, books }: State, refund: RefundRecord['refund']): number {
  const { decision, item, campaign: id = '', day = 0 } = refund;
  if (decision !== undefined) return books.refundableMicros(decision, item);
  const campaign = market.campaigns.documents.ids.find(id);
  if (campaign < 0) throw new RialtoError('unknown-reference', `there is no campaign ${JSON.stringify(id)}`);
  return books.ledger.refundableMicros(campaign, day as ReturnType<typeof dayOf>);
}

/** Throws `not-found`. */
export function balanceOf({ market, books }: State, shop: string): Balance {
  const row = market.listings.shopIds.find(shop);
  if (row < 0) throw new RialtoError('not-found', `there is no shop ${JSON.stringify(shop)}`);
  const { ledger, accounts } = books;
  const creditLimitMicros = accounts.creditLimitMicros(row);
  return {
    shop,
    paidMicros: exact(ledger.exactPaid(row)),
    owedMicros: exact(ledger.exactOwed(row)),
    balanceMicros: exact(ledger.exactBalance(row)),
    ...(creditLimitMicros !== Number.POSITIVE_INFINITY && { creditLimitMicros }),
  };
}

function exact(sum: bigint): number | string {
  return sum >= BigInt(Number.MIN_SAFE_INTEGER) && sum <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : String(sum);
}
