/** Measures how campaigns' spending follows their budgets, from the state at every full hour and at shorter looks. */
import { type Day, dayOf, type Millis } from '../base/units.ts';
import type { State } from '../delivery/state.ts';

/** A campaign-day counts as able to spend its goal where it could have spent so much more. */
const SLACK = 1.1;
const WITHIN = 0.02;
/** Less says nothing of what could have been. */
const SHARE_MIN = 0.01;
const HOURS = 24;

export interface PacingFigures {
  readonly campaignDays: number;
  readonly couldSpend: number;
  /** Of those that could spend their goal: the share within 2 % of it. */
  readonly withinTwoPercent: number;
  /** Their median and fifth percentile of spent / goal. */
  readonly medianShare: number;
  readonly fifthPercentileShare: number;
  /** Charged above a budget, in all. Must be 0. */
  readonly billedOverspendMicros: number;
  /** Late clicks that cost the seller nothing, relative to what was charged. */
  readonly overDelivered: number;
  readonly hourlyRms: number;
  /** The same of all campaigns' sum. */
  readonly hourlyRmsOfSum: number;
  /** Of all campaigns, by measured hour. */
  readonly hourlySpent: readonly number[];
  readonly hourlyWanted: readonly number[];
}

export interface CampaignDay {
  readonly day: Day;
  readonly campaign: number;
  readonly spent: number;
  readonly goal: number;
  readonly potential: number;
  /** Whether it could have spent its goal, and more. */
  readonly able: boolean;
  /** Sums over its hours: (spent − wanted)² and wanted². */
  readonly squaredError: number;
  readonly squaredPlan: number;
  /** Of prices, what the limits had nothing left for. */
  readonly freeMicros: number;
}

export class PacingMeter {
  readonly #state: State;
  #spent = new Float64Array(0); // [campaigns], at the last look
  #wanted = new Float64Array(0); // [campaigns], at the last full hour
  #minuteSpent = new Float64Array(0); // [campaigns]
  #potential = new Float64Array(0); // [campaigns], of the day
  #lastPotential = new Float64Array(0); // [campaigns], of the last whole day
  #rows: CampaignDay[] = [];
  #hours: { readonly spent: Float64Array; readonly wanted: Float64Array }[] = [];
  #overBefore = 0;
  #chargedBefore = 0;

  constructor(state: State) {
    this.#state = state;
  }

  /** What each campaign could have spent on the last whole day. [campaigns] */
  potentials(): Float64Array {
    return this.#lastPotential;
  }

  /** The measured days of all campaigns. */
  get campaignDays(): readonly CampaignDay[] {
    return this.#rows;
  }

