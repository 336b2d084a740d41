import { expect, it } from 'vitest';
import { ManualClock, systemClock } from './clock.ts';
import { millis } from './units.ts';

it("stands until it is set, and may be set back as a machine's clock may", () => {
  const clock = new ManualClock(millis(1000));
  expect([clock.now(), clock.now()]).toEqual([1000, 1000]);
  clock.set(millis(2000));
  expect(clock.now()).toBe(2000);
  clock.set(millis(500));
  expect(clock.now()).toBe(500);
});

it("is the machine's time", () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});
