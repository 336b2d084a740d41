/**
 * Work that is done one after the other, in the order it was asked for: each piece may take as much memory as the whole state.
 * Where too much waits already, more is refused.
 */
import { RialtoError } from '../base/errors.ts';

export class Turns {
  readonly #waitingMax: number;
  readonly #what: string;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `what` names the pieces in the refusal. */
  constructor(what: string, waitingMax: number) {
    this.#what = what;
    this.#waitingMax = waitingMax;
  }

  /** Rejects with `overloaded`, or as the work does. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#waitingMax)
      throw new RialtoError('overloaded', `${this.#waiting} ${this.#what} wait already; retry with back-off`);
    this.#waiting++;
    const done = this.#last.then(work).finally(() => {
      this.#waiting--;
    });
    this.#last = done.catch(() => {});
    return done;
  }
}
