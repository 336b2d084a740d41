/** Arbitrary records for property tests, of every kind, as the validated input would make them. */
import fc from 'fast-check';
import type { LogRecord } from './record.ts';

const text = fc.string({ unit: 'binary', maxLength: 40 });
const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 80 });
const at = fc.integer({ min: 0, max: 4_102_444_800_000 });
const money = fc.nat(Number.MAX_SAFE_INTEGER);
const attributes = fc.dictionary(
  text.filter((key) => key !== '__proto__'),
  text,
  { noNullPrototype: true },
);

const listing = fc.record(
  { id, title: text, priceMicros: money, category: text, tags: fc.array(text, { maxLength: 4 }), attributes },
  { requiredKeys: ['id', 'title', 'priceMicros'], noNullPrototype: true },
);

const thingKind = fc.constantFrom('query', 'review', 'shop', 'module');
const share = fc.double({ min: 0, max: 1, noNaN: true });
const EXPOSED = ['experiment', 'variant', 'version', 'unit'] as const;
const exposure = {
  experiment: id,
  variant: id,
  version: fc.nat(),
  unit: fc.oneof(id, fc.constantFrom('ada', 'visit')),
};

const claims = fc.record(
  {
    decisionId: id,
    position: fc.nat(50),
    listing: id,
    placement: id,
    campaign: id,
    priceMicros: money,
    expiresAt: at,
    billing: fc.constantFrom('view', 'order'),
    commissionBasisPoints: fc.nat(10_000),
    priceThousandths: fc.nat(999),
    kind: thingKind,
    arm: fc.nat(4),
  },
  { requiredKeys: ['decisionId', 'position', 'listing', 'placement'], noNullPrototype: true },
);

const event = fc.record(
  {
    id,
    type: fc.constantFrom('impression', 'click', 'view', 'search', 'purchase'),
    at,
    buyer: id,
    session: id,
    listing: id,
    token: text,
    placement: id,
    order: id,
    quantity: fc.integer({ min: 1, max: 100_000 }),
    priceMicros: money,
    query: text,
    country: text,
    bot: fc.constant(true),
    experiment: id,
    variant: id,
    language: text,
    results: fc.nat(),
  },
  { requiredKeys: ['id', 'type', 'at'], noNullPrototype: true },
);

const eventRecord = fc.record(
  {
    kind: fc.constant('event'),
    at,
    event,
    claims,
    exposure: fc.record({ version: fc.nat(), unit: id }, { noNullPrototype: true }),
    forged: fc.constant(true),
    imported: fc.constant(true),
  },
  { requiredKeys: ['kind', 'at', 'event'], noNullPrototype: true },
);

const signal = fc.record(
  {
    listing: id,
    signal: fc.constantFrom('in-carts', 'only-left', 'sold-this-week', 'price-dropped'),
    value: money,
    formerMicros: money,
    strength: share,
    since: at,
    expiresAt: at,
  },
  { requiredKeys: ['listing', 'signal', 'value', 'strength', 'since', 'expiresAt'], noNullPrototype: true },
);

