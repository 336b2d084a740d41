/** What every recommender must do. An implementation's test calls this with how it is fitted and loaded. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import type { Recommender } from './recommender.ts';
import { rowOf, type SparseMatrix, sparseMatrix } from './sparse-matrix.ts';

const GROUPS = 4;
const GROUP_ITEMS = 15;
const ITEMS = GROUPS * GROUP_ITEMS + 1;
/** In the catalogue, but nobody has met it. */
const UNMET = ITEMS - 1;

/** A world whose truth is known: each buyer likes one of four groups of items, and meets 6 of it and one of any. */
export function groupedInteractions(buyers = 160, seed = 1): SparseMatrix {
  const rng = new Rng(seed);
  const rows: number[] = [];
  const items: number[] = [];
  for (let buyer = 0; buyer < buyers; buyer++) {
    const from = (buyer % GROUPS) * GROUP_ITEMS;
    for (let i = 0; i < 6; i++) {
      rows.push(buyer);
      items.push(from + rng.below(GROUP_ITEMS));
    }
    rows.push(buyer);
    items.push(rng.below(UNMET));
  }
  return sparseMatrix(buyers, ITEMS, rows, items);
}

const groupOf = (item: number): number => Math.floor(item / GROUP_ITEMS);

export interface ContractOptions {
  /** It looks at the history; popularity does not. */
  readonly personal: boolean;
}

export function recommenderContract(
  name: string,
  fit: (matrix: SparseMatrix) => Recommender,
  load: (bytes: Uint8Array) => Recommender,
  { personal }: ContractOptions = { personal: true },
): void {
  describe(`the contract of a recommender: ${name}`, () => {
    const matrix = groupedInteractions();
    const model = fit(matrix);
    const scoresOf = (one: Recommender, history: readonly number[]): Float32Array => {
      // Whatever the array held before must not matter.
      const scores = new Float32Array(one.itemCount).fill(7);
      one.score(Int32Array.from(history), scores);
      return scores;
    };
    const histories = [[], [0], [3, 17, 31], [...rowOf(matrix, 5)], Array.from({ length: ITEMS }, (_, i) => i)];

    test('scores every item with a finite number, whatever the history', () => {
      expect(model.itemCount).toBe(ITEMS);
      for (const history of histories) expect(scoresOf(model, history).every(Number.isFinite)).toBe(true);
    });

    test('the same data gives the same model', () => {
      expect(fit(groupedInteractions()).pack()).toEqual(model.pack());
    });

    test('scores the same after it was saved and loaded, and saves the same', () => {
      const loaded = load(model.pack());
      for (const history of histories) expect(scoresOf(loaded, history)).toEqual(scoresOf(model, history));
      expect(loaded.pack()).toEqual(model.pack());
    });

    test('refuses bytes that are damaged or of another kind', () => {
      const bytes = model.pack();
      bytes[bytes.length - 9]! ^= 1;
      expect(() => load(bytes)).toThrow(/damaged/);
      expect(() => load(model.pack().subarray(0, 40))).toThrow();
      expect(() => load(Uint8Array.of(1, 2, 3))).toThrow(/not a Rialto model/);
    });

    test('passes over items that it does not know', () => {
      expect(scoresOf(model, [0, 16, ITEMS, ITEMS + 1000])).toEqual(scoresOf(model, [0, 16]));
    });

    test('one call does not change the next', () => {
      const before = scoresOf(model, [2, 18]);
      scoresOf(model, [40, 41, 42]);
      expect(scoresOf(model, [2, 18])).toEqual(before);
    });

    test('fits data with buyers without items, and with no interactions at all', () => {
      const sparse = fit(sparseMatrix(5, 3, [1, 1, 4], [0, 2, 0]));
      expect(scoresOf(sparse, [0]).every(Number.isFinite)).toBe(true);
      const empty = fit(sparseMatrix(2, 3, [], []));
      expect(scoresOf(empty, [1]).every(Number.isFinite)).toBe(true);
    });

    test.runIf(personal)('finds the group that the history is of', () => {
      for (const group of [0, 1, 2, 3]) {
        const history = [0, 4, 9].map((i) => group * GROUP_ITEMS + i);
        const scores = scoresOf(model, history);
        const best = [...scores.keys()]
          .filter((item) => !history.includes(item))
          .sort((a, b) => scores[b]! - scores[a]!);
        const right = best.slice(0, 8).filter((item) => groupOf(item) === group);
        expect(right.length).toBeGreaterThanOrEqual(7);
      }
    });

    test.runIf(personal)('a new event changes the next scores at once', () => {
      const before = scoresOf(model, [0, 4]);
      const after = scoresOf(model, [0, 4, 47]);
      const gain = (item: number): number => rankOf(before, item) - rankOf(after, item);
      const ofGroup3 = Array.from({ length: GROUP_ITEMS }, (_, i) => 3 * GROUP_ITEMS + i).filter((item) => item !== 47);
      expect(ofGroup3.reduce((sum, item) => sum + gain(item), 0)).toBeGreaterThan(0);
    });

    test.runIf(personal)('an item that nobody met is not put before the group of the history', () => {
      const scores = scoresOf(model, [0, 4, 9]);
      expect(scores[UNMET]).toBeLessThan(scores[7]!);
    });
  });
}

const rankOf = (scores: Float32Array, item: number): number => scores.filter((score) => score > scores[item]!).length;
