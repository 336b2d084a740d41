import { describe, expect, it } from 'vitest';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import { CampaignSchedules } from '../market/campaign-schedules.ts';
import { hourOfWeek, inSchedule } from './schedule.ts';

const SUNDAY = 6 * 24;

describe('the hour of the week', () => {
  it.each([
    ['UTC', Date.UTC(2026, 4, 18), 0], // a Monday
    ['UTC', Date.UTC(2026, 4, 24, 23, 59), 167],
    ['UTC', 0, 72], // a Thursday
    ['Asia/Kolkata', Date.UTC(2026, 4, 18, 18, 29), 23], // UTC+5:30
    ['Asia/Kolkata', Date.UTC(2026, 4, 18, 18, 30), 24],
    ['Asia/Kathmandu', Date.UTC(2026, 4, 18, 18, 15), 24], // UTC+5:45
    ['Pacific/Kiritimati', Date.UTC(2026, 4, 17, 10), 0], // UTC+14
    ['America/New_York', Date.UTC(2026, 4, 18, 3), 167], // UTC−4
    // Clocks go forward from 2 to 3 on Sunday, 29 March 2026, at 01:00 UTC.
    ['Europe/Berlin', Date.UTC(2026, 2, 29, 0, 59), SUNDAY + 1],
    ['Europe/Berlin', Date.UTC(2026, 2, 29, 1), SUNDAY + 3],
    // And back from 3 to 2 on Sunday, 25 October 2026, at 01:00 UTC.
    ['Europe/Berlin', Date.UTC(2026, 9, 25, 0, 30), SUNDAY + 2],
    ['Europe/Berlin', Date.UTC(2026, 9, 25, 1, 30), SUNDAY + 2],
    ['Europe/Berlin', Date.UTC(2026, 9, 25, 2), SUNDAY + 3],
    // Lord Howe moves by half an hour: from 02:00 at +10:30 to 02:30 at +11, on Sunday, 4 October 2026.
    ['Australia/Lord_Howe', Date.UTC(2026, 9, 3, 15, 29), SUNDAY + 1],
    ['Australia/Lord_Howe', Date.UTC(2026, 9, 3, 15, 30), SUNDAY + 2],
    ['Australia/Lord_Howe', Date.UTC(2026, 9, 3, 16), SUNDAY + 3],
  ])('in %s at %d is %d', (zone, at, hour) => {
    expect(hourOfWeek(zone, at)).toBe(hour);
  });

  it('is what Intl says at every quarter of an hour of a year, in any order', () => {
    const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
    for (const timeZone of ['Europe/London', 'America/St_Johns', 'Africa/Casablanca', 'Australia/Lord_Howe']) {
      const format = new Intl.DateTimeFormat('en-GB', {
        timeZone,
        weekday: 'short',
        hour: '2-digit',
        hourCycle: 'h23',
      });
      for (let i = 0; i < 3_000; i++) {
        const at = Date.UTC(2026, 0, 1) + ((i * 7_919) % 35_040) * 900_000 + 7_000;
        const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
        const expected = 24 * DAYS.indexOf(parts.weekday!) + Number(parts.hour);
        if (hourOfWeek(timeZone, at) !== expected) expect([timeZone, at, hourOfWeek(timeZone, at)]).toEqual(expected);
      }
    }
  });

  it('is unknown in a zone that Node does not know', () => {
    expect(hourOfWeek('Mars/Olympus', 0)).toBeNaN();
  });
});

describe('a schedule', () => {
  const schedules = new CampaignSchedules();
  schedules.put(0, undefined);
  schedules.put(1, {
    timeZone: 'Europe/Berlin',
    hours: [
      { days: [7], from: 2, to: 3 },
      { days: [3, 5], from: 0, to: 24 },
    ],
  });
  schedules.put(2, { timeZone: 'Mars/Olympus', hours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 24 }] });
  const hoursShown = (campaign: number, day: number): number =>
    Array.from({ length: 24 }, (_, hour) => inSchedule(campaign, schedules, day + hour * MILLIS_PER_HOUR)).filter(
      Boolean,
    ).length;

  it('that there is none of shows always, one in an unknown zone never', () => {
    expect([hoursShown(0, Date.UTC(2026, 4, 24)), hoursShown(2, Date.UTC(2026, 4, 24))]).toEqual([24, 0]);
  });

  it('of an hour lasts one on most Sundays, none when clocks go forward, two when they go back', () => {
    const sundays = [Date.UTC(2026, 4, 24), Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25)];
    expect(sundays.map((day) => hoursShown(1, day))).toEqual([1, 0, 2]);
  });

  it('is set back when the campaign changes', () => {
    schedules.put(1, undefined);
    expect(hoursShown(1, Date.UTC(2026, 2, 29))).toBe(24);
  });
});
