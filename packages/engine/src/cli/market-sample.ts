/**
 * What the live view shows, sampled from a running engine: totals, rates over the last seconds, and short series for plots.
 * Totals count from when the sampler was made.
 */
import { dayOf, millis } from '../base/units.ts';
import type { Engine } from '../delivery/engine.ts';
import type { Latency } from '../simulator/latency.ts';
import type { Simulation } from '../simulator/simulation.ts';

const SERIES_MAX = 240;
/** Seconds that the quantiles look back. */
const LATENCY_SECONDS = 10;
const CAMPAIGNS_MAX = 12;

export interface CampaignSample {
  readonly id: string;
  readonly shop: string;
  readonly spentMicros: number;
  readonly budgetMicros: number;
  readonly clicks: number;
}

export interface MarketTotals {
  readonly decisions: number;
  readonly events: number;
  readonly impressions: number;
  readonly clicks: number;
  readonly adImpressions: number;
  readonly adClicks: number;
  readonly adRevenueMicros: number;
}

export interface MarketSample {
  readonly simulatedAt: number;
  readonly currency: string;
  readonly totals: MarketTotals;
  readonly orders: number;
  readonly orderValueMicros: number;
  /** Of the decisions of the last seconds. */
  readonly p50Microseconds: number;
  readonly p99Microseconds: number;
  readonly decisionsPerSecond: number;
  /** Of the simulated UTC day. */
  readonly spentTodayMicros: number;
  readonly budgetTodayMicros: number;
  /** Campaigns that have nothing left today. */
  readonly exhausted: number;
  readonly campaigns: number;
  /** Who spent most today. */
  readonly topCampaigns: readonly CampaignSample[];
  /** One value a second, the latest last. */
  readonly decisionsSeries: readonly number[];
  readonly clickRateSeries: readonly number[];
  readonly revenueSeries: readonly number[];
}

export function totalsOf({ state }: Engine): MarketTotals {
  const { decisions, events, impressions, clicks, adImpressions, adClicks } = state.tally;
  return {
    decisions,
    events,
    impressions,
    clicks,
    adImpressions,
    adClicks,
    adRevenueMicros: state.ledger.totals.chargedMicros,
  };
}

export function since(now: MarketTotals, before: MarketTotals): MarketTotals {
  const names = Object.keys(now) as (keyof MarketTotals)[];
  return Object.fromEntries(names.map((name) => [name, now[name] - before[name]])) as unknown as MarketTotals;
}

export class MarketSampler {
  readonly #engine: Engine;
  readonly #simulation: Simulation;
  readonly #start: MarketTotals;
  readonly #decisions: number[] = [];
  readonly #clickRates: number[] = [];
  readonly #revenues: number[] = [];
  #second: { readonly at: number; readonly totals: MarketTotals };
  /** As they were at the last seconds, the earliest first. */
  readonly #latencies: Latency[];
  #rate = 0;

  /** Times are in milliseconds of real time, on any scale. */
  constructor(engine: Engine, simulation: Simulation, realNow: number) {
    this.#engine = engine;
    this.#simulation = simulation;
    this.#start = totalsOf(engine);
    this.#latencies = [simulation.latency.copy()];
    this.#second = { at: realNow, totals: this.#start };
  }

  sample(simulatedAt: number, realNow: number): MarketSample {
    const totals = totalsOf(this.#engine);
    this.#turn(totals, realNow);
    const { counts } = this.#simulation;
    const latency = this.#simulation.latency.since(this.#latencies[0]);
    return {
      simulatedAt,
      currency: this.#engine.state.market.settings().currency,
      totals: since(totals, this.#start),
      orders: counts.orders,
      orderValueMicros: counts.orderValueMicros,
      p50Microseconds: latency.quantileMicroseconds(0.5),
      p99Microseconds: latency.quantileMicroseconds(0.99),
      decisionsPerSecond: this.#rate,
      ...this.#today(simulatedAt),
      decisionsSeries: this.#decisions,
      clickRateSeries: this.#clickRates,
      revenueSeries: this.#revenues,
    };
  }

  /** Once a second, what happened in it goes into the series. */
  #turn(totals: MarketTotals, now: number): void {
    const seconds = (now - this.#second.at) / 1000;
    if (seconds < 1) return;
    const step = since(totals, this.#second.totals);
    this.#rate = step.decisions / seconds;
    push(this.#decisions, this.#rate);
    push(this.#clickRates, step.impressions === 0 ? 0 : step.clicks / step.impressions);
    push(this.#revenues, step.adRevenueMicros / seconds);
    this.#latencies.push(this.#simulation.latency.copy());
    if (this.#latencies.length > LATENCY_SECONDS) this.#latencies.shift();
    this.#second = { at: now, totals };
  }

  #today(simulatedAt: number) {
    const { market, ledger } = this.#engine.state;
    const { campaigns } = market;
    const day = dayOf(millis(simulatedAt));
    const rows = Array.from({ length: campaigns.size }, (_, row) => row);
    const spent = rows.map((row) => ledger.spentMicros(row, day));
    const budgets = rows.map((row) => (campaigns.active.data[row] === 1 ? campaigns.dayLimitMicros(row) : 0));
    const top = rows.filter((row) => spent[row] > 0).sort((a, b) => spent[b] - spent[a] || a - b);
    return {
      spentTodayMicros: spent.reduce((sum, micros) => sum + micros, 0),
      budgetTodayMicros: budgets.reduce((sum, micros) => sum + micros, 0),
      exhausted: rows.filter((row) => budgets[row] > 0 && spent[row] >= budgets[row]).length,
      campaigns: campaigns.size,
      topCampaigns: top.slice(0, CAMPAIGNS_MAX).map((row) => {
        const { id, shop } = campaigns.documents.at(row);
        return {
          id,
          shop: market.shops.get(shop)?.name ?? shop,
          spentMicros: spent[row],
          budgetMicros: budgets[row],
          clicks: ledger.find(row, day)?.clicks ?? 0,
        };
      }),
    };
  }
}

function push(series: number[], value: number): void {
  series.push(value);
  if (series.length > SERIES_MAX) series.shift();
}
