/** What a result says when it cannot be trusted, when a guardrail is broken, and when effects are not the same for all. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { type Moments, momentsOf } from '../statistics/moments.ts';
import { type MeanSample, TUNED_AT } from './analysis.ts';
import { assess } from './assess.ts';
import type { ExperimentData, Split } from './experiment-data.ts';
import { type MetricSpec, parseMetric } from './metric-spec.ts';
import { resultPage } from './result-page.ts';

const OPTIONS = { alpha: 0.05, tunedAt: TUNED_AT };
const DECISION = parseMetric('revenue:num=x,role=decision');
const UNITS = 4_000;

/** Normal values with standard deviation 1 around each arm's mean. */
function sample(spec: MetricSpec, means: readonly number[], rng: Rng, before: readonly number[] = []): MeanSample {
  const arms = means.map((mean, arm): Moments[] => {
    const values = Float64Array.from({ length: UNITS }, () => mean + rng.normal());
    const past = Float64Array.from(values, () => (before[arm] ?? 0) + rng.normal());
    return [momentsOf(spec.covariates.length > 0 ? [values, past] : [values])];
  });
  return { spec, shape: { ratio: false, covariates: spec.covariates.length, covariateRatio: false }, arms };
}

const data = (samples: readonly MeanSample[], more: Partial<ExperimentData> = {}): ExperimentData => ({
  variants: ['control', 'new'],
  control: 0,
  units: [UNITS, UNITS],
  weights: [0.5, 0.5],
  samples,
  splits: [],
  notes: [],
  ...more,
});

/** Effects of the parts in turn. */
const split = (dimension: string, effects: readonly number[], rng: Rng): Split => ({
  dimension,
  parts: effects.map((effect, i) => ({ value: `${i}`, samples: [sample(DECISION, [10, 10 + effect], rng)] })),
});

describe('the verdict', () => {
  test('ships what is better, and says so on the page', () => {
    const result = assess(data([sample(DECISION, [10, 10.5], new Rng(1))]), OPTIONS);
    expect(result.decision).toMatchObject({ verdict: 'ship', variant: 'new' });
    expect(resultPage(result)).toContain('**Ship: new**');
  });

  test('sees no difference where there is none, and stops what is worse', () => {
    const verdict = (spec: MetricSpec, mean: number) =>
      assess(data([sample(spec, [10, mean], new Rng(2))]), OPTIONS).decision.verdict;
    expect(verdict(DECISION, 10)).toBe('no-difference-seen');
    expect(verdict(DECISION, 9.5)).toBe('stop');
    expect(verdict(parseMetric('latency:num=x,role=decision,better=lower'), 9.5)).toBe('ship');
    expect(verdict(parseMetric('revenue:num=x'), 9.5)).toBe('read-the-effects');
  });

  test('is not trusted where many units met two variants', () => {
    const of = (inTwo: number) =>
      assess(data([sample(DECISION, [10, 10.5], new Rng(1))], { crossed: { units: 8_000 + inTwo, inTwo } }), OPTIONS);
    expect(of(50)).toMatchObject({ trust: { trusted: true }, decision: { verdict: 'ship' } });
    const { decision, checks } = of(1_000);
    expect(decision.verdict).toBe('do-not-trust');
    expect(decision.reason).toMatch(/met two variants were left out: 1000 of 9000, more than 1 %.*--since-version/);
    expect(checks.find(({ name }) => name === 'one-variant-each')?.passed).toBe(false);
  });

  test('a broken guardrail keeps the arm back, one within its margin does not', () => {
    const verdict = (margin: number) => {
      const guard = parseMetric(`returns:num=x,role=guardrail,better=lower,margin=${margin}`);
      const samples = [sample(DECISION, [10, 10.5], new Rng(3)), sample(guard, [10, 10.5], new Rng(4))];
      return assess(data(samples), OPTIONS).decision;
    };
    expect(verdict(0)).toMatchObject({ verdict: 'stop', variant: 'new' });
    expect(verdict(0.1)).toMatchObject({ verdict: 'ship', variant: 'new' });
  });
});

