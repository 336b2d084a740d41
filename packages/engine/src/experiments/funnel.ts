/**
 * Funnels: how many units did the steps in their order, each after the one before and all within so many hours of the first. A unit may begin
 * again: its furthest counts. In text, `NAME:kind=funnel,steps=view>cart-add>purchase,hours=24`, with `event=COL,at=COL` for the columns of
 * a file that has a row for each event. Each step becomes a proportion of all units, and of those who did the step before.
 */
import { RialtoError } from '../base/errors.ts';
import { type MetricSpec, parseMetric } from './metric-spec.ts';

export interface Funnel {
  readonly name: string;
  /** In their order. */
  readonly steps: readonly string[];
  readonly hours: number;
  /** Columns of a file of events; absent where the log is asked. */
  readonly event?: string;
  readonly at?: string;
  readonly role: MetricSpec['role'];
}

const STEPS_MIN = 2;
const STEPS_MAX = 10;
const HOURS = 24;
const HOURS_MAX = 24 * 365;
const KEYS = ['kind', 'steps', 'hours', 'event', 'at', 'role'];
const ROLES = ['decision', 'guardrail', 'metric'] as const;

export interface ParsedMetrics {
  /** Those of funnels too, in order. */
  readonly metrics: readonly MetricSpec[];
  readonly funnels: readonly Funnel[];
}

/** Throws `bad-request`, saying which part of the text cannot be. */
export function parseMetrics(texts: readonly string[]): ParsedMetrics {
  const funnels: Funnel[] = [];
  const metrics = texts.flatMap((text) => {
    if (!/[:,]\s*kind\s*=\s*funnel\s*(,|$)/.test(text)) return [parseMetric(text)];
    const funnel = parseFunnel(text);
    funnels.push(funnel);
    return funnelMetrics(funnel);
  });
  return { metrics, funnels };
}

export function parseFunnel(text: string): Funnel {
  const colon = /^(.+?):([A-Za-z]+\s*=.*)$/s.exec(text);
  const bad = (what: string): RialtoError =>
    new RialtoError('bad-request', `funnel ${JSON.stringify(text)}: ${what}`, { path: 'metric', metric: text });
  if (colon === null) throw bad('it must read NAME:kind=funnel,steps=view>cart-add>purchase,hours=24');
  const fields = new Map(
    colon[2]!.split(',').map((pair) => {
      const [key = '', ...rest] = pair.split('=').map((part) => part.trim());
      if (!KEYS.includes(key)) throw bad(`${JSON.stringify(key)} is not one of ${KEYS.join(', ')}`);
      return [key, rest.join('=')] as const;
    }),
  );
  const steps = (fields.get('steps') ?? '').split('>').map((step) => step.trim());
  if (steps.length < STEPS_MIN || steps.length > STEPS_MAX || steps.includes(''))
    throw bad(`it needs ${STEPS_MIN} to ${STEPS_MAX} steps in their order, such as steps=view>cart-add>purchase`);
  const hours = Number(fields.get('hours') ?? HOURS);
  if (!(hours > 0 && hours <= HOURS_MAX)) throw bad(`hours=${fields.get('hours')} is not a number up to ${HOURS_MAX}`);
  const [event, at] = [fields.get('event'), fields.get('at')];
  if ((event === undefined) !== (at === undefined)) throw bad('event and at go together: the columns of what and when');
  const role = ROLES.find((one) => one === (fields.get('role') ?? 'metric'));
  if (role === undefined) throw bad(`role=${fields.get('role')} is not one of ${ROLES.join(', ')}`);
  const columns = event !== undefined && at !== undefined ? { event, at } : {};
  return { name: colon[1]!.trim(), steps, hours, role, ...columns };
}

/** The column of 0 and 1 that says whether a unit did the first `count` steps. */
export const stepColumn = ({ name }: Pick<Funnel, 'name'>, count: number): string => `${name}.${count}`;

/** Of all units by step, and of those of the step before. The last step has the funnel's role. */
function funnelMetrics(funnel: Funnel): MetricSpec[] {
  const { name, steps, role } = funnel;
  const usual = { covariates: [], better: 'higher', margin: 0, role: 'metric' } as const;
  return steps.flatMap((step, i): MetricSpec[] => {
    const num = stepColumn(funnel, i + 1);
    const last = i === steps.length - 1 ? { role } : {};
    const of = { funnel: name, step };
    const reached: MetricSpec = { ...usual, ...of, ...last, name: `${name}: ${step}`, kind: 'proportion', num };
    if (i === 0) return [reached];
    const den = stepColumn(funnel, i);
    const after = `${name}: ${step} of ${steps[i - 1]}`;
    return [reached, { ...usual, ...of, name: after, kind: 'ratio', num, den }];
  });
}
