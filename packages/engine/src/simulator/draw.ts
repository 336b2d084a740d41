/** Draws that worlds and buyers share: weighted choices in logarithmic time, and unit vectors. */
import { assert } from '../base/assert.ts';
import type { Rng } from '../base/rng.ts';

/** Chooses indexes with fixed weights. */
export class WeightedChoice {
  readonly #cumulative: Float64Array; // [weights]

  constructor(weights: ArrayLike<number>) {
    assert(weights.length > 0, 'a choice needs something to choose from');
    this.#cumulative = new Float64Array(weights.length);
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      sum += weights[i];
      this.#cumulative[i] = sum;
    }
  }

  get total(): number {
    return this.#cumulative[this.#cumulative.length - 1];
  }

  draw(rng: Rng): number {
    const target = rng.unit() * this.total;
    let low = 0;
    let high = this.#cumulative.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#cumulative[middle] > target) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Weights 1, 1/2^s, 1/3^s, … (Zipf). */
export const zipfWeights = (n: number, exponent: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => (i + 1) ** -exponent);

/** Fills `out` with a unit vector: `centre` weighted, plus noise of the given norm. Without a centre, uniform on the sphere. */
export function drawDirection(out: Float32Array, rng: Rng, centre?: Float32Array, noise = 1): void {
  let squares = 0;
  for (let d = 0; d < out.length; d++) {
    out[d] = (centre ? centre[d] : 0) + (noise * rng.normal()) / Math.sqrt(out.length);
    squares += out[d] * out[d];
  }
  const scale = 1 / Math.sqrt(squares);
  for (let d = 0; d < out.length; d++) out[d] *= scale;
}
