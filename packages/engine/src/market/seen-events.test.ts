import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { SeenEvents } from './seen-events.ts';

const WINDOW = 1000;

function reloaded(seen: SeenEvents): SeenEvents {
  const loaded = new SeenEvents(WINDOW);
  loaded.load(readerOf((out) => seen.save(out)));
  return loaded;
}

describe('SeenEvents', () => {
  it('remembers every id for at least one window, whatever the pace (seed 18)', () => {
    const pauses = fc.array(fc.oneof(fc.nat(50), fc.nat(3 * WINDOW)), { maxLength: 120, size: 'max' });
    fc.assert(
      fc.property(pauses, fc.nat(100), (all, restartAt) => {
        let seen = new SeenEvents(WINDOW);
        let now = 1_700_000_000_123;
        const addedAt: number[] = [];
        for (const [i, pause] of all.entries()) {
          now += pause;
          expect(seen.has(`e${i}`)).toBe(false);
          seen.add(`e${i}`, now, false);
          addedAt.push(now);
          if (i === restartAt) seen = reloaded(seen);
          for (const [j, at] of addedAt.entries()) if (now - at <= WINDOW) expect(seen.has(`e${j}`)).toBe(true);
        }
      }),
      { seed: 18, numRuns: 100 },
    );
  });

  it('forgets ids two windows later, so that it does not grow for ever', () => {
    const seen = new SeenEvents(WINDOW);
    seen.add('old', 10_000, false);
    seen.add('later', 11_000, false);
    expect(seen.has('old')).toBe(true);
    seen.add('latest', 12_000, false);
    expect([seen.has('old'), seen.has('later'), seen.has('latest')]).toEqual([false, true, true]);
  });

  it('remembers imported ids for ever', () => {
    const seen = new SeenEvents(WINDOW);
    seen.add('history', 10_000, true);
    for (let i = 0; i < 10; i++) seen.add(`e${i}`, 20_000 + i * WINDOW, false);
    expect(seen.has('history')).toBe(true);
    expect(reloaded(seen).has('history')).toBe(true);
  });

  it('still knows the events of before when the clock jumps far ahead once', () => {
    const seen = new SeenEvents(WINDOW);
    seen.add('before', 10_000, false);
    seen.add('jumped', 900_000, false);
    expect(seen.has('before')).toBe(true);
    // The log's time never goes back: what comes after the clock was set right belongs to the same window.
    for (let i = 0; i < 100; i++) seen.add(`e${i}`, 900_000, false);
    expect([seen.has('before'), seen.has('e0')]).toEqual([true, true]);
  });

  it('is the same after being saved and loaded', () => {
    const seen = new SeenEvents(WINDOW);
    for (let i = 0; i < 3000; i++) seen.add(`e${i}`, 5000 + i, i % 5 === 0);
    const loaded = reloaded(seen);
    for (const each of [seen, loaded]) for (let i = 0; i < 500; i++) each.add(`later${i}`, 9000 + i, false);
    expect(fingerprint((out) => loaded.save(out))).toEqual(fingerprint((out) => seen.save(out)));
    for (let i = 0; i < 3000; i += 5) expect(loaded.has(`e${i}`)).toBe(true);
    expect(loaded.has('never')).toBe(false);
  });
});
