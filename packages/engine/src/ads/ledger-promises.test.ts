/**
 * The ledger's three promises about money, under any sequence of clicks, repeats, late clicks, clock jumps, budget changes,
 * refunds and restarts. An auditor keeps its own books from what the ledger answers, and knows nothing of how it works.
 * Ledgers that break one promise each show that the auditor would notice.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, MILLIS_PER_DAY, type Micros, type Millis, millis } from '../base/units.ts';
import { type AdClick, Ledger, type Refund, type Settlement } from './ledger.ts';
import type { AdClaims } from './token.ts';

const CAMPAIGNS = 3;
const SHOPS = 2;
const shopOf = (campaign: number) => campaign % SHOPS;

type Operation =
  | { readonly op: 'show'; readonly campaign: number; readonly priceMicros: number; readonly lifeMs: number }
  | { readonly op: 'click'; readonly pick: number }
  | { readonly op: 'clock'; readonly byMs: number }
  | { readonly op: 'budget'; readonly campaign: number; readonly micros: number }
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
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('budget' as const), campaign, micros: fc.integer({ min: 0, max: 1500 }) }),
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

/** Keeps books of its own from the answers alone. */
class Auditor {
  readonly spent = new Map<string, number>();
  readonly settled = new Set<string>();
  readonly charges: number[] = new Array(SHOPS).fill(0);
  readonly refunds: number[] = new Array(SHOPS).fill(0);
  impressions = 0;
  latest = 0;

  show(ledger: Ledger, campaign: number, at: Millis): void {
    ledger.countImpression(campaign, at);
    this.latest = Math.max(this.latest, at);
    this.impressions++;
  }

  see(click: AdClick, { outcome, chargedMicros, overDeliveredMicros }: Settlement): void {
    const { claims, at, dailyBudgetMicros } = click;
    this.latest = Math.max(this.latest, at);
    const day = `${click.campaign}/${dayOf(at)}`;
    const before = this.spent.get(day) ?? 0;
    const expired = this.latest >= claims.expiresAt;
    const replayed = this.settled.has(claims.decisionId);
    check(chargedMicros <= Math.max(0, dailyBudgetMicros - before), 'billed above the budget');
    check(chargedMicros === 0 || !replayed, 'a token billed twice');
    check(chargedMicros === 0 || !expired, 'an expired token billed');
    const due = expired || replayed ? 0 : Math.min(claims.priceMicros, Math.max(0, dailyBudgetMicros - before));
    check(chargedMicros === due, 'a click was not charged what it should have been');
    check(overDeliveredMicros === (expired || replayed ? 0 : claims.priceMicros - due), 'over-delivery was miscounted');
    check((outcome === 'expired' || outcome === 'replayed') === (expired || replayed), 'the outcome is wrong');
    if (!expired) this.settled.add(claims.decisionId);
    this.spent.set(day, before + chargedMicros);
    this.charges[click.shop]! += chargedMicros;
  }

