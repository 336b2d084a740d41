/** A quantile metric in every arm by SQL: rows are what is ranked, units (or clusters of them) are what varies. */
import { RialtoError } from '../base/errors.ts';
import type { EstimateSample } from '../experiments/analysis.ts';
import type { MetricSpec } from '../experiments/metric-spec.ts';
import { outerProbabilities, quantileVariance, rankError } from '../statistics/clustered-quantile.ts';
import type { ExposureTable } from './exposure-table.ts';
import { quoted } from './sql-text.ts';

export async function outcomeQuantiles(
  table: ExposureTable,
  spec: MetricSpec,
  variants: readonly string[],
  cluster: string | undefined,
): Promise<EstimateSample> {
  const estimates: EstimateSample['estimates'][number][] = [];
  for (const variant of variants) estimates.push(await quantileOf(table, spec, variant, cluster));
  return { spec, estimates };
}

async function quantileOf(table: ExposureTable, spec: MetricSpec, variant: string, cluster: string | undefined) {
  const column = table.numberOf.get(spec.num)!;
  const from = `FROM exposures WHERE variant = ${quoted(variant)} AND ${column} IS NOT NULL`;
  const q = spec.q!;
  const { value } = await table.row(`SELECT quantile_cont(${column}, ${q}) AS value ${from}`);
  if (value === null)
    throw new RialtoError('bad-experiment', `metric ${spec.name}: ${spec.num} has no values in variant ${variant}`, {
      variant,
    });
  const unit = cluster === undefined ? 'unit' : table.labelOf.get(cluster)!;
  const row = await table.row(
    `SELECT count(*) AS units, avg(b) AS b, avg(k) AS k, var_samp(b) AS bb, var_samp(k) AS kk, covar_samp(b, k) AS bk FROM (SELECT CAST(count(*) FILTER (${column} <= ${Number(value)}) AS DOUBLE) AS b, CAST(count(*) AS DOUBLE) AS k ${from} GROUP BY ${unit})`,
  );
  const [units, b, k, bb, kk, bk] = ['units', 'b', 'k', 'bb', 'kk', 'bk'].map((name) => Number(row[name] ?? 0));
  if (units! < 2)
    throw new RialtoError('bad-experiment', `metric ${spec.name}: variant ${variant} has fewer than two units`, {
      variant,
    });
  const moments = { units: units!, mean: Float64Array.of(b!, k!), covariance: Float64Array.of(bb!, bk!, bk!, kk!) };
  const [low, high] = outerProbabilities(q, rankError(moments));
  const outer = await table.row(
    `SELECT quantile_cont(${column}, ${low}) AS low, quantile_cont(${column}, ${high}) AS high ${from}`,
  );
  const variance = quantileVariance(Number(outer['low']), Number(outer['high']));
  return { mean: Number(value), variance, df: units! - 1, units: units! };
}
