/** A file of exposures and outcomes as the data of an experiment: opened, checked, aggregated. */
import { RialtoError } from '../base/errors.ts';
import type { MeanSample, MetricSample } from '../experiments/analysis.ts';
import type { ExperimentData, Split } from '../experiments/experiment-data.ts';
import type { Funnel } from '../experiments/funnel.ts';
import { isEstimated, type MetricSpec } from '../experiments/metric-spec.ts';
import type { Moments } from '../statistics/moments.ts';
import { type ExposureFile, ExposureTable } from './exposure-table.ts';
import { type GroupMoments, outcomeMoments } from './outcome-moments.ts';
import { outcomeQuantiles } from './outcome-quantiles.ts';
import { outcomeTimes } from './outcome-times.ts';
import { type OutcomeMetric, type Outcomes, unitOutcomes } from './unit-outcomes.ts';

export interface ExperimentRequest {
  /** Every row is a unit where absent. */
  readonly unit?: string | undefined;
  readonly variant: string;
  readonly control: string;
  readonly metrics: readonly MetricSpec[];
  /** Of a file of events; their steps are among the metrics. */
  readonly funnels?: readonly Funnel[] | undefined;
  /** Variant → share. Equal where absent. */
  readonly weights?: ReadonlyMap<string, number> | undefined;
  readonly cluster?: string | undefined;
  readonly dimensions: readonly string[];
  /** Of the exposure. */
  readonly day?: string | undefined;
  readonly onStep?: ((step: string) => void) | undefined;
}

const VARIANTS_MAX = 50;
const PARTS_MAX = 200;

export async function readExperiment(file: ExposureFile, request: ExperimentRequest): Promise<ExperimentData> {
  const { unit, variant, metrics, cluster, dimensions, day, onStep, funnels = [] } = request;
  const numbers = numbersOf(metrics);
  const strata = metrics.flatMap(({ stratum }) => optional(stratum));
  const labels = [...strata, ...optional(cluster), ...dimensions, ...optional(day)];
  onStep?.('reading the columns');
  const table = await ExposureTable.open(file, { unit, variant, numbers, labels, funnels });
  try {
    const { variants, control } = await variantsOf(table, request);
    if (cluster !== undefined && metrics.some(({ kind }) => kind === 'survival'))
      throw bad('survival of clusters is not supported: leave out --cluster, or the metric');
    mustBeProportions(table, metrics);
    onStep?.('gathering units');
    const counted = await withBase(table, metrics, variants);
    const outcomes = await unitOutcomes(table, counted, cluster);
    return await gather(table, outcomes, { request: { ...request, metrics: counted }, variants, control });
  } finally {
    await table.close();
  }
}

/** Without steps of funnels whose step before nobody of an arm did: they are shares of nothing. */
async function withBase(
  table: ExposureTable,
  metrics: readonly MetricSpec[],
  variants: readonly string[],
): Promise<readonly MetricSpec[]> {
  const steps = metrics.flatMap(({ funnel, den }) => (funnel === undefined ? [] : optional(den)));
  if (steps.length === 0) return metrics;
  const sums = steps.map((column, i) => `sum(${table.numberOf.get(column)!}) AS s${i}`);
  const rows = await table.rows(`SELECT variant, ${sums.join(', ')} FROM exposures GROUP BY variant`);
  const empty = new Set(
    steps.filter((_, i) =>
      variants.some((one) => !rows.some((row) => row['variant'] === one && Number(row[`s${i}`]) > 0)),
    ),
  );
  return metrics.filter(({ funnel, den }) => funnel === undefined || den === undefined || !empty.has(den));
}

const optional = (column: string | undefined): string[] => (column === undefined ? [] : [column]);

/** The columns that are counted. */
export function numbersOf(metrics: readonly MetricSpec[]): string[] {
  return metrics.flatMap(({ num, den, event, covariates, covariateDen }) => [
    num,
    ...optional(event),
    ...optional(den),
    ...covariates,
    ...optional(covariateDen),
  ]);
}

interface Reading {
  readonly request: ExperimentRequest;
  readonly variants: readonly string[];
  readonly control: number;
}

async function gather(table: ExposureTable, outcomes: Outcomes, reading: Reading): Promise<ExperimentData> {
  const { request, variants, control } = reading;
  request.onStep?.('aggregating');
  const { units, samples } = await wholeSamples(table, outcomes, reading);
  for (const [i, n] of units.entries()) {
    if (n < 2)
      throw bad(
        `variant ${variants[i]} has ${n} ${request.cluster === undefined ? 'unit' : 'cluster'}: an arm needs two at least`,
      );
  }
  const splits: Split[] = [];
  for (const dimension of request.dimensions) splits.push(await splitBy(table, outcomes, dimension, variants));
  const days = request.day === undefined ? undefined : await splitBy(table, outcomes, request.day, variants);
  return {
    variants,
    control,
    units,
    weights: variants.map((variant) => request.weights?.get(variant) ?? 1 / variants.length),
    samples,
    splits,
    ...(days !== undefined && { days }),
    notes: notesOf(table, outcomes, request),
  };
}

