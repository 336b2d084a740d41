/**
 * What an experiment by region and time says. With a few periods or more it is a switchback: what differs between regions, and between
 * seasons, is taken out. With fewer, whole regions are compared: a cluster experiment. The cells are what was dealt, so they are the
 * clusters that errors are of, and what the randomisation test deals again.
 *
 * Seasons are the periods themselves where there are regions enough to compare within each; else the time of day, or the day of the
 * week, where it came round often enough to be known; else none. Not for effects that last beyond the burn-in.
 */
import { RialtoError } from '../base/errors.ts';
import { normalCdf, studentQuantile } from '../statistics/distributions.ts';
import { type AnalysisOptions, corrected, effectOf, TUNED_AT } from './analysis.ts';
import { concluded, reading } from './assess.ts';
import { type CellEffect, cellEffect, cellMean, type Redealing } from './cell-metric.ts';
import type { MetricSpec } from './metric-spec.ts';
import type { Check, EffectResult, ExperimentResult, MetricResult } from './result.ts';
import { ratioCheck } from './trust-checks.ts';

export interface CellData {
  readonly region: readonly string[]; // [cells]
  /** Since 1970. */
  readonly period: Int32Array; // [cells]
  readonly variant: readonly string[]; // [cells]
  /** By name: [cells] */
  readonly columns: Readonly<Record<string, Float64Array>>;
  readonly periodHours: number;
  /** The first is the control. */
  readonly variants: readonly { readonly name: string; readonly weight: number }[];
  readonly metrics: readonly MetricSpec[];
  readonly notes: readonly string[];
  /** Periods that were not lived as a whole: their cells say nothing of sums a cell, and as much as ever of ratios. */
  readonly partial?: ReadonlySet<number>;
}

export type Season = 'period' | 'time-of-day' | 'day-of-week' | 'none';

export interface CellResult extends ExperimentResult {
  readonly design: 'switchback' | 'cluster';
  readonly regions: number;
  readonly periods: number;
  readonly cells: number;
  /** What was taken out of the cells' values beside the regions' own level. */
  readonly season: Season;
  /** Assignments that the randomisation test drew. */
  readonly draws: number;
}

/** A region has to be seen this often before its own level is taken out. */
const PERIODS_MIN = 4;
/** Regions for periods to be compared within, and rounds for a season to be known. */
const REGIONS_MIN = 4;
const ROUNDS_MIN = 3;
/** Of each variant: errors from fewer are not to be relied on. */
const CELLS_MIN = 5;
const CELLS_TUNED_AT = 200;
const DRAWS_MAX = 999;
const DRAWS_MIN = 199;
/** Cells × draws, which is what the randomisation test costs. */
const DRAWN_CELLS = 1_000_000;
const RANDOMISATION_SEED = 1;
/** Standard errors, beyond which tails are too small to be told apart. */
const REACH_MAX = 6;
const HOURS_PER_DAY = 24;
const DAYS_PER_WEEK = 7;

/** Throws `bad-experiment` where there are too few cells, `bad-request` for metrics that cells do not have. */
export function cellResult(data: CellData, options: AnalysisOptions): CellResult {
  const { variants, region, period, metrics } = data;
  for (const metric of metrics) mustBeOfCells(metric, data);
  const layout = layoutOf(data);
  const counts = variants.map(({ name }) => data.variant.filter((one) => one === name).length);
  mustBeEnough(data, counts, layout);
  const draws = Math.max(DRAWS_MIN, Math.min(DRAWS_MAX, Math.floor(DRAWN_CELLS / region.length)));
  const tunedAt = options.tunedAt === TUNED_AT ? CELLS_TUNED_AT : options.tunedAt;
  const context = { data, layout, options: { ...options, tunedAt }, redealing: { draws, seed: RANDOMISATION_SEED } };
  const leftOut: string[] = [];
  const read = metrics.flatMap((spec) => {
    const metric = metricOf(spec, context);
    if (metric === undefined) leftOut.push(spec.name);
    return metric ?? [];
  });
  const dealt = { variants: variants.map(({ name }) => name), units: counts, weights: variants.map((v) => v.weight) };
  const { ratio, check } = ratioCheck(dealt);
  const told = read.map(({ metric }) => metric);
  const result = concluded(
    {
      ratio,
      needed: [check],
      more: [
        ...read.flatMap(({ metric }) => redealtChecks(metric, options.alpha, draws)),
        ...notesOf(data, layout, leftOut).map(reading),
      ],
      metrics: options.correction === undefined ? told : corrected(told, options.correction),
      arms: variants.map(({ name }, i) => ({ variant: name, units: counts[i]! })),
      control: variants[0]!.name,
      dimensions: [],
    },
    options,
  );
  const { design, regions, periods, season } = layout;
  return { design, regions, periods, cells: period.length, season, draws, ...result };
}