  /** Charged on the measured days. [campaigns] */
  spentMicros(): Float64Array {
    const spent = new Float64Array(this.#spent.length);
    for (const row of this.#rows) spent[row.campaign]! += row.spent;
    return spent;
  }

  /** Forgets what was before. */
  begin(): void {
    this.#rows = [];
    this.#hours = [];
    const { totals } = this.#state.ledger;
    this.#overBefore = totals.overDeliveredMicros;
    this.#chargedBefore = totals.chargedMicros;
  }

  /** To be called once a minute. */
  minute(at: Millis): void {
    const { market, ledger, pacing } = this.#state;
    const n = market.campaigns.size;
    if (this.#minuteSpent.length < n) {
      this.#minuteSpent = new Float64Array(n);
      this.#potential = new Float64Array(n);
    }
    for (let campaign = 0; campaign < n; campaign++) {
      const spent = ledger.spentMicros(campaign, dayOf(at));
      const share = pacing.share(campaign);
      const passed = spent - this.#minuteSpent[campaign];
      if (passed > 0) this.#potential[campaign] += passed / Math.max(SHARE_MIN, share === 0 ? 1 : share);
      this.#minuteSpent[campaign] = spent;
    }
  }

  /** To be called in the last millisecond of each hour. */
  hour(at: Millis): void {
    const { market, ledger, pacing } = this.#state;
    const n = market.campaigns.size;
    if (this.#spent.length < n) {
      this.#spent = new Float64Array(n);
      this.#wanted = new Float64Array(n);
    }
    const day = dayOf(at);
    const hour = { spent: new Float64Array(n), wanted: new Float64Array(n) };
    for (let campaign = 0; campaign < n; campaign++) {
      const spent = ledger.spentMicros(campaign, day);
      const { wantedMicros } = pacing.view(campaign);
      hour.spent[campaign] = spent - this.#spent[campaign];
      hour.wanted[campaign] = wantedMicros - this.#wanted[campaign];
      this.#spent[campaign] = spent;
      this.#wanted[campaign] = wantedMicros;
    }
    this.#hours.push(hour);
    if (Math.floor(at / 3_600_000) % HOURS === HOURS - 1) this.#closeDay(day);
  }

  #closeDay(day: Day): void {
    const { market, ledger } = this.#state;
    const hours = this.#hours.slice(-HOURS);
    for (let campaign = 0; campaign < this.#spent.length; campaign++) {
      const goal = market.campaigns.dayLimitMicros(campaign);
      let [squaredError, squaredPlan] = [0, 0];
      for (const { spent, wanted } of hours) {
        squaredError += (spent[campaign]! - wanted[campaign]!) ** 2;
        squaredPlan += wanted[campaign]! ** 2;
      }
      this.#rows.push({
        day,
        campaign,
        spent: this.#spent[campaign],
        goal,
        potential: this.#potential[campaign],
        able: this.#potential[campaign] >= SLACK * goal,
        squaredError,
        squaredPlan,
        freeMicros: ledger.find(campaign, day)?.overDeliveredMicros ?? 0,
      });
    }
    this.#lastPotential = this.#potential.slice();
    this.#potential.fill(0);
    this.#minuteSpent.fill(0);
    this.#spent.fill(0);
    this.#wanted.fill(0);
  }

  figures(): PacingFigures {
    const able = this.#rows.filter(({ able }) => able);
    const shares = able.map(({ spent, goal }) => spent / goal).sort((a, b) => a - b);
    const within = shares.filter((share) => Math.abs(share - 1) <= WITHIN).length;
    const ableOf = new Set(able.map(({ campaign, day }) => `${day} ${campaign}`));
    const days = this.#rows.length === 0 ? [] : [...new Set(this.#rows.map(({ day }) => day))];
    let [error, plan, sumError, sumPlan] = [0, 0, 0, 0];
    const hourlySpent: number[] = [];
    const hourlyWanted: number[] = [];
    this.#hours.forEach(({ spent, wanted }, index) => {
      const day = days[Math.floor(index / HOURS)];
      let [s, w] = [0, 0];
      for (let campaign = 0; campaign < spent.length; campaign++) {
        if (!ableOf.has(`${day} ${campaign}`)) continue;
        error += (spent[campaign] - wanted[campaign]) ** 2;
        plan += wanted[campaign] ** 2;
        s += spent[campaign];
        w += wanted[campaign];
      }
      sumError += (s - w) ** 2;
      sumPlan += w ** 2;
      hourlySpent.push(s);
      hourlyWanted.push(Math.round(w));
    });
    const { totals } = this.#state.ledger;
    const charged = totals.chargedMicros - this.#chargedBefore;
    return {
      campaignDays: this.#rows.length,
      couldSpend: able.length,
      withinTwoPercent: able.length === 0 ? 0 : within / able.length,
      medianShare: shares[Math.floor(shares.length / 2)] ?? 0,
      fifthPercentileShare: shares[Math.floor(shares.length / 20)] ?? 0,
      billedOverspendMicros: this.#rows.reduce((sum, { spent, goal }) => sum + Math.max(0, spent - goal), 0),
      overDelivered: charged === 0 ? 0 : (totals.overDeliveredMicros - this.#overBefore) / charged,
      hourlyRms: Math.sqrt(error / Math.max(1, plan)),
      hourlyRmsOfSum: Math.sqrt(sumError / Math.max(1, sumPlan)),
      hourlySpent,
      hourlyWanted,
    };
  }
}
