/**
 * A market of advertisers from its first day to its report. The first day shows sellers what their campaigns can spend; then
 * each sets a daily budget, most below that. From the second day on it is measured how budgets are paced.
 *
 *     could spend   what a campaign spent, each minute's divided by the share of opportunities that pacing let it take,
 *                   sums to at least SLACK × its goal
 *     within        |spent / goal − 1| <= 2 %, of the campaign-days that could spend their goal
 *     hourly RMS    sqrt(Σ (spent − wanted)² / Σ wanted²) over campaigns and hours, wanted being the pacer's own plan
 */
import type { AuctionFormat, Campaign, PacingMethod, Placement } from '@rialto/sdk';
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
const MICROS = 1_000_000;

export interface MarketOptions {
  readonly seed: number;
  /** Measured days; one more comes before them. */
  readonly days: number;
  readonly sellers: number;
  readonly requestsPerDay: number;
  readonly startMillis: number;
  /** Of the market's placements; `gsp` where absent. */
  readonly auction?: AuctionFormat;
  /** Of the market's placements; by format where absent. */
  readonly method?: PacingMethod;
}

export interface MarketReport {
  readonly seed: number;
  readonly days: number;
  readonly campaigns: number;
  readonly counts: MarketSimulation['counts'];
  readonly adRevenueMicros: number;
  readonly pacing: PacingFigures;
  /** Of the sellers whose budget was less than they had spent without one. */
  readonly purchase: PurchaseFigures;
}

/** What sellers with tight budgets got for their money on the measured days. */
export interface PurchaseFigures {
  /** Charged, of their budgets. */
  readonly budgetUsed: number;
  readonly chargedMicros: number;
  readonly clicksPerUnit: number;
  /** By the world's truth, for a unit of the currency. */
  readonly conversionsPerUnit: number;
  readonly valuePerUnit: number;
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
    MARKET_PLACEMENTS.map(({ placement }) => soldBy(placement, options)),
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
  let budgeted: Campaign[] = [];
  const end = startMillis + (days + 1) * MILLIS_PER_DAY;
  await simulation.run(end, async (at) => {
    meter.minute(millis(at - 1));
    if (at % HOUR_MS !== 0) return;
    meter.hour(millis(at - 1));
    if (at === firstMeasured) {
      budgeted = withBudgets(world, meter.potentials(), seed);
      await engine.save('campaign', budgeted, 'sellers');
      meter.begin();
      simulation.outcomes.take();
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
    purchase: purchaseOf(budgeted, { meter, simulation, days }),
  };
}

function soldBy(placement: Placement, { auction, method }: MarketOptions): Placement {
  if (auction === undefined && method === undefined) return placement;
  return { ...placement, auction: { ...(auction && { format: auction }), ...(method && { pacing: method }) } };
}

function purchaseOf(
  campaigns: readonly Campaign[],
  { meter, simulation, days }: { meter: PacingMeter; simulation: MarketSimulation; days: number },
): PurchaseFigures {
  const spent = meter.spentMicros();
  let [budget, charged, clicks, conversions, value] = [0, 0, 0, 0, 0];
  campaigns.forEach((campaign, row) => {
    const dailyMicros = campaign.dailyBudgetMicros ?? 0;
    if (dailyMicros >= (meter.warmUp[row] ?? 0)) return;
    const outcome = simulation.outcomes.of(campaign.id);
    budget += days * dailyMicros;
    charged += spent[row]!;
    clicks += outcome.clicks;
    conversions += outcome.conversions;
    value += outcome.valueMicros;
  });
  const units = Math.max(1, charged) / MICROS;
  return {
    budgetUsed: charged / Math.max(1, budget),
    chargedMicros: charged,
    clicksPerUnit: clicks / units,
    conversionsPerUnit: conversions / units,
    valuePerUnit: value / MICROS / units,
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
