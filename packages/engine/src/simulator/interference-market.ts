/**
 * A small market for experiments that interfere: campaigns of regions with daily budgets, which page requests of their region set against
 * each other in the engine's own auction, paced by the engine's own pacing. The treatment makes campaigns bid more. Campaigns that
 * their budget holds back can spend no more for it; in a plain test they spend more on treated pages, and less on the others.
 * Ads are billed by view, so that no luck of clicks is in what was spent.
 */

import { Auction } from '../ads/auction.ts';
import { Entrants } from '../ads/entrants.ts';
import { type PacedCampaigns, Pacing, type TrafficOutlook } from '../ads/pacing.ts';
import { assert } from '../base/assert.ts';
import { hashPair } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY, type Millis, millis } from '../base/units.ts';

export interface InterferenceOptions {
  readonly seed: number;
  readonly regions: number;
  readonly campaignsARegion: number;
  readonly requestsADay: number;
  /** Days measured, after `WARM_DAYS` without treatment. */
  readonly days: number;
  /** What the new strategy multiplies bids with; 1 where something else is changed. */
  readonly raise: number;
  /** Ads that a treated page shows; 1 where absent, as without treatment. */
  readonly slots?: number;
}

/** Who is treated, and whether budgets are split between the arms of buyers. */
export interface Design {
  /** Of each request: 0 or 1. */
  arm(request: number): 0 | 1;
  /** `campaign` is absent where a page as a whole is asked for. */
  treated(arm: 0 | 1, campaign: number | undefined, region: number, day: number): boolean;
  readonly splitBudgets: boolean;
  /** Which arm's requests a campaign may be shown on; all where absent. [campaigns] */
  readonly armOfCampaign?: Uint8Array;
}

export interface MarketOutcomes {
  /** Spent on requests of each arm. [arms][campaigns] */
  readonly spent: readonly [Float64Array, Float64Array];
  /** Requests of each arm. [arms] */
  readonly requests: Float64Array;
  /** Spent on a day by campaigns of a region. [days × regions] */
  readonly cells: Float64Array;
  /** Spent on a day's requests of each arm. [days × arms] */
  readonly byDay: Float64Array;
  /** Requests of a day, of each arm. [days × arms] */
  readonly requestsByDay: Float64Array;
  /** Spent in the days before. [campaigns] */
  readonly before: Float64Array;
}

const WARM_DAYS = 2;
const CANDIDATES = 8;
/** How much less each further ad of a page is looked at. */
const SLOT_DECAY = 0.6;
const HOURS = 24;

export interface InterferenceMarket {
  readonly options: InterferenceOptions;
  readonly campaigns: number;
  /** Micros for a thousand views at full relevance. [campaigns] */
  readonly value: Float64Array;
  /** Micros a day. [campaigns] */
  readonly budget: Float64Array;
  /** How often each is a candidate, summed up within its region to 1; all alike where absent. [campaigns] */
  readonly reach?: Float64Array;
  /** Shares of a day's requests by hour; quiet nights where absent. [24] */
  readonly hourShares?: Float64Array;
}

/** Budgets are .3 to 2 times what a campaign could spend in a day without one. */
export function interferenceMarket(options: InterferenceOptions): InterferenceMarket {
  const campaigns = options.regions * options.campaignsARegion;
  const rng = new Rng(hashPair(options.seed, 1));
  const value = Float64Array.from({ length: campaigns }, () => Math.round(5e6 * Math.exp(0.5 * rng.normal())));
  const free = { options, campaigns, value, budget: new Float64Array(campaigns).fill(Number.POSITIVE_INFINITY) };
  const budget = freeSpending(free).map((spent) => Math.round(spent * (0.3 + 1.7 * rng.unit())));
  return { ...free, budget };
}

/** What campaigns spend in a day of a market where no budget binds, without treatment. [campaigns] */
export function freeSpending(market: InterferenceMarket): Float64Array {
  const { before } = runDays(market, { arm: () => 0, treated: () => false, splitBudgets: false }, 0);
  return before.map((spent) => spent / WARM_DAYS);
}

