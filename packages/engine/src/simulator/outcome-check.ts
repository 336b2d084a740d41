/**
 * Whether curves of outcomes against budgets come true: a market runs under budgets, some campaigns are asked what another budget
 * would bring, get that budget, and the next day is lived. The others keep theirs.
 *
 *     error = |lived / predicted − 1|, where predicted is taken at the day's real traffic: how much comes is the forecast's matter
 *     covered: what was lived lies in the 80 % interval, the traffic's uncertainty included
 */
import type { Campaign, CampaignOutcomes } from '@rialto/sdk';
import type { ManualClock } from '../base/clock.ts';
import { hash32 } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { dayOf, MICROS_PER_CENT, MILLIS_PER_DAY, millis } from '../base/units.ts';
import { campaignOutcomes } from '../delivery/campaign-outlook.ts';
import { replayCampaign } from '../delivery/campaign-replay.ts';
import type { Engine } from '../delivery/engine.ts';
import type { Log } from '../log/log.ts';
import { MARKET_PLACEMENTS } from './market-placements.ts';
import { marketWorld } from './market-run.ts';
import { MarketSimulation } from './market-simulation.ts';
import { MarketTraffic } from './market-traffic.ts';
import { PacingMeter } from './pacing-meter.ts';
import { saveWorld } from './save-world.ts';

/** Under budgets, before anybody is asked. */
const BUDGET_DAYS = 2;
const FACTORS = [0.5, 2, 3];
/** Of the campaigns, those whose budget is more than they can spend. */
const GENEROUS_SHARE = 0.15;
const BUDGET_MICROS_MIN = 1_000_000;

export interface OutcomeCheckOptions {
  readonly seed: number;
  readonly sellers: number;
  readonly requestsPerDay: number;
  readonly startMillis: number;
  /** How many campaigns get another budget. */
  readonly asked: number;
  /** As of the replay. */
  readonly pagesMax?: number;
}

export interface CheckedOutcome {
  readonly campaign: string;
  readonly factor: number;
  readonly budgetMicros: number;
  readonly answer: CampaignOutcomes;
  readonly predicted: CampaignOutcomes['budgets'][number];
  readonly lived: { readonly visits: number; readonly spendMicros: number };
}

export interface OutcomeCheck {
  readonly outcomes: readonly CheckedOutcome[];
  /** Requests of the lived day by those forecast. */
  readonly traffic: number;
  /** Medians over campaigns. */
  readonly visitsError: number;
  readonly spendError: number;
  /** All campaigns' visits and spending, lived by predicted. */
  readonly visitsRatio: number;
  readonly spendRatio: number;
  readonly visitsCovered: number;
  readonly spendCovered: number;
}

export async function checkOutcomes(
  { engine, clock, log }: { readonly engine: Engine; readonly clock: ManualClock; readonly log: Log },
  options: OutcomeCheckOptions,
  onHour?: (at: number) => void,
): Promise<OutcomeCheck> {
  const { seed, requestsPerDay, startMillis, asked, pagesMax } = options;
  const world = marketWorld(options);
  await saveWorld(engine, world);
  const placements = MARKET_PLACEMENTS.map(({ placement }) => placement);
  await engine.save('placement', placements, 'simulator');
  const traffic = new MarketTraffic({ seed, startMillis, requestsPerDay, shocks: [] });
  const simulation = new MarketSimulation({ engine, world, clock, traffic, seed });
  const meter = new PacingMeter(engine.state);
  const day = (n: number): number => startMillis + n * MILLIS_PER_DAY;
  const run = (until: number) =>
    simulation.run(until, (at) => {
      meter.minute(millis(at - 1));
      if (at % 3_600_000 !== 0) return;
      meter.hour(millis(at - 1));
      onHour?.(at);
    });
  await run(day(1));
  const budgeted = withBudgets(world.campaigns, meter.potentials(), seed);
  await engine.save('campaign', budgeted, 'sellers');
  const begin = engine.offset;
  await run(day(1 + BUDGET_DAYS));
  const chosen = budgeted.filter((_, i) => i % Math.max(1, Math.floor(budgeted.length / asked)) === 0).slice(0, asked);
  const asks = [];
  for (const [i, campaign] of chosen.entries()) {
    const end = engine.offset;
    const { decisions } = engine.state.tally;
    const bounds = { recordsMax: end - begin, ...(pagesMax !== undefined && { pagesMax }) };
    const replay = await replayCampaign({ log, campaign, end, decisions, ...bounds });
    const factor = FACTORS[i % FACTORS.length]!;
    asks.push({ campaign, factor, answer: campaignOutcomes(campaign, replay) });
  }
  const changed = asks.map(({ campaign, factor }): Campaign => withBudget(campaign, factor));
  await engine.save('campaign', changed, 'sellers');
  const requests = forecastRequests(engine);
  const before = asks.map(({ campaign }) => clicksOf(engine, campaign.id));
  const requestsBefore = simulation.counts.requests;
  await run(day(2 + BUDGET_DAYS));
  const outcomes = asks.map(({ campaign, factor, answer }, i) => ({
    campaign: campaign.id,
    factor,
    budgetMicros: changed[i]!.dailyBudgetMicros!,
    answer,
    predicted: answer.budgets.find((point) => point.factor === factor)!,
    lived: {
      visits: clicksOf(engine, campaign.id) - before[i]!,
      spendMicros: engine.state.ledger.spentMicros(rowOf(engine, campaign.id), dayOf(millis(day(2 + BUDGET_DAYS) - 1))),
    },
  }));
  return { outcomes, ...figures(outcomes, (simulation.counts.requests - requestsBefore) / requests) };
}

