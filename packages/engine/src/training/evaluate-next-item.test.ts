import { describe, expect, test } from 'vitest';
import { circularSessions } from '../learning/session-recommender.contract.ts';
import { fitNextItem } from './evaluate-next-item.ts';

/** Each click a row; the circle of the contract: the next item follows 9 times of 10. */
function clicksOf(count: number, seed: number, name: string, from = 0) {
  const [users, items, times]: [string[], string[], number[]] = [[], [], []];
  circularSessions(count, seed).forEach(({ clicks, time }, session) => {
    clicks.forEach((item, i) => {
      users.push(`${name} ${session}`);
      items.push(`item ${item}`);
      times.push(from + time + i);
    });
  });
  return { users, items, times: Float64Array.from(times) };
}

const train = clicksOf(400, 1, 'train');
const later = clicksOf(100, 2, 'test', 400 * 86_400);

describe('next item', () => {
  test('finds what follows in a world where it follows 9 times of 10', async () => {
    const quality = (await fitNextItem(train, { k: 1 })).evaluate(later);
    expect(quality.hitRate).toBeGreaterThan(0.84);
    expect(quality.mrr).toBe(quality.hitRate);
    expect(quality.predictions).toBe(later.users.length - 100);
  });

  test('does without times, in rows of any order with them, and with times of any size', async () => {
    const ordered = (await fitNextItem(train, { k: 5 })).evaluate(later);
    const untimed = (await fitNextItem({ ...train, times: new Float64Array(0) }, { k: 5 })).evaluate({
      ...later,
      times: new Float64Array(0),
    });
    expect(untimed.hitRate).toBeGreaterThan(0.84);
    const order = train.users.map((_, i) => i).sort((a, b) => ((a * 7919) % 1009) - ((b * 7919) % 1009));
    const shuffled = {
      users: order.map((i) => train.users[i]!),
      items: order.map((i) => train.items[i]!),
      times: Float64Array.from(order, (i) => 1e12 + 1000 * train.times[i]!),
    };
    const scaled = { ...later, times: later.times.map((time) => 1e12 + 1000 * time) };
    expect((await fitNextItem(shuffled, { k: 5 })).evaluate(scaled).hitRate).toBeCloseTo(ordered.hitRate, 2);
  });

  test('clicks on items that training never saw are not asked for, but may come before', async () => {
    const fit = await fitNextItem(train, { k: 5 });
    const quality = fit.evaluate({
      users: ['a', 'a', 'a', 'b'],
      items: ['item 3', 'never seen', 'item 4', 'item 5'],
      times: Float64Array.of(1, 2, 3, 4),
    });
    expect(quality.predictions).toBe(1);
  });

  test('after clicks that say nothing shows what most click, even where the blend does without', async () => {
    const lone = Array.from({ length: 100 }, (_, i) => `lone ${i}`);
    const fit = await fitNextItem(
      {
        users: [...train.users, ...lone],
        items: [...train.items, ...lone.map(() => 'of the day')],
        times: Float64Array.of(...train.times, ...lone.map((_, i) => 390 * 86_400 + i)),
      },
      { k: 1 },
    );
    expect(fit.choice.parts.find(({ kind }) => kind === 'session-trend')?.weight).toBe(0);
    const asked = { users: ['a', 'a'], items: ['never seen', 'of the day'], times: Float64Array.of(5e7, 5e7 + 1) };
    expect(fit.evaluate(asked).hitRate).toBe(1);
  });

  test('without times, the later rows of the training file are the more recent for every row that is asked', async () => {
    const world = (first: string, rows: number) =>
      Array.from({ length: rows }, (_, i) => [`${first} ${i}`, 'start', `${first} ${i}`, first]).flat();
    const rows = [...world('then', 200), ...world('now', 200)];
    const even = (_: string, i: number): boolean => i % 2 === 0;
    const untimed = {
      users: rows.filter(even),
      items: rows.filter((name, i) => !even(name, i)),
      times: new Float64Array(0),
    };
    const fit = await fitNextItem(untimed, { k: 1 });
    const asked = { users: ['a', 'a'], items: ['start', 'now'], times: new Float64Array(0) };
    expect(fit.evaluate(asked).hitRate).toBe(1);
    expect(fit.evaluate({ ...asked, times: Float64Array.of(5, 6) }).hitRate).toBe(1);
  });

  test('says what is missing', async () => {
    const lone = { users: ['a', 'b'], items: ['x', 'y'], times: new Float64Array(0) };
    await expect(fitNextItem(lone, { k: 5 })).rejects.toThrow(/two clicks/);
    const fit = await fitNextItem(train, { k: 5 });
    expect(() => fit.evaluate(lone)).toThrow(/no session/);
  });
});
