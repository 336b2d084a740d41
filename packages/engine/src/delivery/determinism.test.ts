/**
 * The same log gives the same state, byte for byte of its snapshot: folded at once, with a restart from a snapshot at any
 * record, and through the codec that the file log writes with. And what is decided from those states is the same.
 */
import type { BuyerEvent, Placement } from '@rialto/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { millis } from '../base/units.ts';
import { Embedding } from '../features/embedding.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { decodeRecord, encodeRecord } from '../log/codec.ts';
import type { LogRecord } from '../log/record.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { packSources } from '../retrieval/learned-sources.ts';
import { applyRecord } from './apply.ts';
import { decide } from './decide.ts';
import { DEFAULT_PLACEMENTS } from './default-placements.ts';
import { DAY, NOW } from './market.fixture.ts';
import { State } from './state.ts';
import { Workspace } from './workspace.ts';

const LISTINGS = 12;
const id = (prefix: string, max: number) => fc.nat(max - 1).map((i) => `${prefix}${i}`);
const listingId = id('l', LISTINGS);
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
/** Without the fields that are undefined: as the wire makes them. */
const compact = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;

const listing = fc
  .record({
    id: listingId,
    title: fc.constantFrom('Blue cup', 'Grüne Tasse', '東京 タワー', 'Red scarf 🧣'),
    priceMicros: fc.nat(50_000_000),
    category: some(fc.constantFrom('Home', 'Home > Kitchen', 'Clothes')),
    shop: some(id('s', 3)),
    tags: some(fc.array(id('tag', 4), { maxLength: 3 })),
    availability: some(fc.constantFrom('in-stock', 'out-of-stock')),
    stock: some(fc.nat(9).map((quantity) => ({ quantity }))),
    shipsTo: some(fc.subarray(['DE', 'France'])),
  })
  .map(compact);

const event = fc
  .record({
    id: id('e', 400),
    type: fc.constantFrom<BuyerEvent['type']>(
      ...(['impression', 'click', 'view', 'cart-add', 'cart-remove', 'favourite', 'hide', 'search'] as const),
      ...(['purchase', 'purchase', 'purchase', 'return'] as const),
    ),
    listing: listingId,
    order: id('o', 20),
    buyer: some(id('b', 4)),
    session: some(id('s', 3)),
    quantity: some(fc.integer({ min: 1, max: 1_000_000 })),
    priceMicros: some(fc.nat(9_000_000)),
    country: some(fc.constantFrom('DE', 'France', '日本')),
    query: fc.constantFrom('cup', 'Red cup', 'grüne Tasse', 'a@b.c'),
    language: some(fc.constantFrom('de', 'xx')),
    results: some(fc.nat(1)),
  })
  .map(compact);

const campaign = fc
  .record({
    id: id('c', 4),
    shop: id('s', 3),
    listings: fc.array(listingId, { minLength: 1, maxLength: 4 }),
    bidMicros: fc.nat(900_000),
    dailyBudgetMicros: fc.nat(2_000_000),
    status: some(fc.constantFrom('active', 'paused')),
    placements: some(fc.constant(['home'])),
  })
  .map(compact);

const claims = fc.record({
  decisionId: id('d', 30),
  position: fc.nat(3),
  placement: fc.constant('home'),
  campaign: id('c', 5),
  priceMicros: fc.nat(400_000),
  expiresAt: fc.integer({ min: NOW - DAY, max: NOW + 60 * DAY }),
});

const placement: fc.Arbitrary<Placement> = fc.record({
  id: fc.constantFrom('home', 'mine'),
  slots: fc.integer({ min: 1, max: 9 }),
  adSlots: fc.constant([0]),
  itemSignals: fc.constantFrom(1, 4),
  sources: fc.constant([
    { source: 'history', limit: 5 },
    { source: 'together', limit: 9 },
    { source: 'popular', limit: 20 },
  ] as const),
  learnedSources: fc.boolean(),
  rules: fc.constant([{ rule: 'max-per-shop', max: 2 }] as const),
});

const variantName = fc.constantFrom('a', 'b');
const experiment = fc
  .record({
    id: id('x', 3),
    status: fc.constantFrom('draft', 'running', 'running', 'stopped'),
    unit: fc.constantFrom('buyer', 'session'),
    coverage: some(fc.constantFrom(0.2, 1)),
    sticky: some(fc.constant(true as const)),
    prerequisites: some(id('x', 3).map((other) => [{ experiment: other, variants: ['a'] }])),
    condition: some(fc.constant({ country: 'DE' })),
    variants: fc.integer({ min: 1, max: 9 }).map((slots) => [
      { name: 'a', weight: 0.5, value: slots },
      { name: 'b', weight: 0.5, changes: { home: { slots }, nowhere: { slots: 1 } } },
    ]),
  })
  .map(compact);
