/**
 * What a metric is, and its text form for the command line: `NAME:kind=proportion|mean|ratio|quantile,num=COL,den=COL,…`.
 *
 *   proportion  share of units for which the column was ever true or 1
 *   mean        sum of the column a unit, averaged over units
 *   ratio       sum of `num` over sum of `den`, units being what was randomised
 *   quantile    the q-th quantile of the column's rows, units being what was randomised
 *   survival    mean time until `event`, up to `horizon`: `num` is the time of the event, or until the unit left without it
 */
import { RialtoError } from '../base/errors.ts';

export const METRIC_KINDS = ['proportion', 'mean', 'ratio', 'quantile', 'survival'] as const;
export type MetricKind = (typeof METRIC_KINDS)[number];
export type MetricRole = 'decision' | 'guardrail' | 'metric';

export interface MetricSpec {
  readonly name: string;
  readonly kind: MetricKind;
  readonly num: string;
  /** Of a ratio. */
  readonly den?: string;
  /** Units' values above this quantile of theirs, over all arms, count as that quantile. */
  readonly cap?: number;
  /** Columns known before the exposure: CUPED, or CUPAC where one is a model's prediction. */
  readonly covariates: readonly string[];
  /** The single covariate is a ratio too, with this denominator. */
  readonly covariateDen?: string;
  /** Which quantile. */
  readonly q?: number;
  /** Of survival: whether it happened, and up to when time counts. */
  readonly event?: string;
  readonly horizon?: number;
  /** Post-stratification by this column. */
  readonly stratum?: string;
  readonly role: MetricRole;
  readonly better: 'higher' | 'lower';
  /** Of a guardrail: the relative harm that is put up with. */
  readonly margin: number;
  /** Of a funnel: its name, and the step that is counted. */
  readonly funnel?: string;
  readonly step?: string;
}

const KEYS = [
  ...['kind', 'num', 'den', 'cap', 'covariate', 'covariateDen', 'q', 'event', 'horizon', 'stratum'],
  ...['role', 'better', 'margin'],
];
const EXAMPLE = 'revenue:kind=mean,num=spend,cap=.99,covariate=spend_before';

/** Throws `bad-request`, saying which part of the text cannot be. */
export function parseMetric(text: string): MetricSpec {
  const colon = /^(.+?):([A-Za-z]+\s*=.*)$/s.exec(text);
  if (colon === null) throw badMetric(text, `it must read NAME:key=value,…, such as ${EXAMPLE}`);
  const fields = new Map<string, string>();
  for (const pair of colon[2]!.split(',')) {
    const [key = '', ...rest] = pair.split('=').map((part) => part.trim());
    const value = rest.join('=');
    if (!KEYS.includes(key)) throw badMetric(text, `${JSON.stringify(key)} is not one of ${KEYS.join(', ')}`);
    if (value === '') throw badMetric(text, `${key} has no value`);
    if (fields.has(key)) throw badMetric(text, `${key} is given twice`);
    fields.set(key, value);
  }
  return checked({
    name: colon[1]!.trim(),
    kind: kindOf(text, fields.get('kind') ?? 'mean'),
    num: fields.get('num') ?? '',
    covariates:
      fields
        .get('covariate')
        ?.split('+')
        .map((column) => column.trim()) ?? [],
    role: oneOf(text, 'role', fields.get('role') ?? 'metric', ['decision', 'guardrail', 'metric'] as const),
    better: oneOf(text, 'better', fields.get('better') ?? 'higher', ['higher', 'lower'] as const),
    margin: numberOf(text, 'margin', fields.get('margin') ?? '0', 0, 1),
    ...(fields.has('den') && { den: fields.get('den')! }),
    ...(fields.has('cap') && { cap: numberOf(text, 'cap', fields.get('cap')!, 0.5, 1) }),
    ...(fields.has('covariateDen') && { covariateDen: fields.get('covariateDen')! }),
    ...(fields.has('q') && { q: numberOf(text, 'q', fields.get('q')!, 0, 1) }),
    ...(fields.has('event') && { event: fields.get('event')! }),
    ...(fields.has('horizon') && { horizon: numberOf(text, 'horizon', fields.get('horizon')!, 0, 1e15) }),
    ...(fields.has('stratum') && { stratum: fields.get('stratum')! }),
  });
}

function checked(spec: MetricSpec): MetricSpec {
  const { name, kind, num, den, q, covariates, covariateDen, cap, stratum } = spec;
  if (num === '') throw badMetric(name, 'it has no num: name the column that is counted');
  if (kind === 'ratio' && den === undefined)
    throw badMetric(name, 'it is a ratio without a denominator: name its column with den=COL');
  if (kind !== 'ratio' && den !== undefined)
    throw badMetric(name, `a ${kind} has no denominator: it is over units; for ${num} over ${den} use kind=ratio`);
  if ((kind === 'quantile') !== (q !== undefined))
    throw badMetric(name, kind === 'quantile' ? 'it is a quantile without q, such as q=.9' : `a ${kind} has no q`);
  mustHaveTimes(spec);
  if (isEstimated(spec) && (covariates.length > 0 || cap !== undefined || stratum !== undefined))
    throw badMetric(name, `a ${kind} is neither capped nor adjusted: leave out cap, covariate and stratum`);
  if (kind === 'proportion' && cap !== undefined) throw badMetric(name, 'a proportion cannot be capped');
  if (covariateDen !== undefined && covariates.length !== 1)
    throw badMetric(name, 'covariateDen goes with exactly one covariate');
  return spec;
}

/** Metrics that are not made of moments. */
export const isEstimated = ({ kind }: MetricSpec): boolean => kind === 'quantile' || kind === 'survival';

function mustHaveTimes({ name, kind, event, horizon }: MetricSpec): void {
  if (kind === 'survival' && (event === undefined || horizon === undefined))
    throw badMetric(name, 'survival needs event=COLUMN and horizon=TIME, in the unit of num');
  if (kind !== 'survival' && (event !== undefined || horizon !== undefined))
    throw badMetric(name, `a ${kind} has neither event nor horizon: they belong to kind=survival`);
}

function kindOf(text: string, value: string): MetricKind {
  const found = METRIC_KINDS.find((kind) => kind === value);
  // A funnel is read before, where it is one.
  if (found === undefined) throw badMetric(text, `kind=${value} is not one of ${METRIC_KINDS.join(', ')}, funnel`);
  return found;
}

function oneOf<T extends string>(text: string, key: string, value: string, among: readonly T[]): T {
  const found = among.find((one) => one === value);
  if (found === undefined) throw badMetric(text, `${key}=${value} is not one of ${among.join(', ')}`);
  return found;
}

function numberOf(text: string, key: string, value: string, from: number, to: number): number {
  const number = Number(value);
  if (!(number >= from && number < to) || (key !== 'margin' && number === 0))
    throw badMetric(text, `${key}=${value} is not a number between ${from} and ${to}`);
  return number;
}

const badMetric = (metric: string, what: string): RialtoError =>
  new RialtoError('bad-request', `metric ${JSON.stringify(metric)}: ${what}`, { path: 'metric', metric });
