/**
 * Segment's messages as our events: the e-commerce names of its specification (https://segment.com/docs/connections/spec/ecommerce/v2/).
 *
 * `userId` is the buyer, `anonymousId` the session, `messageId` the event's id (with `:index` where a message holds several
 * products), `product_id` or else `sku` the listing. Times are corrected for the sender's clock as Segment's specification of
 * common fields says: at = receivedAt − (sentAt − timestamp). What the specification does not know and we do, a product's or
 * message's `token` and `placement` properties, is passed on. The result is not yet checked: the event schema does that.
 */
import type { EventType } from '@rialto/sdk';
import { isBotAgent } from './bot-agent.ts';
import { decimalMicros } from './decimal-micros.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface SegmentSetting {
  readonly receivedAt: number;
  /** Of the batch; messages may have their own. */
  readonly sentAt: number | undefined;
  /** Of the marketplace. */
  readonly currency: string | undefined;
  /** For messages without an id. */
  readonly newId: () => string;
}

export type SegmentOutcome =
  | { readonly kind: 'events'; readonly events: readonly Fields[] }
  /** Well-formed, and nothing to us. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'rejected'; readonly reason: 'bad-request' | 'currency-mismatch'; readonly message: string };

const IGNORED: SegmentOutcome = { kind: 'ignored' };

/** Names in lower case, those of the first version of the specification included. */
const EVENT_TYPES: ReadonlyMap<string, EventType> = new Map([
  ['product viewed', 'view'],
  ['viewed product', 'view'],
  ['product clicked', 'click'],
  ['product list viewed', 'impression'],
  ['product list filtered', 'impression'],
  ['product added', 'cart-add'],
  ['added product', 'cart-add'],
  ['wishlist product added to cart', 'cart-add'],
  ['product removed', 'cart-remove'],
  ['removed product', 'cart-remove'],
  ['product added to wishlist', 'favourite'],
  ['products searched', 'search'],
  ['order completed', 'purchase'],
  ['completed order', 'purchase'],
  ['order refunded', 'return'],
  ['order cancelled', 'return'],
  ['experiment viewed', 'exposure'],
]);

const MESSAGE_TYPES = new Set(['track', 'page', 'screen', 'identify', 'group', 'alias']);

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

const rejected = (message: string, reason: 'bad-request' | 'currency-mismatch' = 'bad-request'): SegmentOutcome => ({
  kind: 'rejected',
  reason,
  message,
});

/** Ids come as text or as numbers. */
function idText(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** ISO 8601, or milliseconds since 1970. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return Math.round(value);
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** When it happened by our clock; undefined where the message does not tell. */
function happenedAt(message: Fields, setting: SegmentSetting): number | undefined {
  const timestamp = timeOf(message['timestamp'] ?? message['originalTimestamp']);
  const sentAt = timeOf(message['sentAt']) ?? setting.sentAt;
  if (timestamp === undefined || sentAt === undefined) return timestamp;
  return setting.receivedAt - (sentAt - timestamp);
}

/** Only the fields that are there. */
function present(fields: Fields): Fields {
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) if (fields[key] !== undefined) out[key] = fields[key];
  return out;
}

function productFields(product: Fields): Fields {
  const { quantity, price } = product;
  return {
    listing: idText(product['product_id']) ?? idText(product['sku']),
    quantity: typeof quantity === 'string' && /^\d{1,7}$/.test(quantity) ? Number(quantity) : quantity,
    // What cannot be read stays as it is, for the schema to name.
    priceMicros: price === undefined || price === null ? undefined : (decimalMicros(price) ?? price),
    token: product['token'],
    placement: idText(product['placement']),
  };
}

/** Messages about several products, and messages that are one. */
function productsOf(properties: Fields): readonly Fields[] | undefined {
  const { products } = properties;
  return Array.isArray(products) ? products.map(fieldsOf) : undefined;
}

const currencyDiffers = (properties: Fields, expected: string | undefined): boolean => {
  const { currency } = properties;
  return typeof currency === 'string' && expected !== undefined && currency.toUpperCase() !== expected;
};

/** As Segment's catalogue names it, and as GrowthBook's SDKs do. */
function exposed(properties: Fields): Fields {
  const { experiment_id, experimentId = experiment_id, variation_id, variationId = variation_id } = properties;
  return { experiment: idText(experimentId), variant: idText(variationId) };
}

function trackedEvents(message: Fields, type: EventType, setting: SegmentSetting): SegmentOutcome {
  const properties = fieldsOf(message['properties']);
  const messageId = idText(message['messageId']) ?? setting.newId();
  const context = fieldsOf(message['context']);
  const agent = context['userAgent'];
  const common = {
    type,
    bot: typeof agent === 'string' && isBotAgent(agent) ? true : undefined,
    at: happenedAt(message, setting),
    buyer: idText(message['userId']),
    session: idText(message['anonymousId']),
    placement: idText(properties['placement']),
    country: fieldsOf(context['location'])['country'],
  };
  if (type === 'search')
    return { kind: 'events', events: [present({ ...common, id: messageId, query: properties['query'] })] };
  if (type === 'exposure')
    return { kind: 'events', events: [present({ ...common, ...exposed(properties), id: messageId })] };
  const order = type === 'purchase' || type === 'return' ? idText(properties['order_id']) : undefined;
  const products = productsOf(properties);
  if (products === undefined && order !== undefined) {
    return rejected(
      `${String(message['event'])} ${order} has no \`products\`; send the products, each with its quantity`,
    );
  }
  const events = (products ?? [properties]).map((product, index) => {
    const { placement = common.placement, ...fields } = productFields(product);
    return present({ ...common, ...fields, placement, order, id: products ? `${messageId}:${index}` : messageId });
  });
  if (currencyDiffers(properties, setting.currency) && events.some((event) => 'priceMicros' in event)) {
    return rejected(
      `prices are in ${String(properties['currency'])}; the marketplace's currency is ${setting.currency}`,
      'currency-mismatch',
    );
  }
  return { kind: 'events', events };
}

/** What a message means to us. `type` is that of the route, where the message has none. */
export function segmentOutcome(value: unknown, type: string | undefined, setting: SegmentSetting): SegmentOutcome {
  const message = fieldsOf(value);
  const messageType = message['type'] ?? type;
  if (typeof messageType !== 'string' || !MESSAGE_TYPES.has(messageType)) {
    return rejected(
      `type must be one of ${[...MESSAGE_TYPES].join(', ')}; got ${String(JSON.stringify(messageType)).slice(0, 60)}`,
    );
  }
  if (messageType !== 'track') return IGNORED;
  const { event } = message;
  if (typeof event !== 'string') return rejected('a track message needs `event`, the name of what happened');
  const eventType = EVENT_TYPES.get(event.trim().toLowerCase());
  return eventType === undefined ? IGNORED : trackedEvents(message, eventType, setting);
}
