/** Attribution against a brute force over all touches, and the commission of orders that follow from it. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { dayOf, MILLIS_PER_DAY, millis } from '../base/units.ts';
import { AdBooks, type AdEvent } from './ad-books.ts';
import type { OrderLine } from './attribution.ts';
import { type Match, type Via, WINDOW_DAYS, type WindowDays } from './attribution-counts.ts';
import { NO_LIMITS } from './limits.ts';
import { type AdClaims, TOKEN_LIFE_MS } from './token.ts';

const START = 20_000 * MILLIS_PER_DAY;
const HOUR = 3_600_000;
const LIMITLESS = () => NO_LIMITS;

let serial = 0;
function touch(kind: 'view' | 'click', at: number, more: Partial<AdEvent> & { commission?: number } = {}): AdEvent {
  const { commission, ...rest } = more;
  const claims: AdClaims = {
    decisionId: `d${serial++}`,
    position: 0,
    listing: `l${rest.listing ?? 0}`,
    placement: 'home',
    campaign: 'c',
    priceMicros: 0,
    expiresAt: at - HOUR + TOKEN_LIFE_MS,
    ...(commission !== undefined && { billing: 'order', commissionBasisPoints: commission }),
  };
  return {
    kind,
    claims,
    at,
    takenAt: at,
    buyer: 'ada',
    session: undefined,
    signedIn: 'ada',
    bot: false,
    campaign: 0,
    listing: 0,
    shop: 0,
    ...rest,
  };
}

const order = (id: string, at: number, more: Partial<OrderLine> = {}): OrderLine => ({
  at,
  takenAt: at,
  order: id,
  buyer: 'ada',
  session: undefined,
  listing: `l${more.listingRow ?? 0}`,
  listingRow: 0,
  shop: 0,
  units: 1,
  valueMicros: 1000,
  ...more,
});

const given = (books: AdBooks, campaign: number, windowDays: WindowDays, via: Via, match: Match) =>
  books.attribution.counts.ofCampaign(campaign, { windowDays, via, match });

describe('an order', () => {
  const seed = 5;
  it(`is credited in each window as a search over all touches says (seed ${seed})`, () => {
    const rng = new Rng(seed);
    const books = new AdBooks();
    books.setRules({ traffic: { doubleClickSeconds: 0, clicksPerBuyerAdHourMax: 500 } });
    const touches: AdEvent[] = [];
    const expected = new Map<string, number>();
    let now = START;
    for (let step = 0; step < 4000; step++) {
      now += rng.below(6 * HOUR);
      const buyer = `b${rng.below(12)}`;
      const listing = rng.below(9);
      books.ledger.advance(millis(now));
      if (rng.unit() < 0.8) {
        const campaign = rng.below(5);
        const one = touch(rng.unit() < 0.5 ? 'view' : 'click', now, {
          // Told late, so that the order of the log is not that of what happened.
          at: now - rng.below(3) * 20 * HOUR,
          buyer,
          signedIn: buyer,
          campaign,
          listing,
          shop: listing % 3,
        });
        touches.push(one);
        books.settle(one, NO_LIMITS);
      } else {
        const line = order(`o${step}`, now, {
          at: now - rng.below(30) * HOUR,
          buyer,
          listingRow: listing,
          shop: listing % 3,
        });
        books.order(line, LIMITLESS);
        for (const windowDays of WINDOW_DAYS) {
          const best = bestTouch(touches, line, windowDays);
          if (best) expected.set(`${windowDays} ${best}`, (expected.get(`${windowDays} ${best}`) ?? 0) + 1);
        }
      }
    }
    const counted = new Map<string, number>();
    for (const windowDays of WINDOW_DAYS)
      for (const via of ['click', 'view'] as const)
        for (const match of ['listing', 'shop'] as const)
          for (let campaign = 0; campaign < 5; campaign++) {
            const { orders, valueMicros } = given(books, campaign, windowDays, via, match);
            expect(valueMicros).toBe(1000 * orders);
            if (orders > 0) counted.set(`${windowDays} ${via} ${match} ${campaign}`, orders);
          }
    expect(counted).toEqual(expected);
    expect(counted.size).toBeGreaterThan(60);
  });

  it('of several lines counts once; units and value add up; what comes back is taken off on its own day', () => {
    const books = new AdBooks();
    books.settle(touch('click', START, { listing: 0 }), NO_LIMITS);
    const at = START + HOUR;
    books.order(order('o', at, { units: 3, valueMicros: 3000 }), LIMITLESS);
    books.order(order('o', at, { units: 1, valueMicros: 500, listingRow: 1 }), LIMITLESS);
    const counts = () => [given(books, 0, 7, 'click', 'listing'), given(books, 0, 7, 'click', 'shop')];
    expect(counts()).toEqual([
      { orders: 1, units: 3, valueMicros: 3000 },
      { orders: 1, units: 1, valueMicros: 500 },
    ]);
    expect(books.attribution.counts.ofListing(0, 0)).toEqual({ clicks: 1, orders: 1, units: 4, valueMicros: 3500 });
    expect(books.attribution.counts.conversions(0)).toEqual({ clicks: 1, orders: 1, units: 4, valueMicros: 3500 });
    const back = (units: number, takenAt: number) => books.takeBack({ takenAt, order: 'o', listing: 'l0', units });
    back(1, at + HOUR);
    expect(counts()[0]).toEqual({ orders: 1, units: 2, valueMicros: 2000 });
    back(9, at + 2 * MILLIS_PER_DAY);
    back(1, at + 2 * MILLIS_PER_DAY);
    expect(counts()[0]).toEqual({ orders: 0, units: 0, valueMicros: 0 });
    const cell = { windowDays: 7, via: 'click', match: 'listing' } as const;
    const ofDay = (day: number) => books.attribution.counts.ofDay(0, dayOf(millis(START + day * MILLIS_PER_DAY)), cell);
    expect([ofDay(0), ofDay(1), ofDay(2)]).toEqual([
      { orders: 1, units: 2, valueMicros: 2000 },
      { orders: 0, units: 0, valueMicros: 0 },
      { orders: -1, units: -2, valueMicros: -2000 },
    ]);
  });

  it('follows the session that clicked before its buyer signed in', () => {
    const books = new AdBooks();
    books.settle(touch('click', START, { buyer: '\u0001s', session: 's', signedIn: undefined }), NO_LIMITS);
    books.order(order('o', START + HOUR, { session: 's' }), LIMITLESS);
    expect(given(books, 0, 1, 'click', 'listing').orders).toBe(1);
  });

  it("of the shop's own people follows nothing", () => {
    const books = new AdBooks();
    books.settle(touch('click', START), NO_LIMITS);
    books.accounts.put(0, { id: 's', name: 's', ownerBuyers: ['ada'] });
    expect(books.order(order('o', START + HOUR), LIMITLESS)).toEqual({ credits: [] });
  });
});

/** "via match campaign" of the touch that must be credited. */
function bestTouch(touches: readonly AdEvent[], line: OrderLine, windowDays: number): string | undefined {
  const candidates = touches
    .filter(({ buyer, at, listing, shop }) => {
      const age = line.at - at;
      const related = listing === line.listingRow || shop === line.shop;
      return buyer === line.buyer && related && age >= 0 && age <= windowDays * MILLIS_PER_DAY;
    })
    .map(({ kind, listing, campaign, at }, i) => ({ kind, same: listing === line.listingRow, campaign, at, i }));
  // Of two at the same moment the one that the log has later.
  candidates.sort(
    (a, b) =>
      Number(b.kind === 'click') - Number(a.kind === 'click') ||
      Number(b.same) - Number(a.same) ||
      b.at - a.at ||
      b.i - a.i,
  );
  const [best] = candidates;
  return best && `${best.kind} ${best.same ? 'listing' : 'shop'} ${best.campaign}`;
}

