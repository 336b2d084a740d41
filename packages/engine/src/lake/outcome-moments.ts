/** Moments of the metrics' variables in every arm, and in every part of a split, by one scan in SQL. */
import type { Moments } from '../statistics/moments.ts';
import type { ExposureTable, SqlRow } from './exposure-table.ts';
import type { OutcomeMetric } from './unit-outcomes.ts';

/** One group of outcomes. */
export interface GroupMoments {
  readonly variant: string;
  /** Values of the splitting columns. */
  readonly labels: readonly string[];
  readonly units: number;
  /** [metrics] */
  readonly moments: readonly Moments[];
}

export async function outcomeMoments(
  table: ExposureTable,
  metrics: readonly OutcomeMetric[],
  labels: readonly string[],
): Promise<GroupMoments[]> {
  const aggregates = new Map<string, string>();
  const name = (sql: string): string => {
    if (!aggregates.has(sql)) aggregates.set(sql, `a${aggregates.size}`);
    return aggregates.get(sql)!;
  };
  const plans = metrics.map(({ variables }) => ({
    means: variables.map((a) => name(`avg(${a})`)),
    spreads: variables.flatMap((a, i) =>
      variables.map((b, j) =>
        i === j ? name(`var_samp(${a})`) : name(`covar_samp(${i < j ? `${a}, ${b}` : `${b}, ${a}`})`),
      ),
    ),
  }));
  const groups = ['variant', ...labels];
  const select = [...groups, 'count(*) AS n', ...[...aggregates].map(([sql, alias]) => `${sql} AS ${alias}`)];
  const rows = await table.rows(`SELECT ${select.join(', ')} FROM outcomes GROUP BY ${groups.join(', ')} ORDER BY ALL`);
  const value = (row: SqlRow, alias: string): number => Number(row[alias] ?? 0);
  return rows.map((row) => ({
    variant: String(row['variant']),
    labels: labels.map((label) => String(row[label])),
    units: Number(row['n']),
    moments: plans.map(({ means, spreads }) => ({
      units: Number(row['n']),
      mean: Float64Array.from(means, (alias) => value(row, alias)),
      covariance: Float64Array.from(spreads, (alias) => value(row, alias)),
    })),
  }));
}
