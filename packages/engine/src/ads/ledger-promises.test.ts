/**
 * The ledger's three promises about money, under any sequence of clicks, repeats, late clicks, clock jumps, budget changes,
 * refunds and restarts. An auditor keeps its own books from what the ledger answers, and knows nothing of how it works.
 * Ledgers that break one promise each show that the auditor would notice.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, MILLIS_PER_DAY, type Micros, type Millis, millis } from '../base/units.ts';
import { type Charge, Ledger, type Refund, type Settlement, unbilled } from './ledger.ts';
import { dayLimitMicros, type Limits, NO_LIMITS, weekOf } from './limits.ts';
import type { AdClaims, BillingKind } from './token.ts';

const CAMPAIGNS = 3;
const SHOPS = 2;
const shopOf = (campaign: number) => campaign % SHOPS;

interface Click extends Charge {
  readonly claims: AdClaims;
  readonly kind: BillingKind;
}

type Budget = 'dailyBudgetMicros' | 'weeklyBudgetMicros' | 'lifetimeBudgetMicros' | 'creditLimitMicros';

type Operation =
  | { readonly op: 'show'; readonly campaign: number; readonly priceMicros: number; readonly lifeMs: number }
  | { readonly op: 'click'; readonly pick: number }
  | { readonly op: 'clock'; readonly byMs: number }
  | { readonly op: 'budget'; readonly campaign: number; readonly budget: Budget; readonly micros: number }
  | { readonly op: 'pay'; readonly shop: number; readonly amountMicros: number }
  | { readonly op: 'refund'; readonly campaign: number; readonly daysAgo: number; readonly amountMicros: number }
  | { readonly op: 'restart' };

const campaign = fc.nat(CAMPAIGNS - 1);
const HOUR = 3_600_000;
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('show' as const),
      campaign,
      priceMicros: fc.integer({ min: 1, max: 400 }),
      lifeMs: fc.integer({ min: 1, max: 50 * HOUR }),
    }),
  },
  { weight: 10, arbitrary: fc.record({ op: fc.constant('click' as const), pick: fc.nat(1000) }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('clock' as const), byMs: fc.integer({ min: 0, max: 2 * HOUR }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('clock' as const),
      byMs: fc.integer({ min: -4 * MILLIS_PER_DAY, max: 4 * MILLIS_PER_DAY }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('budget' as const),
      campaign,
      budget: fc.constantFrom<Budget>(
        'dailyBudgetMicros',
        'weeklyBudgetMicros',
        'lifetimeBudgetMicros',
        'creditLimitMicros',
      ),
      micros: fc.oneof(fc.integer({ min: 0, max: 4000 }), fc.constant(Number.POSITIVE_INFINITY)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('pay' as const),
      shop: fc.nat(SHOPS - 1),
      amountMicros: fc.integer({ min: -500, max: 2000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('refund' as const),
      campaign,
      daysAgo: fc.nat(2),
      amountMicros: fc.nat(600),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('restart' as const) }) },
);
const operations = fc.array(operation, { maxLength: 120, size: 'max' });

const check = (holds: boolean, broken: string): void => {
  if (!holds) throw new Error(broken);
};

/** What the ledger did with an event, as `delivery` asks it. */
function settle(ledger: Ledger, { claims, kind, ...charge }: Click): Settlement {
  ledger.advance(charge.at);
  ledger.count(charge.campaign, kind, charge.at);
  const refused = ledger.whyRefused(claims, kind);
  if (refused) return unbilled(refused);
  ledger.useToken(claims, kind);
  return ledger.charge(charge);
}

/** Keeps books of its own from the answers alone. */
class Auditor {
  readonly spent = new Map<string, number>();
  readonly settled = new Set<string>();
  readonly charges: number[] = new Array(SHOPS).fill(0);
  readonly refunds: number[] = new Array(SHOPS).fill(0);
  readonly payments: number[] = new Array(SHOPS).fill(0);
  events = 0;
  latest = 0;

