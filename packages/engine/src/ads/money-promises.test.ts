/**
 * The promises about money, on a million records of every kind: views, clicks, orders, returns, payments and refunds, with
 * duplicates, clocks that jump, crashes after which records are applied again, and restarts. An auditor keeps books of its own
 * in plain maps, from what the books answer and from the records alone.
 */
import { describe, expect, it } from 'vitest';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, MILLIS_PER_DAY, type Millis, millis } from '../base/units.ts';
import { SeenEvents } from '../market/seen-events.ts';
import { AdBooks, type GivenBack } from './ad-books.ts';
import type { Settlement } from './ledger.ts';
import { dayLimitMicros, type Limits, weekOf } from './limits.ts';
import { type MoneyRecord, MoneyWorld, SHOPS, shopOf } from './money-world.fixture.ts';

const KEPT = { clicksMax: 2 ** 13, viewsMax: 2 ** 13 };

interface Answer {
  /** Whom a charge is on, where one is spoken of. */
  readonly campaign: number;
  readonly settlement: Settlement | undefined;
  readonly priceMicros: number;
  readonly givenBack: readonly GivenBack[];
}

const NOTHING: Answer = { campaign: -1, settlement: undefined, priceMicros: 0, givenBack: [] };

/** A process: the books, and which ids were counted. Dies and starts again. */
class Process {
  books: AdBooks;
  #seen = new SeenEvents(7 * MILLIS_PER_DAY);
  readonly #make: () => AdBooks;

  constructor(make: () => AdBooks) {
    this.#make = make;
    this.books = make();
  }

  apply(record: MoneyRecord): Answer {
    this.books.ledger.advance(millis(record.at));
    if (this.#seen.has(record.id)) return NOTHING;
    this.#seen.add(record.id, this.books.ledger.now, false);
    const { books } = this;
    switch (record.kind) {
      case 'ad': {
        const { settlement, givenBack } = books.settle(record.event, record.limits);
        const { campaign, claims } = record.event;
        return { campaign, settlement, priceMicros: claims.priceMicros, givenBack };
      }
      case 'order': {
        const { paid } = books.order(record.line, (campaign) => record.limitsOf[campaign]!);
        return paid ? { ...paid, givenBack: [] } : NOTHING;
      }
      case 'return':
        return { ...NOTHING, givenBack: books.takeBack(record.back).givenBack };
      case 'payment':
        books.pay(record.shop, { id: record.id, shop: `s${record.shop}`, amountMicros: record.amountMicros });
        return NOTHING;
      case 'refund':
        return { ...NOTHING, givenBack: books.refund(record.record, record.campaign, record.shop) };
    }
  }

  snapshot(): { readonly name: string; readonly type: string; readonly bytes: Uint8Array }[] {
    const out = new SnapshotWriter();
    this.books.save(out);
    this.#seen.save(out);
    return out.sections.map((section) => ({ ...section, bytes: Uint8Array.from(section.bytes) }));
  }

  restore(sections: ReturnType<Process['snapshot']>): void {
    const from = new SnapshotReader(sections);
    this.books = this.#make();
    this.books.load(from);
    this.#seen = new SeenEvents(7 * MILLIS_PER_DAY);
    this.#seen.load(from);
  }
}

/** A failure says what broke, and at which record. */
function check(holds: boolean, broken: string): void {
  if (!holds) throw new Error(broken);
}

class Auditor {
  readonly #spent = new Map<number, number>();
  readonly #returned = new Map<number, number>();
  readonly #used = new Set<number>();
  readonly #charges: number[] = new Array(SHOPS).fill(0);
  readonly #refunds: number[] = new Array(SHOPS).fill(0);
  readonly #payments: number[] = new Array(SHOPS).fill(0);
  readonly #outcomes = new Map<string, number>();
  #over = 0;
  #latest = 0;

  get outcomes(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#outcomes);
  }

  hear(record: MoneyRecord, answer: Answer): void {
    this.#latest = Math.max(this.#latest, record.at);
    if (record.kind === 'payment') this.#payments[record.shop]! += record.amountMicros;
    if (answer.settlement) this.#hearCharge(record, answer, answer.settlement);
    for (const given of answer.givenBack) this.#hearRefund(given, record.kind);
  }

