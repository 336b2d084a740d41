/** At which hours of the week campaigns are shown: one bit for each, from Monday 00:00, in the campaign's own time zone. */
import type { Schedule } from '@rialto/sdk';
import { int32Column } from '../base/column.ts';
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

const HOURS_PER_DAY = 24;
export const HOURS_PER_WEEK = 7 * HOURS_PER_DAY;
const BITS = 32;
const CELLS = Math.ceil(HOURS_PER_WEEK / BITS);

export class CampaignSchedules implements Part {
  readonly timeZones = new Interner('schedules.time-zones');
  /** Row in `timeZones`, -1 for a campaign that is shown at any hour. [campaigns] */
  readonly timeZone = int32Column(-1);
  readonly #hours = int32Column(); // [campaigns × CELLS]

  put(row: number, schedule: Schedule | undefined): void {
    this.timeZone.resize(row + 1);
    this.#hours.resize(CELLS * (row + 1));
    this.timeZone.data[row] = schedule === undefined ? -1 : this.timeZones.intern(schedule.timeZone);
    const cells = this.#hours.data.subarray(CELLS * row, CELLS * (row + 1));
    cells.fill(0);
    for (const { days, from, to } of schedule?.hours ?? [])
      for (const day of days)
        for (let hour = from; hour < to; hour++) {
          const bit = HOURS_PER_DAY * (day - 1) + hour;
          cells[Math.floor(bit / BITS)]! |= 1 << (bit % BITS);
        }
  }

  /** `hourOfWeek` counts from Monday 00:00 in the campaign's time zone. */
  includes(row: number, hourOfWeek: number): boolean {
    return (this.#hours.data[CELLS * row + (hourOfWeek >> 5)]! & (1 << (hourOfWeek & 31))) !== 0;
  }

  save(out: SnapshotWriter): void {
    this.timeZones.save(out);
    this.timeZone.save(out, 'schedules.time-zone');
    this.#hours.save(out, 'schedules.hours');
  }

  load(from: SnapshotReader): void {
    this.timeZones.load(from);
    this.timeZone.load(from, 'schedules.time-zone');
    this.#hours.load(from, 'schedules.hours');
  }
}