  #of(period: string): number {
    return this.spent.get(period) ?? 0;
  }

  #left({ campaign, shop, at, limits }: Click): number {
    const day = dayOf(at);
    const balance = this.payments[shop]! - this.charges[shop]! + this.refunds[shop]!;
    const { weeklyBudgetMicros, lifetimeBudgetMicros, creditLimitMicros } = limits;
    return Math.max(
      0,
      Math.min(
        dayLimitMicros(limits) - this.#of(`${campaign}/${day}`),
        weeklyBudgetMicros - this.#of(`${campaign}/week ${weekOf(day)}`),
        lifetimeBudgetMicros - this.#of(`${campaign}`),
        creditLimitMicros + balance,
      ),
    );
  }

  see(click: Click, { outcome, chargedMicros, overDeliveredMicros }: Settlement): void {
    const { claims, kind, campaign, at, priceMicros } = click;
    this.events++;
    this.latest = Math.max(this.latest, at);
    const left = this.#left(click);
    const use = `${kind} ${claims.decisionId}`;
    const expired = this.latest >= claims.expiresAt;
    const replayed = this.settled.has(use);
    check(chargedMicros <= left, 'billed above a limit');
    check(chargedMicros === 0 || !replayed, 'a token billed twice');
    check(chargedMicros === 0 || !expired, 'an expired token billed');
    const due = expired || replayed ? 0 : Math.min(priceMicros, left);
    check(chargedMicros === due, 'an event was not charged what it should have been');
    check(overDeliveredMicros === (expired || replayed ? 0 : priceMicros - due), 'over-delivery was miscounted');
    check((outcome === 'expired' || outcome === 'replayed') === (expired || replayed), 'the outcome is wrong');
    if (!expired) this.settled.add(use);
    const day = dayOf(at);
    for (const period of [`${campaign}/${day}`, `${campaign}/week ${weekOf(day)}`, `${campaign}`])
      this.spent.set(period, this.#of(period) + chargedMicros);
    this.charges[click.shop]! += chargedMicros;
  }

  balance(ledger: Ledger): void {
    const rows = [...ledger.days()];
    for (let shop = 0; shop < SHOPS; shop++) {
      const net = rows
        .filter((r) => shopOf(r.campaign) === shop)
        .reduce((sum, r) => sum + r.chargedMicros - r.refundedMicros, 0);
      const owed = ledger.owedMicros(shop);
      check(
        owed === this.charges[shop]! - this.refunds[shop]! && owed === net && owed >= 0,
        'the ledger does not balance',
      );
      check(ledger.balanceMicros(shop) === this.payments[shop]! - owed, "a shop's balance is wrong");
    }
    const sum = (of: readonly number[]) => of.reduce((a, b) => a + b, 0);
    const { chargedMicros, refundedMicros } = ledger.totals;
    check(chargedMicros === sum(this.charges) && refundedMicros === sum(this.refunds), 'the totals do not balance');
    check(sum(rows.map((row) => row.refundsBookedMicros)) === refundedMicros, 'the refunds booked do not balance');
    check(sum(rows.map(({ clicks, impressions }) => clicks + impressions)) === this.events, 'events were miscounted');
    check(
      rows.every((row) => row.refundedMicros <= row.chargedMicros),
      'more was refunded than billed',
    );
    for (const row of rows)
      check(row.chargedMicros === this.#of(`${row.campaign}/${row.day}`), "a day's spending is wrong");
  }
}

function sectionsOf(ledger: Ledger) {
  const out = new SnapshotWriter();
  ledger.save(out);
  return out.sections.map((section) => ({ ...section, bytes: Uint8Array.from(section.bytes) }));
}

/** Plays the operations under the auditor's eyes. Returns the ledger they end with. */
function play(make: () => Ledger, sequence: readonly Operation[]): Ledger {
  let ledger = make();
  const auditor = new Auditor();
  const tokens: { readonly claims: AdClaims; readonly campaign: number }[] = [];
  const limits: Limits[] = new Array(CAMPAIGNS).fill({ ...NO_LIMITS, dailyBudgetMicros: 1000 });
  let now = 20_000 * MILLIS_PER_DAY + 12 * HOUR;
  for (const step of sequence) {
    if (step.op === 'show') {
      tokens.push({ claims: shown(step, tokens.length, auditor.latest), campaign: step.campaign });
    } else if (step.op === 'clock') now += step.byMs;
    else if (step.op === 'budget') limits[step.campaign] = { ...limits[step.campaign]!, [step.budget]: step.micros };
    else if (step.op === 'restart') ledger = restart(make, ledger);
    else if (step.op === 'pay') {
      auditor.payments[step.shop]! += step.amountMicros;
      ledger.pay(step.shop, step.amountMicros);
    } else if (step.op === 'refund') {
      const { campaign, amountMicros } = step;
      const shop = shopOf(campaign);
      const day = dayOf(millis(now - step.daysAgo * MILLIS_PER_DAY));
      auditor.refunds[shop]! += ledger.refund({ campaign, shop, day, amountMicros, bookedOn: dayOf(millis(now)) });
    } else if (tokens.length > 0) {
      const { claims, campaign } = tokens[step.pick % tokens.length]!;
      const click: Click = {
        claims,
        kind: step.pick % 3 === 0 ? 'view' : 'click',
        campaign,
        shop: shopOf(campaign),
        at: millis(now),
        priceMicros: claims.priceMicros,
        limits: limits[campaign]!,
      };
      auditor.see(click, settle(ledger, click));
    }
    auditor.balance(ledger);
  }
  return ledger;
}

function shown(
  step: { readonly campaign: number; readonly priceMicros: number; readonly lifeMs: number },
  serial: number,
  from: number,
): AdClaims {
  const { campaign, priceMicros, lifeMs } = step;
  return {
    decisionId: `d${serial}`,
    position: 0,
    listing: 'l',
    placement: 'home',
    campaign: `c${campaign}`,
    priceMicros,
    expiresAt: from + lifeMs,
  };
}

function restart(make: () => Ledger, ledger: Ledger): Ledger {
  const next = make();
  next.load(new SnapshotReader(sectionsOf(ledger)));
  return next;
}

type Made = { readonly make: () => Ledger; readonly caught: RegExp };

/** A ledger that leaves one limit out. */
const without = (limit: Partial<Limits>): Made => ({
  caught: /above a limit/,
  make: () =>
    new (class extends Ledger {
      override leftMicros(limits: Limits, campaign: number, shop: number, at: Millis): number {
        return super.leftMicros({ ...limits, ...limit }, campaign, shop, at);
      }
    })(),
});
const INFINITE = Number.POSITIVE_INFINITY;

/** Each breaks one promise, in a way that somebody could write by mistake. */
const BROKEN: Readonly<Record<string, Made>> = {
  'does not remember used tokens': {
    caught: /billed twice/,
    make: () =>
      new (class extends Ledger {
        override useToken(): void {}
      })(),
  },
  'forgets used tokens in a restart': {
    caught: /billed twice/,
    make: () =>
      new (class extends Ledger {
        override save(out: SnapshotWriter): void {
          super.save(out);
          const at = out.sections.findIndex(({ name }) => name === 'used-tokens.days');
          out.sections[at] = { ...out.sections[at]!, bytes: Buffer.from('[]') };
        }
      })(),
  },
  'checks expiry against a clock that may go back': {
    caught: /expired token billed|outcome is wrong|billed twice/,
    make: () =>
      new (class extends Ledger {
        #at = 0;
        override advance(at: Millis): void {
          this.#at = at;
          super.advance(at);
        }
        override isExpired({ expiresAt }: AdClaims): boolean {
          return this.#at >= expiresAt;
        }
      })(),
  },
  'ignores daily budgets': without({ dailyBudgetMicros: INFINITE }),
  'ignores weekly budgets': without({ weeklyBudgetMicros: INFINITE }),
  'lets a day take the whole week': without({ dayMultiple: 7 }),
  'ignores lifetime budgets': without({ lifetimeBudgetMicros: INFINITE }),
  'ignores empty wallets': without({ creditLimitMicros: INFINITE }),
  'charges the last click of a budget in full': {
    caught: /above a limit/,
    make: () =>
      new (class extends Ledger {
        override leftMicros(limits: Limits, campaign: number, shop: number, at: Millis): number {
          return super.leftMicros(limits, campaign, shop, at) > 0 ? 2 ** 40 : 0;
        }
      })(),
  },
  'books spending on the day of a clock that jumped ahead': {
    caught: /above a limit|spending is wrong/,
    make: () =>
      new (class extends Ledger {
        override charge(charge: Charge): Settlement {
          return super.charge({ ...charge, at: this.now });
        }
      })(),
  },
  'opens the budget again after a refund': {
    caught: /above a limit/,
    make: () =>
      new (class extends Ledger {
        override leftMicros(limits: Limits, campaign: number, shop: number, at: Millis): number {
          const refunded = this.find(campaign, dayOf(at))?.refundedMicros ?? 0;
          const dailyBudgetMicros = limits.dailyBudgetMicros + refunded;
          return super.leftMicros({ ...limits, dailyBudgetMicros }, campaign, shop, at);
        }
      })(),
  },
  'pays refunds twice': {
    caught: /does not balance|do not balance/,
    make: () =>
      new (class extends Ledger {
        override refund(refund: Refund): Micros {
          super.refund(refund);
          return super.refund(refund);
        }
      })(),
  },
  'loses the books in a restart': {
    caught: /balance/,
    make: () =>
      new (class extends Ledger {
        override load(): void {}
      })(),
  },
  'charges nobody anything': {
    caught: /not charged what it should/,
    make: () =>
      new (class extends Ledger {
        override leftMicros(): number {
          return 0;
        }
      })(),
  },
};

const newLedger = () => new Ledger();

describe('the promises of the ledger', () => {
  it.each([20_240_519, 20_240_520, 20_240_521])('hold under any sequence of operations (seed %i)', (seed) => {
    let played = 0;
    fc.assert(
      fc.property(operations, (sequence) => {
        play(newLedger, sequence);
        played += sequence.length;
      }),
      { seed, numRuns: 200 },
    );
    expect(played).toBeGreaterThan(5000);
  });

  const seed = 20_240_522;
  it(`a ledger that was restarted is, byte for byte, the one that never was (seed ${seed})`, () => {
    fc.assert(
      fc.property(operations, (sequence) => {
        const straight = sequence.filter(({ op }) => op !== 'restart');
        expect(sectionsOf(play(newLedger, sequence))).toEqual(sectionsOf(play(newLedger, straight)));
      }),
      { seed, numRuns: 100 },
    );
  });

  it.each(Object.entries(BROKEN))(`are seen to be broken by a ledger that %s (seed ${seed})`, (_, { make, caught }) => {
    const property = fc.property(operations, (sequence) => void play(make, sequence));
    const result = fc.check(property, { seed, numRuns: 500, endOnFailure: true });
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toMatch(caught);
  });
});