  #hearCharge(record: MoneyRecord, { campaign, priceMicros }: Answer, settlement: Settlement): void {
    const { outcome, chargedMicros, overDeliveredMicros } = settlement;
    this.#count(outcome);
    if (outcome !== 'charged' && outcome !== 'over-budget') {
      check(chargedMicros === 0 && overDeliveredMicros === 0, `${outcome} cost something`);
      return;
    }
    if (record.kind === 'ad') this.#mayBill(record.event.claims, record.event.kind);
    if (record.kind === 'order') check(priceMicros <= record.line.valueMicros, 'a commission above the value');
    const limits = record.kind === 'order' ? record.limitsOf[campaign]! : (record as { limits: Limits }).limits;
    const at = millis(record.at);
    const left = this.#left(limits, campaign, at);
    check(chargedMicros <= left, 'billed above a limit');
    check(chargedMicros === Math.min(priceMicros, left), 'not charged what it should have been');
    check(chargedMicros + overDeliveredMicros === priceMicros, 'over-delivery was miscounted');
    for (const period of periodsOf(campaign, at)) this.#spent.set(period, this.#of(period) + chargedMicros);
    this.#charges[shopOf(campaign)]! += chargedMicros;
    this.#over += overDeliveredMicros;
  }

  #mayBill({ decisionId, position, listing, expiresAt, billing }: MoneyAd['claims'], kind: string): void {
    check((billing ?? 'click') === kind, 'billed for what the ad does not pay for');
    check(this.#latest < expiresAt, 'an expired token billed');
    const item = 4 * Number(decisionId.slice(1)) + position;
    const token = 2 * (100 * item + Number(listing.slice(1))) + (kind === 'view' ? 1 : 0);
    check(!this.#used.has(token), 'a token billed twice');
    this.#used.add(token);
  }

  #hearRefund({ campaign, shop, billedOn, amountMicros }: GivenBack, kind: string): void {
    this.#count(`given back: ${kind}`);
    const key = dayKey(campaign, billedOn);
    const returned = (this.#returned.get(key) ?? 0) + amountMicros;
    check(returned <= this.#of(key), 'more was given back than billed');
    this.#returned.set(key, returned);
    this.#refunds[shop]! += amountMicros;
  }

  #count(what: string): void {
    this.#outcomes.set(what, (this.#outcomes.get(what) ?? 0) + 1);
  }

  #of(period: number): number {
    return this.#spent.get(period) ?? 0;
  }

