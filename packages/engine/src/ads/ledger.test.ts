import { describe, expect, it } from 'vitest';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, MILLIS_PER_DAY, type Millis, millis } from '../base/units.ts';
import { type AdClick, Ledger } from './ledger.ts';
import type { AdClaims } from './token.ts';

const noon = millis(20_000 * MILLIS_PER_DAY + MILLIS_PER_DAY / 2);
const today = dayOf(noon);
const after = (ms: number): Millis => millis(noon + ms);

function claims(decisionId: string, more: Partial<AdClaims> = {}): AdClaims {
  return {
    decisionId,
    position: 0,
    listing: 'l1',
    placement: 'home',
    campaign: 'c1',
    priceMicros: 300,
    expiresAt: noon + 3_600_000,
    ...more,
  };
}

function click(of: AdClaims, more: Partial<AdClick> = {}): AdClick {
  return { claims: of, campaign: 0, shop: 5, at: noon, dailyBudgetMicros: 1000, ...more };
}

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

describe('ledger', () => {
  it('charges clicks until the budget is spent: the last one in part, later ones are free', () => {
    const ledger = new Ledger();
    const settled = ['a', 'b', 'c', 'd', 'e'].map((id) => ledger.settleClick(click(claims(id))));
    expect(settled.map((s) => s.outcome)).toEqual(['charged', 'charged', 'charged', 'charged', 'over-budget']);
    expect(settled.map((s) => s.chargedMicros)).toEqual([300, 300, 300, 100, 0]);
    expect(settled.map((s) => s.overDeliveredMicros)).toEqual([0, 0, 0, 200, 300]);
    expect(ledger.find(0, today)).toEqual({
      campaign: 0,
      day: today,
      chargedMicros: 1000,
      refundedMicros: 0,
      overDeliveredMicros: 500,
      impressions: 0,
      clicks: 5,
      freeClicks: 1,
    });
    expect(ledger.owedMicros(5)).toBe(1000);
    expect(ledger.totals).toEqual({ chargedMicros: 1000, refundedMicros: 0, overDeliveredMicros: 500 });
    expect(ledger.remainingMicros(0, today, 1000)).toBe(0);
    expect(ledger.remainingMicros(0, today, 1500)).toBe(500);
  });

  it('charges nothing more once the budget is lowered below what is spent, and goes on once it is raised', () => {
    const ledger = new Ledger();
    ledger.settleClick(click(claims('a')));
    expect(ledger.settleClick(click(claims('b'), { dailyBudgetMicros: 200 }))).toEqual({
      outcome: 'over-budget',
      chargedMicros: 0,
      overDeliveredMicros: 300,
    });
    expect(ledger.settleClick(click(claims('c'), { dailyBudgetMicros: 500 })).chargedMicros).toBe(200);
    expect(ledger.settleClick(click(claims('b'), { dailyBudgetMicros: 9000 })).outcome).toBe('replayed');
  });

  it('bills a token once: another position is another token', () => {
    const ledger = new Ledger();
    expect(ledger.settleClick(click(claims('a'))).outcome).toBe('charged');
    expect(ledger.settleClick(click(claims('a'))).outcome).toBe('replayed');
    expect(ledger.settleClick(click(claims('a', { position: 1 }))).outcome).toBe('charged');
    expect(ledger.spentMicros(0, today)).toBe(600);
  });

  it('refuses a token from the moment at which it expires', () => {
    const ledger = new Ledger();
    expect(ledger.settleClick(click(claims('a'), { at: after(3_599_999) })).outcome).toBe('charged');
    expect(ledger.settleClick(click(claims('b'), { at: after(3_600_000) })).outcome).toBe('expired');
  });

  it('keeps a token expired, and a day spent, when the clock jumps ahead and comes back', () => {
    const ledger = new Ledger();
    ledger.settleClick(click(claims('a')));
    ledger.advance(after(3 * MILLIS_PER_DAY));
    expect(ledger.settleClick(click(claims('a'))).outcome).toBe('expired');
    expect(ledger.settleClick(click(claims('b'))).outcome).toBe('expired');
    expect(ledger.now).toBe(after(3 * MILLIS_PER_DAY));
    const lasting = claims('c', { expiresAt: ledger.now + 1, priceMicros: 5000 });
    expect(ledger.settleClick(click(lasting)).chargedMicros).toBe(700);
    expect(ledger.spentMicros(0, today)).toBe(1000);
  });

  it('gives every day its own budget', () => {
    const ledger = new Ledger();
    const lasting = { expiresAt: noon + 2 * MILLIS_PER_DAY, priceMicros: 1000 };
    ledger.settleClick(click(claims('a', lasting)));
    expect(ledger.settleClick(click(claims('b', lasting), { at: after(MILLIS_PER_DAY) })).chargedMicros).toBe(1000);
  });

  it('bills nothing to a campaign that does not exist, and leaves the token unused', () => {
    const ledger = new Ledger();
    expect(ledger.settleClick(click(claims('a'), { campaign: -1, shop: -1 })).outcome).toBe('unknown-campaign');
    expect(ledger.size).toBe(0);
    expect(ledger.settleClick(click(claims('a'))).outcome).toBe('charged');
  });

  it('refunds at most what was charged and is owed, and does not open the budget again', () => {
    const ledger = new Ledger();
    ledger.settleClick(click(claims('a', { priceMicros: 1000 })));
    expect(ledger.refund({ campaign: 0, shop: 5, day: today, amountMicros: 400 })).toBe(400);
    expect(ledger.refund({ campaign: 0, shop: 6, day: today, amountMicros: 400 })).toBe(0);
    expect(ledger.refund({ campaign: 1, shop: 5, day: today, amountMicros: 400 })).toBe(0);
    expect(ledger.settleClick(click(claims('b'))).outcome).toBe('over-budget');
    ledger.settleClick(click(claims('c'), { campaign: 1 }));
    expect(ledger.refund({ campaign: 0, shop: 5, day: today, amountMicros: 9000 })).toBe(600);
    expect(ledger.owedMicros(5)).toBe(300);
    expect(ledger.totals).toEqual({ chargedMicros: 1300, refundedMicros: 1000, overDeliveredMicros: 300 });
    expect(() => ledger.refund({ campaign: 0, shop: 5, day: today, amountMicros: -1 })).toThrow(/negative/);
  });

  it('counts impressions, and says nothing of days without any', () => {
    const ledger = new Ledger();
    ledger.countImpression(3, noon);
    ledger.countImpression(3, noon);
    expect(ledger.find(3, today)?.impressions).toBe(2);
    expect(ledger.find(4, today)).toBeUndefined();
    expect(ledger.spentMicros(4, today)).toBe(0);
    expect(ledger.owedMicros(99)).toBe(0);
  });

  it('loses no impression when the columns grow', () => {
    const ledger = new Ledger();
    for (let campaign = 0; campaign < 100; campaign++) ledger.countImpression(campaign, noon);
    for (let campaign = 0; campaign < 100; campaign++) expect(ledger.find(campaign, today)?.impressions).toBe(1);
  });

  it('takes only integers for money', () => {
    const ledger = new Ledger();
    expect(() => ledger.settleClick(click(claims('a', { priceMicros: 0.5 })))).toThrow(/integer number of micros/);
  });

  it('is the same ledger after saving and loading, and goes on the same', () => {
    let ledger = new Ledger();
    const straight = new Ledger();
    for (let i = 0; i < 2000; i++) {
      const at = after(i * 100_000);
      const one = click(claims(`d${i % 1500}`, { expiresAt: at + MILLIS_PER_DAY }), {
        campaign: i % 37,
        shop: i % 11,
        at,
        dailyBudgetMicros: 2000,
      });
      expect(ledger.settleClick(one)).toEqual(straight.settleClick(one));
      if (i % 190 === 0) ledger = reload(ledger);
    }
    expect(bytesOf(ledger)).toEqual(bytesOf(straight));
    expect(bytesOf(reload(new Ledger()))).toEqual(bytesOf(new Ledger()));
  });

  it('forgets used tokens once they have expired, and not before', () => {
    const ledger = new Ledger();
    const used = () =>
      bytesOf(ledger).filter(({ name }) => name.startsWith('used-tokens.') && name.endsWith('.cells')).length;
    for (let i = 0; i < 100; i++)
      ledger.settleClick(click(claims(`d${i}`, { expiresAt: noon + (i % 3) * MILLIS_PER_DAY + 1 })));
    expect(used()).toBe(3);
    ledger.advance(after(MILLIS_PER_DAY));
    expect(used()).toBe(2);
    expect(ledger.settleClick(click(claims('d1', { expiresAt: noon + MILLIS_PER_DAY + 1 }))).outcome).toBe('replayed');
    ledger.advance(after(9 * MILLIS_PER_DAY));
    expect(used()).toBe(0);
  });
});