interface Layout {
  readonly design: 'switchback' | 'cluster';
  readonly regions: number;
  readonly periods: number;
  readonly season: Season;
  readonly regionOf: Int32Array; // [cells]
  readonly seasonOf: Int32Array; // [cells]
}

function layoutOf({ region, period, periodHours }: CellData): Layout {
  const [regions, periods] = [new Set(region).size, new Set(period).size];
  const cells = period.length;
  const design = periods >= PERIODS_MIN && cells >= 2 * regions ? 'switchback' : 'cluster';
  const regionOf = design === 'switchback' ? numbered(region) : new Int32Array(region.length);
  const dense = cells >= 2 * (regions + periods) || design === 'cluster';
  const season = regions >= REGIONS_MIN && dense ? 'period' : recurring(periodHours, periods);
  const aDay = HOURS_PER_DAY / periodHours;
  const seasonOf: Readonly<Record<Season, () => Int32Array>> = {
    period: () => numbered(period),
    'time-of-day': () => numbered(period.map((one) => one % aDay)),
    'day-of-week': () => numbered(period.map((one) => one % DAYS_PER_WEEK)),
    none: () => new Int32Array(period.length),
  };
  return { design, regions, periods, season, regionOf, seasonOf: seasonOf[season]() };
}

/** What comes round, where it did so often enough. */
function recurring(periodHours: number, periods: number): Season {
  const aDay = HOURS_PER_DAY / periodHours;
  if (aDay > 1 && Number.isInteger(aDay) && periods >= ROUNDS_MIN * aDay) return 'time-of-day';
  return aDay === 1 && periods >= ROUNDS_MIN * DAYS_PER_WEEK ? 'day-of-week' : 'none';
}

/** Groups as 0, 1, … */
function numbered(values: Iterable<string | number>): Int32Array {
  const numbers = new Map<string | number, number>();
  return Int32Array.from(values, (value) => {
    const known = numbers.get(value) ?? numbers.size;
    numbers.set(value, known);
    return known;
  });
}

interface Context {
  readonly data: CellData;
  readonly layout: Layout;
  readonly options: AnalysisOptions;
  readonly redealing: Redealing;
}

/** Where periods are compared with each other, and not regions within each. */
const skipsPartial = ({ design, season }: Layout): boolean => design === 'switchback' && season !== 'period';

/** Undefined where an arm has too few cells with anything of the denominator. */
function metricOf(spec: MetricSpec, { data, layout, options, redealing }: Context) {
  const num = data.columns[spec.num]!;
  const den = spec.den === undefined ? new Float64Array(num.length).fill(1) : data.columns[spec.den]!;
  const [control, ...others] = data.variants.map(({ name }) => name) as [string, ...string[]];
  const skips = spec.den === undefined && skipsPartial(layout);
  const whole = (cell: number): boolean => !skips || !(data.partial?.has(data.period[cell]!) ?? false);
  const isOf = (name: string) => (cell: number) => data.variant[cell] === name && den[cell]! > 0 && whole(cell);
  const arms = [control, ...others].map((variant) => ({ variant, ...cellMean(num, den, isOf(variant)) }));
  if (arms.some(({ cells }) => cells < CELLS_MIN)) return undefined;
  const adjusted = new Map<string, number>();
  const effects = others.map((variant): EffectResult => {
    const taken = [...num.keys()].filter((cell) => isOf(control)(cell) || isOf(variant)(cell));
    const effect = cellEffect(
      {
        value: Float64Array.from(taken, (cell) => num[cell]! / den[cell]!),
        ...(spec.den !== undefined && { weight: Float64Array.from(taken, (cell) => den[cell]!) }),
        treated: Uint8Array.from(taken, (cell) => (data.variant[cell] === variant ? 1 : 0)),
        region: numbered(taken.map((cell) => layout.regionOf[cell]!)),
        season: numbered(taken.map((cell) => layout.seasonOf[cell]!)),
      },
      options.alpha,
      redealing,
    );
    adjusted.set(variant, effect.treatedMean);
    if (others.length === 1) adjusted.set(control, effect.controlMean);
    return told(variant, effect, { spec, units: taken.length, options });
  });
  const { name, kind, role, better, margin } = spec;
  const metric: MetricResult = {
    ...{ name, kind, role, better, margin },
    arms: arms.map(({ variant, cells, mean, standardError }) => ({
      variant,
      units: cells,
      mean,
      ...(adjusted.has(variant) && { adjustedMean: adjusted.get(variant)! }),
      standardError,
    })),
    effects,
  };
  return { metric };
}

