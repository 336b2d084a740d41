import type { Experiment } from '@rialto/sdk';
import { expect, test } from 'vitest';
import { judgeGuardrails, type MetricReading, stopReasonOf } from './guardrails.ts';

const experiment: Experiment = {
  id: 'e',
  unit: 'buyer',
  variants: [
    { name: 'control', weight: 0.5 },
    { name: 'treatment', weight: 0.5 },
  ],
  guardrails: [
    { metric: 'orders', worse: 'lower', tolerance: 0.02 },
    { metric: 'latency', worse: 'higher' },
  ],
};

const reading = (name: string, mean: number, ...sequentialCi: [number, number]): MetricReading => ({
  name,
  arms: [
    { variant: 'control', mean },
    { variant: 'treatment', mean: mean + (sequentialCi[0] + sequentialCi[1]) / 2 },
  ],
  effects: [{ variant: 'treatment', sequentialCi }],
});

test.each([
  // Tolerated: 2 % of 10.
  ['orders', reading('orders', 10, -0.5, -0.21), 1],
  ['orders', reading('orders', 10, -0.5, -0.19), 0],
  ['orders', reading('orders', 10, 0.5, 0.9), 0],
  ['orders', reading('orders', -10, -0.5, -0.21), 1],
  ['latency', reading('latency', 80, 0.1, 3), 1],
  ['latency', reading('latency', 80, -0.1, 3), 0],
  ['latency', reading('latency', 80, -3, -1), 0],
])('%s: %j makes %i breaches', (_, metric, count) => {
  expect(judgeGuardrails(experiment, [metric]).breaches).toHaveLength(count);
});

test('says what was broken, and what nobody measured', () => {
  const { breaches, missing } = judgeGuardrails(experiment, [reading('orders', 10, -0.5, -0.3)]);
  expect(stopReasonOf(breaches)).toBe('guardrail: orders of treatment: effect -0.5 to -0.3, all below -0.2');
  expect(missing).toEqual(['latency']);
});
