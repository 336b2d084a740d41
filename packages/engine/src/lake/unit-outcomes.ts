/**
 * Exposures as one row for each unit that was randomised, in the view `outcomes`: `variant`, the metrics' parts as numbers, and
 * the labels that split. A unit's rows are summed (a proportion: was it ever true; a covariate: its mean over the rows); with a
 * cluster column the units of a cluster are summed once more, and means become ratios of sums to counts of units.
 * Only units that have several rows are grouped: which those are is seen from hashes, which is cheap, and all the difference for
 * 20,000,000 units that are nearly all alone.
 */
import { RialtoError } from '../base/errors.ts';
import { isEstimated, type MetricSpec } from '../experiments/metric-spec.ts';
import type { MomentShape } from '../statistics/adjusted-means.ts';
import type { ExposureTable } from './exposure-table.ts';

/** A metric's columns in `outcomes`, in the order of its shape's variables. */
export interface OutcomeMetric {
  readonly spec: MetricSpec;
  readonly shape: MomentShape;
  readonly variables: readonly string[];
  readonly stratum: string | undefined;
  readonly cappedAt: number | undefined;
}

export interface Outcomes {
  readonly metrics: readonly OutcomeMetric[];
  /** Splitting column → its column in `outcomes`. */
  readonly labels: ReadonlyMap<string, string>;
  readonly oneRowAUnit: boolean;
}

type Aggregate = 'sum' | 'max' | 'avg';

/** What a unit has of a column: u0, u1, …, from its only row or from all of them. */
class UnitTerms {
  readonly single: string[] = [];
  readonly grouped: string[] = [];
  readonly #names = new Map<string, string>();
  readonly #table: ExposureTable;

  constructor(table: ExposureTable) {
    this.#table = table;
  }

