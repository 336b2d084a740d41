import { expect, test } from 'vitest';
import { BlendedSessionRecommender } from './blended-session-recommender.ts';
import { DEFAULT_SEQUENCE_RULES, fitSequenceRules } from './sequence-rules.ts';
import { SESSION_KINDS } from './session-kinds.ts';
import { DEFAULT_SESSION_KNN, fitSessionKnn } from './session-knn.ts';
import { sessionRecommenderContract } from './session-recommender.contract.ts';
import { fitSessionTrend } from './session-trend.ts';

/** Those that say what comes next; what goes with an item and what is popular says less. */
const SEQUENTIAL = ['session-knn', 'sequence-rules'];

for (const [name, { start, fit, load }] of Object.entries(SESSION_KINDS))
  sessionRecommenderContract(name, (itemCount, sessions) => fit(itemCount, sessions, start), load, {
    sequential: SEQUENTIAL.includes(name),
  });

sessionRecommenderContract(
  'a blend',
  (itemCount, sessions) =>
    new BlendedSessionRecommender([
      { kind: 'sequence-rules', weight: 0.9, model: fitSequenceRules(itemCount, sessions) },
      { kind: 'session-trend', weight: 0.1, model: fitSessionTrend(itemCount, sessions) },
    ]),
  (bytes) => BlendedSessionRecommender.load(bytes),
);

const scoresOf = (model: ReturnType<typeof fitSessionKnn>, clicks: readonly number[], at: number): number[] => {
  const scores = new Float32Array(model.itemCount);
  model.score(Int32Array.from(clicks), at, scores);
  return [...scores];
};

test('sequence rules are their formula', () => {
  const sessions = [
    { clicks: Int32Array.of(0, 1, 2), time: 0 },
    { clicks: Int32Array.of(1, 0), time: 10 },
  ];
  const model = fitSequenceRules(3, sessions, { ...DEFAULT_SEQUENCE_RULES, ageDecay: 2, countExponent: 0.5 });
  const { placeDecay, backWeight } = DEFAULT_SEQUENCE_RULES;
  const [own, next, far] = scoresOf(model, [0], 20);
  // Both clicks on item 0: in the first session, of age 20 of a span of 10, and in the second, of age 10.
  const [old, fresh] = [Math.exp(-20 / 20) / Math.sqrt(2), Math.exp(-10 / 20) / Math.sqrt(2)];
  expect(own).toBe(0);
  expect(next).toBeCloseTo(old + backWeight * fresh, 5);
  expect(far).toBeCloseTo(old * Math.exp(-1 / placeDecay), 5);
});

test('session-kNN is its formula', () => {
  const sessions = [
    { clicks: Int32Array.of(0, 1, 2), time: 0 },
    { clicks: Int32Array.of(3, 1), time: 10 },
  ];
  const options = { ...DEFAULT_SESSION_KNN, ageDecay: 1, itemExponent: 0, lengthExponent: 0.5 };
  const model = fitSessionKnn(4, sessions, options);
  const scores = scoresOf(model, [0, 1], 10);
  const first = ((1 + Math.exp(-1 / options.stepDecay)) * Math.exp(-1)) / Math.sqrt(3);
  const second = 1 / Math.sqrt(2);
  // The match is item 1 in both: what comes before it counts less, what follows counts in full.
  const expected = [options.backWeight * first, 0, first, options.backWeight * second];
  scores.forEach((score, item) => {
    expect(score).toBeCloseTo(expected[item]!, 5);
  });
});