describe('an order that is paid for', () => {
  const setting = (commission = 1250) => {
    const books = new AdBooks();
    books.settle(touch('click', START, { commission }), NO_LIMITS);
    return books;
  };
  const outcomeOf = (books: AdBooks, line: OrderLine) => books.order(line, LIMITLESS).paid?.settlement;

  it('costs its share of the value, rounded down, up to 14 days after the click', () => {
    const books = setting();
    expect(outcomeOf(books, order('o', START + 14 * MILLIS_PER_DAY, { valueMicros: 999 }))).toMatchObject({
      outcome: 'charged',
      chargedMicros: 124,
    });
    expect(outcomeOf(setting(), order('o', START + 14 * MILLIS_PER_DAY + 1))).toBeUndefined();
  });

  it('costs nothing after a view, another listing, or as the second order of a click', () => {
    const books = new AdBooks();
    books.settle(touch('view', START, { commission: 1000 }), NO_LIMITS);
    expect(outcomeOf(books, order('o1', START + HOUR))).toBeUndefined();
    books.settle(touch('click', START, { commission: 1000 }), NO_LIMITS);
    expect(outcomeOf(books, order('o2', START + HOUR, { listingRow: 7 }))).toBeUndefined();
    expect(outcomeOf(books, order('o3', START + HOUR))?.chargedMicros).toBe(100);
    expect(outcomeOf(books, order('o3', START + HOUR))?.chargedMicros).toBe(100); // another line of the same order
    expect(outcomeOf(books, order('o4', START + HOUR))).toMatchObject({ outcome: 'counted', chargedMicros: 0 });
  });

  it('gives back the share of what is returned, and in the end exactly all', () => {
    const books = setting(3333);
    books.order(order('o', START + HOUR, { units: 3, valueMicros: 1000 }), LIMITLESS);
    const back = (day: number) =>
      books.takeBack({ takenAt: START + day * MILLIS_PER_DAY, order: 'o', listing: 'l0', units: 1 }).givenBack[0]
        ?.amountMicros;
    expect([back(1), back(2), back(50), back(51)]).toEqual([111, 111, 111, undefined]);
    expect(books.ledger.owedMicros(0)).toBe(0);
  });

  it('is given back though its day is no longer kept', () => {
    const books = setting(1000);
    books.order(order('o', START + HOUR), LIMITLESS);
    for (let day = 1; day < 70; day++) books.ledger.count(5, 'view', millis(START + day * MILLIS_PER_DAY));
    expect(books.ledger.find(0, dayOf(millis(START)))).toBeUndefined();
    const takenAt = START + 70 * MILLIS_PER_DAY;
    expect(books.takeBack({ takenAt, order: 'o', listing: 'l0', units: 1 }).givenBack).toMatchObject([
      { amountMicros: 100 },
    ]);
    expect(books.ledger.owedMicros(0)).toBe(0);
  });

  it('says so where the click says that it came later', () => {
    const books = setting(1000);
    expect(outcomeOf(books, order('o', START - 1))?.outcome).toBe('order-before-click');
  });

  it('of more than a billion is cut off, not rounded', () => {
    const books = setting(10_000);
    const paid = books.order(order('o', START, { valueMicros: Number.MAX_SAFE_INTEGER }), LIMITLESS).paid!;
    expect(paid.priceMicros).toBe(1e15);
  });
});
