/** Interleaved lists: the published example, fairness of the draws by enumeration, and credit to the right ranker. */
import { describe, expect, test } from 'vitest';
import { balanced, balancedCredit, FIRST, NEITHER, SECOND, teamDraft, teamDraftCredit } from './interleaving.ts';

const coins = Array.from({ length: 4000 }, (_, i) => ({ seed: 3, name: `request-${i}` }));

describe('team draft', () => {
  const first = [1, 2, 3, 4];
  const second = [2, 5, 1, 6];

  test('lists hold both rankings in order, without repeats, the same for the same request', () => {
    for (const coin of coins.slice(0, 50)) {
      const { items, team } = teamDraft(first, second, 4, coin);
      expect(new Set(items).size).toBe(4);
      expect(teamDraft(first, second, 4, coin)).toEqual({ items, team });
      expect(team.filter((one) => one === FIRST).length).toBe(2);
      const own = (side: number): number[] => items.filter((_, i) => team[i] === side);
      const inOrder = (ranking: number[], ids: number[]): boolean =>
        ids.every((id, i) => i === 0 || ranking.indexOf(id) > ranking.indexOf(ids[i - 1]!));
      expect(inOrder(first, own(FIRST)) && inOrder(second, own(SECOND))).toBe(true);
    }
  });

  test('either ranker has the first place in half of the requests', () => {
    const led = coins.filter((coin) => teamDraft(first, second, 4, coin).team[0] === FIRST).length;
    expect(Math.abs(led - 2000) / Math.sqrt(1000)).toBeLessThan(3.5);
  });

  test('what both begin with speaks for neither; a list may be short', () => {
    const { items, team } = teamDraft([1, 2, 3], [1, 2, 4], 10, coins[0]!);
    expect(items.length).toBe(4);
    expect([...team.slice(0, 2)]).toEqual([NEITHER, NEITHER]);
    expect(teamDraftCredit({ items, team }, [0, 1])).toBe(0);
    expect(teamDraftCredit({ items, team }, [items.indexOf(3)])).toBe(1);
    expect(teamDraftCredit({ items, team }, [items.indexOf(4)])).toBe(-1);
    expect(teamDraftCredit({ items, team }, [items.indexOf(3), items.indexOf(4)])).toBe(0);
  });

  test('clicks by chance credit neither', () => {
    let lead = 0;
    let credited = 0;
    coins.forEach((coin, i) => {
      const credit = teamDraftCredit(teamDraft(first, second, 4, coin), [i % 4]);
      lead += credit;
      credited += credit * credit;
    });
    expect(Math.abs(lead) / Math.sqrt(credited)).toBeLessThan(3.5);
  });
});

describe('balanced', () => {
  // Joachims 2002, by hand: a b c d and b e a f begin by the first or by the second.
  const rankings = { first: [1, 2, 3, 4], second: [2, 5, 1, 6] };
  const lists = new Set(coins.map((coin) => balanced(rankings.first, rankings.second, 4, coin).join(' ')));

  test('two lists, whoever leads', () => {
    expect([...lists].sort()).toEqual(['1 2 5 3', '2 1 5 3']);
  });

  test.each([
    [[0], 1], // 1 is the first's best, and k is 1
    [[1], -1], // 2 is the second's best, and k is 1
    [[2], -1], // 5 is the second's next best; the first's top two does not hold it
    [[0, 2], 0], // k is 2: 1 is in the first's top two, 5 in the second's
    [[1, 3], 1], // k is 3: both hold 2, the first alone 3
    [[], 0],
  ])('clicks on places %j of 1 2 5 3', (clicked, credit) => {
    expect(balancedCredit([1, 2, 5, 3], rankings, clicked as number[])).toBe(credit);
  });
});