export function runDesign(market: InterferenceMarket, design: Design): MarketOutcomes {
  return runDays(market, design, market.options.days);
}

function runDays(market: InterferenceMarket, design: Design, days: number): MarketOutcomes {
  const run = new MarketRun(market, design, days);
  for (let day = 0; day < WARM_DAYS + days; day++) run.day(day);
  return run.outcomes;
}

/** Shares of a day's requests by hour: quiet nights. [24] */
const HOUR_SHARES = Float64Array.from(
  { length: HOURS },
  (_, h) => (1 - 0.7 * Math.cos((2 * Math.PI * h) / HOURS)) / HOURS,
);

/** One design lived through. An account is what is paced and has a budget: a campaign, or its half of one arm. */
class MarketRun implements PacedCampaigns, TrafficOutlook {
  readonly outcomes: MarketOutcomes;
  readonly size: number;
  readonly #market: InterferenceMarket;
  readonly #design: Design;
  readonly #pacing = new Pacing();
  readonly #auction = new Auction();
  readonly #entrants = new Entrants(CANDIDATES);
  readonly #untreated = { format: 'gsp' as const, slotEffects: Float64Array.of(1), qualityMin: 0 };
  readonly #treated: { readonly format: 'gsp'; readonly slotEffects: Float64Array; readonly qualityMin: number };
  readonly #hours: Float64Array;
  readonly #spent: Float64Array; // today's, [accounts]
  readonly #passed: Float64Array; // requests, [regions × arms]

  constructor(market: InterferenceMarket, design: Design, days: number) {
    const { campaigns, options } = market;
    this.#market = market;
    this.#design = design;
    this.#hours = market.hourShares ?? HOUR_SHARES;
    const slotEffects = Float64Array.from({ length: options.slots ?? 1 }, (_, slot) => SLOT_DECAY ** slot);
    this.#treated = { format: 'gsp', slotEffects, qualityMin: 0 };
    this.size = design.splitBudgets ? 2 * campaigns : campaigns;
    this.#spent = new Float64Array(this.size);
    this.#passed = new Float64Array(options.regions * 2);
    this.outcomes = {
      spent: [new Float64Array(campaigns), new Float64Array(campaigns)],
      requests: new Float64Array(2),
      cells: new Float64Array(days * options.regions),
      byDay: new Float64Array(days * 2),
      requestsByDay: new Float64Array(days * 2),
      before: new Float64Array(campaigns),
    };
  }

