/** How long requests have waited, by a clock and an event loop of the test's own. */
import { beforeEach, expect, test } from 'vitest';
import { TurnWatch } from './turn-watch.ts';

let now = 0;
let endTurn: (() => void) | undefined;
let watch: TurnWatch;
beforeEach(() => {
  now = 1_000;
  endTurn = undefined;
  watch = new TurnWatch({
    now: () => now,
    atEndOfTurn: (end) => {
      expect(endTurn).toBeUndefined();
      endTurn = end;
    },
  });
});

/** Answers requests that take so long each, and returns what each of them had waited. */
function turn(...tookMs: readonly number[]): number[] {
  const waited = tookMs.map((ms) => {
    const before = watch.waitedMs();
    now += ms;
    return before;
  });
  endTurn!();
  endTurn = undefined;
  return waited;
}

test('the first of a turn has not waited, the others for those before them', () => {
  expect(turn(2, 3, 4)).toEqual([0, 2, 5]);
});

test('who is answered right after a long turn came in during it', () => {
  turn(10);
  expect(turn(1, 1)).toEqual([5, 6]);
  expect(turn(1)).toEqual([1]);
});

test('after a pause nobody has waited', () => {
  turn(10);
  now += 5;
  expect(turn(1, 1)).toEqual([0, 1]);
});

test('a clock of its own and the real event loop: turns end', async () => {
  const real = new TurnWatch();
  const spin = (ms: number): void => {
    for (const end = performance.now() + ms; performance.now() < end; );
  };
  expect(real.waitedMs()).toBe(0);
  spin(5);
  expect(real.waitedMs()).toBeGreaterThanOrEqual(5);
  await new Promise((resolve) => setTimeout(resolve, 20));
  real.note();
  spin(2);
  expect(real.waitedMs()).toBeGreaterThanOrEqual(2);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(real.waitedMs()).toBe(0);
});
