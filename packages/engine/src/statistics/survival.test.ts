import { expect, test } from 'vitest';
import { restrictedMean, type TimeCount } from './survival.ts';

/** Remission of leukaemia under 6-MP (Freireich et al. 1963): weeks, and + for who left. */
const REMISSION = '6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+';

function counted(text: string): TimeCount[] {
  const counts = new Map<number, { time: number; events: number; left: number }>();
  for (const word of text.split(' ')) {
    const time = Number.parseInt(word, 10);
    const one = counts.get(time) ?? { time, events: 0, left: 0 };
    if (word.endsWith('+')) one.left++;
    else one.events++;
    counts.set(time, one);
  }
  return [...counts.values()];
}

test('the curve of the published 6-MP arm: .857, .807, .753, .690, .627, .538, .448', () => {
  const at = (week: number): number => restrictedMean(counted(REMISSION), week)!.survived;
  const curve = [6, 7, 10, 13, 16, 22, 23].map((week) => Number(at(week).toFixed(3)));
  expect(curve).toEqual([0.857, 0.807, 0.753, 0.69, 0.627, 0.538, 0.448]);
});

test('the mean up to a horizon is the area below that curve', () => {
  const area = 6 + 0.8571429 * 1 + 0.8067227 * 3 + 0.7529412 * 3 + 0.6901961 * 3 + 0.627451 * 4;
  expect(restrictedMean(counted(REMISSION), 20)!.mean).toBeCloseTo(area, 5);
});

/** Without anybody leaving it is the plain mean of min(time, horizon), with its variance over n instead of n − 1. */
test('nobody leaves: the plain mean', () => {
  const times = [1, 2, 2, 3, 5, 8, 8, 13, 21, 34];
  const counts = counted(times.join(' '));
  const capped = times.map((time) => Math.min(time, 10));
  const mean = capped.reduce((sum, x) => sum + x, 0) / capped.length;
  const spread = capped.reduce((sum, x) => sum + (x - mean) ** 2, 0) / capped.length;
  const found = restrictedMean(counts, 10)!;
  expect(found.mean).toBeCloseTo(mean, 12);
  expect(found.variance).toBeCloseTo(spread / capped.length, 12);
});

test('everybody left before the horizon: not known', () => {
  expect(restrictedMean(counted('3 4+ 5+'), 10)).toBeUndefined();
});
