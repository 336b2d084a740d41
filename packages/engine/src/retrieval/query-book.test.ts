import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { MILLIS_PER_DAY, type Millis, millis } from '../base/units.ts';
import { CLICKED, QueryBook } from './query-book.ts';

const NOW = Date.UTC(2026, 4, 20, 12);
const day = (n: number): Millis => millis(NOW + n * MILLIS_PER_DAY);

interface Made {
  readonly at?: Millis;
  readonly people?: number;
  readonly country?: number;
}

/** So many people search for it; the buyers are rows from 0. */
function search(book: QueryBook, query: string, { at = day(0), people = 1, country = -1 }: Made = {}): void {
  for (let buyer = 0; buyer < people; buyer++)
    book.note({ query, language: 'en', buyer, searcher: buyer + 1, country, at });
}

/** Time goes by, and others search. */
function wait(book: QueryBook, at: Millis): void {
  for (let i = 0; i < 30; i++) {
    const buyer = 100 + (i % 3);
    book.note({ query: 'something else', language: 'en', buyer, searcher: buyer, country: -1, at });
  }
}

const completions = (book: QueryBook, prefix: string): string[] => {
  const found: string[] = [];
  book.prefixes.visit('en', prefix, (row) => found.push(book.text(row)));
  return found;
};

describe('what is forgotten', () => {
  it('is what few people searched for, two months after the last search, and nothing is kept of it', () => {
    const book = new QueryBook();
    search(book, 'old letters of anna', { people: 2, country: 3 });
    book.succeed(0, 7, CLICKED, day(0));
    wait(book, day(60));
    expect(book.find('en', 'old letters of anna')).toBeGreaterThanOrEqual(0);
    wait(book, day(61));
    expect(book.find('en', 'old letters of anna')).toBe(-1);
    expect(book.has('old letters of anna')).toBe(false);
    expect(book.leadingTo(7)).toEqual([]);
    expect(book.lastOf(1)).toBe(-1);
    search(book, 'another', { at: day(61) });
    const row = book.find('en', 'another');
    expect([row, book.buyers(row), book.searches(row, day(61))]).toEqual([0, 1, 1]);
    expect(book.countryLift(row, 3)).toBeLessThanOrEqual(1);
  });

  it('is of what several searched for only what nobody has for more than a year', () => {
    const book = new QueryBook();
    search(book, 'advent calendar', { people: 5 });
    wait(book, day(100));
    wait(book, day(365));
    expect(completions(book, 'advent')).toEqual(['advent calendar']);
    search(book, 'advent calendar', { at: day(365) });
    wait(book, day(765));
    expect(completions(book, 'calendar')).toEqual(['advent calendar']);
    wait(book, day(766));
    expect(completions(book, 'advent')).toEqual([]);
    expect(completions(book, 'calendar')).toEqual([]);
    expect(book.find('en', 'advent calendar')).toBe(-1);
    search(book, 'advent calendar', { at: day(766), people: 3 });
    expect(completions(book, 'calendar')).toEqual(['advent calendar']);
  });

  it('leaves nobody with the query that has the row now', () => {
    const book = new QueryBook();
    book.note({ query: 'old', language: 'en', buyer: 9, searcher: 10, country: -1, at: day(0) });
    book.succeed(9, 7, CLICKED, day(0));
    wait(book, day(59));
    wait(book, day(61));
    search(book, 'new', { at: day(61) });
    expect(book.text(0)).toBe('new');
    expect(book.leadingTo(7)).toEqual([]);
    expect(book.lastOf(9)).toBe(-1);
    book.succeed(9, 8, CLICKED, day(0));
    expect(book.leadingTo(8)).toEqual([]);
    expect(book.successes(0, CLICKED, day(61))).toBe(0);
  });
});

describe('a full book', () => {
  it('takes in what is new, and keeps what several people search for', () => {
    const book = new QueryBook({ queriesMax: 100 });
    for (let i = 0; i < 20; i++) search(book, `shared ${i}`, { people: 3 });
    for (let i = 0; i < 5_000; i++) {
      search(book, `junk ${i}`, { at: day(i / 1_000) });
      expect(book.size).toBeLessThanOrEqual(100);
    }
    expect(completions(book, 'shared').length).toBe(20);
    search(book, 'fresh idea', { at: day(6), people: 3 });
    expect(completions(book, 'idea')).toEqual(['fresh idea']);
  });

  it('where all may be suggested, gives up what was not searched for of late', () => {
    const book = new QueryBook({ queriesMax: 40 });
    for (let i = 0; i < 40; i++) search(book, `shared ${i}`, { people: 3, at: day(i) });
    // The week's counts let go of what is older.
    for (let i = 0; i < 40; i++) search(book, 'shared 0', { at: day(60) });
    for (let i = 0; i < 10; i++) search(book, `later ${i}`, { people: 3, at: day(60) });
    expect(completions(book, 'later').length).toBe(10);
    const kept = Array.from({ length: 40 }, (_, i) => `shared ${i}`).filter((_, i) => i === 0 || i > 10);
    expect(completions(book, 'shared').sort()).toEqual(kept.sort());
  });
});

describe.each([1, 2])('a book of 12 queries (seed %i)', (seed) => {
  it('never tells of one query what was another’s, and goes on the same after a reload', () => {
    const rng = new Rng(seed);
    let book = new QueryBook({ queriesMax: 12 });
    let at = NOW;
    /** By buyer and by listing: what was searched for last, and what led there. */
    const last = new Map<number, string>();
    const led = new Map<number, Set<string>>();
    for (let step = 0; step < 1_500; step++) {
      at += rng.unit() < 0.02 ? 90 * MILLIS_PER_DAY * rng.unit() : 600_000 * rng.unit();
      const buyer = rng.below(15);
      const query = `q${rng.below(40)}`;
      book.note({
        query,
        language: 'en',
        buyer,
        searcher: buyer + 1,
        country: rng.below(3),
        at: millis(Math.floor(at)),
      });
      last.set(buyer, query);
      const clicker = rng.below(15);
      const listing = rng.below(6);
      const before = book.lastOf(clicker);
      if (before >= 0) expect(book.text(before)).toBe(last.get(clicker));
      const known = new Set(book.leadingTo(listing).map((row) => book.text(row)));
      for (const text of known) expect(led.get(listing)).toContain(text);
      book.succeed(clicker, listing, CLICKED, millis(Math.floor(at)));
      const after = book.leadingTo(listing).map((row) => book.text(row));
      for (const text of after) if (!known.has(text)) expect(text).toBe(last.get(clicker));
      led.set(listing, new Set([...(led.get(listing) ?? []), ...after]));
      expect(book.size).toBeLessThanOrEqual(12);
      if (step % 500 === 499) {
        const again = new QueryBook({ queriesMax: 12 });
        again.load(readerOf((out) => book.save(out)));
        expect(fingerprint((out) => again.save(out))).toEqual(fingerprint((out) => book.save(out)));
        const all = (from: QueryBook) => [...new Set(completions(from, 'q'))].sort();
        expect(all(again)).toEqual(all(book));
        book = again;
      }
    }
  });
});
