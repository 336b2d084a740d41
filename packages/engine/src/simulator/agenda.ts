/** What is to happen when: a binary heap by time. What was added first comes first among equals, so runs repeat exactly. */
export class Agenda<T> {
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  readonly #items: T[] = [];
  #added = 0;

  get size(): number {
    return this.#items.length;
  }

  /** The time of the first item; infinite where there is none. */
  get nextAt(): number {
    return this.#items.length === 0 ? Number.POSITIVE_INFINITY : this.#times[0];
  }

  add(at: number, item: T): void {
    let i = this.#items.length;
    this.#times.push(at);
    this.#orders.push(this.#added++);
    this.#items.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#before(i, parent)) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  /** Removes the first item. */
  take(): T | undefined {
    const last = this.#items.length - 1;
    if (last < 0) return undefined;
    this.#swap(0, last);
    const item = this.#items.pop();
    this.#times.pop();
    this.#orders.pop();
    for (let i = 0; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) if (child < last && this.#before(child, least)) least = child;
      if (least === i) return item;
      this.#swap(i, least);
      i = least;
    }
  }

  #before(a: number, b: number): boolean {
    return this.#times[a] < this.#times[b] || (this.#times[a] === this.#times[b] && this.#orders[a] < this.#orders[b]);
  }

  #swap(a: number, b: number): void {
    for (const column of [this.#times, this.#orders, this.#items] as unknown[][])
      [column[a], column[b]] = [column[b], column[a]];
  }
}
