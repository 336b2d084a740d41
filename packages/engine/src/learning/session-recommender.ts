/**
 * What every recommender for sessions is: given the clicks of a session so far, in order, it scores what may be clicked next.
 * Whoever clicks need not be known; a session that is added counts from the next question on. Each kind lives in its own file
 * and passes session-recommender.contract.ts.
 */
export interface SessionRecommender {
  readonly itemCount: number;
  /**
   * Sets the score of every item, 0 or more, higher is better. `clicks` are in order, the latest last; items that the model
   * does not know are passed over. `at` is when the next click happens, in the unit of the sessions' times. [itemCount]
   */
  score(clicks: Int32Array, at: number, scores: Float32Array): void;
  /** A session that is over: it counts at once. */
  add(clicks: Int32Array, time: number): void;
  pack(): Uint8Array;
}

/** Sessions in the order in which they ended. */
export interface Session {
  readonly clicks: Int32Array;
  readonly time: number;
}
