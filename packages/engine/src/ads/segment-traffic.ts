/**
 * How many requests came to each segment of a placement in each UTC hour: a cell for every placement, country and device that was
 * seen together. A forecast of any of them, or of all cells that share what is asked for, is that of their summed counts, so its
 * interval is that of the sum and not a sum of intervals.
 *
 * Once there are `SEGMENTS_MAX` cells, what would be a new one counts as of an unknown country and device: placements stay exact.
 */
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { MILLIS_PER_HOUR, type Millis, millis } from '../base/units.ts';
import { HourlyCounts } from './hourly-counts.ts';
import { TrafficForecast } from './traffic-forecast.ts';

/** 4 KB each. */
const SEGMENTS_MAX = 4_096;
const WEEKS = 6;
/** No id and no country holds it. */
const SEPARATOR = '\n';
/** Cells of the forecast that is made for a question. */
const ASKED = 0;
const OTHERS = 1;

export interface Segment {
  readonly placement: string;
  /** '' where it is not known. */
  readonly country: string;
  readonly device: string;
}

/** What is asked for: all that is given must agree. */
export type SegmentFilter = Pick<Segment, 'placement'> & Partial<Segment>;

export interface SegmentOutlook {
  /** Its cell 0 is what was asked for. */
  readonly forecast: TrafficForecast;
  /** Requests that are remembered, and the hours of the first and the last; -1 where there are none. */
  readonly requests: number;
  readonly firstHour: number;
  readonly lastHour: number;
}

export class SegmentTraffic implements Part {
  readonly #names = new Interner('segment-traffic.names');
  readonly #counts = new HourlyCounts(WEEKS, 'segment-traffic');

  observe({ placement, country, device }: Segment, at: Millis): void {
    this.#counts.add(this.#cellOf(placement, country, device), at);
  }

  #cellOf(placement: string, country: string, device: string): number {
    const name = placement + SEPARATOR + country + SEPARATOR + device;
    const known = this.#names.find(name);
    if (known >= 0) return known;
    return this.#names.intern(this.#names.size < SEGMENTS_MAX ? name : placement + SEPARATOR + SEPARATOR);
  }

  /** The countries and devices that have been seen on a placement. */
  segmentsOf(placement: string): Segment[] {
    return Array.from({ length: this.#names.size }, (_, cell) => segmentOf(this.#names.text(cell))).filter(
      (segment) => segment.placement === placement,
    );
  }

  outlook(filter: SegmentFilter): SegmentOutlook {
    const span = this.#counts.span;
    const lastHour = this.#counts.lastHour(-1);
    const from = Math.max(0, lastHour - span + 1);
    const all = new Float64Array(span);
    this.#counts.read(-1, from, all);
    const asked = this.#summed(filter, from);
    const forecast = new TrafficForecast({ weeks: WEEKS });
    let [requests, first, last] = [0, -1, -1];
    for (let i = 0; i < span; i++) {
      const at = millis((from + i) * MILLIS_PER_HOUR);
      if (all[i]! > asked[i]!) forecast.observe(OTHERS, at, all[i]! - asked[i]!);
      if (asked[i] === 0) continue;
      forecast.observe(ASKED, at, asked[i]!);
      requests += asked[i]!;
      if (first < 0) first = from + i;
      last = from + i;
    }
    return { forecast, requests, firstHour: first, lastHour: last };
  }

  #summed({ placement, country, device }: SegmentFilter, from: number): Float64Array {
    const sum = new Float64Array(this.#counts.span);
    const one = new Float64Array(this.#counts.span);
    for (let cell = 0; cell < this.#names.size; cell++) {
      const segment = segmentOf(this.#names.text(cell));
      if (segment.placement !== placement) continue;
      if ((country ?? segment.country) !== segment.country || (device ?? segment.device) !== segment.device) continue;
      this.#counts.read(cell, from, one);
      for (let i = 0; i < sum.length; i++) sum[i]! += one[i]!;
    }
    return sum;
  }

  save(out: SnapshotWriter): void {
    this.#names.save(out);
    this.#counts.save(out);
  }

  load(from: SnapshotReader): void {
    this.#names.load(from);
    this.#counts.load(from);
  }
}

function segmentOf(name: string): Segment {
  const [placement = '', country = '', device = ''] = name.split(SEPARATOR);
  return { placement, country, device };
}
