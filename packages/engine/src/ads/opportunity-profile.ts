/**
 * How much of its placements' traffic suits a campaign at each hour of the day, against its day's average: a region sleeps, phones come out
 * in the evening, some things are searched for at noon. It is learned from how often the campaign was shown, for the traffic that it took
 * part in, so it knows of targeting, of competition and of whatever else follows the clock, and asks nothing of any decision.
 *
 *     x_h = ln (served_h + K) / (r · exposed_h + K)            r = Σ served / Σ exposed
 *     w_h = exp(x_h · (1 - σ² / (d · mean x²))⁺)
 *
 * K serves are what an hour must show before it is believed. What they say in d days is shrunk as James and Stein (1961) have it, by
 * σ², how much an hour's luck differs from day to day: what is no larger than luck is taken for luck, however many were served in it.
 * Older days fade, in d as well. Hours are UTC. What a whole day brings it does not know: that is the traffic forecast's matter.
 */

import { float64Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { Millis } from '../base/units.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';

const HOURS = 24;
/** K. */
const PRIOR_SERVES = 30;
/** σ²: an hour usually lies within three tenths of its habit. */
const LUCK = 0.09;
/** What a day that is past counts of what it did. */
const DAY_KEEP = 0.75;

export const hourOf = (at: Millis): number => Math.floor(at / MILLIS_PER_HOUR) % HOURS;

export class OpportunityProfile implements Part {
  readonly #served = float64Column(); // [campaigns × HOURS]
  /** Traffic × the share of it that was taken part in. */
  readonly #exposed = float64Column(); // [campaigns × HOURS]
  /** d. [campaigns] */
  readonly #days = float64Column();
  /** As of the days before this one: a day does not learn from itself, or what it spends would move what it plans. */
  readonly #weights = float64Column(1); // [campaigns × HOURS]

  grow(campaigns: number): void {
    for (const column of [this.#served, this.#exposed, this.#weights]) column.resize(campaigns * HOURS);
    this.#days.resize(campaigns);
  }

  served(campaign: number, at: Millis): void {
    this.#served.data[campaign * HOURS + hourOf(at)]!++;
  }

  exposed(campaign: number, at: Millis, traffic: number): void {
    this.#exposed.data[campaign * HOURS + hourOf(at)]! += traffic;
  }

  /** A day has begun: weighs its hours by those before. */
  turnDay(campaign: number): void {
    const from = campaign * HOURS;
    const { data: served } = this.#served;
    const { data: exposed } = this.#exposed;
    let [serves, traffic] = [0, 0];
    for (let cell = from; cell < from + HOURS; cell++) {
      serves += served[cell]!;
      traffic += exposed[cell]!;
    }
    const rate = traffic > 0 ? serves / traffic : 0;
    const days = DAY_KEEP * this.#days.data[campaign]! + (traffic > 0 ? 1 : 0);
    this.#days.data[campaign] = days;
    let squares = 0;
    for (let cell = from; cell < from + HOURS; cell++) {
      const said = Math.log((served[cell]! + PRIOR_SERVES) / (rate * exposed[cell]! + PRIOR_SERVES));
      this.#weights.data[cell] = said;
      squares += said * said;
      served[cell]! *= DAY_KEEP;
      exposed[cell]! *= DAY_KEEP;
    }
    const trust = days > 0 && squares > 0 ? Math.max(0, 1 - (LUCK * HOURS) / (days * squares)) : 0;
    for (let cell = from; cell < from + HOURS; cell++)
      this.#weights.data[cell] = Math.exp(trust * this.#weights.data[cell]!);
  }

  /** w of each hour. A view. [HOURS] */
  weights(campaign: number): Float64Array {
    return this.#weights.data.subarray(campaign * HOURS, (campaign + 1) * HOURS);
  }

  save(out: SnapshotWriter): void {
    this.#served.save(out, 'opportunities.served');
    this.#exposed.save(out, 'opportunities.exposed');
    this.#days.save(out, 'opportunities.days');
    this.#weights.save(out, 'opportunities.weights');
  }

  load(from: SnapshotReader): void {
    this.#served.load(from, 'opportunities.served');
    this.#exposed.load(from, 'opportunities.exposed');
    this.#days.load(from, 'opportunities.days');
    this.#weights.load(from, 'opportunities.weights');
  }
}
