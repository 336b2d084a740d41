import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hash64, hash32, hash64, hashPair, hashUnit } from './hash.ts';

const bothLanes = (text: string, seed?: number): Hash64 => hash64(text, { high: 0, low: 0 }, seed);

/** χ² of how evenly `values` fall into `cells`. */
function unevenness(values: Iterable<number>, cells: number): number {
  const counts = new Float64Array(cells);
  let n = 0;
  for (const value of values) {
    counts[value % cells]!++;
    n++;
  }
  return counts.reduce((sum, count) => sum + (count - n / cells) ** 2 / (n / cells), 0);
}

const NAMES: Record<string, (i: number) => string> = {
  'numbered ids': (i) => `e${i}`,
  'padded ids': (i) => `event-${String(i).padStart(9, '0')}`,
  'two characters of any script': (i) => String.fromCharCode(32 + (i % 500), 32 + Math.floor(i / 500)),
};

describe('the hashes', () => {
  // Logs, assignments and replays rest on these values: if one changes, old decisions no longer come out the same.
  it.each([
    ['', 4_276_173_328, 131_057_693, 169_496_702],
    ['a', 738_986_300, 4_129_501_480, 575_268_968],
    ['buyer-17850', 67_567_140, 3_282_705_113, 3_655_426_847],
    ['Grüße, 東京 🛒', 4_126_951_577, 1_034_292_800, 2_822_220_228],
    ['\u0001s', 2_334_494_127, 910_810_732, 1_944_362_810],
  ])('of %j stay what they are', (text, high, low, seeded) => {
    expect(bothLanes(text)).toEqual({ high, low });
    expect(hash32(text, 7)).toBe(seeded);
  });

  it('of pairs and of draws stay what they are', () => {
    expect([hashPair(0, 0), hashPair(1, 2), hashPair(2, 1), hashPair(2_147_483_647, 5)]).toEqual([
      2_829_844_446, 1_190_398_309, 875_831_719, 2_444_149_879,
    ]);
    expect(hashUnit(3, 'a')).toBe(0.4679697460960597);
  });

  it.each(Object.entries(NAMES))('spread %s evenly', (_, nameOf) => {
    const n = 100_000;
    const lanes = Array.from({ length: n }, (_, i) => bothLanes(nameOf(i)));
    // χ² with 999 degrees of freedom lies below 1,143 but once in a thousand tries.
    expect(
      unevenness(
        lanes.map(({ low }) => low),
        1000,
      ),
    ).toBeLessThan(1143);
    expect(
      unevenness(
        lanes.map(({ high }) => high),
        1000,
      ),
    ).toBeLessThan(1143);
    // Of 100,000 values of 32 bits 1.2 pairs meet by chance; of 64 bits none.
    expect(n - new Set(lanes.map(({ low }) => low)).size).toBeLessThan(8);
    expect(new Set(lanes.map(({ high, low }) => `${high}:${low}`)).size).toBe(n);
  });

  it('spread pairs of small numbers evenly over the slots of a table', () => {
    const pairs = Array.from({ length: 250_000 }, (_, i) => hashPair(i % 500, Math.floor(i / 500)));
    // 1,023 degrees of freedom.
    expect(unevenness(pairs, 1024)).toBeLessThan(1169);
  });

  it('are independent under different seeds', () => {
    const n = 20_000;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (hashUnit(1, `b${i}`) - 0.5) * (hashUnit(2, `b${i}`) - 0.5);
    // The correlation of n independent draws: standard error 1/√n = .007.
    expect(Math.abs((12 * sum) / n)).toBeLessThan(0.025);
  });

  it('lie in their ranges for any text and seed (seed 11)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), (text, seed) => {
        const unit = hashUnit(seed, text);
        const { high, low } = bothLanes(text, seed);
        for (const lane of [high, low]) expect(Number.isInteger(lane) && lane >= 0 && lane < 2 ** 32).toBe(true);
        expect(unit >= 0 && unit < 1).toBe(true);
      }),
      { seed: 11 },
    );
  });
});