const decision = fc.record(
  {
    kind: fc.constant('decision'),
    at,
    id,
    stateOffset: fc.nat(Number.MAX_SAFE_INTEGER),
    request: fc.record(
      {
        buyer: fc.constantFrom('ada', 'bob'),
        session: fc.constant('visit'),
        placements: fc.array(id, { maxLength: 3 }),
      },
      { requiredKeys: ['placements'], noNullPrototype: true },
    ),
    placements: fc.array(
      fc.record(
        {
          placement: id,
          listings: fc.array(id, { maxLength: 5 }),
          campaigns: fc.array(text, { maxLength: 5 }),
          pricesMicros: fc.array(money, { maxLength: 5 }),
          signals: fc.array(signal, { maxLength: 2 }),
          things: fc.array(fc.record({ kind: thingKind, id, score: share }, { noNullPrototype: true }), {
            maxLength: 3,
          }),
          propensities: fc.array(share, { maxLength: 5 }),
          late: fc.constant(true),
          interleaved: fc.record(
            {
              experiment: id,
              version: fc.nat(),
              unit: id,
              method: fc.constantFrom('team-draft', 'balanced'),
              first: fc.array(fc.nat(9), { maxLength: 5 }),
              second: fc.array(fc.nat(9), { maxLength: 5 }),
              teams: fc.array(fc.nat(2), { maxLength: 5 }),
            },
            { requiredKeys: ['experiment', 'version', 'unit', 'method', 'first', 'second'], noNullPrototype: true },
          ),
        },
        { requiredKeys: ['placement', 'listings', 'campaigns', 'pricesMicros'], noNullPrototype: true },
      ),
      { maxLength: 3 },
    ),
    brownout: fc.constant(true),
    exposures: fc.array(
      fc.oneof(
        fc.record(
          { ...exposure, probabilities: fc.array(share, { maxLength: 3 }) },
          { requiredKeys: [...EXPOSED], noNullPrototype: true },
        ),
        fc.record(
          { ...exposure, probabilities: fc.array(share, { maxLength: 3 }), segment: id },
          { noNullPrototype: true },
        ),
        fc.record({ ...exposure, side: fc.constantFrom('listing', 'campaign') }, { noNullPrototype: true }),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  },
  { requiredKeys: ['kind', 'at', 'id', 'stateOffset', 'request', 'placements'], noNullPrototype: true },
);

const saved = fc.record({ kind: fc.constant('listing'), at, by: text, entity: listing }, { noNullPrototype: true });

const model = fc.record(
  {
    kind: fc.constant('model'),
    at,
    by: text,
    name: id,
    bytes: fc.uint8Array({ maxLength: 200 }),
    card: fc.record(
      { auc: fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0), from: text },
      { noNullPrototype: true },
    ),
    change: fc.record(
      {
        status: fc.constantFrom('candidate', 'canary', 'serving', 'retired'),
        version: fc.nat(),
        reason: text,
        share,
        rollback: fc.constant(true),
      },
      { requiredKeys: ['status'], noNullPrototype: true },
    ),
    part: fc.record({ index: fc.nat(), of: fc.nat() }, { noNullPrototype: true }),
  },
  { requiredKeys: ['kind', 'at', 'by', 'name', 'bytes', 'card'], noNullPrototype: true },
);

const payment = fc.record(
  {
    kind: fc.constant('payment'),
    at,
    by: text,
    payment: fc.record(
      { id, shop: id, amountMicros: fc.maxSafeInteger(), at, note: text },
      { requiredKeys: ['id', 'shop', 'amountMicros'], noNullPrototype: true },
    ),
  },
  { noNullPrototype: true },
);

const refund = fc.record(
  {
    kind: fc.constant('refund'),
    at,
    by: text,
    refund: fc.record(
      { id, reason: text, amountMicros: money, campaign: id, day: fc.nat(50_000), decision: id },
      { requiredKeys: ['id', 'reason'], noNullPrototype: true },
    ),
  },
  { noNullPrototype: true },
);

const erasure = fc.record(
  {
    kind: fc.constant('erasure'),
    at,
    by: text,
    who: fc.oneof(
      fc.record({ buyer: id }, { noNullPrototype: true }),
      fc.record({ session: id }, { noNullPrototype: true }),
    ),
  },
  { noNullPrototype: true },
);

export const arbitraryRecord = fc.oneof(
  eventRecord,
  decision,
  saved,
  model,
  payment,
  refund,
  erasure,
) as fc.Arbitrary<LogRecord>;

/** A small event, told apart by its number; all with the same padding take equally many bytes. */
export function numberedEvent(n: number, padding = 0): LogRecord {
  return {
    kind: 'event',
    at: 1_700_000_000_000 + n,
    event: {
      id: `e${String(n).padStart(6, '0')}`,
      type: 'view',
      at: 1_700_000_000_000 + n,
      buyer: 'b'.repeat(1 + padding),
    },
  };
}

export function numberedEvents(from: number, to: number, padding = 0): LogRecord[] {
  return Array.from({ length: to - from }, (_, i) => numberedEvent(from + i, padding));
}
