/** The state as pacing sees it: what campaigns have spent and may spend, and the traffic that they can win. */

import type { AdBooks } from '../ads/ad-books.ts';
import { leftMicros } from '../ads/campaign-limits.ts';
import type { PacedCampaigns, TrafficOutlook } from '../ads/pacing.ts';
import { shareMax } from '../ads/pacing-method.ts';
import { inSchedule } from '../ads/schedule.ts';
import type { TrafficForecast } from '../ads/traffic-forecast.ts';
import { float64Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, MILLIS_PER_DAY, MILLIS_PER_HOUR, type Millis } from '../base/units.ts';
import type { Market } from '../market/market.ts';

const MINUTE_MS = 60_000;
const HOURS = 24;
/** All hours of a day. */
const ALL = 2 ** HOURS - 1;

/** The parts of the state that pacing reads. */
interface Parts {
  readonly market: Market;
  readonly books: AdBooks;
  readonly traffic: TrafficForecast;
}

export class PacedMarket implements PacedCampaigns, TrafficOutlook, Part {
  readonly #state: Parts;
  readonly #madeAt = float64Column(-1); // [placements], in minutes
  readonly #hours = float64Column(); // [placements × HOURS]

  constructor(state: Parts) {
    this.#state = state;
  }

  get size(): number {
    return this.#state.market.campaigns.size;
  }

  spentMicros(campaign: number, at: Millis): number {
    return this.#state.books.ledger.spentMicros(campaign, dayOf(at));
  }

  leftMicros(campaign: number, at: Millis): number {
    const { market, books } = this.#state;
    return leftMicros(market.campaigns, books, campaign, at);
  }

  shareMax(campaign: number): number {
    return shareMax(campaign, this.#state.market.campaigns);
  }

  passed(campaign: number): number {
    let total = 0;
    this.#eachPlacement(campaign, (placement) => {
      total += this.#state.traffic.total(placement);
    });
    return total;
  }

  outlook(campaign: number, at: Millis, weights: Float64Array): { rest: number; hourly: number } {
    const now = Math.floor(at / MILLIS_PER_HOUR) % HOURS;
    const open = this.#openHours(campaign, at);
    const { startsAt, endsAt } = this.#state.market.campaigns;
    const [from, to] = [Math.max(at, startsAt.data[campaign]!), endsAt.data[campaign]!];
    const midnight = at - (at % MILLIS_PER_DAY);
    let [rest, hourly] = [0, 0];
    this.#eachPlacement(campaign, (placement) => {
      const hours = this.#hoursOf(placement, at);
      hourly += hours[now]! * weights[now]!;
      for (let hour = now; hour < HOURS; hour++)
        if (open === ALL || (open >>> hour) & 1)
          rest += hours[hour]! * weights[hour]! * shareWithin(midnight + hour * MILLIS_PER_HOUR, from, to);
    });
    const runs = from <= at && at < to && (open === ALL || (open >>> now) & 1);
    return { rest, hourly: runs ? hourly : 0 };
  }

  /** One bit for each hour of the UTC day in which the campaign's schedule lets it run. */
  #openHours(campaign: number, at: Millis): number {
    const { campaigns } = this.#state.market;
    const midnight = at - (at % MILLIS_PER_DAY);
    let open = 0;
    for (let hour = 0; hour < HOURS; hour++)
      if (inSchedule(campaign, campaigns.schedules, midnight + hour * MILLIS_PER_HOUR)) open |= 1 << hour;
    return open;
  }

  /** Expected requests of each whole hour, from the present one on. Made once a minute, and kept in the state: so a restart repeats it. [24] */
  #hoursOf(placement: number, at: Millis): Float64Array {
    this.#madeAt.resize(placement + 1);
    this.#hours.resize((placement + 1) * HOURS);
    const minute = Math.floor(at / MINUTE_MS);
    if (this.#madeAt.data[placement] !== minute) {
      this.#madeAt.data[placement] = minute;
      const now = Math.floor(at / MILLIS_PER_HOUR) % HOURS;
      const hourStart = (at - (at % MILLIS_PER_HOUR)) as Millis;
      const { mean } = this.#state.traffic.forecast(placement, at, HOURS - now);
      const row = placement * HOURS;
      for (let hour = now; hour < HOURS; hour++) this.#hours.data[row + hour] = mean[hour - now]!;
      // The first is of what is left of its hour.
      this.#hours.data[row + now]! /= Math.max(MINUTE_MS, MILLIS_PER_HOUR - (at - hourStart)) / MILLIS_PER_HOUR;
    }
    return this.#hours.data.subarray(placement * HOURS, (placement + 1) * HOURS);
  }

  save(out: SnapshotWriter): void {
    this.#madeAt.save(out, 'outlook.made-at');
    this.#hours.save(out, 'outlook.hours');
  }

  load(from: SnapshotReader): void {
    this.#madeAt.load(from, 'outlook.made-at');
    this.#hours.load(from, 'outlook.hours');
  }

  #eachPlacement(campaign: number, visit: (placement: number) => void): void {
    const { placements, campaigns } = this.#state.market;
    for (let row = 0; row < placements.size; row++)
      if (campaigns.targets.allowsPlacement(campaign, placements.ids.text(row))) visit(row);
  }
}

/** Of the hour that begins at `hour`, what lies in [from, to). */
function shareWithin(hour: number, from: number, to: number): number {
  return Math.max(0, Math.min(hour + MILLIS_PER_HOUR, to) - Math.max(hour, from)) / MILLIS_PER_HOUR;
}