  day(day: number): void {
    const { requestsADay, regions, seed } = this.#market.options;
    this.#spent.fill(0);
    const rng = new Rng(hashPair(hashPair(seed, 2), day));
    let at = 0;
    for (let hour = 0; hour < HOURS; hour++) {
      const until = at + Math.round(requestsADay * this.#hours[hour]!);
      const first = at;
      for (; at < until; at++) {
        const share = (at - first) / (until - first);
        const time = millis(Math.floor(day * MILLIS_PER_DAY + ((hour + share) * MILLIS_PER_DAY) / HOURS));
        this.#pacing.advance(time, this, this);
        this.#request(day * requestsADay * 2 + at, { day, time, region: rng.below(regions), rng });
      }
    }
  }

  #request(request: number, page: Page): void {
    const arm = this.#design.arm(request);
    this.#passed[page.region * 2 + arm]!++;
    const accounts = this.#enter(request, arm, page);
    const measured = page.day - WARM_DAYS;
    const treated = measured >= 0 && this.#design.treated(arm, undefined, page.region, measured);
    this.#auction.run(this.#entrants, treated ? this.#treated : this.#untreated);
    if (measured >= 0) {
      this.outcomes.requests[arm]!++;
      this.outcomes.requestsByDay[measured * 2 + arm]!++;
    }
    for (let rank = 0; rank < this.#auction.won; rank++)
      this.#bill(rank, accounts[this.#auction.winner[rank]!]!, arm, page);
  }

  /** A view of what lies lower is worth less. */
  #bill(rank: number, account: number, arm: 0 | 1, page: Page): void {
    const { campaignsARegion, regions } = this.#market.options;
    const measured = page.day - WARM_DAYS;
    const price = Math.min((this.#auction.priceMicros[rank]! / 1000) * SLOT_DECAY ** rank, this.#left(account));
    this.#spent[account]! += price;
    this.#pacing.served(account, price, page.time);
    this.#pacing.billed(account, 0);
    const campaign = account % this.#market.campaigns;
    assert(Math.floor(campaign / campaignsARegion) === page.region, 'campaigns stay in their region', campaign);
    if (measured < 0) this.outcomes.before[campaign]! += price;
    else {
      this.outcomes.spent[arm][campaign]! += price;
      this.outcomes.byDay[measured * 2 + arm]! += price;
      this.outcomes.cells[measured * regions + page.region]! += price;
    }
  }

  /** Candidates that pacing lets take part; their accounts. */
  #enter(request: number, arm: 0 | 1, page: Page): number[] {
    const { campaigns, value, options } = this.#market;
    const { day, region, rng } = page;
    const entrants = this.#entrants;
    entrants.size = 0;
    const accounts: number[] = [];
    for (let i = 0; i < CANDIDATES; i++) {
      const campaign = this.#candidate(arm, page);
      const relevance = Math.exp(0.4 * rng.normal());
      const account = this.#design.splitBudgets && arm === 1 ? campaigns + campaign : campaign;
      if (hashPair(request, campaign) / 2 ** 32 >= this.#pacing.share(account) || this.#left(account) <= 0) continue;
      const raised = day >= WARM_DAYS && this.#design.treated(arm, campaign, region, day - WARM_DAYS);
      const entrant = entrants.open();
      entrants.bidMicros[entrant] = Math.round(value[campaign]! * relevance * (raised ? options.raise : 1));
      entrants.weight[entrant] = 1 / 1000;
      entrants.shop[entrant] = campaign;
      accounts.push(account);
    }
    return accounts;
  }

  #candidate(arm: 0 | 1, { day, region, rng }: Page): number {
    const { campaignsARegion } = this.#market.options;
    const { armOfCampaign } = this.#design;
    for (;;) {
      const campaign = region * campaignsARegion + this.#drawn(region, rng);
      if (armOfCampaign === undefined || day < WARM_DAYS || armOfCampaign[campaign] === arm) return campaign;
    }
  }

  #drawn(region: number, rng: Rng): number {
    const { reach, options } = this.#market;
    if (reach === undefined) return rng.below(options.campaignsARegion);
    let left = rng.unit();
    const first = region * options.campaignsARegion;
    let i = 0;
    while (i < options.campaignsARegion - 1 && left >= reach[first + i]!) left -= reach[first + i++]!;
    return i;
  }

  #left(account: number): number {
    const { budget, campaigns } = this.#market;
    return budget[account % campaigns]! / (this.#design.splitBudgets ? 2 : 1) - this.#spent[account]!;
  }

  spentMicros(account: number): number {
    return this.#spent[account]!;
  }

  leftMicros(account: number): number {
    return this.#left(account);
  }

  shareMax(): number {
    return 1;
  }

  passed(account: number): number {
    const { campaigns, options } = this.#market;
    const region = Math.floor((account % campaigns) / options.campaignsARegion);
    const [control, treated] = [this.#passed[region * 2]!, this.#passed[region * 2 + 1]!];
    if (!this.#design.splitBudgets) return control + treated;
    return account >= campaigns ? treated : control;
  }

  outlook(_account: number, at: Millis, weights: Float64Array): { rest: number; hourly: number } {
    const { requestsADay, regions } = this.#market.options;
    const daily = requestsADay / regions / (this.#design.splitBudgets ? 2 : 1);
    const hours = (at % MILLIS_PER_DAY) / (MILLIS_PER_DAY / HOURS);
    const hour = Math.floor(hours);
    const now = daily * this.#hours[hour]! * weights[hour]!;
    let rest = now * (1 - (hours - hour));
    for (let later = hour + 1; later < HOURS; later++) rest += daily * this.#hours[later]! * weights[later]!;
    return { rest, hourly: now };
  }
}

interface Page {
  readonly day: number;
  readonly time: Millis;
  readonly region: number;
  readonly rng: Rng;
}
