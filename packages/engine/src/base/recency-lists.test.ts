import { describe, expect, it } from 'vitest';
import { RecencyLists } from './recency-lists.ts';
import { Rng } from './rng.ts';
import { readerOf } from './snapshot.fixture.ts';

/** Takes all out, the one met longest ago first. */
function drain(lists: RecencyLists, list: number): number[] {
  const rows: number[] = [];
  for (let row = lists.oldest(list); row >= 0; row = lists.oldest(list)) {
    rows.push(row);
    lists.remove(row);
  }
  return rows;
}

describe('RecencyLists', () => {
  it.each([1, 2, 3])('are what arrays would be, also after a reload (seed %i)', (seed) => {
    const rng = new Rng(seed);
    let lists = new RecencyLists('rows', 3);
    const expected: number[][] = [[], [], []];
    const forget = (row: number): void => {
      for (const list of expected) if (list.includes(row)) list.splice(list.indexOf(row), 1);
    };
    for (let step = 0; step < 2_000; step++) {
      const row = rng.below(30);
      forget(row);
      if (rng.unit() < 0.25) lists.remove(row);
      else {
        const list = rng.below(3);
        lists.meet(row, list);
        expected[list]!.push(row);
      }
      for (let list = 0; list < 3; list++) expect(lists.oldest(list)).toBe(expected[list]![0] ?? -1);
      if (step % 400 === 399) {
        const again = new RecencyLists('rows', 3);
        again.load(readerOf((out) => lists.save(out)));
        lists = again;
      }
    }
    for (let list = 0; list < 3; list++) expect(drain(lists, list)).toEqual(expected[list]);
  });
});
