/** Scores of a few items among many: all are 0 but those that were added to, which are named. Emptied in the time of those. */
export class SparseScores {
  readonly values: Float32Array; // [items]
  /** Each once, in no order; `count` of them. [items] */
  readonly touched: Int32Array;
  count = 0;
  readonly #isTouched: Uint8Array; // [items]

  constructor(itemCount: number) {
    this.values = new Float32Array(itemCount);
    this.touched = new Int32Array(itemCount);
    this.#isTouched = new Uint8Array(itemCount);
  }

  add(item: number, score: number): void {
    if (this.#isTouched[item] === 0) {
      this.#isTouched[item] = 1;
      this.touched[this.count++] = item;
    }
    this.values[item]! += score;
  }

  has(item: number): boolean {
    return this.#isTouched[item] === 1;
  }

  clear(): void {
    for (let t = 0; t < this.count; t++) {
      this.values[this.touched[t]!] = 0;
      this.#isTouched[this.touched[t]!] = 0;
    }
    this.count = 0;
  }

  /** Mean and 1 / deviation over all items but `history`, which is ascending; a scale of 0 where all are equal. */
  moments(history: Int32Array): Moments {
    let sum = 0;
    let squares = 0;
    for (let t = 0; t < this.count; t++) {
      const score = this.values[this.touched[t]!]!;
      sum += score;
      squares += score * score;
    }
    for (const item of history) {
      sum -= this.values[item]!;
      squares -= this.values[item]! ** 2;
    }
    return momentsOf(sum, squares, this.values.length - history.length);
  }
}

export interface Moments {
  readonly mean: number;
  /** 1 / deviation; 0 where all are equal. */
  readonly scale: number;
}

export function momentsOf(sum: number, squares: number, count: number): Moments {
  const mean = sum / Math.max(1, count);
  const variance = squares / Math.max(1, count) - mean * mean;
  return { mean, scale: variance > 1e-12 * Math.max(1, mean * mean) ? 1 / Math.sqrt(variance) : 0 };
}
