/**
 * Pacing: how much of what a campaign could win it takes now, so that its day's budget follows the traffic and ends with it.
 *
 * The plan of a day is spending in proportion to the traffic that the campaign can win, not to the clock: while `dT` of traffic
 * passes and `R` is forecast to come, each hour's traffic times what of it suits the campaign (`opportunity-profile.ts`),
 *
 *     wanted += (goal − wanted) · dT / (R + dT)            goal = charged today + what may still be charged today
 *
 * so a shock moves the plan at once, and a better forecast bends what is left of it. Every minute, for the traffic `h` of the
 * next quarter of an hour, the share s in (0, 1] is set to bring spending back to the plan:
 *
 *     need     = (goal − wanted) · h / R + wanted − charged − in flight
 *     expected = e · s · h                                  e: spending for each unit of traffic at s = 1, measured, fading
 *     s       ← s · need / expected, within limits for one look
 *
 * s is of what the campaign could spend at its full bids; `pacing-method.ts` makes a probability to take part of it, or a lower bid. An
 * automatic bid may rise, too, and its s above 1; where s moves prices, the horizon holds at least PRICES_AHEAD of them, or one click of a small
 * budget would swing it between nothing and everything. In flight is what has been served and will still be billed (`in-flight-spend.ts`).
 * Model-predictive control in the manner of Agarwal et al., "Budget
 * pacing for targeted online advertisements at LinkedIn" (KDD 2014), with a plan by traffic, and feedback on the plan's error.
 *
 * State is a fold: `served`, `billed` and `advance` are called by records, in their order; `advance` looks at a few campaigns
 * for each record, so that no record pays for all. What the money may not exceed is the ledger's matter, not this file's.
 */
import { float64Column, int32Column, uint8Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, MILLIS_PER_DAY, type Millis } from '../base/units.ts';
import { BILLINGS } from '../market/campaigns.ts';
import { InFlightSpend } from './in-flight-spend.ts';
import { hourOf, OpportunityProfile } from './opportunity-profile.ts';

const CLICK = BILLINGS.indexOf('click');
/** Every campaign is looked at once in so long. */
const SWEEP_MS = 60_000;
/** The most that one record looks at, about a millisecond: after a quiet minute the next ones go on with what is due. */
const LOOKS_MAX = 1_024;
/** The horizon, as a share of an hour's traffic. */
const HORIZON_HOURS = 0.25;
/** The plan ends so much traffic before the day does. */
const RESERVE_HOURS = 0.5;
/** After so much traffic a measurement counts half. */
const HALF_LIFE_HOURS = 0.5;
/** Where the share moves prices, the horizon is at least so long that the plan spends so many of them in it. */
const PRICES_AHEAD = 6;
const PRICE_RATE = 0.02;
/** A goal that falls below so much of itself was cut. */
const CUT = 0.9;
const SHARE_MIN = 1e-4;
/** How fast the share may move from one look to the next. */
const FALL_MAX = 0.25;
const RISE_MAX = 2;
/** A new campaign takes all it can until its first looks: on a quiet marketplace that is all it ever gets. */
const SHARE_START = 1;
/** Traffic and money below which a quotient says nothing. */
const EPSILON = 1e-9;

/** What pacing must know of the traffic, in requests. */
export interface TrafficOutlook {
  /** Requests that have ever come to the placements of a campaign. */
  passed(campaign: number): number;
  /**
   * What is expected while the campaign runs: until the end of the UTC day, and in an hour like the present one, each hour times its
   * weight. `weights` are of the hours of the UTC day. [24]
   */
  outlook(campaign: number, at: Millis, weights: Float64Array): { readonly rest: number; readonly hourly: number };
}

/** What pacing must know of campaigns. */
export interface PacedCampaigns {
  readonly size: number;
  /** Charged on the UTC day of `at`. */
  spentMicros(campaign: number, at: Millis): number;
  /** What may still be charged on the UTC day of `at`; infinite where no budget holds. */
  leftMicros(campaign: number, at: Millis): number;
  /** The most that its share may be: 1 where its bids cannot rise. */
  shareMax(campaign: number): number;
}

export interface PacingView {
  readonly share: number;
  readonly wantedMicros: number;
  readonly inFlightMicros: number;
  readonly stopped: boolean;
}

export class Pacing implements Part {
  // Columns, all [campaigns].
  readonly #day = int32Column(-1);
  readonly #share = float64Column(SHARE_START);
  readonly #stopped = uint8Column();
  readonly #wanted = float64Column();
  /** At the last look. */
  readonly #goal = float64Column();
  /** What a billing event costs, of those served lately. */
  readonly #price = float64Column();
  /** Expected spending of what was served, and the traffic × s it came from, both fading. */
  readonly #taken = float64Column();
  readonly #exposed = float64Column();
  readonly #trafficSeen = float64Column(-1);
  /** Expected spending of what was served on the day. */
  readonly #accrued = float64Column();
  readonly #inFlight = new InFlightSpend();
  readonly #opportunities = new OpportunityProfile();
  /** The sweep: which campaign is next, and up to when it has got. */
  #next = 0;
  #sweptAt = 0;

