/**
 * How many requests came to each placement in each hour, and what is to be expected of the rest of a day: the same hours of
 * the days before, scaled by how today compares so far.
 */
import { float64Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { MILLIS_PER_DAY, type Millis } from '../base/units.ts';

const HOUR_MS = 3_600_000;
const HOURS = 24;
/** Of yesterday's picture, what stays when a day is over. */
const KEEP = 0.6;
/** Ordinary hours that today's are weighed against. */
const PRIOR_HOURS = 2;
/** Of an average hour's requests: counts below it say little. */
const PRIOR_HOURS_SHARE = 0.1;
/** How much of the last hour's surprise an hour more leaves. */
const FADE = 0.5;
const NOTHING = new Float64Array(HOURS);

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export class TrafficCounts implements Part {
  readonly #total = float64Column(); // [placements]
  readonly #today = float64Column(); // [placements × HOURS]
  /** Usual requests of each hour, 0 before the first day is over. [placements × HOURS] */
  readonly #usual = float64Column();
  #day = -1;
  #minute = -1;
  readonly #cached: (Float64Array | undefined)[] = []; // [placements]

  /** A request for the placement. Time never goes back: an earlier one counts for the latest hour. */
  observe(placement: number, at: Millis): void {
    const day = Math.floor(at / MILLIS_PER_DAY);
    if (day > this.#day) this.#turn(day);
    this.#total.resize(placement + 1);
    this.#today.resize((placement + 1) * HOURS);
    this.#usual.resize((placement + 1) * HOURS);
    this.#total.data[placement]!++;
    const hour = day < this.#day ? HOURS - 1 : Math.floor(at / HOUR_MS) % HOURS;
    this.#today.data[placement * HOURS + hour]!++;
  }

  #turn(day: number): void {
    const first = this.#usual.data.every((count) => count === 0);
    for (let i = 0; i < this.#usual.length; i++) {
      const seen = this.#today.data[i]!;
      this.#usual.data[i] = first ? seen : KEEP * this.#usual.data[i]! + (1 - KEEP) * seen;
    }
    this.#today.data.fill(0);
    this.#day = day;
    this.#minute = -1;
  }

  total(placement: number): number {
    return placement < this.#total.length ? this.#total.data[placement]! : 0;
  }

  /** Expected requests in the whole of each hour, from the present one to the end of the UTC day, made once a minute. [24] */
  hours(placement: number, at: Millis): Float64Array {
    const minute = Math.floor(at / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#cached.fill(undefined);
    }
    this.#cached[placement] ??= this.#forecast(placement, at);
    return this.#cached[placement]!;
  }

  #forecast(placement: number, at: Millis): Float64Array {
    const hours = new Float64Array(HOURS);
    if (placement >= this.#total.length) return hours;
    const now = Math.floor(at / HOUR_MS) % HOURS;
    const part = (at % HOUR_MS) / HOUR_MS;
    const usual = this.#usual.data.subarray(placement * HOURS, (placement + 1) * HOURS);
    const today = this.#today.data.subarray(placement * HOURS, (placement + 1) * HOURS);
    const seen = Math.floor(at / MILLIS_PER_DAY) === this.#day ? today : NOTHING;
    const known = usual.some((count) => count > 0);
    if (!known) {
      const total = seen.reduce((a, b) => a + b);
      for (let hour = now; hour < HOURS; hour++) hours[hour] = total / Math.max(0.01, now + part);
      return hours;
    }
    const smoothing = PRIOR_HOURS_SHARE * (usual.reduce((a, b) => a + b) / HOURS);
    const logs = Array.from({ length: now }, (_, hour) =>
      Math.log((seen[hour]! + smoothing) / (usual[hour]! + smoothing)),
    );
    // The day's level by the median, which a shock of some hours does not move; what is recent fades from it.
    const level = (median(logs) * logs.length) / (logs.length + PRIOR_HOURS);
    const before = now > 0 ? 1 - part : 0;
    const lately =
      (seen[now]! + before * (seen[now - 1] ?? 0) + smoothing) /
      (part * usual[now]! + before * (usual[now - 1] ?? 0) + smoothing);
    for (let hour = now; hour < HOURS; hour++) {
      const recent = (Math.log(lately) - level) * FADE ** (hour - now);
      hours[hour] = usual[hour]! * Math.exp(level + recent);
    }
    return hours;
  }

  save(out: SnapshotWriter): void {
    this.#total.save(out, 'traffic.total');
    this.#today.save(out, 'traffic.today');
    this.#usual.save(out, 'traffic.usual');
    out.json('traffic.day', this.#day);
  }

  load(from: SnapshotReader): void {
    this.#total.load(from, 'traffic.total');
    this.#today.load(from, 'traffic.today');
    this.#usual.load(from, 'traffic.usual');
    this.#day = from.json<number>('traffic.day');
  }
}
