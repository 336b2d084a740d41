import { expect, test } from 'vitest';
import { stepProgress } from './step-progress.ts';

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

test('is silent where there is no terminal', () => {
  const { stream, lines } = drawn(false);
  const progress = stepProgress(stream);
  progress.show(1, 2, 'orders');
  progress.end();
  expect(lines).toEqual([]);
});
