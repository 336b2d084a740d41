import { describe, expect, it } from 'vitest';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, MILLIS_PER_DAY, type Millis, millis } from '../base/units.ts';
import { Ledger, type Settlement } from './ledger.ts';
import { type Limits, NO_LIMITS } from './limits.ts';
import type { AdClaims, BillingKind } from './token.ts';

/** A Monday. */
const DAY = 20_045;
const noon = millis(DAY * MILLIS_PER_DAY + MILLIS_PER_DAY / 2);
const today = dayOf(noon);
const after = (ms: number): Millis => millis(noon + ms);
const limit = (limits: Partial<Limits>): Limits => ({ ...NO_LIMITS, ...limits });
const DAILY = limit({ dailyBudgetMicros: 1000 });

const claims = (decisionId: string, more: Partial<AdClaims> = {}): AdClaims => ({
  decisionId,
  position: 0,
  listing: 'l1',
  placement: 'home',
  campaign: 'c1',
  priceMicros: 300,
  expiresAt: noon + 3_600_000,
  ...more,
});

interface More {
  readonly at?: Millis;
  readonly campaign?: number;
  readonly shop?: number;
  readonly limits?: Limits;
}

const pay = (ledger: Ledger, priceMicros: number, more: More = {}): Settlement =>
  ledger.charge({ campaign: 0, shop: 5, at: noon, priceMicros, limits: DAILY, ...more });
const charged = (ledger: Ledger, priceMicros: number, more: More = {}): number =>
  pay(ledger, priceMicros, more).chargedMicros;

const bytesOf = (ledger: Ledger) => {
  const out = new SnapshotWriter();
  ledger.save(out);
  return out.sections.map(({ name, type, bytes }) => ({ name, type, bytes: Buffer.from(bytes).toString('hex') }));
};

function reload(ledger: Ledger): Ledger {
  const out = new SnapshotWriter();
  ledger.save(out);
  const loaded = new Ledger();
  loaded.load(new SnapshotReader(out.sections));
  return loaded;
}

describe('a charge', () => {
  it('takes what the day has left: the last one in part, later ones are free', () => {
    const ledger = new Ledger();
    const settled = [1, 2, 3, 4, 5].map(() => pay(ledger, 300));
    expect(settled.map((s) => s.outcome)).toEqual(['charged', 'charged', 'charged', 'charged', 'over-budget']);
    expect(settled.map((s) => s.chargedMicros)).toEqual([300, 300, 300, 100, 0]);
    expect(settled.map((s) => s.overDeliveredMicros)).toEqual([0, 0, 0, 200, 300]);
    expect(ledger.find(0, today)).toMatchObject({ chargedMicros: 1000, overDeliveredMicros: 500, freeEvents: 1 });
    expect(ledger.owedMicros(5)).toBe(1000);
    expect(ledger.totals).toEqual({ chargedMicros: 1000, refundedMicros: 0, overDeliveredMicros: 500 });
    expect(ledger.leftMicros(DAILY, 0, 5, noon)).toBe(0);
    expect(ledger.leftMicros(limit({ dailyBudgetMicros: 1500 }), 0, 5, noon)).toBe(500);
  });

  it('takes nothing more once the budget is lowered below what is spent, and goes on once it is raised', () => {
    const ledger = new Ledger();
    pay(ledger, 300);
    expect(pay(ledger, 300, { limits: limit({ dailyBudgetMicros: 200 }) }).outcome).toBe('over-budget');
    expect(charged(ledger, 300, { limits: limit({ dailyBudgetMicros: 500 }) })).toBe(200);
  });

  it('starts every day anew', () => {
    const ledger = new Ledger();
    expect(charged(ledger, 1200)).toBe(1000);
    expect(charged(ledger, 1200, { at: after(MILLIS_PER_DAY) })).toBe(1000);
  });

  it('of a weekly budget takes up to its multiple of a seventh a day, and no more than the week', () => {
    const ledger = new Ledger();
    const limits = limit({ weeklyBudgetMicros: 703, dayMultiple: 2 });
    const week = [0, 1, 2, 3, 4, 5, 6].map((day) => charged(ledger, 900, { limits, at: after(day * MILLIS_PER_DAY) }));
    expect(week).toEqual([200, 200, 200, 103, 0, 0, 0]);
    expect(charged(ledger, 900, { limits, at: after(7 * MILLIS_PER_DAY) })).toBe(200);
    const all = limit({ weeklyBudgetMicros: 700, dayMultiple: 7 });
    expect(charged(ledger, 900, { limits: all, campaign: 1 })).toBe(700);
    expect(charged(ledger, 900, { limits: all, campaign: 1, at: after(-MILLIS_PER_DAY) })).toBe(700); // a Sunday
  });

  it('of a lifetime budget takes no more than that, ever', () => {
    const ledger = new Ledger();
    const limits = limit({ lifetimeBudgetMicros: 2500, dailyBudgetMicros: 1000 });
    const days = [0, 100, 200, 300].map((day) => charged(ledger, 1200, { limits, at: after(day * MILLIS_PER_DAY) }));
    expect(days).toEqual([1000, 1000, 500, 0]);
  });

  it('of a wallet takes what was paid in and the credit, over all campaigns of the shop', () => {
    const ledger = new Ledger();
    const limits = limit({ creditLimitMicros: 100 });
    ledger.pay(5, 400);
    expect(charged(ledger, 300, { limits })).toBe(300);
    expect(charged(ledger, 300, { limits, campaign: 1 })).toBe(200);
    expect(ledger.balanceMicros(5)).toBe(-100);
    expect(charged(ledger, 300, { limits })).toBe(0);
    expect(charged(ledger, 300, { limits, shop: 6, campaign: 2 })).toBe(100);
    expect(ledger.refund({ campaign: 0, shop: 5, day: today, amountMicros: 50 })).toBe(50);
    expect(charged(ledger, 300, { limits })).toBe(50);
    ledger.pay(5, 1000);
    expect([ledger.exactPaid(5), ledger.exactOwed(5), ledger.exactBalance(5)]).toEqual([1400n, 500n, 900n]);
  });

  it('takes only integers from 0 on', () => {
    const ledger = new Ledger();
    expect(() => pay(ledger, 0.5)).toThrow(/integer number of micros/);
    expect(() => pay(ledger, -1)).toThrow(/negative/);
    expect(() => pay(ledger, 1, { shop: -1 })).toThrow(/no shop/);
  });
});

