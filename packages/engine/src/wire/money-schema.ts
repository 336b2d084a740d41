/** The form of payments and refunds, of a shop's balance and of its statement. */
import { z } from 'zod';
import { id, integer, LIMITS, line, time } from './field.ts';

/** A UTC day that exists. */
export const day = () => z.iso.date('must be a day such as 2026-05-20');

export const paymentSchema = z
  .strictObject({
    id: id(),
    shop: id(),
    amountMicros: integer(-LIMITS.moneyMicros, LIMITS.moneyMicros).refine((amount) => amount !== 0, 'must not be 0'),
    at: time().exactOptional(),
    note: line(LIMITS.title).exactOptional(),
  })
  .meta({ id: 'Payment' });

/** Beyond 2^53 a string of digits. */
const exact = () => z.union([z.int(), z.string()]);

export const balanceSchema = z
  .strictObject({
    shop: z.string(),
    paidMicros: exact(),
    owedMicros: exact(),
    balanceMicros: exact(),
    creditLimitMicros: z.int().exactOptional(),
  })
  .meta({ id: 'Balance' });

export const refundRequestSchema = z
  .strictObject({
    id: id(),
    reason: line(LIMITS.title).min(1),
    amountMicros: integer(1, LIMITS.moneyMicros).exactOptional(),
    campaign: id().exactOptional(),
    day: day().exactOptional(),
    decision: id().exactOptional(),
    token: line(LIMITS.token).exactOptional(),
  })
  .refine(
    ({ campaign, day: of, decision, token }) =>
      (campaign === undefined) === (of === undefined) &&
      [campaign, decision, token].filter((given) => given !== undefined).length === 1,
    { message: 'needs `campaign` and `day`, or `decision`, or `token`, and no more than one of these' },
  )
  .meta({ id: 'RefundRequest' });

export const refundResultSchema = z
  .strictObject({ id: z.string(), refundedMicros: z.int().min(0), unchanged: z.int().min(0).max(1) })
  .meta({ id: 'RefundResult' });

export const statementRowSchema = z
  .strictObject({
    day: z.string(),
    shop: z.string(),
    campaign: z.string().nullable(),
    entry: z.enum(['view', 'click', 'order', 'refund', 'payment']),
    reason: z.string().nullable(),
    gross_events: z.int(),
    invalid_events: z.int(),
    net_events: z.int(),
    free_events: z.int(),
    charged_micros: exact(),
    refunded_micros: exact(),
    over_delivered_micros: exact(),
    paid_micros: exact(),
    opening_micros: exact(),
    closing_micros: exact(),
  })
  .meta({ id: 'StatementRow' });
