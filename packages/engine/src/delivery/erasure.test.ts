/** Somebody who is erased: as if never seen, at once; what comes late is billed and teaches nothing; the log stays a fold. */
import type { BuyerEvent, Experiment } from '@rialto/sdk';
import { describe, expect, it } from 'vitest';
import { fingerprint, readerOf, sectionsOf } from '../base/snapshot.fixture.ts';
import { millis } from '../base/units.ts';
import { decodeRecord, encodeRecord } from '../log/codec.ts';
import type { Claims, ErasureRecord, LogRecord } from '../log/record.ts';
import { buyerKey } from '../market/buyers.ts';
import { applyRecord } from './apply.ts';
import { decide } from './decide.ts';
import { DEFAULT_PLACEMENTS } from './default-placements.ts';
import { CAMPAIGNS, DAY, LISTINGS, NOW } from './market.fixture.ts';
import { State } from './state.ts';
import { Workspace } from './workspace.ts';

const NAME = 'Ada.Lovelace-1815';
const ADA = { buyer: NAME, session: 'ada-phone-77' };
const ERASED_AT = NOW + 60_000;

const BANDIT: Experiment = {
  id: 'dealt',
  status: 'running',
  unit: 'buyer',
  sticky: true,
  bandit: { reward: 'purchase', windowHours: 24, floor: 0.1 },
  variants: [
    { name: 'a', weight: 0.5 },
    { name: 'b', weight: 0.5 },
  ],
};
const BY_SESSION: Experiment = { ...BANDIT, id: 'by-session', unit: 'session', seed: 'x' };

const FIRST: readonly LogRecord[] = [
  ...DEFAULT_PLACEMENTS.map((entity) => ({ kind: 'placement', at: NOW, by: 'test', entity }) as const),
  ...LISTINGS.map((entity) => ({ kind: 'listing', at: NOW, by: 'test', entity }) as const),
  ...CAMPAIGNS.map((entity) => ({ kind: 'campaign', at: NOW, by: 'test', entity }) as const),
  ...[BANDIT, BY_SESSION].map((entity) => ({ kind: 'experiment', at: NOW, by: 'test', entity }) as const),
];

const did = (id: string, type: BuyerEvent['type'], at: number, rest: Partial<BuyerEvent> = {}): LogRecord => ({
  kind: 'event',
  at,
  event: { id, type, at, listing: 'l0', ...ADA, ...rest },
});

const claims: Claims = {
  decisionId: 'd1',
  position: 0,
  placement: 'home',
  listing: 'l0',
  campaign: 'spring',
  priceMicros: 400_000,
  expiresAt: NOW + DAY,
};

/** All that somebody may do. */
function life(who: Partial<BuyerEvent>, from = NOW): LogRecord[] {
  const probabilities = [0.5, 0.5];
  const exposures = [
    { experiment: 'dealt', variant: 'a', version: 1, unit: who.buyer ?? '', probabilities },
    { experiment: 'by-session', variant: 'b', version: 1, unit: who.session ?? '', probabilities },
  ];
  const request = { ...(who.buyer && { buyer: who.buyer }), placements: [] };
  return [
    { kind: 'decision', at: from, id: `d-${who.buyer}`, stateOffset: 0, request, placements: [], exposures },
    did(`${who.buyer}-1`, 'search', from, { ...who, query: 'red scarf', country: 'DE' }),
    did(`${who.buyer}-2`, 'view', from, { ...who, listing: 'l4' }),
    did(`${who.buyer}-3`, 'cart-add', from, { ...who, listing: 'l4' }),
    did(`${who.buyer}-4`, 'hide', from, { ...who, listing: 'l1' }),
    did(`${who.buyer}-5`, 'purchase', from, { ...who, listing: 'l2', order: 'o1' }),
  ];
}

function fold(records: readonly LogRecord[], state = new State()): State {
  for (const record of records) applyRecord(state, record);
  return state;
}

const erasure = (who: ErasureRecord['who'], at = ERASED_AT): LogRecord => ({ kind: 'erasure', at, by: 'test', who });
const erasureOfAda = [erasure({ buyer: NAME }), erasure({ session: ADA.session })];
const bytesOf = (state: State): string[] => fingerprint((out) => state.save(out));

function textIn(state: State, text: string): string[] {
  const plain = Buffer.from(text, 'latin1');
  return sectionsOf((out) => state.save(out))
    .filter(({ bytes }) => Buffer.from(bytes).includes(plain))
    .map(({ name }) => name);
}

const shown = (state: State, buyer: string) =>
  decide(
    state,
    {
      id: 'd',
      at: millis(ERASED_AT),
      request: { buyer, placements: ['home', 'search'], context: { query: 'cup', listing: 'l4' } },
    },
    new Workspace(),
  ).placements;