describe('a token', () => {
  const use = (ledger: Ledger, one: AdClaims, kind: BillingKind = 'click', at = noon) => {
    ledger.advance(at);
    const refused = ledger.whyRefused(one, kind);
    if (!refused) ledger.useToken(one, kind);
    return refused;
  };

  it('counts once a kind: another position is another token', () => {
    const ledger = new Ledger();
    expect(use(ledger, claims('a'))).toBeUndefined();
    expect(use(ledger, claims('a'))).toBe('replayed');
    expect(use(ledger, claims('a'), 'view')).toBeUndefined();
    expect(use(ledger, claims('a', { position: 1 }))).toBeUndefined();
  });

  it('is refused from the moment at which it expires', () => {
    const ledger = new Ledger();
    expect(use(ledger, claims('a'), 'click', after(3_599_999))).toBeUndefined();
    expect(use(ledger, claims('b'), 'click', after(3_600_000))).toBe('expired');
  });

  it('stays expired, and a day spent, when the clock jumps ahead and comes back', () => {
    const ledger = new Ledger();
    pay(ledger, 300);
    use(ledger, claims('a'));
    ledger.advance(after(300 * MILLIS_PER_DAY));
    expect(use(ledger, claims('a'))).toBe('expired');
    expect(use(ledger, claims('b'))).toBe('expired');
    expect(ledger.now).toBe(after(300 * MILLIS_PER_DAY));
    expect(charged(ledger, 5000)).toBe(700);
    expect(ledger.spentMicros(0, today)).toBe(1000);
  });

  it('is forgotten once it has expired, and not before', () => {
    const ledger = new Ledger();
    const kept = () =>
      bytesOf(ledger).filter(({ name }) => name.startsWith('used-tokens.') && name.endsWith('.cells')).length;
    for (let i = 0; i < 100; i++) use(ledger, claims(`d${i}`, { expiresAt: noon + (i % 3) * MILLIS_PER_DAY + 1 }));
    expect(kept()).toBe(3);
    ledger.advance(after(MILLIS_PER_DAY));
    expect(kept()).toBe(2);
    expect(use(ledger, claims('d1', { expiresAt: noon + MILLIS_PER_DAY + 1 }))).toBe('replayed');
    ledger.advance(after(9 * MILLIS_PER_DAY));
    expect(kept()).toBe(0);
  });
});

