import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { Leaderboard } from './leaderboard.ts';

const LISTINGS = 12;
const boardOf = (listing: number): number => listing % 3;

type Step = { listing: number; up: boolean };
const steps = fc.array(fc.record({ listing: fc.nat(LISTINGS - 1), up: fc.boolean() }), { maxLength: 300 });

function play(board: Leaderboard, sequence: readonly Step[], counts: Int32Array): void {
  for (const { listing, up } of sequence) {
    if (up) board.increment(listing, boardOf(listing));
    else board.decrement(listing);
    counts[listing] = Math.max(0, counts[listing]! + (up ? 1 : -1));
  }
}

function expectSorted(board: Leaderboard, counts: Int32Array): void {
  const out = new Int32Array(LISTINGS);
  for (let b = 0; b < 3; b++) {
    const shown = [...out.subarray(0, board.top(b, LISTINGS, out))];
    const expected = [...counts.keys()].filter((listing) => boardOf(listing) === b && counts[listing]! > 0);
    expect([...shown].sort()).toEqual(expected.sort());
    for (let i = 1; i < shown.length; i++) expect(counts[shown[i - 1]!]).toBeGreaterThanOrEqual(counts[shown[i]!]!);
    for (const listing of shown) expect(board.count(listing)).toBe(counts[listing]);
  }
}

describe('Leaderboard', () => {
  it('always lists exactly the counted listings, highest first (seed 1)', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const board = new Leaderboard();
        const counts = new Int32Array(LISTINGS);
        for (const step of sequence) {
          play(board, [step], counts);
          // Of some length or other, which the next reading may have to go beyond.
          board.top(boardOf(step.listing), step.listing, new Int32Array(LISTINGS));
        }
        expectSorted(board, counts);
        expectSorted(board, counts);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('goes on after being saved and loaded as if it had not been (seed 2)', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const counts = new Int32Array(LISTINGS);
        const original = new Leaderboard();
        play(original, before, counts);
        const saved = new SnapshotWriter();
        original.save(saved, 'board');
        const loaded = new Leaderboard();
        loaded.load(new SnapshotReader(saved.sections), 'board');
        play(original, after, counts.slice());
        play(loaded, after, counts);
        expectSorted(loaded, counts);
        const [a, b] = [new SnapshotWriter(), new SnapshotWriter()];
        original.save(a, 'board');
        loaded.save(b, 'board');
        expect(b.sections).toEqual(a.sections);
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it('moves a listing with its count when its category changes', () => {
    const board = new Leaderboard();
    for (let i = 0; i < 5; i++) board.increment(0, 0);
    for (let i = 0; i < 3; i++) board.increment(1, 1);
    for (let i = 0; i < 9; i++) board.increment(2, 1);
    board.rehome(0, 1);
    const out = new Int32Array(4);
    expect(board.top(0, 4, out)).toBe(0);
    expect([...out.subarray(0, board.top(1, 4, out))]).toEqual([2, 0, 1]);
    board.decrement(0);
    expect(board.count(0)).toBe(4);
  });
});
