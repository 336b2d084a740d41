/**
 * The nearest neighbours of every vector by cosine: exact for small sets, by an inverted file for large ones (Jégou, Douze
 * and Schmid, PAMI 2011): vectors are put into cells by k-means, and each looks through the cells nearest to it.
 */
import { Rng } from '../base/rng.ts';

export interface Neighbours {
  /** Nearest first, -1 where there are fewer. [vectors × k] */
  readonly neighbours: Int32Array;
  readonly similarities: Float32Array; // [vectors × k]
}

const EXACT_MAX = 8192;
const PROBES = 8;
const KMEANS_ROUNDS = 6;
const KMEANS_SAMPLE_PER_CELL = 40;

/** `vectors` are unit vectors or zeros, which have no neighbours. [n × dimensions] */
export function nearestNeighbours(
  vectors: Float32Array,
  dimensions: number,
  k: number,
  similarityMin: number,
  seed = 1,
): Neighbours {
  const n = vectors.length / dimensions;
  const result = { neighbours: new Int32Array(n * k).fill(-1), similarities: new Float32Array(n * k) };
  const cells = n <= EXACT_MAX ? null : new Cells(vectors, dimensions, seed);
  const all = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n; i++) {
    if (isZero(vectors, i, dimensions)) continue;
    const best = { ...result, from: i * k, size: 0, k };
    for (const members of cells ? cells.near(i) : [all]) {
      for (const j of members) {
        if (j === i) continue;
        const similarity = dot(vectors, i, vectors, j, dimensions);
        if (similarity >= similarityMin) insert(best, j, similarity);
      }
    }
  }
  return result;
}

function dot(a: Float32Array, i: number, b: Float32Array, j: number, dimensions: number): number {
  let sum = 0;
  const x = i * dimensions;
  const y = j * dimensions;
  for (let d = 0; d < dimensions; d++) sum += a[x + d]! * b[y + d]!;
  return sum;
}

function isZero(vectors: Float32Array, i: number, dimensions: number): boolean {
  for (let d = 0; d < dimensions; d++) if (vectors[i * dimensions + d] !== 0) return false;
  return true;
}

/** Keeps the `k` most similar, in order. */
function insert(best: Neighbours & { from: number; size: number; k: number }, item: number, similarity: number): void {
  const { neighbours, similarities, from, k } = best;
  if (best.size === k && similarity <= similarities[from + k - 1]!) return;
  let at = from + (best.size < k ? best.size++ : k - 1);
  while (at > from && similarities[at - 1]! < similarity) {
    similarities[at] = similarities[at - 1]!;
    neighbours[at] = neighbours[at - 1]!;
    at--;
  }
  similarities[at] = similarity;
  neighbours[at] = item;
}

class Cells {
  readonly #vectors: Float32Array;
  readonly #dimensions: number;
  readonly #centres: Float32Array; // [cells × dimensions]
  readonly #members: Int32Array[];

  constructor(vectors: Float32Array, dimensions: number, seed: number) {
    const n = vectors.length / dimensions;
    const cells = Math.ceil(Math.sqrt(n));
    const rng = new Rng(seed);
    this.#vectors = vectors;
    this.#dimensions = dimensions;
    this.#centres = new Float32Array(cells * dimensions);
    for (let cell = 0; cell < cells; cell++) {
      const from = rng.below(n) * dimensions;
      this.#centres.set(vectors.subarray(from, from + dimensions), cell * dimensions);
    }
    const sample = Int32Array.from({ length: Math.min(n, cells * KMEANS_SAMPLE_PER_CELL) }, () => rng.below(n));
    for (let round = 0; round < KMEANS_ROUNDS; round++) this.#moveCentres(sample);
    const lists: number[][] = Array.from({ length: cells }, () => []);
    for (let i = 0; i < n; i++) if (!isZero(vectors, i, dimensions)) lists[this.#nearestCells(i, 1)[0]!]!.push(i);
    this.#members = lists.map((list) => Int32Array.from(list));
  }

  #moveCentres(sample: Int32Array): void {
    const sums = new Float32Array(this.#centres.length);
    for (const i of sample) {
      const cell = this.#nearestCells(i, 1)[0]!;
      for (let d = 0; d < this.#dimensions; d++)
        sums[cell * this.#dimensions + d]! += this.#vectors[i * this.#dimensions + d]!;
    }
    for (let cell = 0; cell < sums.length / this.#dimensions; cell++) {
      const norm = Math.sqrt(dot(sums, cell, sums, cell, this.#dimensions));
      if (norm > 0)
        for (let d = 0; d < this.#dimensions; d++)
          this.#centres[cell * this.#dimensions + d] = sums[cell * this.#dimensions + d]! / norm;
    }
  }

  #nearestCells(i: number, count: number): Int32Array {
    const best = {
      neighbours: new Int32Array(count).fill(-1),
      similarities: new Float32Array(count),
      from: 0,
      size: 0,
      k: count,
    };
    for (let cell = 0; cell < this.#centres.length / this.#dimensions; cell++)
      insert(best, cell, dot(this.#vectors, i, this.#centres, cell, this.#dimensions));
    return best.neighbours;
  }

  /** The members of the cells nearest to vector `i`. */
  near(i: number): Int32Array[] {
    return Array.from(this.#nearestCells(i, PROBES), (cell) => this.#members[cell]!);
  }
}
