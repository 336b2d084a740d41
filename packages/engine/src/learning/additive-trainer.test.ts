/** The trainer on worlds whose truth is known: what it must find again, and what it must leave alone. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { type AdditiveModel, KNOTS, priorModel } from './additive-model.ts';
import { DEFAULT_TRAINING, type RankingExamples, trainAdditive } from './additive-trainer.ts';

const FEATURES = ['rising', 'bent', 'noise', 'silent'];
const SILENT = 3;

/** Log-odds of the true world: the first counts linearly, the second only up to its middle, the others not at all. */
const truth = (x: readonly number[], gate: number): number =>
  gate === 0 ? 4 * x[0]! + 3 * Math.min(x[1]!, 0.5) : 1 - 4 * x[0]! + 3 * Math.min(x[1]!, 0.5);

/** Groups of 20 rows, of which one is chosen by the softmax of the truth. As in a market, many values are 0: nothing is known. */
function world(groups: number, seed: number): RankingExamples {
  const rng = new Rng(seed);
  const rows = 20 * groups;
  const values = new Float32Array(rows * FEATURES.length);
  const gates = Uint8Array.from({ length: rows }, () => rng.below(2));
  const labels = new Uint8Array(rows);
  for (let group = 0; group < groups; group++) {
    let best = Number.NEGATIVE_INFINITY;
    let chosen = 0;
    for (let row = 20 * group; row < 20 * group + 20; row++) {
      const x = FEATURES.map((_, i) => (i === SILENT || rng.unit() < 0.4 ? 0 : rng.unit()));
      values.set(x, row * FEATURES.length);
      // The largest of score plus Gumbel noise is a draw from the softmax.
      const drawn = truth(x, gates[row]!) - Math.log(rng.exponential());
      if (drawn > best) [best, chosen] = [drawn, row];
    }
    labels[chosen] = 1;
  }
  return { values, gates, labels, groups: Int32Array.from({ length: groups + 1 }, (_, i) => 20 * i) };
}

/** Five groups in one, with as many chosen. */
const fiveAtOnce = (examples: RankingExamples): RankingExamples => ({
  ...examples,
  groups: examples.groups.filter((_, i) => i % 5 === 0),
});

/** All rows that were chosen, and a share of the others. */
function sampled({ values, gates, labels, groups }: RankingExamples, share: number): RankingExamples {
  const rng = new Rng(8);
  const rows = Array.from(labels.keys()).filter((row) => labels[row] === 1 || rng.unit() < share);
  return {
    values: Float32Array.from(
      rows.flatMap((row) => [...values.subarray(row * FEATURES.length, (row + 1) * FEATURES.length)]),
    ),
    gates: Uint8Array.from(rows, (row) => gates[row]!),
    labels: Uint8Array.from(rows, (row) => labels[row]!),
    groups: groups.map((start) => rows.filter((row) => row < start).length),
    sampledLogs: new Float32Array(groups.length - 1).fill(-Math.log(share)),
  };
}

const lineOf = (model: AdditiveModel, gate: number, feature: number): number[] => {
  const start = (gate * FEATURES.length + feature) * KNOTS;
  return [...model.lines.subarray(start, start + KNOTS)];
};

const START = priorModel(FEATURES, [0, 0, 0, 1.5]);
const EXAMPLES = world(6000, 3);
/** Long enough to come near the truth, and not pulled back to the start. */
const MODEL = trainAdditive(START, EXAMPLES, { ...DEFAULT_TRAINING, epochs: 12, l2: 0 });

/** Share of pairs (chosen, not chosen) of new groups that a scorer orders rightly. */
function orderedRightly(
  { values, gates, labels, groups }: RankingExamples,
  score: (x: number[], gate: number) => number,
) {
  let right = 0;
  let all = 0;
  for (let group = 0; group + 1 < groups.length; group++) {
    const rows = Array.from({ length: groups[group + 1]! - groups[group]! }, (_, i) => groups[group]! + i);
    const scores = rows.map((row) =>
      score([...values.subarray(row * FEATURES.length, (row + 1) * FEATURES.length)], gates[row]!),
    );
    const chosen = scores[rows.findIndex((row) => labels[row] === 1)]!;
    right += scores.filter((other) => other < chosen).length;
    all += rows.length - 1;
  }
  return right / all;
}

