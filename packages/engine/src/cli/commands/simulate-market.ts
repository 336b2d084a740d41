/** `rialto simulate --world market`: advertisers with budgets in traffic that nobody knows beforehand, and how they were paced. */
import type { AuctionFormat, PacingMethod } from '@rialto/sdk';
import { ManualClock } from '../../base/clock.ts';
import { MILLIS_PER_DAY, millis } from '../../base/units.ts';
import { Engine } from '../../delivery/engine.ts';
import { MemoryLog } from '../../log/memory-log.ts';
import { ForgetfulLog } from '../../simulator/forgetful-log.ts';
import type { GoalFigures } from '../../simulator/market-goals.ts';
import { type MarketReport, runMarket } from '../../simulator/market-run.ts';
import { checkOutcomes, type OutcomeCheck } from '../../simulator/outcome-check.ts';
import { countText, moneyText } from '../live-view.ts';
import { sparkline } from '../sparkline.ts';
import { stepProgress } from '../step-progress.ts';

const DAYS = 1;
const SELLERS = 250;
const REQUESTS_PER_DAY = 600_000;

export interface MarketFlags {
  readonly seed: number;
  readonly days?: number;
  readonly sellers?: number;
  readonly requests?: number;
  readonly start: number;
  readonly goals?: 'visits' | 'mixed';
  readonly auction?: AuctionFormat;
  readonly pacing?: PacingMethod;
  readonly ask?: number;
  readonly json?: boolean;
}

export async function simulateMarket(flags: MarketFlags): Promise<void> {
  if (flags.ask !== undefined) return askMarket(flags, flags.ask);
  const {
    seed,
    days = DAYS,
    sellers = SELLERS,
    requests = REQUESTS_PER_DAY,
    start,
    goals,
    auction,
    pacing,
    json,
  } = flags;
  const progress = stepProgress();
  const clock = new ManualClock(millis(start));
  let drawn = 0;
  const engine = await Engine.open({
    log: new ForgetfulLog(),
    clock,
    nonce: () => `${seed.toString(36)}.${(drawn++).toString(36)}`,
    tokenSecret: Buffer.alloc(32, `market ${seed}`),
  });
  const hours = Math.ceil(days + 1) * 24;
  const report = await runMarket({
    engine,
    clock,
    options: {
      seed,
      days: Math.ceil(days),
      sellers,
      requestsPerDay: requests,
      startMillis: start,
      mixed: goals === 'mixed',
      ...(auction && { auction }),
      ...(pacing && { method: pacing }),
    },
    onHour: (at) => progress.show((24 * (at - start)) / MILLIS_PER_DAY, hours, 'simulated hours'),
  });
  progress.end();
  await engine.close();
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : marketText(report));
}

const ASKED_DAYS = 4;

/** Asks campaigns what another budget would bring, gives it to them, and lives the day. */
async function askMarket(flags: MarketFlags, asked: number): Promise<void> {
  const { seed, sellers = SELLERS, requests = REQUESTS_PER_DAY, start, json } = flags;
  const progress = stepProgress();
  const clock = new ManualClock(millis(start));
  const log = new MemoryLog();
  let drawn = 0;
  const engine = await Engine.open({
    log,
    clock,
    nonce: () => `${seed.toString(36)}.${(drawn++).toString(36)}`,
    tokenSecret: Buffer.alloc(32, `market ${seed}`),
  });
  const { outcomes, ...figures } = await checkOutcomes(
    { engine, clock, log },
    { seed, sellers, requestsPerDay: requests, startMillis: start, asked },
    (at) => progress.show((24 * (at - start)) / MILLIS_PER_DAY, ASKED_DAYS * 24, 'simulated hours'),
  );
  progress.end();
  await engine.close();
  const campaigns = outcomes.map(({ campaign, factor, predicted, lived }) => ({ campaign, factor, predicted, lived }));
  if (json) process.stdout.write(`${JSON.stringify({ seed, sellers, ...figures, campaigns })}\n`);
  else process.stdout.write(askedText(figures, outcomes));
}

