/** How long buyers are kept: who is forgotten and when, that nothing of them is left to the next, and that no money changes. */
import type { BuyerEvent, BuyerSettings, Experiment } from '@rialto/sdk';
import { describe, expect, it } from 'vitest';
import { sectionsOf } from '../base/snapshot.fixture.ts';
import { millis } from '../base/units.ts';
import type { LogRecord } from '../log/record.ts';
import { buyerKey } from '../market/buyers.ts';
import { applyRecord } from './apply.ts';
import { decide } from './decide.ts';
import { DEFAULT_PLACEMENTS } from './default-placements.ts';
import { CAMPAIGNS, DAY, LISTINGS, NOW } from './market.fixture.ts';
import { State } from './state.ts';
import { Workspace } from './workspace.ts';

let events = 0;
type Who = Pick<BuyerEvent, 'buyer' | 'session'>;

function did(type: BuyerEvent['type'], at: number, event: Partial<BuyerEvent>): LogRecord {
  return { kind: 'event', at, event: { id: `e${events++}`, type, listing: 'l0', at, ...event } };
}

function marketWith(buyers?: BuyerSettings): State {
  const state = new State();
  const entities: LogRecord[] = [
    ...DEFAULT_PLACEMENTS.map((entity) => ({ kind: 'placement', at: NOW, by: 'test', entity }) as const),
    ...LISTINGS.map((entity) => ({ kind: 'listing', at: NOW, by: 'test', entity }) as const),
    ...CAMPAIGNS.map((entity) => ({ kind: 'campaign', at: NOW, by: 'test', entity }) as const),
  ];
  if (buyers) entities.push(settingsOf(buyers));
  for (const record of entities) applyRecord(state, record);
  return state;
}

const settingsOf = (buyers: BuyerSettings): LogRecord => ({
  kind: 'settings',
  at: NOW,
  by: 'test',
  entity: { currency: 'EUR', language: 'en', ads: { orderWindowDays: 30 }, buyers },
});

/** Records that are of nobody, for the hand to go round. */
function pass(state: State, at: number, records = 50): void {
  for (let i = 0; i < records; i++) applyRecord(state, did('impression', at, {}));
}

const isKnown = ({ market }: State, who: Who): boolean => market.buyers.keys.find(buyerKey(who)!) >= 0;

describe('idle buyers', () => {
  it('are forgotten thirty days after they were heard of where they are sessions, and never where they are named', () => {
    const state = marketWith();
    for (const who of [{ session: 's' }, { buyer: 'ada' }]) applyRecord(state, did('view', NOW, who));
    pass(state, NOW + 30 * DAY);
    expect([isKnown(state, { session: 's' }), isKnown(state, { buyer: 'ada' })]).toEqual([true, true]);
    pass(state, NOW + 31 * DAY);
    expect([isKnown(state, { session: 's' }), isKnown(state, { buyer: 'ada' })]).toEqual([false, true]);
    pass(state, NOW + 4_000 * DAY);
    expect(isKnown(state, { buyer: 'ada' })).toBe(true);
  });

  it('are forgotten as the settings say, and an order that names nobody as a session', () => {
    const state = marketWith({ keepSessionsDays: 2, keepDays: 10 });
    applyRecord(state, did('view', NOW, { buyer: 'ada' }));
    applyRecord(state, did('purchase', NOW, { order: 'o1' }));
    pass(state, NOW + 3 * DAY);
    expect(state.market.buyers.keys.find(buyerKey({ order: 'o1' })!)).toBe(-1);
    expect(isKnown(state, { buyer: 'ada' })).toBe(true);
    pass(state, NOW + 11 * DAY);
    expect(state.market.buyers.size).toBe(0);
  });

  it('are whoever has neither done anything nor opened a page', () => {
    const state = marketWith();
    for (const session of ['looks', 'leaves']) applyRecord(state, did('view', NOW, { session }));
    const request = { session: 'looks', placements: ['home'], context: { country: 'DE' } };
    const at = NOW + 20 * DAY;
    applyRecord(state, { kind: 'decision', at, id: 'd', stateOffset: state.offset, request, placements: [] });
    pass(state, NOW + 40 * DAY);
    expect(['looks', 'leaves'].map((session) => isKnown(state, { session }))).toEqual([true, false]);
  });

  it('are told by when the log took in what they did: a history of long ago is kept as long as any', () => {
    const state = marketWith();
    applyRecord(state, { ...did('view', NOW - 900 * DAY, { session: 's' }), at: NOW, imported: true } as LogRecord);
    pass(state, NOW + 29 * DAY);
    expect(isKnown(state, { session: 's' })).toBe(true);
  });

  it('are not all forgotten by one record of a clock that jumps ahead', () => {
    const state = marketWith();
    for (let i = 0; i < 100; i++) applyRecord(state, did('view', NOW, { session: `s${i}` }));
    pass(state, NOW + 3_000 * DAY, 1);
    pass(state, NOW + DAY, 500);
    expect(state.market.buyers.size).toBeGreaterThanOrEqual(84);
  });

  it('take as much memory in two years as in four months', () => {
    const state = marketWith();
    const size = () =>
      sectionsOf((out) => state.market.save(out)).reduce((sum, { bytes }) => sum + bytes.length, 0) +
      sectionsOf((out) => state.queries.save(out)).reduce((sum, { bytes }) => sum + bytes.length, 0);
    let early = 0;
    for (let day = 0; day < 730; day++) {
      for (let i = 0; i < 20; i++) {
        const session = `visit-${day}-${i}`;
        applyRecord(state, did('search', NOW + day * DAY, { session, query: `cup ${i}` }));
        applyRecord(state, did('view', NOW + day * DAY, { session, listing: `l${i % 9}` }));
        applyRecord(state, did('cart-add', NOW + day * DAY, { session, listing: `l${(i + 1) % 9}` }));
      }
      if (day === 120) early = size();
    }
    expect(state.market.buyers.size).toBeLessThanOrEqual(34 * 20);
    expect(state.market.buyers.keys.rows).toBeLessThanOrEqual(34 * 20);
    expect(state.market.interactions.size).toBe(2 * state.market.buyers.size);
    expect(size()).toBeLessThan(1.01 * early);
  });
});

