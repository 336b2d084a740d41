/**
 * What the guardrails of an experiment are judged by, from the log: its units' outcomes in the days after their exposure, analysed with
 * intervals that hold at every look. The lake is brought up to date first.
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RialtoError } from '../base/errors.ts';
import { TUNED_AT } from '../experiments/analysis.ts';
import { assess } from '../experiments/assess.ts';
import { CELL_METRICS, CELL_METRICS_ON_REQUEST, watchedOf } from '../experiments/guarded-metrics.ts';
import type { MetricReading } from '../experiments/guardrails.ts';
import { parseMetric } from '../experiments/metric-spec.ts';
import type { MetricResult } from '../experiments/result.ts';
import { experimentOutcomes } from '../lake/experiment-outcomes.ts';
import type { Lake } from '../lake/open-lake.ts';
import { readExperiment } from '../lake/read-experiment.ts';
import { withoutEmptyRatios } from './empty-ratios.ts';
import { openLakeQuietly } from './fresh-lake.ts';
import { readCells } from './read-cells.ts';
import { csvLines } from './result-text.ts';

const WINDOW_DAYS = 7;
const BEFORE_DAYS = 28;
const ALPHA = 0.05;

export interface Watched {
  readonly experiment: string;
  readonly control: string;
  /** What was randomised. */
  readonly unit: string;
  /** Names that `watchedOf` its units has. */
  readonly metrics: readonly string[];
  /** Variant, share. */
  readonly weights: readonly (readonly [string, number])[];
  /** Exposures of earlier versions do not count; 1 for all. */
  readonly sinceVersion: number;
  /** Of experiments by region and time. */
  readonly cells?: { readonly periodHours: number; readonly burnInMinutes: number };
}

export interface GuardReading {
  readonly experiment: string;
  /** Empty where there is nothing to compare yet. */
  readonly readings: readonly MetricReading[];
}

export async function guardReadings(directory: string, watched: readonly Watched[]): Promise<GuardReading[]> {
  const lake = await openLakeQuietly(directory);
  try {
    const found: GuardReading[] = [];
    for (const one of watched) found.push({ experiment: one.experiment, readings: await readingsOf(lake, one) });
    return found;
  } finally {
    lake.close();
  }
}

/** Too few units for an analysis are none yet. */
async function readingsOf(lake: Lake, watched: Watched): Promise<MetricReading[]> {
  try {
    const metrics = await (watched.cells === undefined ? unitsOf : cellsOf)(lake, watched);
    return metrics.flatMap(({ name, arms, effects }) => {
      const judged = effects.flatMap(({ variant, sequentialCi }) =>
        sequentialCi?.every(Number.isFinite) ? [{ variant, sequentialCi }] : [],
      );
      return judged.length === 0 ? [] : [{ name, arms, effects: judged }];
    });
  } catch (error) {
    if (error instanceof RialtoError && (error.code === 'bad-experiment' || error.code === 'no-data')) return [];
    throw error;
  }
}

async function unitsOf(lake: Lake, watched: Watched): Promise<readonly MetricResult[]> {
  const { experiment, control, unit, metrics, weights, sinceVersion } = watched;
  const request = { experiment, windowDays: WINDOW_DAYS, beforeDays: BEFORE_DAYS, sinceVersion, matured: false };
  const folder = await mkdtemp(join(tmpdir(), 'rialto-guard-'));
  try {
    const path = join(folder, 'outcomes.csv');
    await pipeline(csvLines(await experimentOutcomes(lake, request)), createWriteStream(path));
    const file = { name: `outcomes of ${experiment}`, path, format: 'csv', delimiter: ',', gzipped: false } as const;
    const specs = metrics.map((name) => parseMetric(`${name}:${watchedOf(unit)[name]}`));
    const asked = { unit: 'unit', variant: 'variant', control, dimensions: [], weights: new Map(weights) };
    const data = await withoutEmptyRatios(specs, (some) => readExperiment(file, { ...asked, metrics: some }));
    return assess(data, { alpha: ALPHA, tunedAt: TUNED_AT }).metrics;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function cellsOf(lake: Lake, watched: Watched): Promise<readonly MetricResult[]> {
  const { experiment, metrics, weights, sinceVersion, cells } = watched;
  const known = { ...CELL_METRICS, ...CELL_METRICS_ON_REQUEST };
  const reading = {
    ...{ experiment, sinceVersion, windowDays: WINDOW_DAYS, ...cells! },
    variants: weights.map(([name, weight]) => ({ name, weight })),
    metrics: metrics.map((name) => parseMetric(`${name}:${known[name]}`)),
  };
  return (await readCells(lake, reading, { alpha: ALPHA, tunedAt: TUNED_AT })).metrics;
}
