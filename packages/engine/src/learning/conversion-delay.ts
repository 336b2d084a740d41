/**
 * How long conversions take, from those that have come: the share of all conversions that has come by an age. Short delays are seen
 * more often than long ones, as recent clicks have had no time for long ones; the product-limit estimator for such right-truncated
 * delays (Lagakos, Barraj and De Gruttola, Biometrika 1988) corrects for that without assuming a form:
 *
 *     F(t) = Π_{u > t} (1 − d(u)/r(u)),   d(u) delays of u,   r(u) conversions with delay ≤ u ≤ age
 *
 * F is of those conversions that come within the oldest age. With it as `seen` of an `Observation`, a click without a conversion
 * counts as one that may yet come (Chapelle, KDD 2014, whose delays are exponential), so that fresh traffic is neither
 * undercounted nor waited for. Not for delays that differ by click, but by segment.
 */
import { RialtoError } from '../base/errors.ts';
import { type Observation, UNKNOWN } from './observation.ts';

/** Clicks, and what had come of them when the log was read. */
export interface DelayedConversions {
  /** Since the click. [rows] */
  readonly ages: Float32Array;
  /** From the click to its conversion, up to its age; NaN where none has come. [rows] */
  readonly delays: Float32Array;
}

/** The share of conversions that has come by an age. */
export interface DelayCurve {
  /** Delays, rising. */
  readonly delays: Float64Array; // [steps]
  /** F from that delay on. */
  readonly shares: Float64Array; // [steps], rising to 1
}

/** Throws `bad-training-data` where a delay is longer than its age or there is no conversion. */
export function fitDelays({ ages, delays }: DelayedConversions): DelayCurve {
  const converted: number[] = [];
  delays.forEach((delay, row) => {
    if (Number.isNaN(delay)) return;
    if (!(delay >= 0 && delay <= ages[row]!))
      throw new RialtoError(
        'bad-training-data',
        `the conversion of example ${row + 1} came after ${delay}, but its age is ${ages[row]}: a delay is from 0 to the age`,
      );
    converted.push(row);
  });
  if (converted.length === 0)
    throw new RialtoError('bad-training-data', 'no conversion has come: delays cannot be learned');
  // From the longest delay down: those at risk at u came within u, and their clicks were old enough for it.
  const byDelay = Float64Array.from(converted, (row) => delays[row]!).sort();
  const byAge = Float64Array.from(converted, (row) => ages[row]!).sort();
  const steps: { delay: number; share: number }[] = [];
  let share = 1;
  let younger = byAge.length;
  for (let i = byDelay.length - 1; i >= 0; ) {
    const delay = byDelay[i]!;
    let next = i;
    while (next >= 0 && byDelay[next] === delay) next--;
    while (younger > 0 && byAge[younger - 1]! >= delay) younger--;
    steps.push({ delay, share });
    // i + 1 conversions have a delay ≤ u; of these, `younger` have an age below u.
    const atRisk = i + 1 - younger;
    share *= 1 - (i - next) / atRisk;
    i = next;
  }
  steps.reverse();
  return {
    delays: Float64Array.from(steps, ({ delay }) => delay),
    shares: Float64Array.from(steps, (step) => step.share),
  };
}

/** F(age): 0 before the shortest delay. */
export function shareCome({ delays, shares }: DelayCurve, age: number): number {
  let low = 0;
  let high = delays.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (delays[middle]! <= age) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : shares[low - 1]!;
}

/** Conversions of other segments count as so many of a segment's own. */
const POOLED_CONVERSIONS = 50;

/** Labels as far as they are known, and how much they tell. segments: a number for each group of clicks with like delays; [rows] */
export function observeConversions(conversions: DelayedConversions, segments?: Int32Array): Observation {
  const { ages, delays } = conversions;
  const pooled = fitDelays(conversions);
  const curves = segments === undefined ? new Map() : curvesBySegment(conversions, segments);
  const labels = Uint8Array.from(delays, (delay) => (Number.isNaN(delay) ? 0 : 1));
  const seen = new Float32Array(ages.length);
  ages.forEach((age, row) => {
    const all = shareCome(pooled, age);
    const own = curves.get(segments?.[row] ?? 0);
    const share =
      own === undefined
        ? all
        : (own.conversions * shareCome(own.curve, age) + POOLED_CONVERSIONS * all) /
          (own.conversions + POOLED_CONVERSIONS);
    seen[row] = Math.min(1, share);
    // Nothing could have come yet: it tells nothing.
    if (seen[row]! <= 0) {
      seen[row] = 1;
      labels[row] = labels[row] === 1 ? 1 : UNKNOWN;
    }
  });
  return { labels, seen };
}

function curvesBySegment(
  { ages, delays }: DelayedConversions,
  segments: Int32Array,
): Map<number, { curve: DelayCurve; conversions: number }> {
  const rowsOf = new Map<number, number[]>();
  segments.forEach((segment, row) => {
    if (Number.isNaN(delays[row]!)) return;
    const rows = rowsOf.get(segment);
    if (rows === undefined) rowsOf.set(segment, [row]);
    else rows.push(row);
  });
  const curves = new Map<number, { curve: DelayCurve; conversions: number }>();
  for (const [segment, rows] of rowsOf) {
    const of = (values: Float32Array): Float32Array => Float32Array.from(rows, (row) => values[row]!);
    curves.set(segment, { curve: fitDelays({ ages: of(ages), delays: of(delays) }), conversions: rows.length });
  }
  return curves;
}
