/** How long things took: counts in buckets that grow by 5 %, so that a quantile is right within that, from 1 µs to a minute. */
const GROWTH = Math.log(1.05);
const BUCKETS = 370;

export class Latency {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  get count(): number {
    return this.#total;
  }

  add(milliseconds: number): void {
    const bucket = Math.floor(Math.log(Math.max(1, 1000 * milliseconds)) / GROWTH);
    this.#counts[Math.min(BUCKETS - 1, bucket)]++;
    this.#total++;
  }

  /** In microseconds; 0 where nothing was measured. */
  quantileMicroseconds(q: number): number {
    let left = q * this.#total;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket];
      if (this.#total > 0 && left <= 0) return Math.exp(GROWTH * (bucket + 0.5));
    }
    return 0;
  }

  /** What was measured between two moments: `before` is a copy from the earlier one. */
  since(before: Latency): Latency {
    const between = new Latency();
    for (let bucket = 0; bucket < BUCKETS; bucket++)
      between.#counts[bucket] = this.#counts[bucket] - before.#counts[bucket];
    between.#total = this.#total - before.#total;
    return between;
  }

  copy(): Latency {
    return this.since(new Latency());
  }
}
