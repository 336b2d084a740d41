/** Invalid traffic through the books: what is not billed, why, and what is given back once a flood is seen. */
import { describe, expect, it } from 'vitest';
import { dayOf, millis } from '../base/units.ts';
import { AdBooks, type AdEvent } from './ad-books.ts';
import { NO_LIMITS } from './limits.ts';
import { type AdClaims, TOKEN_LIFE_MS } from './token.ts';

const NOON = 20_000 * 86_400_000 + 43_200_000;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const PRICE = 300;

let serial = 0;
/** A click a minute after its ad was shown; `at` in milliseconds after noon. */
function click(at: number, more: Partial<AdEvent> = {}, shownBefore = MINUTE): AdEvent {
  const takenAt = NOON + at;
  const claims: AdClaims = {
    decisionId: `d${serial++}`,
    position: 0,
    listing: 'l',
    placement: 'home',
    campaign: 'c',
    priceMicros: PRICE,
    expiresAt: takenAt - shownBefore + TOKEN_LIFE_MS,
  };
  return {
    kind: 'click',
    claims,
    at: takenAt,
    takenAt,
    buyer: 'ada',
    session: undefined,
    signedIn: 'ada',
    bot: false,
    campaign: 0,
    listing: 0,
    shop: 0,
    ...more,
  };
}
const view = (of: AdEvent, at: number): AdEvent => ({ ...of, kind: 'view', at: NOON + at, takenAt: NOON + at });

const outcome = (books: AdBooks, event: AdEvent): string => books.settle(event, NO_LIMITS).settlement.outcome;

describe('a click is not billed', () => {
  it.each<[string, (books: AdBooks) => AdEvent]>([
    ['bot', () => click(0, { bot: true })],
    [
      'own-shop',
      (books) => {
        books.accounts.put(0, { id: 's', name: 's', ownerBuyers: ['ada'] });
        return click(0);
      },
    ],
    ['too-fast', () => click(0, {}, 99)],
    [
      'before-impression',
      (books) => {
        const one = click(0);
        books.settle(view(one, 2001), NO_LIMITS);
        return one;
      },
    ],
    [
      'no-impression',
      (books) => {
        books.setRules({ traffic: { impressionRequired: true } });
        return click(0);
      },
    ],
    [
      'double-click',
      (books) => {
        expect(outcome(books, click(0))).toBe('charged');
        return click(9_999);
      },
    ],
  ])('as %s', (reason, arrange) => {
    const books = new AdBooks();
    const event = arrange(books);
    const before = books.ledger.totals.chargedMicros;
    expect(outcome(books, event)).toBe(reason);
    expect(books.ledger.totals.chargedMicros).toBe(before);
    const day = books.ledger.find(0, dayOf(millis(NOON)))!;
    expect(day.reasons).toMatchObject({ [reason]: 1 });
    expect(day.clicks - day.invalidClicks).toBe(before / PRICE);
  });

  it('leaves the token of an invalid one to the buyer', () => {
    const books = new AdBooks();
    const one = click(0);
    expect(outcome(books, { ...one, bot: true })).toBe('bot');
    expect(outcome(books, one)).toBe('charged');
  });
});

describe('a click is billed', () => {
  it.each<[string, (books: AdBooks) => AdEvent]>([
    ['a tenth of a second after its decision', () => click(0, {}, 100)],
    ['when a clock was set back since its decision', () => click(0, {}, -MINUTE)],
    [
      'just after its impression, or noted in the other order',
      (books) => {
        const one = click(0);
        books.settle(view(one, 2000), NO_LIMITS);
        return one;
      },
    ],
    [
      'with the impression that is required',
      (books) => {
        books.setRules({ traffic: { impressionRequired: true } });
        const one = click(0);
        books.settle(view(one, -5000), NO_LIMITS);
        return one;
      },
    ],
    [
      'again on the same ad after ten seconds',
      (books) => {
        books.settle(click(0), NO_LIMITS);
        return click(10_000);
      },
    ],
    [
      "on another ad at once, or by somebody else's hand",
      (books) => {
        books.settle(click(0, { listing: 1 }), NO_LIMITS);
        books.settle(click(0, { buyer: 'bob', signedIn: 'bob' }), NO_LIMITS);
        return click(0);
      },
    ],
  ])('%s', (_, arrange) => {
    const books = new AdBooks();
    expect(outcome(books, arrange(books))).toBe('charged');
  });
});