function askedText(
  {
    traffic,
    visitsError,
    spendError,
    visitsRatio,
    spendRatio,
    visitsCovered,
    spendCovered,
  }: Omit<OutcomeCheck, 'outcomes'>,
  outcomes: OutcomeCheck['outcomes'],
): string {
  const lines = outcomes.map(
    ({ campaign, factor, predicted, lived }) =>
      `${campaign.padEnd(22)} budget × ${factor}: visits ${predicted.visits.mean.toFixed(1)} (${predicted.visits.low.toFixed(1)} – ${predicted.visits.high.toFixed(1)}), lived ${lived.visits}; spend ${moneyText(predicted.spendMicros.mean, 'EUR')}, lived ${moneyText(lived.spendMicros, 'EUR')}`,
  );
  return `${[
    ...lines,
    `median error   visits ${percent(visitsError)}, spend ${percent(spendError)}, at the day's traffic (${percent(traffic)} of what was forecast)`,
    `all together   visits ${percent(visitsRatio)} of predicted, spend ${percent(spendRatio)}`,
    `in the 80 %    visits ${percent(visitsCovered)}, spend ${percent(spendCovered)}`,
  ].join('\n')}\n`;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function goalRow(label: string, of: Omit<GoalFigures, 'goal'>): readonly [string, string] {
  const { campaignDays, couldSpend, withinTwoPercent, budgetUsed, hourlyRms, overDelivered, targets } = of;
  const kept = targets
    ? `; ${percent(targets.met)} of ${targets.campaigns} kept their target, the median at ${targets.medianRatio.toFixed(2)} of it`
    : '';
  const spent = `${percent(withinTwoPercent)} within 2 %, ${percent(budgetUsed)} of budgets used, hourly RMS ${percent(hourlyRms)}, ${percent(overDelivered)} given free`;
  return [label, `${couldSpend} of ${campaignDays} could spend: ${spent}${kept}`];
}

function marketText(report: MarketReport): string {
  const { seed, days, campaigns, counts, gross, net, fraud, pacing, purchase } = report;
  const rows: readonly (readonly [string, string])[] = [
    [
      'market',
      `${campaigns} sellers, seed ${seed}, ${days} measured ${days === 1 ? 'day' : 'days'} after a day without budgets`,
    ],
    ['requests', `${countText(counts.requests)}, ${countText(counts.impressions)} impressions`],
    ['new listings', countText(report.newListings)],
    [
      'ad clicks',
      `${countText(gross.adClicks)} gross, ${countText(net.adClicks)} net; ${countText(counts.peopleFiltered)} of people were not believed`,
    ],
    [
      'robots',
      `${countText(fraud.clicks)} clicks, ${countText(fraud.filtered)} filtered; ${moneyText(fraud.billedMicros, 'EUR')} billed, ${moneyText(fraud.refundedMicros, 'EUR')} given back`,
    ],
    ['ad revenue', `${moneyText(gross.chargedMicros, 'EUR')} gross, ${moneyText(net.chargedMicros, 'EUR')} net`],
    ['could spend', `${pacing.couldSpend} of ${pacing.campaignDays} campaign-days could have spent 1.1 × their budget`],
    ['within 2 %', `${percent(pacing.withinTwoPercent)} of those; the median spent ${percent(pacing.medianShare)}`],
    [
      'overspend',
      `${moneyText(pacing.billedOverspendMicros, 'EUR')} billed, ${percent(pacing.overDelivered)} given free`,
    ],
    ['hourly RMS', `${percent(pacing.hourlyRms)} by campaign, ${percent(pacing.hourlyRmsOfSum)} of their sum`],
    [
      'for the money',
      `${percent(purchase.budgetUsed)} of tight budgets used; for a unit ${purchase.clicksPerUnit.toFixed(2)} clicks, ${purchase.conversionsPerUnit.toFixed(3)} conversions worth ${purchase.valuePerUnit.toFixed(2)}`,
    ],
    ...(report.goals.length > 1
      ? [goalRow('by view and click', report.byViewAndClick), ...report.goals.map((of) => goalRow(of.goal, of))]
      : []),
    ['spent', sparkline(pacing.hourlySpent, 72)],
    ['wanted', sparkline(pacing.hourlyWanted, 72)],
  ];
  return `${rows.map(([label, text]) => `${label.padEnd(22)}${text}`).join('\n')}\n`;
}