/** What each seller has seen the campaign spend when it could, times what the seller is willing to put in. */
function withBudgets(campaigns: readonly Campaign[], potentials: Float64Array, seed: number): Campaign[] {
  const rng = new Rng(hash32(`${seed}/budgets`));
  return campaigns.map((campaign, row) => {
    const share = rng.unit() < GENEROUS_SHARE ? 1.5 : 0.2 + 0.6 * rng.unit();
    const micros = MICROS_PER_CENT * Math.round((share * potentials[row]!) / MICROS_PER_CENT);
    return { ...campaign, dailyBudgetMicros: Math.max(BUDGET_MICROS_MIN, micros) };
  });
}

const withBudget = (campaign: Campaign, factor: number): Campaign => ({
  ...campaign,
  dailyBudgetMicros: Math.round(factor * campaign.dailyBudgetMicros!),
});

const rowOf = (engine: Engine, id: string): number => engine.state.market.campaigns.documents.ids.find(id);
const clicksOf = (engine: Engine, id: string): number =>
  engine.state.books.attribution.counts.conversions(rowOf(engine, id)).clicks;

/** On an average day of the next week, as the answers take it. */
function forecastRequests({ state }: Engine): number {
  return MARKET_PLACEMENTS.reduce((sum, { placement }) => {
    const row = state.market.placements.ids.find(placement.id);
    return sum + state.traffic.forecastTotal(row, millis(state.logTime), 168).mean / 7;
  }, 0);
}

function figures(outcomes: readonly CheckedOutcome[], traffic: number): Omit<OutcomeCheck, 'outcomes'> {
  const sum = (of: (outcome: CheckedOutcome) => number): number => outcomes.reduce((total, one) => total + of(one), 0);
  /** Money that is spent whole is so whatever comes. */
  const at = ({ predicted, budgetMicros }: CheckedOutcome): number =>
    predicted.spendMicros.mean >= 0.98 * budgetMicros ? 1 : traffic;
  const errors = (lived: (one: CheckedOutcome) => number, predicted: (one: CheckedOutcome) => number): number =>
    median(outcomes.filter((one) => predicted(one) > 0).map((one) => Math.abs(lived(one) / predicted(one) - 1)));
  const inside = (value: number, { low, high }: { low: number; high: number }): boolean =>
    value >= low && value <= high;
  const visits = (one: CheckedOutcome): number => at(one) * one.predicted.visits.mean;
  const spend = (one: CheckedOutcome): number => at(one) * one.predicted.spendMicros.mean;
  return {
    traffic,
    visitsError: errors(({ lived }) => lived.visits, visits),
    spendError: errors(({ lived }) => lived.spendMicros, spend),
    visitsRatio: sum(({ lived }) => lived.visits) / sum(visits),
    spendRatio: sum(({ lived }) => lived.spendMicros) / sum(spend),
    visitsCovered: sum((one) => Number(inside(one.lived.visits, one.predicted.visits))) / outcomes.length,
    spendCovered: sum((one) => Number(inside(one.lived.spendMicros, one.predicted.spendMicros))) / outcomes.length,
  };
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
