/**
 * Traffic that no forecast knows beforehand: day and week rhythm × a season × days that are better and worse × hours that hang
 * together × a shock.
 *
 *     rate(t) = requestsPerDay / 24 · rhythm(hour of week) · season(day) · e^(day's luck) · e^(hour's luck) · shock(t)
 *
 * The hour's luck is an AR(1) of standard deviation 0.1, the day's is normal with 0.08.
 */

import { hash32 } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import { rhythm } from './rhythm.ts';

const HOURS_A_WEEK = 168;
const SEASON_DAYS = 60;
const SEASON_SWING = 0.15;
const DAY_LUCK = 0.08;
const HOUR_LUCK = 0.1;
const HOUR_MEMORY = 0.7;

/** A time of the day in which traffic is multiplied. */
export interface Shock {
  readonly day: number;
  readonly fromHour: number;
  readonly toHour: number;
  readonly factor: number;
}

export interface MarketTrafficOptions {
  readonly seed: number;
  readonly startMillis: number;
  readonly requestsPerDay: number;
  /** Days count from the start. */
  readonly shocks: readonly Shock[];
}

export class MarketTraffic {
  readonly #options: MarketTrafficOptions;
  readonly #hourLuck: number[] = [0];
  readonly #rng: Rng;

  constructor(options: MarketTrafficOptions) {
    this.#options = options;
    this.#rng = new Rng(hash32(`${options.seed}/traffic`));
  }

  /** Requests an hour at the time. */
  rate(at: number): number {
    const { startMillis, requestsPerDay, shocks, seed } = this.#options;
    const hours = Math.max(0, Math.floor((at - startMillis) / MILLIS_PER_HOUR));
    const day = Math.floor(hours / 24);
    const season = 1 + SEASON_SWING * Math.sin((2 * Math.PI * day) / SEASON_DAYS);
    const luck = DAY_LUCK * new Rng(hash32(`${seed}/day/${day}`)).normal() + this.#luckOf(hours);
    const hourOfDay = ((at - startMillis) / MILLIS_PER_HOUR) % 24;
    const shock = shocks.find((s) => s.day === day && hourOfDay >= s.fromHour && hourOfDay < s.toHour)?.factor ?? 1;
    return (
      (requestsPerDay / 24) * rhythm(Math.floor(at / MILLIS_PER_HOUR) % HOURS_A_WEEK) * season * Math.exp(luck) * shock
    );
  }

  #luckOf(hour: number): number {
    while (this.#hourLuck.length <= hour) {
      const innovation = HOUR_LUCK * Math.sqrt(1 - HOUR_MEMORY ** 2) * this.#rng.normal();
      this.#hourLuck.push(HOUR_MEMORY * (this.#hourLuck.at(-1) ?? 0) + innovation);
    }
    return this.#hourLuck[hour] ?? 0;
  }
}
