/**
 * Forecasts how many requests will come to a cell (a placement and segment) in each of the next hours, as a pure function of its
 * hourly counts:
 *
 *     expected(t) = usual(t) · exp(level + recent · FADE^(t − now))
 *
 * usual: what the hour of the week brings (`traffic-profile.ts`); level: how the last days compared with it, by a median that a
 * holiday or an outage does not move, corrected by today's hours as far as they are worth; recent: what the last hours differ from
 * that, which fades. An interval's width comes from how the cell's own past hours scattered around its profile and days, and
 * from the Poisson noise of small counts.
 *
 * Hours and days are UTC. Cheap enough to be asked once a minute for each campaign. For planning over many series at once, with
 * time to learn, `learning/forecast-panel.ts` is more exact.
 */

import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { Millis } from '../base/units.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import { HourlyCounts } from './hourly-counts.ts';
import { DAY_HOURS, type DayCounts, FLAT_WEEK, WEEK_DAYS, type WeekProfile, weekProfile } from './traffic-profile.ts';

export interface HourlyForecast {
  /** Requests still to come in the present hour, then those of the hours after it. [hours] */
  readonly mean: Float64Array;
  /** 80 % of hours are expected between low and high, which are whole requests. */
  readonly low: Float64Array; // [hours]
  readonly high: Float64Array; // [hours]
}

export interface TotalForecast {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface TrafficForecastOptions {
  /** Weeks that are remembered. */
  readonly weeks?: number;
}

const WEEKS = 6;
const ALL = -1;
/** Of the last days, how many say where the level is. */
const LEVEL_DAYS = 7;
/** Days without a difference that these are weighed against. */
const LEVEL_PRIOR_DAYS = 0.5;
/** How much more a median scatters than a mean: π / 2. */
const MEDIAN_VARIANCE = 1.57;
/** How much of the last hours' surprise an hour more leaves. */
const FADE = 0.7;
/** Of the last hour's weight in that surprise, what the hour before it has. */
const LATE_KEEP = 0.4;
/** Of an hour's scatter, what does not go on into the next hour. */
const LATE_NOISE = 0.1;
/** Of what today differs from the days before, how much is expected of later days. */
const SHIFT_KEPT = 0.5;
/** Days differ by this much, in logarithms, until a cell has shown its own. */
const DAY_SPREAD = 0.15;
const SPREAD_PRIOR_DAYS = 4;
/** Hours scatter by this much around their day, until a cell has shown its own. */
const HOUR_SPREAD = 0.2;
const HOUR_PRIOR = 24;
/** No day so far was a thousand times the usual. */
const LOG_MAX = 7;
/** 80 % of a Laplace distribution lie within so many standard deviations: errors are more peaked than normal ones. */
const INTERVAL_Z = 1.138;
/** The same of a normal one, for the noise of counting. */
const POISSON_Z = 1.2816;
/** Hours near each other err alike: the variance of their sum is so much more than the sum of variances. */
const SUM_INFLATION = 6;

/** What a forecast of one cell needs, made from its counts at one time. */
interface Outlook {
  readonly profile: WeekProfile;
  /** Logarithms of what today, and later days, are of the usual. */
  readonly level: number;
  readonly laterLevel: number;
  readonly recent: number;
  /** The present day. */
  readonly today: number;
  /** Standard deviations, in logarithms: of the rest of today, of a later day, of an hour around its day. */
  readonly todaySpread: number;
  readonly daySpread: number;
  readonly hourSpread: number;
}

export class TrafficForecast implements Part {
  readonly #counts: HourlyCounts;
  readonly #read: Float64Array; // [span]

  constructor({ weeks = WEEKS }: TrafficForecastOptions = {}) {
    this.#counts = new HourlyCounts(weeks);
    this.#read = new Float64Array(this.#counts.span);
  }

  observe(cell: number, at: Millis, count = 1): void {
    this.#counts.add(cell, at, count);
  }