describe('an erased buyer', () => {
  it('is in no part of the state that a checkpoint keeps, and was before', () => {
    const state = fold([...FIRST, ...life(ADA), ...life({ buyer: 'bob', session: 'bobs' })]);
    const parts = textIn(state, NAME.slice(4));
    expect(parts).toContain('buyers.keys.packed.cells');
    expect(parts).toContain('experiments.sticky.units.packed.cells');
    expect(parts.some((name) => name.startsWith('bandits.'))).toBe(true);
    expect(textIn(state, ADA.session.slice(4))).not.toEqual([]);
    fold(erasureOfAda, state);
    expect(textIn(state, NAME.slice(4))).toEqual([]);
    expect(textIn(state, ADA.session.slice(4))).toEqual([]);
    expect(state.market.buyers.keys.find('bob')).toBeGreaterThanOrEqual(0);
    expect(state.experiments.sticky.find(state.experiments.find('dealt')!, 'bob')).toBe(0);
  });

  it('is decided for as somebody whom nobody has seen, and is dealt anew', () => {
    const state = fold([...FIRST, ...life(ADA)]);
    const carts = () => state.claims.carts.count(state.market.listings.ids.find('l4'), ERASED_AT, []).carts;
    expect(shown(state, NAME)).not.toEqual(shown(state, 'nobody'));
    expect(carts()).toBe(1);
    fold(erasureOfAda, state);
    expect(shown(state, NAME)).toEqual(shown(state, 'nobody'));
    expect(carts()).toBe(0);
    for (const id of ['dealt', 'by-session'])
      for (const unit of [NAME, ADA.session])
        expect(state.experiments.sticky.find(state.experiments.find(id)!, unit)).toBeLessThan(0);
    expect(state.queries.buyers(state.queries.find('en', 'red scarf'))).toBe(1);
  });

  it('takes nobody else along: not a listing, a session or a buyer of the same id', () => {
    const state = fold([...FIRST, ...life({ buyer: 'same', session: 'same' })]);
    const sessions = did('s1', 'view', NOW, { buyer: undefined, session: 'same' } as never);
    fold([JSON.parse(JSON.stringify(sessions)) as LogRecord, erasure({ buyer: 'same' })], state);
    expect(state.market.buyers.keys.find('same')).toBe(-1);
    expect(state.market.buyers.keys.find(buyerKey({ session: 'same' })!)).toBeGreaterThanOrEqual(0);
    expect(state.experiments.sticky.find(state.experiments.find('by-session')!, 'same')).toBe(1);
    expect(state.experiments.sticky.find(state.experiments.find('dealt')!, 'same')).toBeLessThan(0);
  });

  it('may come again, and begins anew', () => {
    const state = fold([...FIRST, ...life(ADA), ...erasureOfAda, ...life({ ...ADA, buyer: NAME }, ERASED_AT + 1)]);
    expect(state.market.buyers.keys.find(NAME)).toBe(-1);
    fold([did('new', 'purchase', ERASED_AT + 1, { order: 'o7' })], state);
    const row = state.market.buyers.keys.find(NAME);
    expect(state.market.buyers.orders.data[row]).toBe(1);
    expect(state.market.interactions.size).toBe(1);
  });
});

describe('what was done before and comes late', () => {
  const late = [
    { ...did('late-1', 'click', NOW + 30_000), at: ERASED_AT + DAY, claims: { ...claims, expiresAt: NOW + 9 * DAY } },
    { ...did('late-2', 'purchase', NOW + 31_000, { order: 'o9' }), at: ERASED_AT + DAY },
    { ...did('late-3', 'search', NOW + 31_000, { query: 'late words' }), at: ERASED_AT + DAY },
    { ...did('late-4', 'view', NOW, { buyer: 'bob' }), at: ERASED_AT + DAY },
    { ...did('late-5', 'view', NOW - 400 * DAY), at: ERASED_AT + 300 * DAY, imported: true },
  ] as LogRecord[];

  it('is billed and attributed as if nobody had been erased, and teaches nothing', () => {
    const erased = fold([...FIRST, ...life(ADA), ...erasureOfAda]);
    const { statistics } = erased.signals;
    const before = fingerprint((out) => statistics.save(out));
    fold(late, erased);
    const kept = fold([...FIRST, ...life(ADA), ...late]);
    expect(erased.ledger.totals.chargedMicros).toBe(400_000);
    expect(fingerprint((out) => erased.books.save(out))).toEqual(fingerprint((out) => kept.books.save(out)));
    expect([erased.tally.adClicks, erased.tally.orderLinesAttributed]).toEqual([1, kept.tally.orderLinesAttributed]);
    expect(erased.tally.orderLinesAttributed).toBeGreaterThan(0);
    expect(fingerprint((out) => statistics.save(out))).toEqual(before);
    expect(erased.market.buyers.size).toBe(0);
    expect(erased.queries.find('en', 'late words')).toBe(-1);
  });

  it('counts once, as any event does', () => {
    const state = fold([...FIRST, ...life(ADA), ...erasureOfAda, ...late, ...late]);
    expect(state.ledger.totals.chargedMicros).toBe(400_000);
  });
});

it('is the same fold with a restart at any record and through the codec', () => {
  const records = [
    ...FIRST,
    ...life(ADA),
    ...life({ buyer: 'bob', session: 'bobs' }),
    ...erasureOfAda,
    ...life({ buyer: 'cleo', session: 'cleos' }, ERASED_AT),
    did('after', 'view', ERASED_AT + 1),
    erasure({ buyer: 'nobody' }),
    erasure({ buyer: NAME }, ERASED_AT + 2),
    did('late', 'view', ERASED_AT + 2),
  ];
  const whole = bytesOf(fold(records));
  for (let cut = FIRST.length; cut <= records.length; cut++) {
    const loaded = new State();
    loaded.load(readerOf((out) => fold(records.slice(0, cut)).save(out)));
    const rest = records.slice(cut).map((record) => decodeRecord(encodeRecord(record)));
    expect(bytesOf(fold(rest, loaded))).toEqual(whole);
  }
});
