/**
 * Series that move alike, found by k-means over signatures: how much a series changes over 1, 2, 3 … steps and over 1, 2 … 8
 * seasons, each relative to its change over one season. A daily rhythm with weekends, one without, and a random walk differ
 * there, whatever their units. Deterministic: the centres start far from each other, not by chance.
 */

const ROUNDS = 50;
/** In standard deviations, so that one odd series makes no group of its own. */
const SIGNATURE_MAX = 3;

/** The group of each series, 0 … groups − 1; some groups may be empty. [series] */
export function groupSeries(series: readonly Float64Array[], season: number, groups: number): Int32Array {
  if (series.length === 0) return new Int32Array(0);
  const points = standardised(series.map((values) => signature(values, season)));
  const dimensions = points[0]!.length;
  let centres = startingCentres(points, Math.min(groups, points.length), dimensions);
  let assigned = assign(points, centres);
  for (let round = 0; round < ROUNDS; round++) {
    centres = centres.map((centre, g) => {
      const members = points.filter((_, i) => assigned[i] === g);
      return members.length > 0 ? meanOf(members) : centre;
    });
    const next = assign(points, centres);
    if (next.every((group, i) => group === assigned[i])) break;
    assigned = next;
  }
  return assigned;
}

function signature(values: Float64Array, season: number): Float64Array {
  const within = [1, 2, 3, Math.round(season / 4), Math.round(season / 2)];
  const across = [1, 2, 3, 4, 5, 6, 7, 8].map((seasons) => seasons * season);
  const unit = meanChange(values, season);
  return Float64Array.from([...within, ...across], (lag) => {
    const change = meanChange(values, lag) / unit;
    return Number.isFinite(change) ? change : 1;
  });
}

function meanChange(values: Float64Array, lag: number): number {
  let sum = 0;
  for (let t = lag; t < values.length; t++) sum += Math.abs(values[t]! - values[t - lag]!);
  return sum / (values.length - lag);
}

function standardised(points: readonly Float64Array[]): readonly Float64Array[] {
  const mean = meanOf(points);
  const deviation = meanOf(points.map((point) => point.map((value, j) => (value - mean[j]!) ** 2))).map(Math.sqrt);
  return points.map((point) =>
    point.map((value, j) => {
      const standard = (value - mean[j]!) / (deviation[j]! || 1);
      return Math.max(-SIGNATURE_MAX, Math.min(SIGNATURE_MAX, standard));
    }),
  );
}

/** The point nearest to the middle, then always the one farthest from all before it. */
function startingCentres(points: readonly Float64Array[], count: number, dimensions: number): Float64Array[] {
  const middle = new Float64Array(dimensions);
  const centres: Float64Array[] = [];
  const gap = new Float64Array(points.length);
  points.forEach((point, i) => {
    gap[i] = -distance(point, middle);
  });
  while (centres.length < count) {
    const next = points[gap.indexOf(gap.reduce((a, b) => Math.max(a, b)))]!;
    const first = centres.length === 0;
    centres.push(next);
    points.forEach((point, i) => {
      gap[i] = first ? distance(point, next) : Math.min(gap[i]!, distance(point, next));
    });
  }
  return centres;
}

function assign(points: readonly Float64Array[], centres: readonly Float64Array[]): Int32Array {
  return Int32Array.from(points, (point) => {
    let nearest = 0;
    for (let g = 1; g < centres.length; g++) {
      if (distance(point, centres[g]!) < distance(point, centres[nearest]!)) nearest = g;
    }
    return nearest;
  });
}

/** `points` must not be empty. */
function meanOf(points: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(points[0]!.length);
  for (const point of points) for (let j = 0; j < sum.length; j++) sum[j]! += point[j]!;
  return sum.map((value) => value / points.length);
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j]! - b[j]!) ** 2;
  return sum;
}