  /** Requests that have ever come to the cell. */
  total(cell: number): number {
    return this.#counts.total(cell);
  }

  /** What pacing asks: requests until the end of the UTC day, and in an hour like the present one. */
  today(cell: number, at: Millis): { readonly rest: number; readonly hourly: number } {
    const outlook = this.#outlook(cell, at);
    const now = Math.floor(at / MILLIS_PER_HOUR);
    const hourly = expectedAt(outlook, now, 0);
    let rest = hourly * (1 - (at % MILLIS_PER_HOUR) / MILLIS_PER_HOUR);
    for (let k = 1; k < DAY_HOURS - (now % DAY_HOURS); k++) rest += expectedAt(outlook, now + k, k);
    return { rest, hourly };
  }

  forecast(cell: number, from: Millis, hours: number): HourlyForecast {
    const outlook = this.#outlook(cell, from);
    const now = Math.floor(from / MILLIS_PER_HOUR);
    const today = Math.floor(now / DAY_HOURS);
    const forecast = { mean: new Float64Array(hours), low: new Float64Array(hours), high: new Float64Array(hours) };
    for (let k = 0; k < hours; k++) {
      const share = k === 0 ? 1 - (from % MILLIS_PER_HOUR) / MILLIS_PER_HOUR : 1;
      const mean = share * expectedAt(outlook, now + k, k);
      const day = Math.floor((now + k) / DAY_HOURS) === today ? outlook.todaySpread : outlook.daySpread;
      const spread = mean * Math.hypot(day, outlook.hourSpread);
      const reach = Math.hypot(POISSON_Z * Math.sqrt(mean), INTERVAL_Z * spread);
      forecast.mean[k] = mean;
      forecast.low[k] = Math.max(0, Math.floor(mean - reach));
      forecast.high[k] = Math.ceil(mean + reach);
    }
    return forecast;
  }

  /** All that is to come within the next hours: hours of one day err together, so their intervals cannot just be added. */
  forecastTotal(cell: number, from: Millis, hours: number): TotalForecast {
    const outlook = this.#outlook(cell, from);
    const now = Math.floor(from / MILLIS_PER_HOUR);
    const today = Math.floor(now / DAY_HOURS);
    let mean = 0;
    let variance = 0;
    let spread = 0;
    for (let k = 0; k < hours; k++) {
      const share = k === 0 ? 1 - (from % MILLIS_PER_HOUR) / MILLIS_PER_HOUR : 1;
      const here = share * expectedAt(outlook, now + k, k);
      mean += here;
      variance += here + SUM_INFLATION * (here * outlook.hourSpread) ** 2;
      spread += here * (Math.floor((now + k) / DAY_HOURS) === today ? outlook.todaySpread : outlook.daySpread);
    }
    const reach = INTERVAL_Z * Math.sqrt(variance + spread * spread);
    return { mean, low: Math.max(0, mean - reach), high: mean + reach };
  }

  /** Of the requests of the UTC day of `at`, the share that is still to come: 1 at its start, 0 at its end. */
  shareLeft(cell: number, at: Millis): number {
    const now = Math.floor(at / MILLIS_PER_HOUR);
    const start = now - (now % DAY_HOURS);
    const seen = new Float64Array(now - start + 1);
    this.#counts.read(cell, start, seen);
    const before = seen.reduce((a, b) => a + b, 0);
    const { rest } = this.today(cell, at);
    // Where nothing is known the day is flat.
    if (before + rest <= 0) return 1 - (at / MILLIS_PER_HOUR - start) / DAY_HOURS;
    return rest / (before + rest);
  }