const exposure = fc.record({
  type: fc.constant('exposure' as const),
  id: id('e', 400),
  buyer: id('b', 4),
  experiment: id('x', 4),
  variant: variantName,
});

const review = fc.record({
  id: id('r', 8),
  listing: listingId,
  rating: fc.constantFrom(1, 2.5, 4.1, 5),
  text: fc.constantFrom('A fine cup', 'Fine', 'The handle broke'),
});

/** What is no listing, as its token says. */
const thing = fc.record({
  decisionId: id('d', 30),
  position: fc.nat(3),
  placement: fc.constantFrom('page', 'shops'),
  kind: fc.constantFrom('module' as const, 'shop' as const),
  listing: fc.constantFrom('voices', 'hero', 's0', 's1'),
});

/** Short, so that buyers are forgotten within a log. */
const kept = fc
  .record({ keepSessionsDays: some(fc.integer({ min: 1, max: 40 })), keepDays: some(fc.integer({ min: 1, max: 40 })) })
  .map(compact);

const embedding = fc.integer({ min: 1, max: LISTINGS }).map((size) => {
  const made = new Embedding();
  Object.assign(made, {
    dimensions: 2,
    neighboursPerListing: 1,
    vectors: Float32Array.from({ length: 2 * size }, (_, i) => (i % 2 === 0 ? 1 : 0)),
    neighbours: Int32Array.from({ length: size }, (_, i) => (i + 1) % size),
    similarities: new Float32Array(size).fill(0.9),
  });
  return made.pack();
});

const model = fc.oneof(
  embedding.map((bytes) => ({ name: 'embedding', bytes })),
  fc.constantFrom(packAdditive(PRIOR_MODEL), new Uint8Array(9)).map((bytes) => ({ name: 'ranker', bytes })),
  fc.integer({ min: 1, max: 30 }).map((limit) => ({
    name: 'sources',
    bytes: packSources(new Map([['home', { places: 34, sources: [{ source: 'popular', limit }] }]])),
  })),
);

