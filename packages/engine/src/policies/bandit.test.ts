/** Bandits against simulated arms: they find the best one, keep their floor, and leave data whose intervals cover. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { ThompsonBandit, withFloor } from '../statistics/thompson.ts';
import { type AdaptiveLog, adaptiveDifference, adaptiveMean } from './adaptive-inference.ts';
import { choose, LinearBandit } from './bandit.ts';

const FLOOR = 0.05;

/** Thompson sampling in batches of 50 on arms with normal rewards. */
function runThompson(means: readonly number[], rows: number, seed: number): AdaptiveLog {
  const rng = new Rng(seed);
  const bandit = new ThompsonBandit(means.length);
  const log = {
    arms: means.length,
    action: new Int32Array(rows),
    reward: new Float64Array(rows),
    probability: new Float64Array(rows * means.length),
  };
  let probability = new Float64Array(means.length).fill(1 / means.length);
  for (let t = 0; t < rows; t++) {
    if (t > 0 && t % 50 === 0) probability = Float64Array.from(bandit.probabilities(FLOOR, rng));
    const { action } = choose(probability, rng);
    const reward = means[action]! + rng.normal();
    bandit.learn(action, reward);
    log.action[t] = action;
    log.reward[t] = reward;
    log.probability.set(probability, t * means.length);
  }
  return log;
}

test('a floor raises every probability, and the sum stays', () => {
  const raised = withFloor(Float64Array.of(1, 0, 0), 0.1);
  expect([...raised].map((p) => Number(p.toFixed(12)))).toEqual([0.8, 0.1, 0.1]);
});

describe('Thompson sampling, seeds 1 to 400', () => {
  const means = [0, 0, 0.2];
  const logs = Array.from({ length: 400 }, (_, i) => runThompson(means, 1000, i + 1));

  test('the best arm gets most, each arm its floor', () => {
    const best = logs.reduce((sum, { action }) => sum + action.filter((a) => a === 2).length / 1000 / 400, 0);
    expect(best).toBeGreaterThan(0.6);
    expect(Math.min(...logs.map(({ probability }) => Math.min(...probability)))).toBeGreaterThanOrEqual(FLOOR - 1e-12);
  });

  test('weighted intervals cover the means and the difference; sample means of a bad arm are biased', () => {
    const covered = [0, 1, 2].map((arm) => {
      const hits = logs.filter((log) => {
        const { ci } = adaptiveMean(log, arm, 0.05);
        return ci[0] <= means[arm]! && means[arm]! <= ci[1];
      });
      return hits.length / logs.length;
    });
    for (const share of covered) expect(share).toBeGreaterThan(0.92); // .95 ± .011
    const differences = logs.map((log) => adaptiveDifference(log, { arm: 2, control: 0 }, 0.05));
    const hits = differences.filter(({ ci }) => ci[0] <= 0.2 && 0.2 <= ci[1]).length / logs.length;
    expect(hits).toBeGreaterThan(0.92);
    const bias = differences.reduce((sum, { mean }) => sum + (mean - 0.2) / logs.length, 0);
    expect(Math.abs(bias)).toBeLessThan(0.02);
    const naive = logs.reduce((sum, { action, reward }) => {
      const own = reward.filter((_, t) => action[t] === 0);
      return sum + own.reduce((total, y) => total + y, 0) / own.length / logs.length;
    }, 0);
    expect(naive).toBeLessThan(-0.01);
  });

  test('a probability of zero is refused', () => {
    const log = { ...logs[0]!, probability: new Float64Array(3000) };
    expect(() => adaptiveMean(log, 1, 0.05)).toThrow(/row 1 gives arm 1 the probability 0/);
  });
});

test('a contextual bandit learns which arm suits whom', () => {
  const rng = new Rng(8);
  const bandit = new LinearBandit(2, 2);
  let late = 0;
  for (let t = 0; t < 2000; t++) {
    const context = Float64Array.of(1, rng.normal());
    const { action, propensity } = choose(bandit.probabilities(context, FLOOR, rng), rng);
    expect(propensity).toBeGreaterThanOrEqual(FLOOR - 1e-12);
    bandit.learn(context, action, (action === 1 ? 1 : -1) * context[1]! * 0.5 + rng.normal());
    if (t % 100 === 99) bandit.fit();
    if (t >= 1000 && (action === 1) === context[1]! > 0) late++;
  }
  expect(late / 1000).toBeGreaterThan(0.85);
});
