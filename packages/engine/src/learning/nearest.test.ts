import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { nearestNeighbours } from './nearest.ts';

const DIMENSIONS = 8;
const K = 10;

/** Unit vectors around `clusters` centres; each `zeroEvery`th is zero. */
function clustered(n: number, clusters: number, seed: number, zeroEvery = 0): Float32Array {
  const rng = new Rng(seed);
  const centres = Array.from({ length: clusters * DIMENSIONS }, () => rng.normal());
  const vectors = new Float32Array(n * DIMENSIONS);
  for (let i = 0; i < n; i++) {
    if (zeroEvery > 0 && i % zeroEvery === 0) continue;
    const centre = DIMENSIONS * rng.below(clusters);
    const x = Array.from({ length: DIMENSIONS }, (_, d) => centres[centre + d]! + 0.35 * rng.normal());
    const norm = Math.hypot(...x);
    vectors.set(
      x.map((value) => value / norm),
      i * DIMENSIONS,
    );
  }
  return vectors;
}

function similarity(vectors: Float32Array, i: number, j: number): number {
  let sum = 0;
  for (let d = 0; d < DIMENSIONS; d++) sum += vectors[i * DIMENSIONS + d]! * vectors[j * DIMENSIONS + d]!;
  return sum;
}

/** By looking at all. */
function exact(vectors: Float32Array, i: number, min: number): number[] {
  const n = vectors.length / DIMENSIONS;
  return Array.from({ length: n }, (_, j) => j)
    .filter((j) => j !== i && similarity(vectors, i, j) >= min)
    .sort((a, b) => similarity(vectors, i, b) - similarity(vectors, i, a) || a - b)
    .slice(0, K);
}

describe('the nearest neighbours', () => {
  it('of a small set are exact, nearest first (seed 73)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(1000), fc.constantFrom(-1, 0.3, 0.9), (n, seed, min) => {
        const vectors = clustered(n, 4, seed);
        const { neighbours, similarities } = nearestNeighbours(vectors, DIMENSIONS, K, min);
        for (let i = 0; i < n; i++) {
          const expected = exact(vectors, i, min);
          const found = [...neighbours.subarray(i * K, (i + 1) * K)];
          expect(found.slice(0, expected.length)).toEqual(expected);
          expect(found.slice(expected.length).every((j) => j === -1)).toBe(true);
          expected.forEach((j, at) => {
            expect(similarities[i * K + at]).toBeCloseTo(similarity(vectors, i, j), 5);
          });
        }
      }),
      { seed: 73, numRuns: 60 },
    );
  });

  it('of a large set are found for nine in ten and more', () => {
    const vectors = clustered(9000, 60, 5);
    const { neighbours } = nearestNeighbours(vectors, DIMENSIONS, K, 0.5);
    let hits = 0;
    let all = 0;
    for (let i = 0; i < 9000; i += 45) {
      const found = new Set(neighbours.subarray(i * K, (i + 1) * K));
      for (const j of exact(vectors, i, 0.5)) {
        all++;
        if (found.has(j)) hits++;
      }
    }
    expect(all).toBeGreaterThan(1500);
    expect(hits / all).toBeGreaterThan(0.9);
  });

  it.each([300, 9000])('of zeros are none, and zeros are nobody’s, among %i', (n) => {
    const vectors = clustered(n, 20, 6, 3);
    const { neighbours, similarities } = nearestNeighbours(vectors, DIMENSIONS, K, -1);
    for (let i = 0; i < n; i += 3) expect(neighbours.subarray(i * K, (i + 1) * K).every((j) => j === -1)).toBe(true);
    expect(neighbours.every((j) => j === -1 || j % 3 !== 0)).toBe(true);
    expect(similarities.every(Number.isFinite)).toBe(true);
  });

  it('are the same for the same seed', () => {
    const vectors = clustered(8500, 30, 7);
    const twice = [1, 1].map((seed) => nearestNeighbours(vectors, DIMENSIONS, K, 0.5, seed));
    expect(twice[0]).toEqual(twice[1]);
  });

  it('of nothing and of one are none', () => {
    expect(nearestNeighbours(new Float32Array(0), DIMENSIONS, K, 0).neighbours.length).toBe(0);
    expect([...new Set(nearestNeighbours(clustered(1, 1, 1), DIMENSIONS, K, 0).neighbours)]).toEqual([-1]);
  });
});