const scoreOf = (model: AdditiveModel) => (x: number[], gate: number) =>
  x.reduce((sum, value, feature) => {
    const line = lineOf(model, gate, feature);
    const knot = Math.min(KNOTS - 2, Math.floor(value * (KNOTS - 1)));
    return sum + line[knot]! + (line[knot + 1]! - line[knot]!) * (value * (KNOTS - 1) - knot);
  }, model.bias[gate]!);

describe('the trainer', () => {
  it('finds the true lines again, each gate its own', () => {
    const middle = (KNOTS - 1) / 2;
    for (const [gate, slope] of [4, -4].entries()) {
      const rising = lineOf(MODEL, gate, 0);
      expect(Math.abs(rising[middle]! - slope / 2)).toBeLessThan(0.6);
      const bent = lineOf(MODEL, gate, 1);
      expect(Math.abs(bent[middle]! - 1.5)).toBeLessThan(0.4);
      // Flat from the middle on.
      for (const height of bent.slice(middle)) expect(Math.abs(height - bent[middle]!)).toBeLessThan(0.25);
      for (const height of lineOf(MODEL, gate, 2)) expect(Math.abs(height)).toBeLessThan(0.4);
    }
    // Few are chosen at the low end of the other gate: there only the better known one is held to the whole line.
    expect(Math.abs(lineOf(MODEL, 0, 0)[KNOTS - 1]! - 4)).toBeLessThan(0.7);
    const gap = MODEL.bias[1]! - MODEL.bias[0]!;
    expect(gap).toBeGreaterThan(0.4);
    expect(gap).toBeLessThan(1.4);
  });

  it('ranks groups that it has not seen nearly as well as the truth does', () => {
    const fresh = world(1000, 4);
    const best = orderedRightly(fresh, truth);
    expect(best).toBeGreaterThan(0.75);
    expect(orderedRightly(fresh, scoreOf(START))).toBeLessThan(0.55);
    expect(orderedRightly(fresh, scoreOf(MODEL))).toBeGreaterThan(best - 0.01);
  });

  it('keeps every line at 0 where the feature is 0, and the prior of a feature without values', () => {
    for (let gate = 0; gate < 2; gate++) {
      for (let feature = 0; feature < FEATURES.length; feature++) expect(lineOf(MODEL, gate, feature)[0]).toBe(0);
      expect(lineOf(MODEL, gate, SILENT)).toEqual(lineOf(START, gate, SILENT));
    }
  });

  it('gives the same weights for the same seed, others for another, and leaves its inputs alone', () => {
    const small = world(200, 5);
    const before = START.lines.slice();
    const first = trainAdditive(START, small);
    expect(trainAdditive(START, small)).toEqual(first);
    expect(trainAdditive(START, small, { ...DEFAULT_TRAINING, seed: 2 })).not.toEqual(first);
    expect(START.lines).toEqual(before);
  });

  it('learns from a sample of what was not chosen what all of it would have taught', () => {
    const whole = fiveAtOnce(EXAMPLES);
    const all = trainAdditive(START, whole).lines;
    const sample = sampled(whole, 0.1);
    const away = (examples: RankingExamples): number => {
      const { lines } = trainAdditive(START, examples);
      return Math.sqrt(lines.reduce((sum, height, i) => sum + (height - all[i]!) ** 2, 0) / lines.length);
    };
    const { sampledLogs: _, ...unsaid } = sample;
    expect(away(sample)).toBeLessThan(0.5 * away(unsaid));
  });

  it('learns nothing from groups in which all or none was chosen, or from no groups', () => {
    const small = world(50, 6);
    for (const label of [0, 1])
      expect(trainAdditive(START, { ...small, labels: small.labels.map(() => label) })).toEqual(START);
    expect(trainAdditive(START, { ...small, groups: Int32Array.of(0) })).toEqual(START);
  });

  it('stays finite where scores lie far apart', () => {
    const steep = priorModel(FEATURES, [5000, -5000, 5000, 0]);
    const { lines, bias } = trainAdditive(steep, world(100, 7));
    expect([...lines, ...bias].every(Number.isFinite)).toBe(true);
  });
});