function told(
  variant: string,
  effect: CellEffect,
  context: { readonly spec: MetricSpec; readonly units: number; readonly options: AnalysisOptions },
): EffectResult {
  const own = { ...context, control: effect.controlMean };
  const whole = effectOf(variant, effect, own);
  const wide = effectOf(variant, { ...effect, standardError: effect.standardError * widening(whole, effect) }, own);
  const { sequentialCi, sequentialP } = wide;
  return { ...whole, sequentialCi, sequentialP, randomisationP: effect.randomisationP };
}

/** Sequences are of normal means; of a few cells the errors have Student's t, which reaches further for the same chance. */
function widening({ sequentialCi, absolute }: EffectResult, { standardError, df }: CellEffect): number {
  if (standardError === 0) return 1;
  const reach = Math.min(REACH_MAX, (sequentialCi[1] - absolute) / standardError);
  return -studentQuantile(normalCdf(-reach), df) / reach;
}

function redealtChecks({ name, effects }: MetricResult, alpha: number, draws: number): Check[] {
  return effects.map(({ variant, p, randomisationP }) => {
    const passed = p >= alpha || randomisationP! < alpha;
    const found = passed
      ? 'agrees with the interval'
      : 'sees no effect where the interval does: there are too few cells for the interval';
    const message = `${name} of ${variant}: dealing the cells again ${draws} times ${found}`;
    return { name: 'randomisation', passed, p: randomisationP!, message };
  });
}

const SEASONS: Readonly<Record<Season, string>> = {
  period: ', each period',
  'time-of-day': ', each time of day',
  'day-of-week': ', each day of the week',
  none: '',
};

function notesOf({ period, notes, metrics, partial }: CellData, layout: Layout, leftOut: readonly string[]): string[] {
  const sums = metrics.filter(({ den }) => den === undefined).map(({ name }) => name);
  const { design, regions, periods, season } = layout;
  const level = design === 'switchback' ? 'each region' : '';
  const taken = `${level}${SEASONS[season]}`.replace(/^, /, '');
  return [
    `units are cells of region × period: ${period.length} of ${regions} regions and ${periods} periods, read as a ${design}`,
    ...(taken === '' ? [] : [`taken out of the cells' values: the level of ${taken}`]),
    ...notes,
    ...(partial !== undefined && partial.size > 0 && sums.length > 0 && skipsPartial(layout)
      ? [`periods that began before the experiment or are not over, left out of ${sums.join(', ')}: ${partial.size}`]
      : []),
    ...(leftOut.length > 0 ? [`left out, in fewer than ${CELLS_MIN} cells of a variant: ${leftOut.join(', ')}`] : []),
  ];
}

function mustBeOfCells({ name, kind, num, den, ...rest }: MetricSpec, { columns }: CellData): void {
  const known = Object.keys(columns).join(', ');
  const unknown = [num, den].find((column) => column !== undefined && !Object.hasOwn(columns, column));
  if (unknown !== undefined)
    throw new RialtoError(
      'bad-request',
      `metric ${name}: cells have no column ${JSON.stringify(unknown)}; they have ${known}`,
    );
  if (kind !== 'ratio' && kind !== 'mean')
    throw new RialtoError(
      'bad-request',
      `metric ${name}: of cells of region and time there are kind=ratio and kind=mean, not ${kind}`,
    );
  if (rest.covariates.length > 0 || rest.cap !== undefined || rest.stratum !== undefined)
    throw new RialtoError(
      'bad-request',
      `metric ${name}: cells have neither cap, covariate nor stratum; regions and seasons are taken out as they are`,
    );
}

function mustBeEnough({ variants, periodHours }: CellData, counts: readonly number[], layout: Layout): void {
  const few = counts.findIndex((count) => count < CELLS_MIN);
  if (few < 0) return;
  const { regions, periods } = layout;
  throw new RialtoError(
    'bad-experiment',
    `variant ${JSON.stringify(variants[few]!.name)} has ${counts[few]} cells of region × period, of ${CELLS_MIN} needed: there are ${regions} regions in ${periods} periods of ${periodHours} hours; run longer, or deal more regions or shorter periods`,
  );
}
