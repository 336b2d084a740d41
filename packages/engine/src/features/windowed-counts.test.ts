import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { BOUGHT_7, ListingCounters } from './listing-counters.ts';
import { WindowedCounts } from './windowed-counts.ts';

const LISTINGS = 6;
const DAYS = 7;
const categoryOf = (listing: number): number => (listing % 3) - 1;

interface Counted {
  readonly listing: number;
  readonly day: number;
}

function empty(): { counters: ListingCounters; window: WindowedCounts } {
  const counters = new ListingCounters();
  counters.grow(LISTINGS);
  return { counters, window: new WindowedCounts(DAYS, counters, BOUGHT_7) };
}

const bruteForce = (events: readonly Counted[], listing: number, day: number): number =>
  events.filter((event) => event.listing === listing && event.day > day - DAYS).length;

function expectBoards(window: WindowedCounts): void {
  const out = new Int32Array(LISTINGS);
  const shown = [...out.subarray(0, window.overall.top(0, LISTINGS, out))];
  expect(shown.length).toBe([...Array(LISTINGS).keys()].filter((listing) => window.count(listing) > 0).length);
  for (let i = 1; i < shown.length; i++)
    expect(window.count(shown[i - 1]!)).toBeGreaterThanOrEqual(window.count(shown[i]!));
  for (let category = -1; category < 2; category++) {
    const board = [...out.subarray(0, window.topOfCategory(category, LISTINGS, out))];
    expect(board).toEqual(expect.arrayContaining(shown.filter((listing) => categoryOf(listing) === category)));
    expect(board.every((listing) => categoryOf(listing) === category)).toBe(true);
  }
}

describe('WindowedCounts', () => {
  it('counts exactly the last days of steady events, and keeps the boards by it (seed 51)', () => {
    // Steady: a day has at most twice the events of any other, and three leave for each that comes.
    const days = fc.array(fc.array(fc.nat(LISTINGS - 1), { minLength: 4, maxLength: 8 }), {
      maxLength: 30,
      size: 'max',
    });
    fc.assert(
      fc.property(days, fc.nat(30), (perDay, restart) => {
        let { counters, window } = empty();
        const events: Counted[] = [];
        for (const [day, listings] of perDay.entries()) {
          for (const listing of listings) {
            window.add(listing, categoryOf(listing), day);
            events.push({ listing, day });
          }
          if (day === restart) {
            const [from, cells] = [window, counters];
            ({ counters, window } = empty());
            counters.load(readerOf((out) => cells.save(out)));
            window.load(
              readerOf((out) => from.save(out, 'w')),
              'w',
            );
          }
          for (let listing = 0; listing < LISTINGS; listing++)
            expect(window.count(listing)).toBe(bruteForce(events, listing, day));
          expectBoards(window);
        }
      }),
      { seed: 51, numRuns: 60 },
    );
  });

  it('takes three old ones away for each new one, never more, so no event pays for a busy day', () => {
    const { window } = empty();
    for (let i = 0; i < 90; i++) window.add(0, -1, 1);
    window.add(1, -1, 1 + DAYS);
    expect(window.count(0)).toBe(87);
    for (let i = 0; i < 29; i++) window.add(1, -1, 1 + DAYS);
    expect([window.count(0), window.count(1)]).toEqual([0, 30]);
  });

  it('keeps the last picture of a market that has gone quiet', () => {
    const { window } = empty();
    for (let i = 0; i < 9; i++) window.add(2, -1, 1);
    window.add(3, -1, 400);
    expect([window.count(2), window.count(3)]).toEqual([6, 1]);
  });

  it('keeps a day that is still within the window, and not the one that has just left it', () => {
    const { window } = empty();
    window.add(0, -1, 10);
    window.add(1, -1, 10 + DAYS - 1);
    expect(window.count(0)).toBe(1);
    window.add(1, -1, 10 + DAYS);
    expect(window.count(0)).toBe(0);
  });

  it('moves what a listing has to its new category, and takes it away from there', () => {
    const { window } = empty();
    const out = new Int32Array(4);
    for (let i = 0; i < 3; i++) window.add(0, 1, 1);
    window.rehome(0, 4);
    window.add(0, 4, 1);
    expect([window.topOfCategory(1, 4, out), window.topOfCategory(4, 4, out)]).toEqual([0, 1]);
    for (let i = 0; i < 2; i++) window.add(5, 2, 1 + DAYS);
    expect([window.topOfCategory(4, 4, out), window.topOfCategory(2, 4, out), window.count(0)]).toEqual([0, 1, 0]);
  });

  it('does not grow with what has left it', () => {
    const { window } = empty();
    for (let day = 0; day < 3000; day++) for (let i = 0; i < 5; i++) window.add(i, -1, day);
    const queue = fingerprint((out) => window.save(out, 'w')).find((section) => section.startsWith('w.queued-day'))!;
    expect(Number(queue.split(' ')[2])).toBeLessThan(4 * (2 * 4096 + 100));
    expect(window.count(0)).toBe(DAYS);
  });
});
