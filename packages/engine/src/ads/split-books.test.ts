/** Budgets that an experiment splits, against a naive book that adds up every charge, and the promises that hold whatever happens. */
import type { Experiment } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { dayOf, MILLIS_PER_DAY, millis } from '../base/units.ts';
import { AdBooks, type AdEvent } from './ad-books.ts';
import { type Limits, NO_LIMITS, weekOf } from './limits.ts';
import { TOKEN_LIFE_MS } from './token.ts';

const START = 20_001 * MILLIS_PER_DAY;
const CAMPAIGNS = 6;
const SHARES = [0.6, 0.3, 0.1];

const split: Experiment = {
  id: 'halves',
  status: 'running',
  unit: 'buyer',
  splitsBudgets: true,
  outsideShare: 0.1,
  variants: [
    { name: 'control', weight: 2 / 3 },
    { name: 'treatment', weight: 1 / 3 },
  ],
};

interface Charged {
  readonly at: number;
  readonly campaign: number;
  readonly shop: number;
  /** -1: of the whole. */
  readonly arm: number;
  readonly micros: number;
}

/** What is left of an arm's part, from the list of all charges. */
function leftByHand(charges: readonly Charged[], ad: Charged, limits: Limits): number {
  const part = (limit: number, under: (charge: Charged) => boolean): number => {
    if (limit === Number.POSITIVE_INFINITY) return limit;
    const all = charges.filter(under);
    const sum = (of: readonly Charged[]): number => of.reduce((total, { micros }) => total + micros, 0);
    const nobodys = sum(all.filter(({ arm }) => arm < 0));
    const whole = limit - sum(all);
    if (ad.arm < 0) return Math.max(0, whole);
    const own = Math.floor(SHARES[ad.arm]! * (limit - nobodys)) - sum(all.filter(({ arm }) => arm === ad.arm));
    return Math.max(0, Math.min(whole, own));
  };
  const of = ({ campaign }: Charged): boolean => campaign === ad.campaign;
  const week = (at: number): number => weekOf(dayOf(millis(at)));
  return Math.min(
    part(limits.dailyBudgetMicros, (one) => of(one) && dayOf(millis(one.at)) === dayOf(millis(ad.at))),
    part(limits.weeklyBudgetMicros, (one) => of(one) && week(one.at) === week(ad.at)),
    part(limits.lifetimeBudgetMicros, of),
    part(limits.creditLimitMicros, ({ shop }) => shop === ad.shop),
  );
}

function view(serial: number, at: number, { campaign, shop, arm, micros }: Omit<Charged, 'at'>, shownAt = at): AdEvent {
  return {
    kind: 'view',
    claims: {
      decisionId: `d${serial}`,
      position: 0,
      listing: 'l',
      placement: 'home',
      campaign: `c${campaign}`,
      priceMicros: micros,
      billing: 'view',
      expiresAt: shownAt + TOKEN_LIFE_MS,
      ...(arm >= 0 && { arm }),
    },
    campaign,
    shop,
    listing: 0,
    at,
    takenAt: at,
    buyer: `b${serial}`,
    session: undefined,
    signedIn: undefined,
    bot: false,
  };
}

describe('budgets that are split', () => {
  test.each([1, 2, 3, 4, 5, 6])('are charged as if every charge were added up, seed %i', (seed) => {
    const rng = new Rng(seed);
    let books = new AdBooks();
    const limitsOf = Array.from(
      { length: CAMPAIGNS },
      (_, campaign): Limits => ({
        ...NO_LIMITS,
        dailyBudgetMicros: 20_000 + rng.below(60_000),
        ...(campaign % 2 === 1 && { weeklyBudgetMicros: 200_000 + rng.below(100_000), dayMultiple: 7 }),
        ...(campaign % 3 === 1 && { lifetimeBudgetMicros: 200_000 + rng.below(300_000) }),
        ...(campaign >= 3 && { creditLimitMicros: 250_000 }),
      }),
    );
    const charges: Charged[] = [];
    const [begins, ends] = [START + 1.3 * MILLIS_PER_DAY, START + 7.6 * MILLIS_PER_DAY];
    let [now, running] = [START, false];
    for (let serial = 0; now < START + 9 * MILLIS_PER_DAY; serial++) {
      now += rng.below(400_000);
      books.ledger.advance(millis(now));
      if (!running && now >= begins && now < ends) {
        running = true;
        books.split.put(split, now);
      }
      if (running && now >= ends) {
        running = false;
        books.split.put({ ...split, status: 'stopped' }, now);
      }
      const campaign = rng.below(CAMPAIGNS);
      const shop = campaign;
      const old = rng.unit() < 0.1;
      const claimed = rng.unit() < 0.2 && !running ? -1 : rng.below(3);
      const shownAt = old ? Math.max(START, begins - 1000) : now;
      const arm = running && shownAt >= begins ? claimed : -1;
      const ad = { campaign, shop, arm: claimed, micros: 1 + rng.below(4_000) };
      if (shownAt + TOKEN_LIFE_MS <= now) continue;
      const limits = limitsOf[campaign]!;
      const expected = Math.min(ad.micros, leftByHand(charges, { ...ad, arm, at: now }, limits));
      const { settlement } = books.settle(view(serial, now, ad, shownAt), limits);
      expect(settlement.chargedMicros, `${serial}: arm ${arm}, campaign ${campaign}`).toBe(expected);
      if (expected > 0) charges.push({ at: now, campaign, shop, arm, micros: expected });
      if (serial % 1000 === 500) {
        const again = new AdBooks();
        again.load(readerOf((out) => books.save(out)));
        expect(fingerprint((out) => again.save(out))).toEqual(fingerprint((out) => books.save(out)));
        books = again;
      }
    }
    const arms = new Set(charges.map(({ arm }) => arm));
    expect([...arms].sort()).toEqual([-1, 0, 1, 2]);
    const full = charges.filter(({ at }) => dayOf(millis(at)) === dayOf(millis(START + 3 * MILLIS_PER_DAY)));
    for (let campaign = 0; campaign < CAMPAIGNS; campaign++)
      for (let arm = 0; arm < 3; arm++) {
        const spent = full.filter((one) => one.campaign === campaign && one.arm === arm);
        const micros = spent.reduce((sum, one) => sum + one.micros, 0);
        expect(micros).toBeLessThanOrEqual(SHARES[arm]! * limitsOf[campaign]!.dailyBudgetMicros);
      }
  });

  test('join again when the experiment stops, and divide anew under another seed', () => {
    const books = new AdBooks();
    const limits = { ...NO_LIMITS, dailyBudgetMicros: 1000 };
    let serial = 0;
    const charge = (arm: number, micros: number, at: number): number => {
      books.ledger.advance(millis(at));
      const { settlement } = books.settle(view(serial++, at, { campaign: 0, shop: 0, arm, micros }), limits);
      return settlement.chargedMicros;
    };
    books.split.put(split, START);
    expect(charge(1, 500, START + 1)).toBe(300);
    expect(charge(1, 500, START + 2)).toBe(0);
    books.split.put({ ...split, seed: 'other' }, START + 3);
    expect(charge(1, 500, START + 4)).toBe(210); // .3 of the 700 that are left
    books.split.put({ ...split, seed: 'other', status: 'stopped' }, START + 5);
    expect(charge(1, 1000, START + 6)).toBe(490);
  });
});
