/**
 * When buyers come: a sine over the local hours of each country, with its height in the evening, and more on Sundays than on
 * Fridays. The mean over a week is 1.
 */

import { assert } from '../base/assert.ts';
import type { Rng } from '../base/rng.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import { WeightedChoice } from './draw.ts';
import { COUNTRIES } from './vocabulary.ts';
import type { WorldBuyer } from './world-buyers.ts';

const HOURS_A_WEEK = 168;
const PEAK_HOUR = 20;
const SWING = 0.65;
/** 1970 began on a Thursday. */
const WEEKDAY_FACTORS = [1, 0.94, 0.93, 1.1, 1.05, 1.01, 0.97]; // Thu … Wed

/** How busy a local hour of the week is, relative to the week's mean. Hours count from Thursday 00:00. */
export function rhythm(localHourOfWeek: number): number {
  const hour = localHourOfWeek % 24;
  return (
    WEEKDAY_FACTORS[Math.floor(localHourOfWeek / 24)] * (1 + SWING * Math.cos((2 * Math.PI * (hour - PEAK_HOUR)) / 24))
  );
}

/** Arrivals of all buyers: a Poisson process whose rate changes with the hour. */
export class Arrivals {
  /** Visits in the hour. [168] */
  readonly #visits: Float64Array;
  readonly #countries: readonly WeightedChoice[]; // [168]
  readonly #buyers: readonly { readonly rows: Int32Array; readonly choice: WeightedChoice }[]; // [countries with buyers]

  constructor(buyers: readonly WorldBuyer[], visitsPerDay: number) {
    assert(visitsPerDay > 0, 'visits per day must be positive', visitsPerDay);
    const present = COUNTRIES.map((_, country) =>
      Int32Array.from(buyers.flatMap((buyer, row) => (buyer.country === country ? [row] : []))),
    );
    const groups = COUNTRIES.flatMap(({ offsetHours }, country) => {
      const rows = present[country];
      if (rows.length === 0) return [];
      return [
        { rows, offsetHours, choice: new WeightedChoice(Float64Array.from(rows, (row) => buyers[row].activity)) },
      ];
    });
    const activity = groups.reduce((sum, { choice }) => sum + choice.total, 0);
    const weights = Array.from({ length: HOURS_A_WEEK }, (_, hour) =>
      groups.map(
        ({ choice, offsetHours }) =>
          (choice.total / activity) * rhythm((hour + offsetHours + HOURS_A_WEEK) % HOURS_A_WEEK),
      ),
    );
    this.#buyers = groups;
    this.#countries = weights.map((row) => new WeightedChoice(row));
    this.#visits = Float64Array.from(this.#countries, ({ total }) => (visitsPerDay / 24) * total);
  }

  #hour(at: number): number {
    return Math.floor(at / MILLIS_PER_HOUR) % HOURS_A_WEEK;
  }

  /** The time of the next arrival after `at`. Exact across hours: what an exponential leaves over goes on at the next rate. */
  next(at: number, rng: Rng): number {
    let left = rng.exponential();
    let now = at;
    for (;;) {
      const hourEnd = (Math.floor(now / MILLIS_PER_HOUR) + 1) * MILLIS_PER_HOUR;
      const perMs = this.#visits[this.#hour(now)] / MILLIS_PER_HOUR;
      const needed = left / perMs;
      if (now + needed < hourEnd) return Math.floor(now + needed);
      left -= (hourEnd - now) * perMs;
      now = hourEnd;
    }
  }

  /** The row of a buyer who comes at `at`. */
  who(at: number, rng: Rng): number {
    const { rows, choice } = this.#buyers[this.#countries[this.#hour(at)].draw(rng)];
    return rows[choice.draw(rng)];
  }
}