  #grow(size: number): void {
    if (size <= this.#day.length) return;
    for (const [, column] of this.#columns()) column.resize(size);
    this.#opportunities.grow(size);
    this.#inFlight.grow(size);
  }

  /** A campaign's listing was put on a page: one billing event of it, of a kind of `BILLINGS`, would cost the price. */
  served(campaign: number, priceMicros: number, at: Millis, kind = CLICK): void {
    this.#grow(campaign + 1);
    const expected = this.#inFlight.served(campaign, priceMicros, kind, at);
    this.#price.data[campaign]! += PRICE_RATE * (priceMicros - this.#price.data[campaign]!);
    this.#taken.data[campaign]! += expected;
    this.#accrued.data[campaign]! += expected;
    this.#opportunities.served(campaign, at);
  }

  /** A billing event, so long after it was served. */
  billed(campaign: number, delayMs: number): void {
    this.#inFlight.billed(campaign, delayMs);
  }

  /** Goes on as the pacing of a part of the budgets: what was learned stays, the day's plan begins now. */
  beginPart(): void {
    this.#day.data.fill(-1, 0, this.#day.length);
    this.#trafficSeen.data.fill(-1, 0, this.#trafficSeen.length);
    this.#inFlight.clear();
    this.#stopped.data.fill(0, 0, this.#stopped.length);
  }

  /** What a billing event of it costs, of those served lately; 0 before the first. */
  usualPriceMicros(campaign: number): number {
    return campaign < this.#price.length ? this.#price.data[campaign]! : 0;
  }

  /** s, whether or not the campaign has stopped. */
  shareWanted(campaign: number): number {
    return campaign < this.#share.length ? this.#share.data[campaign]! : SHARE_START;
  }

  /** 0 where the day's money is spent or on its way. */
  share(campaign: number): number {
    if (campaign >= this.#share.length) return SHARE_START;
    return this.#stopped.data[campaign] === 1 ? 0 : this.#share.data[campaign]!;
  }

  view(campaign: number): PacingView {
    this.#grow(campaign + 1);
    return {
      share: this.#share.data[campaign]!,
      wantedMicros: this.#wanted.data[campaign]!,
      inFlightMicros: this.#inFlight.micros(campaign),
      stopped: this.#stopped.data[campaign] === 1,
    };
  }

  /** Looks at the campaigns whose turn has come by `at`. A clock that goes back changes nothing. */
  advance(at: Millis, campaigns: PacedCampaigns, traffic: TrafficOutlook): void {
    const { size } = campaigns;
    const passed = at - this.#sweptAt;
    // After a clock that had jumped ahead came back, the sweep goes on from here.
    if (passed < -SWEEP_MS) this.#sweptAt = at;
    if (passed <= 0 || size === 0) return;
    const due = Math.min(size, LOOKS_MAX, Math.floor((passed * size) / SWEEP_MS));
    if (due === 0) return;
    this.#grow(size);
    // The remainder is kept, so that a stream of records moves the sweep as fast as one long pause; of a longer one, one sweep.
    this.#sweptAt = due === size ? at : Math.max(this.#sweptAt, at - SWEEP_MS) + Math.ceil((due * SWEEP_MS) / size);
    for (let i = 0; i < due; i++) {
      if (this.#next >= size) this.#next = 0;
      this.#look(this.#next++, at, campaigns, traffic);
    }
  }

  #look(campaign: number, at: Millis, campaigns: PacedCampaigns, traffic: TrafficOutlook): void {
    const spent = campaigns.spentMicros(campaign, at);
    const left = campaigns.leftMicros(campaign, at);
    const day = dayOf(at);
    if (this.#day.data[campaign] !== day) {
      this.#day.data[campaign] = day;
      this.#accrued.data[campaign] = 0;
      this.#wanted.data[campaign] = this.#inFlight.isOfOrders(campaign) ? 0 : spent;
      this.#opportunities.turnDay(campaign);
    }
    const due = this.#inFlight.dueMicros(campaign, at, MILLIS_PER_DAY - (at % MILLIS_PER_DAY));
    const weights = this.#opportunities.weights(campaign);
    const requests = this.#trafficSince(campaign, traffic);
    const { rest, hourly } = traffic.outlook(campaign, at, weights);
    // What comes while the campaign may not run is none of its traffic: its plan stands still.
    const passed = hourly > 0 ? requests * weights[hourOf(at)]! : 0;
    if (hourly > 0) this.#measure(campaign, passed, hourly);
    if (hourly > 0 && this.#stopped.data[campaign] === 0)
      this.#opportunities.exposed(campaign, at, requests * Math.min(1, this.#share.data[campaign]!));
    const most = campaigns.shareMax(campaign);
    if (left === Number.POSITIVE_INFINITY) {
      this.#set(campaign, most, false);
      return;
    }
    this.#steer(campaign, { spent, due, goal: spent + left, passed, rest, hourly, most });
  }

  #trafficSince(campaign: number, traffic: TrafficOutlook): number {
    const total = traffic.passed(campaign);
    const seen = this.#trafficSeen.data[campaign]!;
    this.#trafficSeen.data[campaign] = total;
    return seen < 0 ? 0 : Math.max(0, total - seen);
  }

  #measure(campaign: number, passed: number, hourly: number): void {
    const keep = 2 ** (-passed / (HALF_LIFE_HOURS * hourly));
    this.#taken.data[campaign]! *= keep;
    this.#exposed.data[campaign]! *= keep;
    if (this.#stopped.data[campaign] === 0) this.#exposed.data[campaign]! += passed * this.#share.data[campaign]!;
  }

  #steer(campaign: number, plan: Plan): void {
    const { spent, due, goal, passed, rest, hourly, most } = plan;
    // Orders come days after what brings them, so the day's plan is of what it brings, whenever that is paid.
    const onTheWay = this.#inFlight.isOfOrders(campaign) ? this.#accrued.data[campaign]! : spent + due;
    const share = this.#share.data[campaign]!;
    if (goal <= 0 || spent + due >= goal) {
      this.#set(campaign, share, true);
      return;
    }
    if (hourly <= 0 && rest <= 0) {
      this.#set(campaign, share, false);
      return;
    }
    // A budget that was cut is no reason to spend at once what its plan had wanted by now.
    const wasCut = goal < CUT * this.#goal.data[campaign]!;
    this.#goal.data[campaign] = goal;
    const planned = wasCut ? Math.min(onTheWay, this.#wanted.data[campaign]!) : this.#wanted.data[campaign]!;
    // The last of the traffic is kept in hand, for what chance has left unspent by then.
    const traffic = Math.max(EPSILON, rest - RESERVE_HOURS * hourly);
    const wanted = Math.min(goal, planned + ((goal - planned) * passed) / (traffic + passed));
    const risible = most > 1;
    const forPrices = risible
      ? (PRICES_AHEAD * this.#price.data[campaign]! * traffic) / Math.max(EPSILON, goal - wanted)
      : 0;
    const horizon = Math.max(
      EPSILON,
      Math.min(traffic, Math.max(forPrices, HORIZON_HOURS * Math.max(hourly, rest / 24))),
    );
    const ahead = ((goal - wanted) * horizon) / traffic;
    const need = ahead + wanted - onTheWay;
    // What is left for less than one more is no reason to bid more for it.
    const highest = risible && goal - onTheWay < this.#price.data[campaign]! ? share : most;
    const next = Math.min(highest, this.#nextShare(campaign, need, horizon));
    if (risible && next < share) this.#weighAs(campaign, next / share);
    this.#set(campaign, next, false);
    // A campaign that takes all it can and stays behind keeps no debt that it would pay in a rush.
    this.#wanted.data[campaign] = next === most ? Math.min(wanted, onTheWay + ahead) : wanted;
  }

  /** What was measured at a higher share weighs no more than had it been measured at this one: e may differ. */
  #weighAs(campaign: number, part: number): void {
    this.#taken.data[campaign]! *= part;
    this.#exposed.data[campaign]! *= part;
  }

  #nextShare(campaign: number, need: number, horizon: number): number {
    const share = this.#share.data[campaign]!;
    const exposed = this.#exposed.data[campaign]!;
    const efficiency = exposed > 0 ? this.#taken.data[campaign]! / exposed : 0;
    const expected = efficiency * share * horizon;
    const ratio = expected <= EPSILON ? RISE_MAX : Math.max(0, need / expected);
    return Math.max(SHARE_MIN, share * Math.min(RISE_MAX, Math.max(FALL_MAX, ratio)));
  }

  #set(campaign: number, share: number, stopped: boolean): void {
    this.#share.data[campaign] = share;
    this.#stopped.data[campaign] = stopped ? 1 : 0;
  }

  save(out: SnapshotWriter): void {
    for (const [name, column] of this.#columns()) column.save(out, `pacing.${name}`);
    this.#opportunities.save(out);
    this.#inFlight.save(out);
    out.json('pacing', [this.#next, this.#sweptAt]);
  }

  load(from: SnapshotReader): void {
    for (const [name, column] of this.#columns()) column.load(from, `pacing.${name}`);
    this.#opportunities.load(from);
    this.#inFlight.load(from);
    [this.#next, this.#sweptAt] = from.json<[number, number]>('pacing');
  }

  #columns() {
    return [
      ['day', this.#day],
      ['share', this.#share],
      ['stopped', this.#stopped],
      ['wanted', this.#wanted],
      ['taken', this.#taken],
      ['exposed', this.#exposed],
      ['traffic-seen', this.#trafficSeen],
      ['price', this.#price],
      ['goal', this.#goal],
      ['accrued', this.#accrued],
    ] as const;
  }
}

interface Plan {
  readonly spent: number;
  /** Of what is in flight, until the day is over. */
  readonly due: number;
  readonly goal: number;
  readonly passed: number;
  readonly rest: number;
  /** Traffic of a whole hour like the present one. */
  readonly hourly: number;
  readonly most: number;
}
