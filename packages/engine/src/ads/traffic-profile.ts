/**
 * What an hour of the week usually brings to a cell, from the counts of its complete days:
 *
 *     usual(d, h) = day(d) · shape(d, h)           d: day of the week, h: hour of the day, Σ_h shape = 1
 *
 * Everything is held back towards what is known better, in the manner of a gamma prior on Poisson rates: a day of the week
 * towards all days, with the week of all cells together; the shape of a day of the week towards the cell's shape of any day, that
 * towards the shape of all cells together, and that towards a flat day. Newer weeks count more. Days on which nothing at all came,
 * to any cell, were not recorded and are left out.
 */

export const DAY_HOURS = 24;
export const WEEK_DAYS = 7;

/** Of a day's weight, what it is worth a week later. */
const WEEKLY_DECAY = 0.7;
/** Requests that hold a shape back: ten for each hour. */
const SHAPE_PRIOR = 240;
/** Weeks and requests that hold a day of the week back, for its level; weeks for its shape. */
const DAY_PRIOR = 0.5;
const DAY_PRIOR_REQUESTS = 40;
const DAY_SHAPE_PRIOR = 1;

/** A row of counts by complete days, oldest first. */
export interface DayCounts {
  /** [days × 24] */
  readonly counts: Float64Array;
  /** 1 = recorded. [days] */
  readonly known: Uint8Array;
  /** The day of the week of the first of them: days since 1970 modulo 7. */
  readonly weekday: number;
}

export interface WeekProfile {
  /** Requests of a whole day. [7] */
  readonly days: Float64Array;
  /** Shares of a day, each day's sum is 1. [7 × 24] */
  readonly shapes: Float64Array;
  /** Days that it was learned from. */
  readonly learned: number;
}

export const FLAT_WEEK: WeekProfile = {
  days: new Float64Array(WEEK_DAYS).fill(1),
  shapes: new Float64Array(WEEK_DAYS * DAY_HOURS).fill(1 / DAY_HOURS),
  learned: 0,
};

/** `prior` gives the form, not the size: how the days of the week and the hours of a day relate. */
export function weekProfile({ counts, known, weekday }: DayCounts, prior: WeekProfile): WeekProfile {
  const sums = new Float64Array(WEEK_DAYS * DAY_HOURS);
  const weights = new Float64Array(WEEK_DAYS);
  const totals = new Float64Array(WEEK_DAYS);
  let learned = 0;
  for (let day = 0; day < known.length; day++) {
    if (known[day] === 0) continue;
    learned++;
    const d = (weekday + day) % WEEK_DAYS;
    const weight = WEEKLY_DECAY ** Math.floor((known.length - 1 - day) / WEEK_DAYS);
    weights[d]! += weight;
    for (let h = 0; h < DAY_HOURS; h++) {
      const count = weight * counts[day * DAY_HOURS + h]!;
      sums[d * DAY_HOURS + h]! += count;
      totals[d]! += count;
    }
  }
  const days = dayLevels(totals, weights, prior);
  return { days, shapes: dayShapes(sums, totals, { days, prior }), learned };
}

function dayLevels(totals: Float64Array, weights: Float64Array, form: WeekProfile): Float64Array {
  const usual = form.days.reduce((a, b) => a + b, 0) / WEEK_DAYS;
  const relative = form.days.map((level) => (usual > 0 ? level / usual : 1));
  let all = 0;
  let expected = 0;
  for (let d = 0; d < WEEK_DAYS; d++) {
    all += totals[d]!;
    expected += weights[d]! * relative[d]!;
  }
  const mean = expected > 0 ? all / expected : 0;
  const prior = DAY_PRIOR + (mean > 0 ? DAY_PRIOR_REQUESTS / mean : 0);
  return totals.map((total, d) => (total + prior * mean * relative[d]!) / (weights[d]! + prior));
}

function dayShapes(
  sums: Float64Array,
  totals: Float64Array,
  { days, prior }: { readonly days: Float64Array; readonly prior: WeekProfile },
): Float64Array {
  const shapes = new Float64Array(WEEK_DAYS * DAY_HOURS);
  // How the cell's hours differ from the prior's, over all days of the week.
  const factor = new Float64Array(DAY_HOURS);
  for (let h = 0; h < DAY_HOURS; h++) {
    let seen = 0;
    let expected = 0;
    for (let d = 0; d < WEEK_DAYS; d++) {
      seen += sums[d * DAY_HOURS + h]!;
      expected += totals[d]! * prior.shapes[d * DAY_HOURS + h]!;
    }
    factor[h] = (seen + SHAPE_PRIOR / DAY_HOURS) / (expected + SHAPE_PRIOR / DAY_HOURS);
  }
  for (let d = 0; d < WEEK_DAYS; d++) {
    let norm = 0;
    for (let h = 0; h < DAY_HOURS; h++) norm += prior.shapes[d * DAY_HOURS + h]! * factor[h]!;
    const strength = SHAPE_PRIOR + DAY_SHAPE_PRIOR * days[d]!;
    for (let h = 0; h < DAY_HOURS; h++) {
      const at = d * DAY_HOURS + h;
      const ofAnyDay = (prior.shapes[at]! * factor[h]!) / norm;
      shapes[at] = (sums[at]! + strength * ofAnyDay) / (totals[d]! + strength);
    }
  }
  return shapes;
}
