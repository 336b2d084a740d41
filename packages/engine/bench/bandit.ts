/**
 * What is learned from data that Thompson sampling dealt: how often 95 % intervals of each arm's mean, and of the best arm's lead, cover the
 * truth, by adaptively weighted scores and by plain means; and the reward given up against always dealing the best arm.
 */
import { Rng } from '../src/base/rng.ts';
import { type AdaptiveLog, adaptiveDifference, adaptiveMean } from '../src/policies/adaptive-inference.ts';
import { choose, LinearBandit } from '../src/policies/bandit.ts';
import { ThompsonBandit } from '../src/statistics/thompson.ts';
import type { Bench, BenchOptions, Figures } from './bench.ts';
import { machineFacts, rounded } from './figures.ts';

const MEANS = [0, 0.05, 0.2];
const BEST = 2;
const BATCH = 50;
const Z = 1.959964;

export const banditBench: Bench = async ({ small, say }: BenchOptions): Promise<Figures> => {
  const experiments = small ? 40 : 2_000;
  const floors: Record<string, unknown> = {};
  for (const floor of [0.02, 0.1]) {
    floors[floor] = overExperiments(experiments, floor);
    say(`floor ${floor}: ${JSON.stringify(floors[floor])}`);
  }
  return { experiments, rows: 2_000, floors, contextual: contextual(small ? 1_000 : 10_000), machine: machineFacts() };
};

function overExperiments(experiments: number, floor: number): Record<string, unknown> {
  const weighted = [0, 0, 0];
  const plain = [0, 0, 0];
  let [lead, bias, plainBias, best] = [0, 0, 0, 0];
  for (let seed = 1; seed <= experiments; seed++) {
    const log = thompsonLog(floor, 2_000, seed);
    MEANS.forEach((truth, arm) => {
      const { mean, ci } = adaptiveMean(log, arm, 0.05);
      if (ci[0] <= truth && truth <= ci[1]) weighted[arm]! += 1 / experiments;
      const own = log.reward.filter((_, t) => log.action[t] === arm);
      const average = own.reduce((sum, y) => sum + y, 0) / own.length;
      const spread = Math.sqrt(own.reduce((sum, y) => sum + (y - average) ** 2, 0) / (own.length - 1) / own.length);
      if (Math.abs(average - truth) <= Z * spread) plain[arm]! += 1 / experiments;
      if (arm !== 0) return;
      bias += (mean - truth) / experiments;
      plainBias += (average - truth) / experiments;
    });
    const { ci } = adaptiveDifference(log, { arm: BEST, control: 0 }, 0.05);
    if (ci[0] <= MEANS[BEST]! && MEANS[BEST]! <= ci[1]) lead += 1 / experiments;
    best += log.action.filter((arm) => arm === BEST).length / log.action.length / experiments;
  }
  return {
    coverage: {
      weighted: weighted.map((x) => rounded(x, 3)),
      plain: plain.map((x) => rounded(x, 3)),
      lead: rounded(lead, 3),
    },
    biasOfWorst: { weighted: rounded(bias, 4), plain: rounded(plainBias, 4) },
    shareOfBest: rounded(best, 3),
  };
}

function thompsonLog(floor: number, rows: number, seed: number): AdaptiveLog {
  const rng = new Rng(seed);
  const arms = MEANS.length;
  const bandit = new ThompsonBandit(arms);
  const action = new Int32Array(rows);
  const reward = new Float64Array(rows);
  const probability = new Float64Array(rows * arms);
  let now: Float64Array = new Float64Array(arms).fill(1 / arms);
  for (let t = 0; t < rows; t++) {
    if (t > 0 && t % BATCH === 0) now = bandit.probabilities(floor, rng);
    action[t] = choose(now, rng).action;
    reward[t] = MEANS[action[t]!]! + rng.normal();
    bandit.learn(action[t]!, reward[t]!);
    probability.set(now, t * arms);
  }
  return { arms, action, reward, probability };
}

/** Two arms that suit opposite contexts: mean reward of the second half of the rows, dealt by context, by chance, and at best. */
function contextual(rows: number): Record<string, unknown> {
  const rng = new Rng(9);
  const bandit = new LinearBandit(2, 2);
  const mean = { dealt: 0, atBest: 0 };
  for (let t = 0; t < rows; t++) {
    const context = Float64Array.of(1, rng.normal());
    const { action } = choose(bandit.probabilities(context, 0.05, rng), rng);
    const expected = (action === 1 ? 0.5 : -0.5) * context[1]!;
    bandit.learn(context, action, expected + rng.normal());
    if (t % 100 === 99) bandit.fit();
    if (t < rows / 2) continue;
    mean.dealt += expected / (rows / 2);
    mean.atBest += (0.5 * Math.abs(context[1]!)) / (rows / 2);
  }
  return { meanReward: rounded(mean.dealt, 4), byChance: 0, atBest: rounded(mean.atBest, 4) };
}