describe('the verdict on many variants', () => {
  const of = (means: readonly number[]) => {
    const covariance = Float64Array.of(1);
    const arms = means.map((mean): Moments[] => [{ units: UNITS, mean: Float64Array.of(mean), covariance }]);
    const shape = { ratio: false, covariates: 0, covariateRatio: false };
    const variants = arms.map((_, i) => `v${i}`);
    const more = { variants, units: arms.map(() => UNITS), weights: arms.map(() => 1 / arms.length) };
    return assess(data([{ spec: DECISION, shape, arms }], more), OPTIONS).decision;
  };
  const alike = new Array<number>(8).fill(10);

  test('does not take the luckiest of ten for better', () => {
    expect(of([10, 10.076]).verdict).toBe('ship');
    expect(of([10, 10.076, ...alike])).toMatchObject({
      verdict: 'no-difference-seen',
      reason: expect.stringContaining('all looks and variants counted'),
    });
    expect(of([10, 9.924, ...alike]).verdict).toBe('no-difference-seen');
  });

  test('still finds the one that is', () => {
    expect(of([10, ...alike, 10.12])).toMatchObject({ verdict: 'ship', variant: 'v9' });
    expect(of([10, 10.12, 10.2])).toMatchObject({ verdict: 'ship', variant: 'v2' });
    expect(of([10, ...alike, 9.88])).toMatchObject({ verdict: 'stop', variant: 'v9' });
  });
});

describe('trust', () => {
  test('is lost by arms of the wrong size', () => {
    const result = assess(data([sample(DECISION, [10, 11], new Rng(5))], { units: [4_000, 4_400] }), OPTIONS);
    expect(result.srm.p).toBeLessThan(1e-4);
    expect(result.trust.trusted).toBe(false);
    expect(result.decision.verdict).toBe('do-not-trust');
  });

  test('is lost by arms that differed before', () => {
    const spec = parseMetric('revenue:num=x,covariate=before,role=decision');
    const fair = assess(data([sample(spec, [10, 10], new Rng(6))]), OPTIONS);
    expect(fair.trust.trusted).toBe(true);
    const biased = assess(data([sample(spec, [10, 10], new Rng(6), [0, 0.2])]), OPTIONS);
    expect(biased.trust.reasons[0]).toContain('differed from the control before');
  });
});

test('arms that come from other places, or on other days, are not trusted', () => {
  const cut = ({ spec, shape, arms }: MeanSample, shares: readonly number[]): MeanSample => ({
    spec,
    shape,
    arms: arms.map(([all], arm) => [{ ...all!, units: Math.round(all!.units * shares[arm]!) }]),
  });
  const whole = sample(DECISION, [10, 10], new Rng(12));
  const parts = (skew: number): Split => ({
    dimension: 'country',
    parts: [
      { value: 'at', samples: [cut(whole, [0.3, 0.3 + skew])] },
      { value: 'ch', samples: [cut(whole, [0.7, 0.7 - skew])] },
    ],
  });
  const trusted = (skew: number) => assess(data([whole], { splits: [parts(skew)] }), OPTIONS).trust.trusted;
  expect(trusted(0.01)).toBe(true);
  expect(trusted(0.05)).toBe(false);
});

describe('effects that are not the same', () => {
  test('for all: the dimension is found, the idle one is not', () => {
    const splits = [split('country', [0, 0.5, 0], new Rng(7)), split('weekday', [0.2, 0.2, 0.2], new Rng(8))];
    const { dimensions } = assess(data([sample(DECISION, [10, 10.2], new Rng(9))], { splits }), OPTIONS);
    expect(dimensions.map(({ dimension }) => dimension)).toEqual(['country', 'weekday']);
    expect(dimensions[0]!.pAdjusted).toBeLessThan(0.001);
    expect(dimensions[1]!.pAdjusted).toBeGreaterThan(0.05);
    expect(dimensions[0]!.parts[1]!.absolute).toBeCloseTo(0.5, 1);
  });

  test('every day: an effect that wanes is novelty', () => {
    const check = (effects: readonly number[]) =>
      assess(
        data([sample(DECISION, [10, 10.2], new Rng(10))], { days: split('day', effects, new Rng(11)) }),
        OPTIONS,
      ).checks.find(({ name }) => name === 'novelty')!;
    expect(check([0.5, 0.4, 0.3, 0.2, 0.1])).toMatchObject({
      passed: false,
      message: expect.stringContaining('falls by'),
    });
    expect(check([0.2, 0.2, 0.2, 0.2, 0.2]).passed).toBe(true);
  });
});

