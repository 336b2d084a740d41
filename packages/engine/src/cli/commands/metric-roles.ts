/** The metrics that the log tells of, with the parts that an experiment's record gives them. */
import type { Experiment } from '@rialto/sdk';
import { type MetricSpec, parseMetric } from '../../experiments/metric-spec.ts';

/** `known` by name, and of `named` those that the record names. */
export function withRoles(
  { decisionMetric, guardrails = [] }: Experiment,
  known: Readonly<Record<string, string>>,
  named: Readonly<Record<string, string>>,
): MetricSpec[] {
  const asked = new Set([decisionMetric, ...guardrails.map(({ metric }) => metric)]);
  const told = [...Object.entries(known), ...Object.entries(named).filter(([name]) => asked.has(name))];
  return told.map(([name, text]) => {
    const spec = parseMetric(`${name}:${text}`);
    const rail = guardrails.find(({ metric }) => metric === name);
    if (name === decisionMetric) return { ...spec, role: 'decision' };
    if (rail === undefined) return spec;
    return {
      ...spec,
      role: 'guardrail',
      better: rail.worse === 'lower' ? 'higher' : 'lower',
      margin: rail.tolerance ?? 0,
    };
  });
}
