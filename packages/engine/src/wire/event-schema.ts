/** The form of buyer events, and which fields each type needs. The hottest schema. */
import type { BuyerEvent, EventType } from '@rialto/sdk';
import { z } from 'zod';
import { country, id, integer, LIMITS, language, line, money, quantity, query, time } from './field.ts';

const eventTypeSchema = z.enum([
  'impression',
  'click',
  'view',
  'cart-add',
  'cart-remove',
  'favourite',
  'hide',
  'search',
  'purchase',
  'return',
  'exposure',
]);

/** What may be of something that is no listing: its token says of what. */
const SEEN: ReadonlySet<EventType> = new Set(['impression', 'click']);

/** The field that an event lacks, or undefined. */
function missingField(
  event: BuyerEvent,
): 'listing' | 'query' | 'order' | 'buyer' | 'experiment' | 'variant' | undefined {
  const type: EventType = event.type;
  if (type === 'search') {
    if (event.query === undefined) return 'query';
  } else if (type === 'exposure') {
    if (event.experiment === undefined) return 'experiment';
    if (event.variant === undefined) return 'variant';
    return undefined;
  } else if (event.listing === undefined && !(event.token !== undefined && SEEN.has(type))) return 'listing';
  if ((type === 'purchase' || type === 'return') && event.order === undefined) return 'order';
  if (type !== 'purchase' && event.buyer === undefined && event.session === undefined) return 'buyer';
  return undefined;
}

export const buyerEventSchema = z
  .strictObject({
    id: id(),
    type: eventTypeSchema,
    at: time().exactOptional(),
    buyer: id().exactOptional(),
    session: id().exactOptional(),
    listing: id().exactOptional(),
    token: line(LIMITS.token).exactOptional(),
    placement: id().exactOptional(),
    order: id().exactOptional(),
    quantity: quantity().exactOptional(),
    priceMicros: money().exactOptional(),
    query: query().exactOptional(),
    language: language().exactOptional(),
    results: integer(0, LIMITS.moneyMicros).exactOptional(),
    experiment: id().exactOptional(),
    variant: id().exactOptional(),
    country: country().exactOptional(),
    bot: z.literal(true).exactOptional(),
  })
  .superRefine((event, context) => {
    const field = missingField(event);
    if (field === undefined) return;
    const what = field === 'buyer' ? 'needs `buyer` or `session`' : `needs \`${field}\``;
    context.addIssue({
      code: 'custom',
      path: [field],
      message: `an event of type ${event.type} ${what}`,
      input: event,
    });
  })
  .meta({ id: 'BuyerEvent' });

export const EVENTS_PER_REQUEST = 1_000;

/** For the documentation: the route checks the events one by one, so that a bad one does not lose the others. */
export const eventsRequestSchema = z
  .strictObject({ events: z.array(buyerEventSchema).max(EVENTS_PER_REQUEST) })
  .meta({ id: 'EventsRequest' });

/** The same, events unread. */
export const eventsEnvelopeSchema = z.strictObject({ events: z.array(z.unknown()).max(EVENTS_PER_REQUEST) });

const rejectedEventSchema = z
  .strictObject({
    index: z.int().min(0),
    id: z.string().exactOptional(),
    reason: z.string(),
    message: z.string(),
  })
  .meta({ id: 'RejectedEvent' });

export const eventsResponseSchema = z
  .strictObject({
    accepted: z.int().min(0),
    duplicates: z.int().min(0),
    rejected: z.array(rejectedEventSchema),
  })
  .meta({ id: 'EventsResponse' });