/** In the order of the request's metrics. */
async function wholeSamples(table: ExposureTable, { metrics }: Outcomes, { request, variants }: Reading) {
  const byStratum = new Map<string | undefined, OutcomeMetric[]>([[undefined, []]]);
  for (const metric of metrics) byStratum.set(metric.stratum, [...(byStratum.get(metric.stratum) ?? []), metric]);
  const found = new Map<MetricSpec, MetricSample>();
  let units: number[] = [];
  for (const [stratum, members] of byStratum) {
    const groups = await outcomeMoments(table, members, stratum === undefined ? [] : [stratum]);
    for (const [i, sample] of samplesOf(groups, members, variants).entries()) found.set(members[i]!.spec, sample);
    if (stratum === undefined)
      units = variants.map((variant) => groups.find((group) => group.variant === variant)?.units ?? 0);
  }
  for (const sample of found.values()) mustHaveDenominators(sample as MeanSample, variants);
  for (const spec of request.metrics) {
    if (spec.kind === 'survival') found.set(spec, await outcomeTimes(table, spec, variants));
    if (spec.kind === 'quantile') found.set(spec, await outcomeQuantiles(table, spec, variants, request.cluster));
  }
  return { units, samples: request.metrics.map((spec) => found.get(spec)!) };
}

/** Groups by (variant, stratum) or (variant) as samples. */
export function samplesOf(
  groups: readonly GroupMoments[],
  metrics: readonly OutcomeMetric[],
  variants: readonly string[],
): MeanSample[] {
  const strata = [...new Set(groups.map(({ labels }) => labels.join('\0')))].sort();
  const at = new Map(groups.map((group) => [`${group.variant}\0\0${group.labels.join('\0')}`, group]));
  return metrics.map(({ spec, shape, variables, cappedAt }, m) => ({
    spec,
    shape,
    cappedAt,
    arms: variants.map((variant) =>
      strata.map((stratum) => at.get(`${variant}\0\0${stratum}`)?.moments[m] ?? nothing(variables.length)),
    ),
  }));
}

const nothing = (size: number): Moments => ({
  units: 0,
  mean: new Float64Array(size),
  covariance: new Float64Array(size * size),
});

async function splitBy(
  table: ExposureTable,
  { metrics, labels }: Outcomes,
  dimension: string,
  variants: readonly string[],
): Promise<Split> {
  const groups = await outcomeMoments(table, metrics, [labels.get(dimension)!]);
  const values = [...new Set(groups.map(({ labels: [value] }) => value!))].sort(byNumberOrText);
  if (values.length > PARTS_MAX)
    throw bad(`column ${dimension} has ${values.length} different values: a split needs at most ${PARTS_MAX}`);
  const parts = values.map((value) => {
    const here = groups.filter(({ labels: [label] }) => label === value).map((group) => ({ ...group, labels: [] }));
    return { value, samples: samplesOf(here, metrics, variants) };
  });
  return { dimension, parts };
}

const byNumberOrText = (a: string, b: string): number => Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0);

async function variantsOf(table: ExposureTable, { unit, variant, control, weights }: ExperimentRequest) {
  const rows = await table.rows(
    'SELECT variant, count(*) AS n, count(*) FILTER (unit IS NULL) AS nobody FROM exposures GROUP BY variant ORDER BY variant',
  );
  if (rows.length === 0) throw bad('the file has no rows');
  const nameless = rows.find((row) => row['variant'] === null);
  if (nameless !== undefined) throw bad(`${String(nameless['n'])} rows have no variant in column ${variant}`);
  const nobody = rows.reduce((sum, row) => sum + Number(row['nobody']), 0);
  if (nobody > 0) throw bad(`${nobody} rows have no unit in column ${unit!}`);
  const variants = rows.map((row) => String(row['variant']));
  if (variants.length > VARIANTS_MAX)
    throw bad(`column ${variant} has ${variants.length} different values: is it the variant's?`);
  const at = variants.indexOf(control);
  if (at < 0)
    throw bad(`there is no variant ${JSON.stringify(control)} in column ${variant}; there are ${variants.join(', ')}`);
  mustFit(variants, weights);
  if (variants.length < 2)
    throw bad(`column ${variant} holds one variant only, ${control}: there is nothing to compare`);
  return { variants, control: at };
}

function mustFit(variants: readonly string[], weights: ReadonlyMap<string, number> | undefined): void {
  if (weights === undefined) return;
  // What is dealt to nobody needs none.
  const empty = [...weights].find(([name, weight]) => weight > 0 && !variants.includes(name))?.[0];
  if (empty !== undefined)
    throw bad(`variant ${empty} has a weight but no units; there are units of ${variants.join(', ')}`);
  const without = variants.find((name) => !weights.has(name));
  if (without !== undefined) throw bad(`variant ${without} has units but no weight: name it in --weights`);
}

function mustBeProportions(table: ExposureTable, metrics: readonly MetricSpec[]): void {
  for (const { name, kind, num } of metrics) {
    const { binary, min, max } = table.profiles.get(num)!;
    if (kind === 'proportion' && !binary)
      throw bad(
        `metric ${name} is a proportion, but column ${num} holds other values than 0 and 1 (${min} to ${max}): use kind=mean`,
      );
  }
}

function mustHaveDenominators({ spec, shape, arms }: MeanSample, variants: readonly string[]): void {
  if (!shape.ratio) return;
  for (const [i, strata] of arms.entries()) {
    if (strata.every(({ mean, units }) => units === 0 || mean[1] === 0))
      throw bad(`metric ${spec.name}: the denominator ${spec.den} sums to 0 in variant ${variants[i]}`);
  }
}

function notesOf(table: ExposureTable, { oneRowAUnit }: Outcomes, { metrics, unit }: ExperimentRequest): string[] {
  const missing = [...table.profiles].filter(([, profile]) => profile.missing > 0);
  const counted = missing.map(([column, profile]) => `${profile.missing} empty cells of ${column} count as 0`);
  const adds = oneRowAUnit || metrics.every(isEstimated);
  return adds
    ? counted
    : [...counted, `rows with the same ${unit!} were summed; a proportion asks whether it was ever true`];
}

const bad = (message: string): RialtoError => new RialtoError('bad-experiment', message);
