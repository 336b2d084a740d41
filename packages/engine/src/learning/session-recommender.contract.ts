/** What every recommender for sessions must do. An implementation's test calls this with how it is fitted and loaded. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import type { Session, SessionRecommender } from './session-recommender.ts';

const ITEMS = 41;
/** In the catalogue, but nobody has clicked it. */
const UNMET = ITEMS - 1;

/** A world whose truth is known: after item i most click i + 1, around a circle of 40; times are a day apart. */
export function circularSessions(count = 1000, seed = 1): Session[] {
  const rng = new Rng(seed);
  return Array.from({ length: count }, (_, session) => {
    let item = rng.below(UNMET);
    const clicks = Int32Array.from({ length: 2 + rng.below(5) }, () => {
      const here = item;
      item = rng.unit() < 0.9 ? (item + 1) % UNMET : rng.below(UNMET);
      return here;
    });
    return { clicks, time: 86_400 * session };
  });
}

export interface SessionContractOptions {
  /** It learns what follows what. */
  readonly sequential: boolean;
}

export function sessionRecommenderContract(
  name: string,
  fit: (itemCount: number, sessions: Iterable<Session>) => SessionRecommender,
  load: (bytes: Uint8Array) => SessionRecommender,
  { sequential }: SessionContractOptions = { sequential: true },
): void {
  describe(`the contract of a recommender for sessions: ${name}`, () => {
    const sessions = circularSessions();
    const end = sessions.at(-1)!.time;
    const model = fit(ITEMS, sessions);
    const scoresOf = (one: SessionRecommender, clicks: readonly number[]): Float32Array => {
      const scores = new Float32Array(one.itemCount).fill(7);
      one.score(Int32Array.from(clicks), end + 1, scores);
      return scores;
    };
    const prefixes = [[], [0], [3, 4, 5], [7, 7, 7], Array.from({ length: 100 }, (_, i) => i % ITEMS)];

    test('scores every item with a finite number of 0 or more, whatever the clicks', () => {
      expect(model.itemCount).toBe(ITEMS);
      for (const clicks of prefixes)
        expect(scoresOf(model, clicks).every((score) => Number.isFinite(score) && score >= 0)).toBe(true);
    });

    test('the same sessions give the same model', () => {
      expect(fit(ITEMS, circularSessions()).pack()).toEqual(model.pack());
    });

    test('scores the same after it was saved and loaded, and saves the same', () => {
      const loaded = load(model.pack());
      for (const clicks of prefixes) expect(scoresOf(loaded, clicks)).toEqual(scoresOf(model, clicks));
      expect(loaded.pack()).toEqual(model.pack());
    });

    test('refuses bytes that are damaged or of another kind', () => {
      const bytes = model.pack();
      bytes[bytes.length - 9]! ^= 1;
      expect(() => load(bytes)).toThrow(/damaged/);
      expect(() => load(Uint8Array.of(1, 2, 3))).toThrow(/not a Rialto model/);
    });

    test('passes over items that it does not know, in questions and in sessions', () => {
      const other = fit(ITEMS, sessions);
      expect(scoresOf(other, [ITEMS, ITEMS + 9, -1]).every(Number.isFinite)).toBe(true);
      other.add(Int32Array.of(ITEMS + 3, -4), end + 1);
      expect(scoresOf(other, [3, 4]).every(Number.isFinite)).toBe(true);
    });

    test('one call does not change the next', () => {
      const before = scoresOf(model, [2, 3]);
      scoresOf(model, [20, 21, 22]);
      expect(scoresOf(model, [2, 3])).toEqual(before);
    });

    test('knows as much long after the last session, and where times are of another unit', () => {
      const [soon, late] = [new Float32Array(ITEMS), new Float32Array(ITEMS)];
      model.score(Int32Array.of(3, 4), end + 1, soon);
      model.score(Int32Array.of(3, 4), end * 1000, late);
      const order = (scores: Float32Array) => [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, 3);
      expect(order(late)).toEqual(order(soon));
      expect(Math.max(...late)).toBeGreaterThan(0);
    });

    test('works without sessions, with sessions of one click, and with times that are all the same', () => {
      for (const given of [[], [{ clicks: Int32Array.of(1), time: 5 }], sessions.map((s) => ({ ...s, time: 5 }))])
        expect(scoresOf(fit(ITEMS, given), [1, 2]).every(Number.isFinite)).toBe(true);
    });

    test('a session that is added counts from the next question on', () => {
      const fed = fit(ITEMS, sessions);
      const before = scoresOf(fed, [10])[UNMET]!;
      for (let i = 0; i < 20; i++) fed.add(Int32Array.of(10, UNMET), end);
      expect(scoresOf(fed, [10])[UNMET]).toBeGreaterThan(before);
    });

    test.runIf(sequential)('adding one by one gives what fitting at once gives', () => {
      const fed = fit(ITEMS, sessions.slice(0, 700));
      for (const { clicks, time } of sessions.slice(700)) fed.add(clicks, time);
      // Ages are in units of the span that was fitted on, so only the order of what was learned is the same.
      for (let item = 0; item < UNMET; item++) {
        const scores = scoresOf(fed, [item]);
        expect(scores.indexOf(Math.max(...scores))).toBe((item + 1) % UNMET);
      }
    });

    test.runIf(sequential)('finds what follows', () => {
      for (let item = 0; item < UNMET; item++) {
        const scores = scoresOf(model, [(item + 39) % UNMET, item]);
        expect(scores.indexOf(Math.max(...scores))).toBe((item + 1) % UNMET);
      }
    });
  });
}