  #outlook(cell: number, at: Millis): Outlook {
    const now = Math.floor(at / MILLIS_PER_HOUR);
    const today = Math.floor(now / DAY_HOURS);
    const prior = weekProfile(this.#days(ALL, today), FLAT_WEEK);
    const days = this.#days(cell, today);
    const profile = weekProfile(days, prior);
    // Hours after the last record are not empty but unknown: a forecast may begin in the future.
    const until = Math.min(now, this.#counts.lastHour(ALL));
    const seen = new Float64Array(Math.max(0, until - today * DAY_HOURS + 1));
    this.#counts.read(cell, today * DAY_HOURS, seen);
    const part = until === now ? (at % MILLIS_PER_HOUR) / MILLIS_PER_HOUR : 1;
    const first = this.#counts.firstHour(cell);
    if (profile.learned === 0) return newcomer(prior, { seen, today, part }, first);
    const past = pastLevels(days, profile);
    return withToday(profile, past, { seen, today, part });
  }

  /** The complete days before `today` that are remembered and on which the cell was there. */
  #days(cell: number, today: number): DayCounts {
    const remembered = this.#counts.span / DAY_HOURS - 1;
    const first = this.#counts.firstHour(cell);
    const from = first < 0 ? today : Math.max(today - remembered, Math.ceil(first / DAY_HOURS));
    const length = Math.max(0, today - from);
    const all = this.#read.subarray(0, length * DAY_HOURS);
    this.#counts.read(ALL, from * DAY_HOURS, all);
    const known = new Uint8Array(length);
    for (let day = 0; day < length; day++) {
      for (let h = 0; h < DAY_HOURS && known[day] === 0; h++) if (all[day * DAY_HOURS + h]! > 0) known[day] = 1;
    }
    const counts = new Float64Array(length * DAY_HOURS);
    if (cell === ALL) counts.set(all);
    else this.#counts.read(cell, from * DAY_HOURS, counts);
    return { counts, known, weekday: weekdayOf(from) };
  }

  save(out: SnapshotWriter): void {
    this.#counts.save(out);
  }

