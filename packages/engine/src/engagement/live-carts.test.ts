/** Carts of a listing that more people want than are kept: urgency-signals.test.ts holds the counts of others against the truth. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { SnapshotWriter } from '../base/snapshot.ts';
import { LiveCarts, TOUCHES_MAX } from './live-carts.ts';

const START = 1_800_000_000_000;

function sizeOf(carts: LiveCarts): number {
  const out = new SnapshotWriter();
  carts.save(out);
  return out.sections.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
}

test('a flood of carts takes bounded memory, and the count is what is known of it', () => {
  const carts = new LiveCarts();
  for (let i = 0; i < 20_000; i++) carts.note({ listing: 0, holder: i, at: START + i, held: true });
  const now = START + 20_000;
  expect(sizeOf(carts)).toBeLessThan(20 * TOUCHES_MAX);
  expect(carts.count(0, now, [])).toEqual({ carts: TOUCHES_MAX, oldestAt: now - TOUCHES_MAX });
  expect(carts.count(0, now, [19_999]).carts).toBe(TOUCHES_MAX - 1);
});

test.each([1, 2, 3])(
  'a count beyond what is kept is never more than the truth, whatever comes late (seed %i)',
  (seed) => {
    const rng = new Rng(seed);
    const carts = new LiveCarts();
    const last = new Map<number, { at: number; held: boolean }>();
    let checked = 0;
    for (let i = 0; i < 20_000; i++) {
      const at = START + 1_000 * i - (rng.unit() < 0.1 ? rng.below(7_200_000) : 0);
      const touch = { listing: 0, holder: rng.below(8_000), at, held: rng.unit() < 0.7 };
      carts.note(touch);
      if ((last.get(touch.holder)?.at ?? 0) <= at) last.set(touch.holder, touch);
      if (i % 1_000 !== 999) continue;
      const truth = [...last.values()].filter((one) => one.held && one.at <= START + 1_000 * i).length;
      const told = carts.count(0, START + 1_000 * i, []).carts;
      expect(told).toBeLessThanOrEqual(truth);
      expect(told).toBeGreaterThan(TOUCHES_MAX / 3);
      checked++;
    }
    expect(checked).toBe(20);
  },
);
