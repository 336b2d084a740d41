/**
 * How long a request has waited for others before its handler runs: one thread answers them in turn, and what is ready when the event
 * loop turns is answered in that turn.
 *
 *     waited = (now − begin of this turn) + (length of the last turn) / 2, where this turn followed at once
 *
 * Who is answered in a turn that followed at once came in during the last one: at its middle, in the mean. A turn that nothing
 * waited for begins with what has come in just now. A lower bound: what the kernel has not handed over yet is not seen.
 */

/** What is read and parsed before a request is noted takes less; a loop that found nothing ready mostly comes back later. */
const AT_ONCE_MS = 0.25;

export interface TurnWatchOptions {
  /** Milliseconds from any beginning. */
  readonly now?: () => number;
  /** Calls back when the loop has answered all that was ready. */
  readonly atEndOfTurn?: (end: () => void) => void;
}

export class TurnWatch {
  readonly #now: () => number;
  readonly #atEndOfTurn: (end: () => void) => void;
  #turns = false;
  #beganAt = 0;
  #endedAt = Number.NEGATIVE_INFINITY;
  #lastMs = 0;
  #before = 0;

  constructor({ now = () => performance.now(), atEndOfTurn = setImmediate }: TurnWatchOptions = {}) {
    this.#now = now;
    this.#atEndOfTurn = atEndOfTurn;
  }

  /** To be told of each request, also of those that nobody asks how long they waited. */
  note(): void {
    if (!this.#turns) this.#begin(this.#now());
  }

  /** Of the request whose work begins now. Milliseconds. */
  waitedMs(): number {
    const now = this.#now();
    if (!this.#turns) this.#begin(now);
    return this.#before + now - this.#beganAt;
  }

  #begin(now: number): void {
    this.#turns = true;
    this.#before = now - this.#endedAt <= AT_ONCE_MS ? this.#lastMs / 2 : 0;
    this.#beganAt = now;
    this.#atEndOfTurn(this.#end);
  }

  readonly #end = (): void => {
    this.#endedAt = this.#now();
    this.#lastMs = this.#endedAt - this.#beganAt;
    this.#turns = false;
  };
}
