/** Files of the past that plans and priors are made from: a shop's history a unit, and the effects of past experiments. */
import { RialtoError } from '../base/errors.ts';
import type { MetricSpec } from '../experiments/metric-spec.ts';
import type { History } from '../experiments/plan.ts';
import { type ExposureFile, ExposureTable } from './exposure-table.ts';
import { outcomeMoments } from './outcome-moments.ts';
import { numbersOf, samplesOf } from './read-experiment.ts';
import { unitOutcomes } from './unit-outcomes.ts';

export interface HistoryRequest {
  readonly unit?: string | undefined;
  readonly metrics: readonly MetricSpec[];
  readonly cluster?: string | undefined;
  /** Column of days: a unit is new on its first. */
  readonly day?: string | undefined;
  /** New units a week, where there is no column of days. */
  readonly weekly?: number | undefined;
}

export async function readHistory(file: ExposureFile, request: HistoryRequest): Promise<History> {
  const { unit, metrics, cluster, day, weekly } = request;
  const labels = [cluster, day].filter((column) => column !== undefined);
  const table = await ExposureTable.open(file, { unit, variant: undefined, numbers: numbersOf(metrics), labels });
  try {
    const outcomes = await unitOutcomes(table, metrics, cluster);
    const groups = await outcomeMoments(table, outcomes.metrics, []);
    if ((groups[0]?.units ?? 0) < 2)
      throw new RialtoError(
        'bad-experiment',
        `${file.name} has ${groups[0]?.units ?? 0} units: a history needs two at least`,
      );
    const samples = samplesOf(groups, outcomes.metrics, ['all']);
    if (day === undefined) return { samples, newUnits: [(weekly ?? groups[0]!.units) / 7] };
    const label = table.labelOf.get(day)!;
    const rows = await table.rows(`SELECT ${label} AS day, count(*) AS n FROM outcomes GROUP BY 1 ORDER BY 1`);
    return { samples, newUnits: rows.map(({ n }) => Number(n)) };
  } finally {
    await table.close();
  }
}

export interface PastEffects {
  readonly effects: readonly number[];
  readonly standardErrors: readonly number[];
}

/** One experiment a row. */
export async function readPastEffects(file: ExposureFile, effect: string, error: string): Promise<PastEffects> {
  const numbers = [effect, error];
  const table = await ExposureTable.open(file, { unit: undefined, variant: undefined, numbers, labels: [] });
  try {
    const [e, s] = numbers.map((column) => table.numberOf.get(column)!);
    const rows = await table.rows(`SELECT ${e} AS effect, ${s} AS error FROM exposures`);
    const empty = rows.findIndex((row) => row['effect'] === null || row['error'] === null);
    if (empty >= 0)
      throw new RialtoError('bad-experiment', `${file.name}: row ${empty + 1} has no effect or no standard error`);
    return {
      effects: rows.map((row) => Number(row['effect'])),
      standardErrors: rows.map((row) => Number(row['error'])),
    };
  } finally {
    await table.close();
  }
}
