/** The state as pacing sees it: what campaigns have spent and may spend, and the traffic that they can win. */

import type { AdBooks } from '../ads/ad-books.ts';
import { FACTOR_MAX } from '../ads/autobid.ts';
import { leftMicros } from '../ads/campaign-limits.ts';
import type { PacedCampaigns, TrafficOutlook } from '../ads/pacing.ts';
import type { TrafficCounts } from '../ads/traffic-counts.ts';
import { dayOf, type Millis } from '../base/units.ts';
import { STRATEGIES } from '../market/campaigns.ts';
import type { Market } from '../market/market.ts';

const MANUAL = STRATEGIES.indexOf('manual');
const HOUR_MS = 3_600_000;
const HOURS = 24;
/** Spending falls with the square of the bid, about: fewer auctions are won, and cheaper ones. */
const BID_ELASTICITY = 2;

/** The parts of the state that pacing reads. */
interface Parts {
  readonly market: Market;
  readonly books: AdBooks;
  readonly traffic: TrafficCounts;
}

export class PacedMarket implements PacedCampaigns, TrafficOutlook {
  readonly #state: Parts;

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

  elasticity(campaign: number): number {
    return this.#automatic(campaign) ? BID_ELASTICITY : 1;
  }

  factorMax(campaign: number): number {
    return this.#automatic(campaign) ? FACTOR_MAX : 1;
  }

  #automatic(campaign: number): boolean {
    return this.#state.market.campaigns.strategy.data[campaign] !== MANUAL;
  }

  passed(campaign: number): number {
    let total = 0;
    this.#eachPlacement(campaign, (placement) => {
      total += this.#state.traffic.total(placement);
    });
    return total;
  }

  outlook(campaign: number, at: Millis): { rest: number; hourly: number } {
    const now = Math.floor(at / HOUR_MS) % HOURS;
    const left = 1 - (at % HOUR_MS) / HOUR_MS;
    let [rest, hourly] = [0, 0];
    this.#eachPlacement(campaign, (placement) => {
      const hours = this.#state.traffic.hours(placement, at);
      hourly += hours[now]!;
      rest += hours[now]! * left;
      for (let hour = now + 1; hour < HOURS; hour++) rest += hours[hour]!;
    });
    return { rest, hourly };
  }

  #eachPlacement(campaign: number, visit: (placement: number) => void): void {
    const { placements, campaigns } = this.#state.market;
    for (let row = 0; row < placements.size; row++)
      if (campaigns.targets.allowsPlacement(campaign, placements.ids.text(row))) visit(row);
  }
}
