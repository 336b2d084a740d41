import { afterEach, expect, test, vi } from 'vitest';
import { stepProgress } from './step-progress.ts';

afterEach(() => {
  vi.useRealTimers();
});

function drawn(isTTY: boolean): { stream: { isTTY: boolean; write(text: string): boolean }; lines: string[] } {
  const lines: string[] = [];
  return { stream: { isTTY, write: (text: string) => lines.push(text) > 0 }, lines };
}

test('says how far it is, and where nobody knows how far it goes, how much it was', () => {
  const { stream, lines } = drawn(true);
  stepProgress(stream).show(1, 3, 'orders');
  stepProgress(stream).show(5_000, 0, 'records folded');
  expect(lines).toEqual(['\r\u001b[Korders: 1 of 3 (33 %)', '\r\u001b[Krecords folded: 5000']);
});

test('draws seldom, but the end at once', () => {
  const { stream, lines } = drawn(true);
  const progress = stepProgress(stream);
  for (let done = 1; done <= 500; done++) progress.show(done, 500, 'orders');
  for (let done = 1; done <= 500; done++) progress.show(done, 0, 'records');
  expect(lines.length).toBeLessThan(10);
  expect(lines).toContain('\r\u001b[Korders: 500 of 500 (100 %)');
});

test('says how long what is left will take, once some of it is done', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { stream, lines } = drawn(true);
  const progress = stepProgress(stream);
  progress.show(0, 10, 'folds');
  vi.advanceTimersByTime(30_000);
  progress.show(1, 10, 'folds');
  vi.advanceTimersByTime(210_000);
  progress.show(8, 10, 'folds');
  vi.advanceTimersByTime(60_000);
  progress.show(1, 4, 'of another kind');
  expect(lines.map((line) => line.slice(4))).toEqual([
    'folds: 0 of 10 (0 %)',
    'folds: 1 of 10 (10 %), about 5 min left',
    'folds: 8 of 10 (80 %), about 60 s left',
    'of another kind: 1 of 4 (25 %)',
  ]);
});

test('is silent where there is no terminal', () => {
  const { stream, lines } = drawn(false);
  const progress = stepProgress(stream);
  progress.show(1, 2, 'orders');
  progress.end();
  expect(lines).toEqual([]);
});