const body = fc.oneof(
  { weight: 30, arbitrary: event.map((value) => ({ kind: 'event', event: value }) as const) },
  {
    weight: 5,
    arbitrary: fc.tuple(event, claims).map(
      ([value, claim]) =>
        ({
          kind: 'event',
          event: { ...value, type: 'click' },
          claims: { ...claim, listing: value.listing },
        }) as const,
    ),
  },
  { weight: 4, arbitrary: listing.map((entity) => ({ kind: 'listing', entity }) as const) },
  { weight: 2, arbitrary: campaign.map((entity) => ({ kind: 'campaign', entity }) as const) },
  { weight: 3, arbitrary: experiment.map((entity) => ({ kind: 'experiment', entity }) as const) },
  {
    weight: 5,
    arbitrary: exposure.map(
      (value) => ({ kind: 'event', event: value, exposure: { version: 1, unit: value.buyer } }) as const,
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(event, thing).map(([{ listing: _, ...value }, claim]) => {
      return { kind: 'event', event: { ...value, type: 'click' }, claims: claim } as const;
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .oneof(
        id('b', 4).map((buyer) => ({ buyer })),
        id('s', 3).map((session) => ({ session })),
      )
      .map((who) => ({ kind: 'erasure', who }) as const),
  },
  { weight: 2, arbitrary: review.map((entity) => ({ kind: 'review', entity }) as const) },
  { weight: 1, arbitrary: placement.map((entity) => ({ kind: 'placement', entity }) as const) },
  { weight: 1, arbitrary: model.map((value) => ({ kind: 'model', ...value }) as const) },
  {
    weight: 1,
    arbitrary: fc
      .record({ language: fc.constantFrom('en', 'de'), buyers: some(kept) })
      .map((entity) => ({ kind: 'settings', entity: { currency: 'EUR', ...compact(entity) } }) as const),
  },
);

const entry = fc.record({
  body,
  /** Since the record before: mostly moments, sometimes weeks, sometimes back. */
  stepMs: fc.oneof(
    { weight: 8, arbitrary: fc.nat(600_000) },
    { weight: 2, arbitrary: fc.nat(20 * DAY) },
    { weight: 1, arbitrary: fc.integer({ min: -DAY, max: 0 }) },
  ),
  lateMs: fc.oneof(fc.constant(0), fc.integer({ min: -300_000, max: 6 * DAY })),
});

const THINGS: readonly Placement[] = [
  { id: 'queries', slots: 5, sources: [], ranks: 'queries', queryBuyersMin: 3 },
  { id: 'voices', slots: 3, sources: [], ranks: 'reviews' },
  { id: 'shops', slots: 3, sources: [], ranks: 'shops' },
  { id: 'page', slots: 3, sources: [], ranks: 'modules', modules: ['voices', 'shops', 'hero'] },
];

/** Records as the engine would have let them in: whatever is named has been saved before. */
const FIRST: readonly LogRecord[] = [
  ...[...DEFAULT_PLACEMENTS, ...THINGS].map((entity) => ({ kind: 'placement', at: NOW, by: 'test', entity }) as const),
  ...Array.from({ length: LISTINGS }, (_, i) => {
    const entity = { id: `l${i}`, title: `Thing ${i}`, priceMicros: 1_000_000 * i, shop: `s${i % 3}` };
    return { kind: 'listing', at: NOW, by: 'test', entity } as const;
  }),
];

const log = fc.array(entry, { maxLength: 150, size: 'max' }).map((entries): LogRecord[] => {
  let at = NOW;
  return [
    ...FIRST,
    ...entries.map(({ body: one, stepMs, lateMs }) => {
      at += stepMs;
      if (one.kind !== 'event')
        return { at, by: 'test', ...(one.kind === 'model' && { card: {} }), ...one } as LogRecord;
      return { at, ...one, event: { ...one.event, at: at - lateMs } } as LogRecord;
    }),
  ];
});

function fold(records: readonly LogRecord[], state = new State()): State {
  for (const record of records) applyRecord(state, record);
  return state;
}

function restarted(state: State): State {
  const loaded = new State();
  loaded.load(readerOf((out) => state.save(out)));
  return loaded;
}

const bytesOf = (state: State): string[] => fingerprint((out) => state.save(out));

function decisions(state: State): unknown[] {
  const workspace = new Workspace();
  return ['b0', 'b1', 'nobody'].map((buyer, i) => {
    const request = {
      buyer,
      placements: ['home', 'search', ...THINGS.map(({ id }) => id)],
      context: { query: 'cup', cart: ['l1'], country: 'DE', listing: 'l2' },
    };
    return decide(state, { id: `decision-${i}`, at: millis(NOW + 40 * DAY), request }, workspace);
  });
}

describe('the state', () => {
  it.each([41, 42])('is the same with restarts anywhere and through the codec (seed %i)', (seed) => {
    fc.assert(
      fc.property(log, fc.array(fc.nat(160), { maxLength: 4 }), (records, cuts) => {
        const whole = fold(records);
        const expected = bytesOf(whole);

        let pieces = new State();
        const ends = [...new Set(cuts.map((cut) => Math.min(cut, records.length)))].sort((a, b) => a - b);
        for (const end of [...ends, records.length])
          pieces = restarted(fold(records.slice(pieces.offset, end), pieces));
        expect(bytesOf(pieces)).toEqual(expected);

        const decoded = fold(records.map((record) => decodeRecord(encodeRecord(record))));
        expect(bytesOf(decoded)).toEqual(expected);
        expect(decisions(pieces)).toEqual(decisions(whole));
        expect(whole.offset).toBe(records.length);
      }),
      { seed, numRuns: 60 },
    );
  });

  it('has the same books however long buyers are kept (seed 44)', () => {
    const keeping = (records: readonly LogRecord[], keepDays: number): State => {
      const buyers = { keepSessionsDays: keepDays, keepDays };
      const settings = {
        kind: 'settings',
        at: NOW,
        by: 'test',
        entity: { currency: 'EUR', language: 'en', buyers },
      } as const;
      return fold([settings, ...records.filter(({ kind }) => kind !== 'settings')]);
    };
    let forgotten = 0;
    fc.assert(
      fc.property(log, (records) => {
        const [soon, never] = [keeping(records, 1), keeping(records, 36_500)];
        forgotten += never.market.buyers.size - soon.market.buyers.size;
        for (const part of ['books', 'frequency', 'claims', 'tally', 'traffic'] as const)
          expect(fingerprint((out) => soon[part].save(out))).toEqual(fingerprint((out) => never[part].save(out)));
      }),
      { seed: 44, numRuns: 40 },
    );
    expect(forgotten).toBeGreaterThan(40);
  });

  it('differs where a single record differs (so the comparison can fail)', () => {
    const [records] = fc.sample(
      log.filter((all) => all.length > 60),
      { seed: 43, numRuns: 1 },
    );
    const event = records!.findIndex((record) => record.kind === 'event');
    expect(bytesOf(fold(records!.toSpliced(event, 1)))).not.toEqual(bytesOf(fold(records!)));
  });
});