  balance(ledger: Ledger): void {
    const rows = Array.from({ length: ledger.size }, (_, row) => ledger.at(row));
    for (let shop = 0; shop < SHOPS; shop++) {
      const net = rows
        .filter((r) => shopOf(r.campaign) === shop)
        .reduce((sum, r) => sum + r.chargedMicros - r.refundedMicros, 0);
      const owed = ledger.owedMicros(shop);
      check(
        owed === this.charges[shop]! - this.refunds[shop]! && owed === net && owed >= 0,
        'the ledger does not balance',
      );
    }
    const sum = (of: readonly number[]) => of.reduce((a, b) => a + b, 0);
    const { chargedMicros, refundedMicros } = ledger.totals;
    check(chargedMicros === sum(this.charges) && refundedMicros === sum(this.refunds), 'the totals do not balance');
    check(sum(rows.map((row) => row.impressions)) === this.impressions, 'impressions were miscounted');
    check(
      rows.every((row) => row.refundedMicros <= row.chargedMicros),
      'more was refunded than billed',
    );
    for (const row of rows)
      check(row.chargedMicros === (this.spent.get(`${row.campaign}/${row.day}`) ?? 0), "a day's spending is wrong");
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
  const budgets: number[] = new Array(CAMPAIGNS).fill(1000);
  let now = 20_000 * MILLIS_PER_DAY + 12 * HOUR;
  for (const step of sequence) {
    if (step.op === 'show') {
      auditor.show(ledger, step.campaign, millis(now));
      tokens.push({ claims: shown(step, tokens.length, auditor.latest), campaign: step.campaign });
    } else if (step.op === 'clock') now += step.byMs;
    else if (step.op === 'budget') budgets[step.campaign] = step.micros;
    else if (step.op === 'restart') ledger = restart(make, ledger);
    else if (step.op === 'refund') {
      const shop = shopOf(step.campaign);
      const { campaign, amountMicros } = step;
      auditor.refunds[shop]! += ledger.refund({
        campaign,
        shop,
        day: dayOf(millis(now - step.daysAgo * MILLIS_PER_DAY)),
        amountMicros,
      });
    } else if (tokens.length > 0) {
      const { claims, campaign } = tokens[step.pick % tokens.length]!;
      const click: AdClick = {
        claims,
        campaign,
        shop: shopOf(campaign),
        at: millis(now),
        dailyBudgetMicros: budgets[campaign]!,
      };
      auditor.see(click, ledger.settleClick(click));
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

/** Each breaks one promise, in a way that somebody could write by mistake. */
const BROKEN: Readonly<Record<string, { readonly make: () => Ledger; readonly caught: RegExp }>> = {
  'does not remember used tokens': {
    caught: /billed twice/,
    make: () =>
      new (class extends Ledger {
        #clicks = 0;
        override settleClick(click: AdClick): Settlement {
          return super.settleClick({
            ...click,
            claims: { ...click.claims, decisionId: `${click.claims.decisionId}#${this.#clicks++}` },
          });
        }
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
    caught: /expired token billed|outcome is wrong/,
    make: () =>
      new (class extends Ledger {
        override settleClick(click: AdClick): Settlement {
          const expiresAt = click.at < click.claims.expiresAt ? Number.MAX_SAFE_INTEGER : 0;
          return super.settleClick({ ...click, claims: { ...click.claims, expiresAt } });
        }
      })(),
  },
  'ignores budgets': {
    caught: /above the budget/,
    make: () =>
      new (class extends Ledger {
        override settleClick(click: AdClick): Settlement {
          return super.settleClick({ ...click, dailyBudgetMicros: 2 ** 50 });
        }
      })(),
  },
  'charges the last click of a budget in full': {
    caught: /above the budget/,
    make: () =>
      new (class extends Ledger {
        override settleClick(click: AdClick): Settlement {
          const spent = this.spentMicros(click.campaign, dayOf(click.at));
          const left = click.dailyBudgetMicros - spent;
          return super.settleClick({
            ...click,
            dailyBudgetMicros: left > 0 ? spent + click.claims.priceMicros : spent,
          });
        }
      })(),
  },
  'books spending on the day of a clock that jumped ahead': {
    caught: /above the budget|spending is wrong/,
    make: () =>
      new (class extends Ledger {
        override settleClick(click: AdClick): Settlement {
          this.advance(click.at);
          return super.settleClick({ ...click, at: this.now });
        }
      })(),
  },
  'opens the budget again after a refund': {
    caught: /above the budget/,
    make: () =>
      new (class extends Ledger {
        override settleClick(click: AdClick): Settlement {
          const refunded = this.find(click.campaign, dayOf(click.at))?.refundedMicros ?? 0;
          return super.settleClick({ ...click, dailyBudgetMicros: click.dailyBudgetMicros + refunded });
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
        override settleClick(click: AdClick): Settlement {
          return super.settleClick({ ...click, dailyBudgetMicros: 0 });
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