describe('a refund', () => {
  it('gives back at most what was charged and is owed, and does not open the budget again', () => {
    const ledger = new Ledger();
    pay(ledger, 1000);
    expect(ledger.refund({ campaign: 0, shop: 5, day: today, amountMicros: 400 })).toBe(400);
    expect(ledger.refund({ campaign: 0, shop: 6, day: today, amountMicros: 400 })).toBe(0);
    expect(ledger.refund({ campaign: 1, shop: 5, day: today, amountMicros: 400 })).toBe(0);
    expect(pay(ledger, 300).outcome).toBe('over-budget');
    pay(ledger, 300, { campaign: 1 });
    expect(ledger.refundableMicros(0, today)).toBe(600);
    expect(ledger.refund({ campaign: 0, shop: 5, day: today, amountMicros: 9000 })).toBe(600);
    expect(ledger.owedMicros(5)).toBe(300);
    expect(ledger.totals).toEqual({ chargedMicros: 1300, refundedMicros: 1000, overDeliveredMicros: 300 });
    expect(() => ledger.refund({ campaign: 0, shop: 5, day: today, amountMicros: -1 })).toThrow(/negative/);
  });

  it('is booked on its own day', () => {
    const ledger = new Ledger();
    pay(ledger, 1000);
    const bookedOn = dayOf(after(MILLIS_PER_DAY));
    ledger.refund({ campaign: 0, shop: 5, day: today, amountMicros: 400, bookedOn });
    expect(ledger.find(0, today)).toMatchObject({ refundedMicros: 400, refundsBookedMicros: 0 });
    expect(ledger.find(0, bookedOn)).toMatchObject({ refundedMicros: 0, refundsBookedMicros: 400 });
  });
});

describe('the books', () => {
  it('count what happened and why it was not valid', () => {
    const ledger = new Ledger();
    for (let i = 0; i < 3; i++) ledger.count(3, 'view', noon);
    ledger.count(3, 'click', noon);
    ledger.invalidate(3, 'click', noon, 'bot');
    expect(ledger.find(3, today)).toMatchObject({ impressions: 3, clicks: 1, invalidClicks: 1, invalidImpressions: 0 });
    expect(ledger.find(3, today)?.reasons).toMatchObject({ bot: 1, replayed: 0 });
    expect(ledger.find(4, today)).toBeUndefined();
    expect(ledger.spentMicros(4, today)).toBe(0);
    expect(ledger.owedMicros(99)).toBe(0);
  });

  it('lose no event when the columns grow', () => {
    const ledger = new Ledger();
    for (let campaign = 0; campaign < 100; campaign++) ledger.count(campaign, 'view', noon);
    for (let campaign = 0; campaign < 100; campaign++) expect(ledger.find(campaign, today)?.impressions).toBe(1);
  });

  it('keep so many days, and close those before: nothing more is charged there', () => {
    const ledger = new Ledger({ daysKept: 3, weeksKept: 2 });
    for (let day = 0; day < 5; day++) pay(ledger, 300, { at: after(day * MILLIS_PER_DAY) });
    expect([...ledger.days()].map(({ day }) => day - today)).toEqual([2, 3, 4]);
    expect(ledger.spentInAllMicros(0)).toBe(1500);
    expect(pay(ledger, 300)).toEqual({ outcome: 'over-budget', chargedMicros: 0, overDeliveredMicros: 300 });
    expect(ledger.refund({ campaign: 0, shop: 5, day: today, amountMicros: 100 })).toBe(0);
    expect(charged(ledger, 300, { at: after(3 * MILLIS_PER_DAY) })).toBe(300);
  });

  it('stay exact beyond 2^53', () => {
    const ledger = new Ledger();
    const limits = limit({ dailyBudgetMicros: 1e15 });
    for (let campaign = 0; campaign < 99; campaign++) pay(ledger, 1e15 - 1, { campaign, limits });
    ledger.pay(5, 1);
    expect(ledger.exactTotals.chargedMicros).toBe(99n * (10n ** 15n - 1n));
    expect(ledger.exactBalance(5)).toBe(1n - 99n * (10n ** 15n - 1n));
    expect(ledger.balanceMicros(5)).toBe(Number(ledger.exactBalance(5)));
  });

  it('are the same after saving and loading, and go on the same', () => {
    let ledger = new Ledger({});
    const straight = new Ledger();
    for (let i = 0; i < 2000; i++) {
      const at = after(i * 3_000_000);
      const more = { campaign: i % 37, shop: i % 11, at, limits: limit({ weeklyBudgetMicros: 2000 }) };
      for (const one of [ledger, straight]) {
        one.advance(at);
        const token = claims(`d${i % 1500}`, { expiresAt: at + MILLIS_PER_DAY });
        if (!one.whyRefused(token, 'click')) one.useToken(token, 'click');
      }
      expect(pay(ledger, i % 700, more)).toEqual(pay(straight, i % 700, more));
      if (i % 190 === 0) ledger = reload(ledger);
    }
    expect(bytesOf(ledger)).toEqual(bytesOf(straight));
    expect(bytesOf(reload(new Ledger()))).toEqual(bytesOf(new Ledger()));
  });
});