describe('what experiments dealt', () => {
  const halves = (id: string, unit: Experiment['unit']): LogRecord => {
    const variants = ['a', 'b'].map((name) => ({ name, weight: 0.5 }));
    return { kind: 'experiment', at: NOW, by: 'test', entity: { id, status: 'running', unit, sticky: true, variants } };
  };
  const expose = (state: State, at: number, unit: string): void => {
    const exposures = ['ofSessions', 'ofBuyers', 'ofListings'].map((experiment) => {
      return { experiment, variant: 'a', version: 1, unit };
    });
    const request = { placements: [] };
    applyRecord(state, { kind: 'decision', at, id: 'd', stateOffset: 0, request, placements: [], exposures });
  };
  const dealt = (buyers?: BuyerSettings): State => {
    const state = marketWith(buyers);
    for (const [id, unit] of [
      ['ofSessions', 'session'],
      ['ofBuyers', 'buyer'],
      ['ofListings', 'listing'],
    ] as const)
      applyRecord(state, halves(id, unit));
    return state;
  };
  const keeps = ({ experiments }: State, unit: string): boolean[] =>
    experiments.all().map((experiment) => experiments.sticky.find(experiment, unit) >= 0);

  it('is kept as long as the buyer would be: of sessions, of buyers, and of what is no person for ever', () => {
    const state = dealt({ keepDays: 100 });
    for (const unit of ['stays', 'leaves']) expose(state, NOW, unit);
    expose(state, NOW + 20 * DAY, 'stays');
    pass(state, NOW + 31 * DAY);
    expect(keeps(state, 'leaves')).toEqual([false, true, true]);
    expect(keeps(state, 'stays')).toEqual([true, true, true]);
    pass(state, NOW + 101 * DAY);
    expect(keeps(state, 'leaves')).toEqual([false, false, true]);
    expect(keeps(state, 'stays')).toEqual([false, true, true]);
  });

  it('takes as much memory in a year as in half a year', () => {
    const state = dealt({ keepDays: 30 });
    const size = () =>
      sectionsOf((out) => state.experiments.sticky.save(out)).reduce((sum, { bytes }) => sum + bytes.length, 0);
    let early = 0;
    for (let day = 0; day < 365; day++) {
      for (let i = 0; i < 20; i++) {
        const exposures = ['ofSessions', 'ofBuyers'].map((experiment) => {
          return { experiment, variant: 'a', version: 1, unit: `unit-${day}-${i}` };
        });
        const at = NOW + day * DAY;
        const request = { placements: [] };
        applyRecord(state, { kind: 'decision', at, id: 'd', stateOffset: 0, request, placements: [], exposures });
      }
      if (day === 180) early = size();
    }
    expect(size()).toBeLessThan(1.05 * early);
    expect(keeps(state, 'unit-364-19').slice(0, 2)).toEqual([true, true]);
  });
});

