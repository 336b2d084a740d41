/**
 * A market of advertisers from its first day to its report. The first day shows sellers what their campaigns can spend; then
 * each sets a daily budget, most below that. From the second day on it is measured how budgets are paced.
 *
 *     could spend   what a campaign spent, each minute's divided by the share of opportunities that pacing let it take,
 *                   sums to at least SLACK × its goal
 *     within        |spent / goal − 1| <= 2 %, of the campaign-days that could spend their goal
 *     hourly RMS    sqrt(Σ (spent − wanted)² / Σ wanted²) over campaigns and hours, wanted being the pacer's own plan
 */
import type { Campaign } from '@rialto/sdk';
import type { ManualClock } from '../base/clock.ts';
import { hash32 } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY, millis } from '../base/units.ts';
import type { Engine } from '../delivery/engine.ts';
import { MARKET_PLACEMENTS } from './market-placements.ts';
import { MarketSimulation } from './market-simulation.ts';
import { MarketTraffic } from './market-traffic.ts';
import { type PacingFigures, PacingMeter } from './pacing-meter.ts';
import { saveWorld } from './save-world.ts';
import { generateWorld, type World } from './world.ts';

const WARM_UP_BUDGET_MICROS = 1e12;
/** Of the campaigns, those whose budget is more than they can spend. */
const GENEROUS_SHARE = 0.15;
const HOUR_MS = 3_600_000;
const CENT_MICROS = 10_000;

export interface MarketOptions {
  readonly seed: number;
  /** Measured days; one more comes before them. */
  readonly days: number;
  readonly sellers: number;
  readonly requestsPerDay: number;
  readonly startMillis: number;
}

export interface MarketReport {
  readonly seed: number;
  readonly days: number;
  readonly campaigns: number;
  readonly counts: MarketSimulation['counts'];
  readonly adRevenueMicros: number;
  readonly pacing: PacingFigures;
}

export interface MarketRunInput {
  readonly engine: Engine;
  readonly clock: ManualClock;
  readonly options: MarketOptions;
  readonly onHour?: (at: number) => void;
}

export async function runMarket({ engine, clock, options, onHour }: MarketRunInput): Promise<MarketReport> {
  const { seed, days, sellers, requestsPerDay, startMillis } = options;
  const world = marketWorld(options);
  await saveWorld(engine, world);
  await engine.save(
    'placement',
    MARKET_PLACEMENTS.map(({ placement }) => placement),
    'simulator',
  );
  const traffic = new MarketTraffic({
    seed,
    startMillis,
    requestsPerDay,
    shocks: [{ day: days, fromHour: 13, toHour: 16, factor: 2.5 }],
  });
  const simulation = new MarketSimulation({ engine, world, clock, traffic, seed });
  const meter = new PacingMeter(engine.state);
  const firstMeasured = startMillis + MILLIS_PER_DAY;
  const end = startMillis + (days + 1) * MILLIS_PER_DAY;
  await simulation.run(end, async (at) => {
    meter.minute(millis(at - 1));
    if (at % HOUR_MS !== 0) return;
    meter.hour(millis(at - 1));
    if (at === firstMeasured) {
      await engine.save('campaign', withBudgets(world, meter.potentials(), seed), 'sellers');
      meter.begin();
    }
    onHour?.(at);
  });
  return {
    seed,
    days,
    campaigns: sellers,
    counts: simulation.counts,
    adRevenueMicros: engine.state.ledger.totals.chargedMicros,
    pacing: meter.figures(),
  };
}

function marketWorld({ seed, sellers, requestsPerDay }: MarketOptions): World {
  const world = generateWorld(
    {
      listings: 8 * sellers,
      buyers: 20_000,
      shops: sellers,
      advertisingShare: 1,
      visitsPerDay: requestsPerDay,
      // What pacing is measured on asks for no more than pacing knows of.
      plainCampaigns: true,
    },
    seed,
  );
  return {
    ...world,
    campaigns: world.campaigns.map((campaign) => ({ ...campaign, dailyBudgetMicros: WARM_UP_BUDGET_MICROS })),
  };
}

/** What each seller has seen the campaign spend when it could, times what the seller is willing to put in. */
function withBudgets(world: World, potentials: Float64Array, seed: number): Campaign[] {
  const rng = new Rng(hash32(`${seed}/budgets`));
  return world.campaigns.map((campaign, row) => {
    const share = rng.unit() < GENEROUS_SHARE ? 1.5 : 0.2 + 0.6 * rng.unit();
    const micros = CENT_MICROS * Math.round((share * potentials[row]) / CENT_MICROS);
    return { ...campaign, dailyBudgetMicros: Math.max(CENT_MICROS * 100, micros) };
  });
}
