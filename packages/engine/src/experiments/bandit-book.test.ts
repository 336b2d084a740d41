/** Books of bandits: what is rewarded moves the probabilities, at the pace that is asked for, and a snapshot goes on alike. */
import type { Experiment } from '@rialto/sdk';
import { expect, test } from 'vitest';
import { fingerprint, readerOf, sectionsOf } from '../base/snapshot.fixture.ts';
import { BanditBooks } from './bandit-book.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 4, 1);
const experiment = (everyMinutes: number): Experiment => ({
  id: 'title',
  unit: 'buyer',
  sticky: true,
  variants: [
    { name: 'plain', weight: 0.5 },
    { name: 'warm', weight: 0.5 },
  ],
  bandit: { reward: 'click', windowHours: 1, floor: 0.1, everyMinutes },
});

/** Forty units of each arm at a time; thirty of one arm's click, some time after. */
function deal(books: BanditBooks, at: number, winner: number, after = 1): void {
  for (let i = 0; i < 80; i++) {
    const buyer = `${at}-${i}`;
    books.of('title')!.dealt(buyer, i % 2, at);
    if (i % 2 === winner && i < 60) books.happened('click', { buyer }, at + after);
  }
}

const shares = (books: BanditBooks): number[] => [...books.of('title')!.probabilities];

test('rewards within their window count once it is over', () => {
  const books = new BanditBooks();
  books.put(experiment(60));
  deal(books, START, 1);
  books.advance(START + HOUR - 1);
  expect(shares(books)).toEqual([0.5, 0.5]);
  books.advance(START + HOUR);
  expect(shares(books)[1]).toBeGreaterThan(0.85);

  const tooLate = new BanditBooks();
  tooLate.put(experiment(60));
  deal(tooLate, START, 1, HOUR);
  tooLate.advance(START + HOUR);
  expect(Math.abs(shares(tooLate)[1]! - 0.5)).toBeLessThan(0.2);
});

test('a slower pace goes on from what was learned, also from a snapshot', () => {
  const books = new BanditBooks();
  books.put(experiment(60));
  deal(books, START, 1);
  books.advance(START + HOUR);
  const before = shares(books);
  books.put(experiment(24 * 60));
  expect(shares(books)).toEqual(before);
  for (let hour = 2; hour < 20; hour++) deal(books, START + hour * HOUR, 0);
  const again = new BanditBooks();
  again.load(readerOf((out) => books.save(out)));
  for (const one of [books, again]) {
    one.advance(START + 23 * HOUR);
    expect(shares(one)).toEqual(before);
    one.advance(START + 24 * HOUR);
    expect(shares(one)[1]).toBeLessThan(0.5);
  }
  expect(fingerprint((out) => again.save(out))).toEqual(fingerprint((out) => books.save(out)));
});

const byDevice: Experiment = {
  ...experiment(60),
  bandit: { reward: 'click', windowHours: 1, floor: 0.1, by: ['device', 'attributes.plan'] },
};

test('segments learn for themselves, upon what all units say, and go on from a snapshot', () => {
  const books = new BanditBooks();
  books.put(byDevice);
  const book = books.of('title')!;
  const mobile = book.segmentOf({ device: 'mobile', attributes: { plan: 'pro' } })!;
  const desktop = book.segmentOf({ device: 'desktop' })!;
  expect([mobile, desktop]).toEqual(['mobile|pro', 'desktop|']);
  for (let i = 0; i < 400; i++) {
    const [segment, winner] = i % 4 < 2 ? [mobile, 0] : [desktop, 1];
    book.dealt(`u${i}`, i % 2, START, segment);
    if (i % 2 === winner && i % 3 > 0) books.happened('click', { buyer: `u${i}` }, START + 1);
  }
  // A few of a third segment, of which nothing is known.
  for (let i = 0; i < 4; i++) book.dealt(`x${i}`, i % 2, START, 'tablet|');
  books.advance(START + HOUR);
  const of = (segment: string | undefined): number => book.probabilitiesOf(segment)[0]!;
  expect(of(mobile)).toBeGreaterThan(0.85);
  expect(of(desktop)).toBeLessThan(0.15);
  expect(of('tablet|')).toBeGreaterThan(0.15);
  expect(of('tablet|')).toBeLessThan(0.85);
  expect(of('never met')).toBe(of(undefined));
  const again = new BanditBooks();
  again.load(readerOf((out) => books.save(out)));
  for (const one of [books, again]) {
    one.of('title')!.dealt('late', 0, START + HOUR, desktop);
    one.advance(START + 3 * HOUR);
  }
  expect(again.of('title')!.segments()).toEqual(book.segments());
  expect(fingerprint((out) => again.save(out))).toEqual(fingerprint((out) => books.save(out)));
});

test('a unit is forgotten once its window is over: the book grows with the window, not with the units', () => {
  const size = (of: BanditBooks) => sectionsOf((out) => of.save(out)).reduce((sum, { bytes }) => sum + bytes.length, 0);
  let books = new BanditBooks();
  const whole = new BanditBooks();
  for (const one of [books, whole]) one.put(experiment(60));
  let early = 0;
  for (let hour = 0; hour < 300; hour++) {
    for (const one of [books, whole]) {
      one.advance(START + hour * HOUR);
      deal(one, START + hour * HOUR, hour % 2);
    }
    if (hour === 20) early = size(books);
    if (hour % 50 !== 7) continue;
    const again = new BanditBooks();
    again.load(readerOf((out) => books.save(out)));
    books = again;
  }
  expect(size(books)).toBeLessThan(1.1 * early);
  expect(fingerprint((out) => books.save(out))).toEqual(fingerprint((out) => whole.save(out)));
  const late = `${START + 200 * HOUR}-1`;
  const before = fingerprint((out) => books.save(out));
  books.happened('click', { buyer: late }, START + 300 * HOUR);
  expect(fingerprint((out) => books.save(out))).toEqual(before);
});

test('of an erased unit nobody finds anything, and its arm and reward still count', () => {
  const [books, erased] = [new BanditBooks(), new BanditBooks()];
  for (const one of [books, erased]) {
    one.put(experiment(60));
    deal(one, START, 1);
  }
  for (let i = 0; i < 80; i++) erased.erase('buyer', `${START}-${i}`);
  erased.erase('session', `${START}-0`);
  for (const one of [books, erased]) one.advance(START + HOUR);
  expect(shares(erased)).toEqual(shares(books));
});