describe('what a forgotten buyer leaves', () => {
  it('is cleared a little with each record, and found by nobody meanwhile', () => {
    const state = marketWith();
    const { buyers, interactions } = state.market;
    for (let i = 0; i < 400; i++) {
      const entity = { id: `more-${i}`, title: 'Thing', priceMicros: 1 };
      applyRecord(state, { kind: 'listing', at: NOW, by: 'test', entity });
      applyRecord(state, did('view', NOW, { session: 's', listing: `more-${i}` }));
    }
    pass(state, NOW + 31 * DAY, 1);
    expect(isKnown(state, { session: 's' })).toBe(false);
    // Comes back while the past is being cleared.
    applyRecord(state, did('hide', NOW + 31 * DAY, { session: 's' }));
    expect(interactions.first(buyers.keys.find(buyerKey({ session: 's' })!))).toBeGreaterThanOrEqual(0);
    for (let i = 0; i < 60; i++) {
      const before = interactions.size;
      pass(state, NOW + 32 * DAY, 1);
      expect(before - interactions.size).toBeLessThanOrEqual(8);
    }
    expect(interactions.size).toBe(1);
    applyRecord(state, did('view', NOW + 32 * DAY, { session: 'next' }));
    expect(buyers.keys.rows).toBe(2);
  });

  it('is nothing to whoever gets the row: the same is decided as for somebody whom nobody knows', () => {
    const state = marketWith();
    const first = { session: 'first' };
    applyRecord(state, did('search', NOW, { ...first, query: 'red scarf', country: 'France' }));
    for (const type of ['view', 'cart-add', 'hide'] as const)
      applyRecord(state, did(type, NOW, { ...first, listing: 'l1' }));
    applyRecord(state, did('purchase', NOW, { ...first, listing: 'l2', order: 'o1', country: 'France' }));
    const row = state.market.buyers.keys.find(buyerKey(first)!);
    pass(state, NOW + 31 * DAY);
    applyRecord(state, did('cart-remove', NOW + 31 * DAY, { session: 'second', listing: 'l5' }));
    expect(state.market.buyers.keys.find(buyerKey({ session: 'second' })!)).toBe(row);
    expect(state.queries.lastOf(row)).toBe(-1);
    const decided = (session: string) => {
      const request = { session, placements: ['home', 'search'], context: { query: 'cup' } };
      return decide(state, { id: 'd', at: millis(NOW + 31 * DAY), request }, new Workspace()).placements;
    };
    expect(decided('second')).toEqual(decided('never seen'));
    state.queries.succeed(row, 4, 0, millis(NOW));
    expect([...state.queries.leadingTo(4)]).toEqual([]);
  });

  it('still counts as one of those who searched, once, however often the buyer comes back', () => {
    const state = marketWith({ keepSessionsDays: 1 });
    for (let day = 0; day < 20; day += 4) {
      applyRecord(state, did('search', NOW + day * DAY, { session: 's', query: 'rare thing' }));
      pass(state, NOW + (day + 3) * DAY);
      expect(isKnown(state, { session: 's' })).toBe(false);
    }
    expect(state.queries.buyers(state.queries.find('en', 'rare thing'))).toBe(1);
  });
});

describe('money', () => {
  const claims = {
    decisionId: 'd1',
    position: 0,
    placement: 'home',
    listing: 'l0',
    campaign: 'spring',
    priceMicros: 0,
    expiresAt: NOW + DAY,
    billing: 'order',
    commissionBasisPoints: 1_000,
  } as const;

  function books(buyers: BuyerSettings): {
    readonly bytes: unknown;
    readonly forgotten: boolean;
    readonly paid: number;
  } {
    events = 0;
    const state = marketWith(buyers);
    const session = 'clicks';
    applyRecord(state, { ...did('click', NOW + 1_000, { session }), claims } as LogRecord);
    for (let day = 1; day < 30; day++) pass(state, NOW + day * DAY);
    const forgotten = !isKnown(state, { session });
    const order = { session, order: 'o1', quantity: 2, priceMicros: 10_000_000 };
    applyRecord(state, did('purchase', NOW + 30 * DAY, order));
    pass(state, NOW + 50 * DAY);
    applyRecord(state, did('return', NOW + 50 * DAY, { session, order: 'o1', quantity: 1 }));
    return {
      bytes: sectionsOf((out) => state.books.save(out)).map(({ bytes }) => Buffer.from(bytes).toString('base64')),
      forgotten,
      paid: state.ledger.totals.chargedMicros,
    };
  }

  it('is the same however soon buyers are forgotten: an order after thirty days is paid, and its return given back', () => {
    const soon = books({ keepSessionsDays: 1, keepDays: 1 });
    const never = books({ keepSessionsDays: 36_500 });
    expect([soon.forgotten, never.forgotten]).toEqual([true, false]);
    expect(soon.paid).toBe(2_000_000);
    expect(soon.bytes).toEqual(never.bytes);
  });
});