  #left(limits: Limits, campaign: number, at: Millis): number {
    const shop = shopOf(campaign);
    const [day, week, ever] = periodsOf(campaign, at);
    const balance = this.#payments[shop]! - this.#charges[shop]! + this.#refunds[shop]!;
    const left = Math.min(
      dayLimitMicros(limits) - this.#of(day),
      limits.weeklyBudgetMicros - this.#of(week),
      limits.lifetimeBudgetMicros - this.#of(ever),
      limits.creditLimitMicros + balance,
    );
    return Math.max(0, left);
  }

  /** What reports say is what was charged and given back. */
  balance({ ledger }: AdBooks): void {
    for (let shop = 0; shop < SHOPS; shop++) {
      const owed = this.#charges[shop]! - this.#refunds[shop]!;
      check(ledger.owedMicros(shop) === owed && owed >= 0, 'the ledger does not balance');
      check(ledger.balanceMicros(shop) === this.#payments[shop]! - owed, "a shop's balance is wrong");
    }
    const sum = (of: readonly number[]) => of.reduce((a, b) => a + b, 0);
    const { chargedMicros, refundedMicros, overDeliveredMicros } = ledger.totals;
    check(chargedMicros === sum(this.#charges), 'the charges do not add up');
    check(refundedMicros === sum(this.#refunds), 'the refunds do not add up');
    check(overDeliveredMicros === this.#over, 'the over-delivery does not add up');
    let days = 0;
    for (const row of ledger.days()) {
      days++;
      const key = dayKey(row.campaign, row.day);
      check(row.chargedMicros === this.#of(key), "a day's charges are wrong");
      check(row.refundedMicros === (this.#returned.get(key) ?? 0), "a day's refunds are wrong");
      const { impressions, invalidImpressions, orders, invalidOrders, invalidClicks, clicks } = row;
      check(
        impressions >= invalidImpressions && orders >= invalidOrders && clicks >= 0 && invalidClicks >= 0,
        'counts',
      );
    }
    check(days > 0, 'there are no days');
  }
}

type MoneyAd = Extract<MoneyRecord, { kind: 'ad' }>['event'];

const dayKey = (campaign: number, day: number): number => 1_000_000 * (campaign + 1) + day;

/** Keys of the periods that a charge counts in: its day, its week, and for ever. */
function periodsOf(campaign: number, at: Millis): [day: number, week: number, ever: number] {
  const day = dayOf(at);
  return [dayKey(campaign, day), dayKey(campaign, 500_000 + weekOf(day)), campaign];
}

function isSame(a: Answer, b: Answer): boolean {
  return (
    a.settlement?.outcome === b.settlement?.outcome &&
    a.settlement?.chargedMicros === b.settlement?.chargedMicros &&
    a.givenBack.length === b.givenBack.length &&
    a.givenBack.every(({ amountMicros }, i) => amountMicros === b.givenBack[i]!.amountMicros)
  );
}

const SNAPSHOT_EVERY = 25_000;

/** Plays records of a seed, and lets the process crash and start again. Throws where a promise is broken. */
function play(make: () => AdBooks, seed: number, records: number): Auditor {
  const world = new MoneyWorld(seed);
  const process = new Process(make);
  const auditor = new Auditor();
  let kept = process.snapshot();
  let since: { record: MoneyRecord; answer: Answer }[] = [];
  for (let i = 0; i < records; i++) {
    // A fortieth is sent again.
    const again = i % 40 === 39 && since.length > 0 ? since[(i * 7919) % since.length] : undefined;
    const record = again ? again.record : world.next();
    const answer = process.apply(record);
    // Ids are forgotten after two jumps ahead of a week; then a token or a payment's own id still holds.
    if (!again || answer !== NOTHING) auditor.hear(record, answer);
    since.push({ record, answer });
    if ((i * 31 + seed) % 60_013 === 0) {
      process.restore(kept);
      for (const one of since) check(isSame(process.apply(one.record), one.answer), 'a crash changed what was said');
    }
    if (i % SNAPSHOT_EVERY === SNAPSHOT_EVERY - 1) {
      auditor.balance(process.books);
      kept = process.snapshot();
      since = [];
      if (i % (2 * SNAPSHOT_EVERY) === SNAPSHOT_EVERY - 1) process.restore(kept);
    }
  }
  auditor.balance(process.books);
  return auditor;
}

const makeBooks = (): AdBooks => {
  const books = new AdBooks(KEPT);
  books.setRules({ traffic: { viewsPerBuyerAdHourMax: 1 } });
  for (let shop = 0; shop < SHOPS; shop++)
    books.accounts.put(shop, { id: `s${shop}`, name: 'shop', ownerBuyers: [`b${100 + shop}`, `b${200 + shop}`] });
  return books;
};

/** Each breaks one promise, in a way that somebody could write by mistake. */
const BROKEN: Readonly<Record<string, { readonly make: () => AdBooks; readonly caught: RegExp }>> = {
  'forget what was given back in a restart': {
    caught: /crash changed|balance|given back|refunds/,
    make: () =>
      new (class extends AdBooks {
        override load(from: SnapshotReader): void {
          super.load(from);
          for (const { campaign, day, refundedMicros } of this.ledger.days())
            this.ledger.refund({ campaign, shop: shopOf(campaign), day, amountMicros: refundedMicros });
        }
      })(KEPT),
  },
  'pay an order as often as it is clicked': {
    caught: /above|not charged|over-delivery/,
    make: () =>
      new (class extends AdBooks {
        override order(...[line, limitsOf]: Parameters<AdBooks['order']>) {
          super.order(line, limitsOf);
          return super.order(line, limitsOf);
        }
      })(KEPT),
  },
  'count a payment twice': {
    caught: /not charged|balance|above/,
    make: () =>
      new (class extends AdBooks {
        override pay(...[shop, payment]: Parameters<AdBooks['pay']>): boolean {
          super.pay(shop, payment);
          return super.pay(shop, { ...payment, id: `${payment.id} again` });
        }
      })(KEPT),
  },
  'give a refund back once more when it is asked for again': {
    caught: /balance|add up|not charged|above|refunds/,
    make: () =>
      new (class extends AdBooks {
        override refund(...[record, campaign, shop]: Parameters<AdBooks['refund']>) {
          const { refund } = record;
          super.refund({ ...record, refund: { ...refund, id: `${refund.id} first` } }, campaign, shop);
          return super.refund(record, campaign, shop);
        }
      })(KEPT),
  },
};

const EVERY_OUTCOME = [
  'before-impression',
  'bot',
  'charged',
  'click-flood',
  'counted',
  'double-click',
  'expired',
  'given back: ad',
  'given back: refund',
  'given back: return',
  'order-before-click',
  'over-budget',
  'own-shop',
  'replayed',
  'too-fast',
  'unknown-campaign',
  'view-flood',
];

describe('the promises about money', () => {
  it.each([1, 2, 3, 4])('hold on 250,000 records of every kind (seed %i)', (seed) => {
    const { outcomes } = play(makeBooks, seed, 250_000);
    expect(Object.keys(outcomes).sort()).toEqual(EVERY_OUTCOME);
  });

  it.each(Object.entries(BROKEN))(
    'are seen to be broken by books that %s',

    (_, { make, caught }) => {
      expect(() => play(make, 1, 60_000)).toThrow(caught);
    },
  );
});
