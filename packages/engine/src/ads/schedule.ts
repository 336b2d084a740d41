/**
 * Dayparting: whether a moment lies in a campaign's hours, in the campaign's time zone.
 *
 * Local time is UTC plus the zone's offset, and offsets change at whole quarters of an hour only; so each zone's offset is asked of
 * Intl once for a quarter and kept for two days: pacing asks for all hours of a day for each campaign, and Intl takes microseconds. On the day the clocks go forward the skipped hour never comes; on the day they go back
 * the repeated hour counts twice. It depends on nothing but zone and time (and the time zone data of the Node that runs).
 */
import { MILLIS_PER_HOUR } from '../base/units.ts';
import { type CampaignSchedules, HOURS_PER_WEEK } from '../market/campaign-schedules.ts';

const QUARTER_MS = 900_000;
/** A power of two, and more than a day has. */
const QUARTERS_KEPT = 256;
/** 1970-01-01 was a Thursday: so many hours after a Monday. */
const EPOCH_HOUR = 72;

class ZoneOffset {
  readonly #format: Intl.DateTimeFormat | undefined;
  /** By the quarter's last bits: which one it is, and its offset. */
  readonly #quarters = new Float64Array(QUARTERS_KEPT).fill(Number.NaN);
  readonly #offsetsMs = new Float64Array(QUARTERS_KEPT);

  constructor(timeZone: string) {
    try {
      this.#format = new Intl.DateTimeFormat('en', {
        timeZone,
        calendar: 'gregory',
        numberingSystem: 'latn',
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch {
      // A zone that a newer Node took in and this one does not know.
      this.#format = undefined;
    }
  }

  /** NaN where the zone is unknown. */
  at(at: number): number {
    const quarter = Math.floor(at / QUARTER_MS);
    const place = quarter & (QUARTERS_KEPT - 1);
    if (this.#quarters[place] !== quarter) {
      this.#quarters[place] = quarter;
      this.#offsetsMs[place] = this.#format === undefined ? Number.NaN : offsetOf(this.#format, quarter * QUARTER_MS);
    }
    return this.#offsetsMs[place]!;
  }
}

function offsetOf(format: Intl.DateTimeFormat, at: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
  return Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute, part.second) - at;
}

const zones = new Map<string, ZoneOffset>(); // as many as there are time zones

/** The hour of the week, from Monday 00:00, that it is in the time zone; NaN where this Node does not know the zone. */
export function hourOfWeek(timeZone: string, at: number): number {
  let zone = zones.get(timeZone);
  if (zone === undefined) {
    zone = new ZoneOffset(timeZone);
    zones.set(timeZone, zone);
  }
  const hour = Math.floor((at + zone.at(at)) / MILLIS_PER_HOUR) + EPOCH_HOUR;
  return ((hour % HOURS_PER_WEEK) + HOURS_PER_WEEK) % HOURS_PER_WEEK;
}

/** Whether the campaign is shown at this hour; never in a time zone that this Node does not know. */
export function inSchedule(campaign: number, schedules: CampaignSchedules, at: number): boolean {
  const zone = schedules.timeZone.data[campaign]!;
  if (zone < 0) return true;
  const hour = hourOfWeek(schedules.timeZones.text(zone), at);
  return !Number.isNaN(hour) && schedules.includes(campaign, hour);
}
