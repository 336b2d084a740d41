/**
 * A market of advertisers from its first day to its report. The first day shows sellers what their campaigns can spend; then
 * each sets a daily budget, most below that, and in a mixed market a goal of its own (`market-sellers.ts`). From the second day on it is measured how budgets are paced.
 *
 *     could spend   what a campaign spent, each minute's divided by the share of opportunities that pacing let it take,
 *                   sums to at least SLACK × its goal
 *     within        |spent / goal − 1| <= 2 %, of the campaign-days that could spend their goal
 *     hourly RMS    sqrt(Σ (spent − wanted)² / Σ wanted²) over campaigns and hours, wanted being the pacer's own plan
 */
import type { AuctionFormat, PacingMethod, Placement } from '@rialto/sdk';
import type { ManualClock } from '../base/clock.ts';
import { MILLIS_PER_DAY, MILLIS_PER_HOUR, millis } from '../base/units.ts';
import type { Engine } from '../delivery/engine.ts';
import { dayFigures, type GoalFigures, goalFigures } from './market-goals.ts';
import { Newcomers } from './market-newcomers.ts';
import { importPast } from './market-past.ts';
import { MARKET_PLACEMENTS } from './market-placements.ts';
import type { FraudFigures } from './market-robots.ts';
import { decideGoal, type Seller } from './market-sellers.ts';
import { MarketSimulation } from './market-simulation.ts';
import { MarketTraffic } from './market-traffic.ts';
import { type PacingFigures, PacingMeter } from './pacing-meter.ts';
import { saveWorld } from './save-world.ts';
import { generateWorld, type World } from './world.ts';

const WARM_UP_BUDGET_MICROS = 1e12;
const MICROS = 1_000_000;

export interface MarketOptions {
  readonly seed: number;
  /** Measured days; one more comes before them. */
  readonly days: number;
  readonly sellers: number;
  readonly requestsPerDay: number;
  readonly startMillis: number;
  /** Whether sellers have goals of all kinds; else all bid by hand for visits. */
  readonly mixed?: boolean;
  /** Of the market's placements; `gsp` where absent. */
  readonly auction?: AuctionFormat;
  /** Of the market's placements; by format where absent. */
  readonly method?: PacingMethod;
}

interface Money {
  readonly adClicks: number;
  readonly chargedMicros: number;
}

export interface MarketReport {
  readonly seed: number;
  readonly days: number;
  readonly campaigns: number;
  readonly counts: MarketSimulation['counts'];
  /** Listed while it ran. */
  readonly newListings: number;
  /** All clicks on ads that came back, and all that was charged. */
  readonly gross: Money;
  /** Without clicks that the rules on invalid traffic took out, and without what was given back. */
  readonly net: Money;
  readonly fraud: FraudFigures;
  readonly goals: readonly GoalFigures[];
  /** Without those that pay by order: what their day brings is paid on later ones. */
  readonly byViewAndClick: Omit<GoalFigures, 'goal' | 'targets'>;
  readonly pacing: PacingFigures;
  /** Of the sellers whose budget was less than they could spend on the first day. */
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
  const { seed, days, sellers, requestsPerDay, startMillis, mixed = false } = options;
  const world = marketWorld(options);
  const firstMeasured = startMillis + MILLIS_PER_DAY;
  const end = startMillis + (days + 1) * MILLIS_PER_DAY;
  const newcomers = new Newcomers(world, { seed, start: startMillis, end });
  await saveWorld(engine, newcomers.without(world));
  const placements = MARKET_PLACEMENTS.map(({ placement }) => soldBy(placement, options));
  await engine.save('placement', placements, 'simulator');
  if (mixed) await importPast(engine, world, startMillis);
  const shocks = [{ day: days, fromHour: 13, toHour: 16, factor: 2.5 }];
  const traffic = new MarketTraffic({ seed, startMillis, requestsPerDay, shocks });
  const simulation = new MarketSimulation({ engine, world, clock, traffic, seed });
  const meter = new PacingMeter(engine.state);
  let decided: Seller[] = [];
  let [come, adClicks, filtered] = [0, 0, 0];
  await simulation.run(end, async (at) => {
    meter.minute(millis(at - 1));
    if (at % MILLIS_PER_HOUR !== 0) return;
    meter.hour(millis(at - 1));
    if (at % MILLIS_PER_DAY === 0) await simulation.robots.audit();
    if (at === firstMeasured) {
      decided = afterFirstDay(world, { meter, simulation, seed, mixed });
      await engine.save(
        'campaign',
        decided.map(({ campaign }) => newcomers.present(campaign)),
        'sellers',
      );
      meter.begin();
    }
    const campaigns = decided.length > 0 ? decided.map(({ campaign }) => campaign) : world.campaigns;
    come += await newcomers.arrive(at, engine, campaigns);
    onHour?.(at);
  });
  ({ adClicks, adEventsInvalid: filtered } = engine.state.tally);
  const { chargedMicros, refundedMicros } = engine.state.ledger.totals;
  return {
    seed,
    days,
    campaigns: sellers,
    newListings: come,
    counts: simulation.counts,
    gross: { adClicks, chargedMicros },
    net: { adClicks: adClicks - filtered, chargedMicros: chargedMicros - refundedMicros },
    fraud: simulation.robots.figures,
    pacing: meter.figures(),
    goals: goalFigures(decided, meter.campaignDays, simulation.outcomes),
    byViewAndClick: dayFigures(
      meter.campaignDays.filter(({ campaign }) => decided[campaign]?.goal !== 'cost-per-sale'),
    ),
    purchase: purchaseOf(decided, { meter, simulation, days }),
  };
}

function afterFirstDay(
  world: World,
  {
    meter,
    simulation,
    seed,
    mixed,
  }: { meter: PacingMeter; simulation: MarketSimulation; seed: number; mixed: boolean },
): Seller[] {
  const outcomes = simulation.outcomes.take();
  const spent = meter.spentMicros();
  return world.campaigns.map((campaign, row) => {
    const day = {
      potentialMicros: meter.potentials()[row]!,
      spentMicros: spent[row]!,
      outcome: outcomes.of(campaign.id),
    };
    return decideGoal(campaign, day, { seed, mixed });
  });
}

function soldBy(placement: Placement, { auction, method }: MarketOptions): Placement {
  if (auction === undefined && method === undefined) return placement;
  return { ...placement, auction: { ...(auction && { format: auction }), ...(method && { pacing: method }) } };
}

function purchaseOf(
  sellers: readonly Seller[],
  { meter, simulation, days }: { meter: PacingMeter; simulation: MarketSimulation; days: number },
): PurchaseFigures {
  const spent = meter.spentMicros();
  let [budget, charged, clicks, conversions, value] = [0, 0, 0, 0, 0];
  sellers.forEach(({ campaign, generous }, row) => {
    if (generous) return;
    const outcome = simulation.outcomes.of(campaign.id);
    budget += days * (campaign.dailyBudgetMicros ?? 0);
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

export function marketWorld({
  seed,
  sellers,
  requestsPerDay,
}: Pick<MarketOptions, 'seed' | 'sellers' | 'requestsPerDay'>): World {
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
    // Nobody clicks here before two seconds have passed, but robots: the rules on invalid traffic hold as they are.
    settings: { ...world.settings, ads: {} },
    campaigns: world.campaigns.map((campaign) => ({ ...campaign, dailyBudgetMicros: WARM_UP_BUDGET_MICROS })),
  };
}
