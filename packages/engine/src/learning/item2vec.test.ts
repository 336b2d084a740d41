import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { DEFAULT_ITEM2VEC, type Item2vecInput, trainItem2vec } from './item2vec.ts';

const ITEMS = 24;
/** Never bought, but with the words of the first half's items, and of the second half's. */
const NEW_LEFT = 22;
const NEW_RIGHT = 23;
/** Neither bought nor named. */
const BLANK = 21;
const { dimensions } = DEFAULT_ITEM2VEC;

/** Two kinds of buyers: items 0–9 meet each other, and so do 10–19; 20 is bought alone. Words 0–2 name the one, 3–5 the other. */
function world(seed: number): Item2vecInput {
  const rng = new Rng(seed);
  const baskets: number[] = [];
  const basketStarts: number[] = [];
  for (let basket = 0; basket < 600; basket++) {
    basketStarts.push(baskets.length);
    const half = 10 * (basket % 2);
    const items = new Set(Array.from({ length: 5 }, () => half + rng.below(10)));
    baskets.push(...items);
  }
  basketStarts.push(baskets.length);
  baskets.push(20);
  basketStarts.push(baskets.length);
  const words = Array.from({ length: ITEMS }, (_, item) => {
    if (item === 20 || item === BLANK) return [];
    const right = item === NEW_RIGHT || (item >= 10 && item < 20);
    return [(right ? 3 : 0) + (item % 3), (right ? 3 : 0) + ((item + 1) % 3)];
  });
  const itemWordStarts = [0];
  for (const list of words) itemWordStarts.push(itemWordStarts.at(-1)! + list.length);
  return {
    items: ITEMS,
    baskets: Int32Array.from(baskets),
    basketStarts: Int32Array.from(basketStarts),
    words: 6,
    itemWords: Int32Array.from(words.flat()),
    itemWordStarts: Int32Array.from(itemWordStarts),
  };
}

const VECTORS = trainItem2vec(world(1));
const cosine = (a: number, b: number): number => {
  let sum = 0;
  for (let d = 0; d < dimensions; d++) sum += VECTORS[a * dimensions + d]! * VECTORS[b * dimensions + d]!;
  return sum;
};
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const LEFT = range(0, 10);
const RIGHT = range(10, 20);

describe('item2vec', () => {
  it('puts items that are bought together close, and those that never are far', () => {
    const within = [LEFT, RIGHT].flatMap((half) =>
      half.flatMap((a) => half.filter((b) => b > a).map((b) => cosine(a, b))),
    );
    const across = LEFT.flatMap((a) => RIGHT.map((b) => cosine(a, b)));
    expect(Math.min(...within)).toBeGreaterThan(Math.max(...across));
    expect(mean(within)).toBeGreaterThan(0.8);
    expect(mean(across)).toBeLessThan(0.2);
  });

  it('puts what was never bought among those that share its words', () => {
    expect(mean(LEFT.map((item) => cosine(NEW_LEFT, item)))).toBeGreaterThan(0.7);
    expect(mean(RIGHT.map((item) => cosine(NEW_LEFT, item)))).toBeLessThan(0.2);
    expect(mean(RIGHT.map((item) => cosine(NEW_RIGHT, item)))).toBeGreaterThan(0.7);
  });

  it('gives unit vectors, and zeros to what is neither bought nor named', () => {
    for (const item of [...range(0, 21), NEW_LEFT, NEW_RIGHT]) expect(cosine(item, item)).toBeCloseTo(1, 5);
    expect(VECTORS.subarray(BLANK * dimensions, (BLANK + 1) * dimensions).every((x) => x === 0)).toBe(true);
  });

  it('gives the same vectors for the same seed, others for another', () => {
    expect(trainItem2vec(world(1))).toEqual(VECTORS);
    expect(trainItem2vec(world(1), { ...DEFAULT_ITEM2VEC, seed: 2 })).not.toEqual(VECTORS);
  });

  it.each([
    ['without baskets', { baskets: new Int32Array(0), basketStarts: Int32Array.of(0) }],
    ['with baskets of one item', { baskets: Int32Array.of(0, 1), basketStarts: Int32Array.of(0, 1, 2) }],
  ])('stays finite %s', (_, without) => {
    const vectors = trainItem2vec({ ...world(1), ...without });
    expect(vectors.length).toBe(ITEMS * dimensions);
    expect(vectors.every(Number.isFinite)).toBe(true);
  });

  it('of nothing is nothing', () => {
    const nothing = new Int32Array(0);
    const start = Int32Array.of(0);
    const input = {
      items: 0,
      baskets: nothing,
      basketStarts: start,
      words: 0,
      itemWords: nothing,
      itemWordStarts: start,
    };
    expect(trainItem2vec(input).length).toBe(0);
  });
});