  load(from: SnapshotReader): void {
    this.#counts.load(from);
  }
}

const weekdayOf = (day: number): number => ((day % WEEK_DAYS) + WEEK_DAYS) % WEEK_DAYS;

function expectedAt(outlook: Outlook, hour: number, ahead: number): number {
  const { profile, recent } = outlook;
  const day = Math.floor(hour / DAY_HOURS);
  const weekday = weekdayOf(day);
  const level = day === outlook.today ? outlook.level : outlook.laterLevel;
  const usual = profile.days[weekday]! * profile.shapes[weekday * DAY_HOURS + (hour % DAY_HOURS)]!;
  return usual * Math.exp(level + recent * FADE ** ahead);
}

/** A cell without a complete day: today's requests so far, by the usual shape of all cells. */
function newcomer(prior: WeekProfile, { seen, today, part }: Today, first: number): Outlook {
  const weekday = weekdayOf(today);
  const since = Math.max(0, first - today * DAY_HOURS);
  let count = 0;
  let share = 0;
  for (let h = since; h < seen.length; h++) {
    count += seen[h]!;
    share += (h === seen.length - 1 ? part : 1) * prior.shapes[weekday * DAY_HOURS + h]!;
  }
  // The first minutes would promise too much: a cell is taken to be at least an hour old.
  const daily = first < 0 ? 0 : count / Math.max(share, 1 / DAY_HOURS);
  const profile = { ...prior, days: relativeDays(prior).map((relative) => relative * daily) };
  return {
    today,
    profile,
    level: 0,
    laterLevel: 0,
    recent: 0,
    todaySpread: 2 * DAY_SPREAD,
    daySpread: 4 * DAY_SPREAD,
    hourSpread: HOUR_SPREAD,
  };
}

function relativeDays({ days }: WeekProfile): Float64Array {
  const mean = days.reduce((a, b) => a + b, 0) / WEEK_DAYS;
  return days.map((level) => (mean > 0 ? level / mean : 1));
}

interface PastLevels {
  readonly level: number;
  readonly daySpread: number;
  readonly hourSpread: number;
}

function pastLevels({ counts, known, weekday }: DayCounts, profile: WeekProfile): PastLevels {
  const logs: number[] = [];
  let squares = SPREAD_PRIOR_DAYS * DAY_SPREAD ** 2;
  let pairs = SPREAD_PRIOR_DAYS;
  let hourSquares = HOUR_PRIOR * HOUR_SPREAD ** 2;
  let hours = HOUR_PRIOR;
  let before: number | undefined;
  let counted = 0;
  for (let day = Math.max(0, known.length - 2 * LEVEL_DAYS); day < known.length; day++) {
    if (known[day] === 0) continue;
    const d = (weekday + day) % WEEK_DAYS;
    let total = 0;
    for (let h = 0; h < DAY_HOURS; h++) total += counts[day * DAY_HOURS + h]!;
    const log = Math.log((total + 1) / (profile.days[d]! + 1));
    // The noise of counting is not the day's.
    if (before !== undefined) squares += Math.max(0, Math.min(1, (log - before) ** 2) - 2 / (total + 1));
    if (before !== undefined) pairs++;
    before = log;
    if (day >= known.length - LEVEL_DAYS) {
      logs.push(log);
      counted += total;
    }
    for (let h = 0; h < DAY_HOURS; h++) {
      const expected = total * profile.shapes[d * DAY_HOURS + h]!;
      const error = counts[day * DAY_HOURS + h]! - expected;
      // In units of traffic, so that the hours that matter decide.
      const weight = DAY_HOURS * profile.shapes[d * DAY_HOURS + h]!;
      hourSquares += weight * Math.max(0, Math.min(1, (error / (expected + 1)) ** 2) - 1 / (expected + 1));
      hours += weight;
    }
  }
  const variance = squares / pairs;
  const noise = (variance * LEVEL_PRIOR_DAYS) / Math.max(1, logs.length) + MEDIAN_VARIANCE / (counted + 1);
  const level = (median(logs) * variance) / (variance + noise);
  return { level, daySpread: Math.sqrt(variance), hourSpread: Math.sqrt(hourSquares / hours) };
}

interface Today {
  /** The hours of today that have begun, as far as there are records. */
  readonly seen: Float64Array;
  readonly today: number;
  /** Of the last of them, the part that is over. */
  readonly part: number;
}

function withToday(profile: WeekProfile, past: PastLevels, { seen, today, part }: Today): Outlook {
  const weekday = weekdayOf(today);
  let counted = 0;
  let expected = 0;
  let lateCounted = 0;
  let lateExpected = 0;
  const day = profile.days[weekday]! * Math.exp(past.level);
  for (let h = 0; h < seen.length; h++) {
    const share = h === seen.length - 1 ? part : 1;
    const usual = share * day * profile.shapes[weekday * DAY_HOURS + h]!;
    counted += seen[h]!;
    expected += usual;
    const keep = LATE_KEEP ** (seen.length - 1 - h);
    lateCounted += keep * seen[h]!;
    lateExpected += keep * usual;
  }
  const dayVariance = past.daySpread ** 2;
  const seenShare = day > 0 ? expected / day : 0;
  const noise = 1 / (expected + 1) + past.hourSpread ** 2 / Math.max(1e-9, DAY_HOURS * seenShare);
  const trust = dayVariance / (dayVariance + noise);
  const shift = trust * Math.log((counted + 1) / (expected + 1));
  const level = clamp(past.level + shift);
  const lateNoise = 1 / (lateExpected + 1) + past.hourSpread ** 2 * LATE_NOISE;
  const lateTrust = past.hourSpread ** 2 / (past.hourSpread ** 2 + lateNoise);
  const recent = lateTrust * (Math.log((lateCounted + 1) / (lateExpected + 1)) - shift);
  return {
    today,
    profile,
    level,
    laterLevel: clamp(past.level + SHIFT_KEPT * shift),
    recent: clamp(recent),
    todaySpread: past.daySpread * Math.sqrt(1 - trust),
    daySpread: past.daySpread,
    hourSpread: past.hourSpread,
  };
}

function clamp(log: number): number {
  return Math.max(-LOG_MAX, Math.min(LOG_MAX, log));
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