describe('a flood', () => {
  it('of one buyer on one ad is not billed from the sixth click of an hour, and the five before are given back', () => {
    const books = new AdBooks();
    for (let i = 0; i < 5; i++) expect(outcome(books, click(i * MINUTE))).toBe('charged');
    const sixth = books.settle(click(5 * MINUTE), NO_LIMITS);
    expect(sixth.settlement.outcome).toBe('click-flood');
    expect(sixth.givenBack.map(({ amountMicros }) => amountMicros)).toEqual([PRICE, PRICE, PRICE, PRICE, PRICE]);
    expect(books.settle(click(6 * MINUTE), NO_LIMITS)).toMatchObject({
      settlement: { outcome: 'click-flood' },
      givenBack: [],
    });
    const { ledger } = books;
    expect(ledger.totals).toMatchObject({ chargedMicros: 5 * PRICE, refundedMicros: 5 * PRICE });
    expect(ledger.owedMicros(0)).toBe(0);
    expect(ledger.find(0, dayOf(millis(NOON)))).toMatchObject({ clicks: 7, invalidClicks: 7 });
    expect(books.attribution.counts.ofListing(0, 0).clicks).toBe(0);
  });

  it('is over once the hour has passed', () => {
    const books = new AdBooks();
    for (let i = 0; i < 5; i++) books.settle(click(i * MINUTE), NO_LIMITS);
    expect(outcome(books, click(HOUR))).toBe('charged');
    expect(books.ledger.totals.refundedMicros).toBe(0);
  });

  it('of one session under many names is seen too', () => {
    const books = new AdBooks();
    books.setRules({ traffic: { clicksPerSessionHourMax: 10 } });
    const by = (i: number) => ({ buyer: `b${i}`, signedIn: `b${i}`, session: 's', listing: i });
    for (let i = 0; i < 10; i++) expect(outcome(books, click(i * SECOND, by(i)))).toBe('charged');
    const { settlement, givenBack } = books.settle(click(11 * SECOND, by(11)), NO_LIMITS);
    expect(settlement.outcome).toBe('click-flood');
    expect(givenBack).toHaveLength(10);
    expect(books.ledger.owedMicros(0)).toBe(0);
  });

  it("by the sender's clock is one by ours: what is told of yesterday does not hide it", () => {
    const books = new AdBooks();
    for (let i = 0; i < 5; i++) books.settle(click(i, { at: NOON - i * 24 * HOUR }), NO_LIMITS);
    expect(outcome(books, click(6, { at: NOON - 6 * 24 * HOUR }))).toBe('click-flood');
  });
});

describe('an impression that is paid for', () => {
  const seen = (at: number, more: Partial<AdEvent> = {}): AdEvent => {
    const shown = click(at, more);
    return { ...shown, kind: 'view', claims: { ...shown.claims, billing: 'view' } };
  };

  it('is billed thirty times an hour for one buyer and ad, and again an hour later', () => {
    const books = new AdBooks();
    const outcomes = Array.from({ length: 40 }, (_, i) => outcome(books, seen(i * SECOND)));
    expect(outcomes.filter((one) => one === 'charged')).toHaveLength(30);
    expect(outcomes.slice(30).every((one) => one === 'view-flood')).toBe(true);
    expect(outcome(books, seen(50 * SECOND, { buyer: 'bob' }))).toBe('charged');
    expect(outcome(books, seen(51 * SECOND, { listing: 1 }))).toBe('charged');
    expect(outcome(books, seen(HOUR + 31 * SECOND))).toBe('charged');
    const day = books.ledger.find(0, dayOf(millis(NOON)))!;
    expect([day.impressions, day.invalidImpressions, day.reasons['view-flood']]).toEqual([43, 10, 10]);
  });

  it('is billed without end where nobody is named: those are many buyers', () => {
    const books = new AdBooks();
    for (let i = 0; i < 60; i++) expect(outcome(books, seen(i * SECOND, { buyer: '' }))).toBe('charged');
  });

  it('is counted without end where clicks are paid for', () => {
    const books = new AdBooks();
    for (let i = 0; i < 60; i++) {
      const shown = click(i * SECOND);
      expect(outcome(books, { ...shown, kind: 'view' })).toBe('counted');
    }
  });
});
