/** Time is an argument: everything below `delivery`'s border takes it from a record or a request. */
import { type Millis, millis } from './units.ts';

export interface Clock {
  now(): Millis;
}

export const systemClock: Clock = { now: () => millis(Date.now()) };

/** A clock that stands until it is set: for simulations and tests. */
export class ManualClock implements Clock {
  #now: Millis;

  constructor(start: Millis) {
    this.#now = start;
  }

  now(): Millis {
    return this.#now;
  }

  set(at: Millis): void {
    this.#now = at;
  }
}