  add(column: string, aggregate: Aggregate): string {
    const key = `${aggregate} ${column}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = `u${this.#names.size}`;
    const cell = this.#table.numberOf.get(column)!;
    const missing = this.#table.profiles.get(column)!.missing > 0;
    const present = (value: string): string => `${missing ? `coalesce(${value}, 0)` : value} AS ${name}`;
    this.single.push(present(cell));
    this.grouped.push(present(`${aggregate}(${cell})`));
    this.#names.set(key, name);
    return name;
  }
}

interface Planned {
  readonly spec: MetricSpec;
  readonly num: string;
  readonly den: string | undefined;
  readonly covariates: readonly string[];
  readonly covariateDen: string | undefined;
}

export async function unitOutcomes(
  table: ExposureTable,
  specs: readonly MetricSpec[],
  cluster: string | undefined,
): Promise<Outcomes> {
  const terms = new UnitTerms(table);
  const planned = specs.filter((spec) => !isEstimated(spec)).map((spec) => plan(spec, terms));
  const oneRowAUnit = await gatherUnits(table, terms);
  const capped = await capTerms(table, planned);
  const metrics = cluster === undefined ? await plainOutcomes(table, capped) : await clustered(table, capped, cluster);
  return { metrics, labels: table.labelOf, oneRowAUnit };
}

const labelOrEmpty = (sql: string, name: string): string => `coalesce(${sql}, '(empty)') AS ${name}`;

function plan(spec: MetricSpec, terms: UnitTerms): Planned {
  return {
    spec,
    num: terms.add(spec.num, spec.kind === 'proportion' ? 'max' : 'sum'),
    den: spec.den === undefined ? undefined : terms.add(spec.den, 'sum'),
    covariates: spec.covariates.map((column) => terms.add(column, 'avg')),
    covariateDen: spec.covariateDen === undefined ? undefined : terms.add(spec.covariateDen, 'avg'),
  };
}

/** The view `units`; whether no unit has two rows. */
async function gatherUnits(table: ExposureTable, terms: UnitTerms): Promise<boolean> {
  const labels = [...table.labelOf.values()];
  const alone = [...labels.map((label) => labelOrEmpty(label, label)), ...terms.single];
  await table.rows(
    'CREATE TABLE repeated AS SELECT hash(unit) AS h, count(*) AS n FROM exposures GROUP BY h HAVING count(*) > 1',
  );
  const { rows, again } = await table.row(
    'SELECT (SELECT count(*) FROM exposures) AS rows, (SELECT coalesce(sum(n), 0) FROM repeated) AS again',
  );
  if (Number(again) === 0) {
    await table.rows(`CREATE VIEW units AS SELECT ${['unit', 'variant', ...alone].join(', ')} FROM exposures`);
    return true;
  }
  const several = [
    'unit',
    'min(variant) AS variant',
    'max(variant) AS last_variant',
    ...labels.map((label) => labelOrEmpty(`min(${label})`, label)),
    ...terms.grouped,
  ].join(', ');
  const single = ['unit', 'variant', 'variant AS last_variant', ...alone].join(', ');
  const mostlyAlone = Number(again) * 2 < Number(rows);
  await table.keep(
    'units',
    mostlyAlone
      ? `SELECT ${single} FROM exposures ANTI JOIN repeated ON hash(unit) = h UNION ALL SELECT ${several} FROM exposures SEMI JOIN repeated ON hash(unit) = h GROUP BY unit`
      : `SELECT ${several} FROM exposures GROUP BY unit`,
  );
  await table.rows('DROP TABLE repeated');
  await mustNotCross(table, 'units', 'unit');
  return false;
}

/** A unit, or a cluster, belongs to one arm. */
async function mustNotCross(table: ExposureTable, view: string, what: string): Promise<void> {
  const { crossing, example, one, other } = await table.row(
    `SELECT count(*) AS crossing, any_value(${what}) AS example, any_value(variant) AS one, any_value(last_variant) AS other FROM ${view} WHERE variant <> last_variant`,
  );
  if (crossing === 0n) return;
  throw new RialtoError(
    'bad-experiment',
    `${String(crossing)} ${what}s are in two arms, such as ${String(example)} in ${String(one)} and ${String(other)}: a ${what} must keep its variant; correct the assignment, or leave such ${what}s out`,
    { count: Number(crossing) },
  );
}

interface Capped extends Planned {
  readonly cappedAt: number | undefined;
  /** Unit's term → its SQL. */
  readonly value: (term: string) => string;
}

/** Numerators and covariates of capped metrics get their quantile as the most they can be. */
async function capTerms(table: ExposureTable, planned: readonly Planned[]): Promise<Capped[]> {
  const quantiles = new Map<string, number>();
  const capOf = async (term: string, quantile: number): Promise<number> => {
    const key = `${term} ${quantile}`;
    if (!quantiles.has(key)) {
      const row = await table.row(`SELECT quantile_cont(${term}, ${quantile}) AS cap FROM units`);
      quantiles.set(key, Number(row['cap']));
    }
    return quantiles.get(key)!;
  };
  const out: Capped[] = [];
  for (const one of planned) {
    const { cap } = one.spec;
    if (cap === undefined) {
      out.push({ ...one, cappedAt: undefined, value: (term) => term });
      continue;
    }
    const caps = new Map<string, number>();
    for (const term of [one.num, ...(one.covariateDen === undefined ? one.covariates : [])])
      caps.set(term, await capOf(term, cap));
    const value = (term: string): string => (caps.has(term) ? `least(${term}, ${caps.get(term)!})` : term);
    out.push({ ...one, cappedAt: caps.get(one.num)!, value });
  }
  return out;
}

async function plainOutcomes(table: ExposureTable, capped: readonly Capped[]): Promise<OutcomeMetric[]> {
  await table.rows('CREATE VIEW outcomes AS SELECT * FROM units');
  return capped.map(({ spec, num, den, covariates, covariateDen, cappedAt, value }) => ({
    spec,
    shape: { ratio: den !== undefined, covariates: covariates.length, covariateRatio: covariateDen !== undefined },
    variables: [num, den, ...covariates, covariateDen].flatMap((term) => (term === undefined ? [] : [value(term)])),
    stratum: spec.stratum === undefined ? undefined : table.labelOf.get(spec.stratum)!,
    cappedAt,
  }));
}

/** The units of a cluster summed; every metric is a ratio then. */
async function clustered(table: ExposureTable, capped: readonly Capped[], cluster: string): Promise<OutcomeMetric[]> {
  const sums: string[] = [];
  const sum = (sql: string): string => {
    sums.push(`sum(${sql}) AS k${sums.length}`);
    return `k${sums.length - 1}`;
  };
  const metrics = capped.map(({ spec, num, den, covariates, covariateDen, cappedAt, value }) => {
    const single = covariates.length === 1;
    return {
      spec,
      shape: { ratio: true, covariates: covariates.length, covariateRatio: single },
      variables: [
        sum(value(num)),
        den === undefined ? 'n_units' : sum(den),
        ...covariates.map((term) => sum(value(term))),
        ...(single ? [covariateDen === undefined ? 'n_units' : sum(covariateDen)] : []),
      ],
      stratum: spec.stratum === undefined ? undefined : table.labelOf.get(spec.stratum)!,
      cappedAt,
    };
  });
  const key = table.labelOf.get(cluster)!;
  const labels = [...table.labelOf.values()].filter((label) => label !== key);
  const select = [
    `${key} AS cluster`,
    'min(variant) AS variant',
    'max(variant) AS last_variant',
    ...labels.map((label) => `min(${label}) AS ${label}`),
    'CAST(count(*) AS DOUBLE) AS n_units',
    ...sums,
  ];
  await table.keep('outcomes', `SELECT ${select.join(', ')} FROM units GROUP BY ${key}`);
  await mustNotCross(table, 'outcomes', 'cluster');
  return metrics;
}