describe('the summary', () => {
  const guard = (margin: number) => parseMetric(`returns:num=x,role=guardrail,better=lower,margin=${margin}`);
  const summary = (means: readonly number[], margin: number, more: Partial<ExperimentData> = {}): string =>
    assess(
      data([sample(DECISION, means, new Rng(8)), sample(guard(margin), [10, 10.3], new Rng(9))], more),
      OPTIONS,
    ).summary.join(' ');

  test('says what the decision metric did and what became of guardrails', () => {
    expect(summary([10, 10.5], 0.001)).toMatch(/Decision metric revenue, new against control: better, \+[45]/);
    expect(summary([10, 10], 0.001)).toMatch(/revenue, new against control: no difference seen/);
    expect(summary([10, 9.5], 0.001)).toMatch(/revenue, new against control: worse/);
    expect(summary([10, 10], 0.001)).toMatch(/Guardrail returns of new, margin 0.1 %: broken/);
    expect(summary([10, 10], 0.2)).toMatch(/margin 20 %: kept/);
    expect(summary([10, 10], 0.031)).toMatch(/margin 3.1 %: neither broken nor yet sure/);
  });

  test('begins with whether the data can be trusted, and what was not asked is said', () => {
    expect(summary([10, 10], 0.1)).toMatch(/^The data can be trusted: 1 of 1 checks passed/);
    expect(summary([10, 10], 0.1, { units: [UNITS, UNITS - 400] })).toMatch(/^The data cannot be trusted: /);
    const plain = assess(data([sample(parseMetric('revenue:num=x'), [10, 10], new Rng(3))]), OPTIONS);
    expect(plain.summary.join(' ')).toMatch(/No metric was named to decide by.*No guardrails were named/);
  });

  test('the page names the experiment, what it is of and how it ended', () => {
    const result = assess(data([sample(DECISION, [10, 10.5], new Rng(1))]), OPTIONS);
    const subject = { id: 'calm-home', unit: 'buyer', status: 'stopped', ship: 'new', stopReason: '2 % more orders' };
    const page = resultPage(result, subject);
    expect(page).toMatch(/^# Experiment calm-home\n/);
    expect(page).toContain('Dealt by buyer; stopped, everybody gets `new`, because: 2 % more orders.');
    for (const line of result.summary) expect(page).toContain(`- ${line}`);
  });
});

describe('effects in per cent', () => {
  const lines = (means: readonly number[], role = 'decision') => {
    const spec = parseMetric(`profit:num=x,role=${role}${role === 'guardrail' ? ',margin=.5' : ''}`);
    const result = assess(data([sample(spec, means, new Rng(21))]), OPTIONS);
    return { effect: result.metrics[0]!.effects[0]!, told: `${result.summary.join()} ${resultPage(result)}` };
  };

  test('are not told of a control that could as well be zero; the effect itself is', () => {
    const { effect, told } = lines([0, 0.5]);
    expect(effect.relativeCi).toBeNull();
    expect(effect.relativeUnknown).toBe('control-near-zero');
    expect(effect.ci[0]).toBeGreaterThan(0.4);
    expect(told).toContain('The mean of the control is not told from zero');
    expect(told).toMatch(/better, 0\.[45]\d+, sequential/);
  });

  test('do not decide what of a guardrail is put up with', () => {
    const margins = [-2, 0.05].map((mean) => lines([mean, mean - 0.5], 'guardrail').told);
    expect(margins[0]).toMatch(/margin 50 %: kept/);
    expect(margins[1]).toMatch(/margin 50 %: broken/);
  });

  test('are told of one that is far from it, of either sign', () => {
    for (const mean of [10, -10]) {
      const { effect, told } = lines([mean, mean * 1.05]);
      expect(effect.relative).toBeCloseTo(0.05, 2);
      expect(effect.relativeCi).not.toBeNull();
      expect(effect).not.toHaveProperty('relativeUnknown');
      expect(told).not.toContain('not told from zero');
    }
  });
});
