/** `rialto experiment plan --change KIND`: which design fits a change, by trying it in the shop as its own log shows it. */
import { adviseDesign, type DesignAdvice } from '../../experiments/design-advice.ts';
import { percent } from '../../experiments/result-text.ts';
import { shopProfile } from '../../lake/shop-profile.ts';
import { type ChangeKind, type DesignStudy, planDesigns } from '../../simulator/plan-designs.ts';
import { normalQuantile } from '../../statistics/distributions.ts';
import { openFreshLake } from '../fresh-lake.ts';
import { tableLines } from '../result-text.ts';
import { stepProgress } from '../step-progress.ts';

export interface PlanDesignFlags {
  readonly data: string;
  readonly alpha: number;
  readonly power: number;
  readonly effect?: number;
  readonly change?: ChangeKind;
  readonly raise: number;
  readonly slots: number;
  readonly pressure: number;
  readonly historyDays: number;
  readonly seed: number;
  readonly small?: boolean;
  readonly json?: boolean;
}

const SIZE = { days: 8, draws: 10, requestsADay: 8_000 };
const SMALL = { days: 4, draws: 2, requestsADay: 1_500 };
const EFFECT = 0.02;

export async function planDesign(flags: PlanDesignFlags & { readonly change: ChangeKind }): Promise<void> {
  const { data, alpha, power, change, raise, slots, pressure, historyDays, seed, small, json, effect = EFFECT } = flags;
  const lake = await openFreshLake(data);
  const profile = await shopProfile(lake, historyDays).finally(() => lake.close());
  const progress = stepProgress();
  const onRun = (done: number, all: number): void => progress.show(done, all, 'simulated experiments');
  const size = small === true ? SMALL : SIZE;
  const study = planDesigns(profile, { change, raise, slots, pressure, seed, effect, onRun, ...size });
  progress.end();
  const errorsAway = normalQuantile(1 - alpha / 2) + normalQuantile(power);
  const advice = adviseDesign(study.forecasts, { errorsAway, effect: study.effect });
  const assumes = assumptions(study, change, pressure);
  if (json !== true) {
    process.stdout.write(text(study, advice, assumes));
    return;
  }
  const { forecasts, ...shop } = study;
  const simulated = forecasts.length > 0 && study.campaigns !== null ? { ...size, seed, pressure } : { seed };
  const history = { days: profile.days, pagesADay: profile.pagesADay, adPagesADay: profile.adPagesADay };
  process.stdout.write(`${JSON.stringify({ change, ...shop, history, simulated, ...advice, assumes })}\n`);
}

function assumptions({ campaigns, regions }: DesignStudy, change: ChangeKind, pressure: number): string[] {
  if (campaigns === null)
    return [
      'buyers share nothing that the change touches: neither stock that runs out nor budgets of ads',
      ...(change === 'ranking' ? ['pages of one buyer are taken as independent in interleaving'] : []),
    ];
  return [
    'bids are in proportion to prices paid, and demand is as it was',
    `campaigns that their budget holds back would spend ${pressure} times as much without it (--pressure)`,
    regions === 1
      ? 'every campaign is for all regions, as most are'
      : `every campaign is for one of ${regions} regions`,
    'traffic and budgets are scaled down together; standard errors of plain and budget-split tests are scaled to the shop',
  ];
}

function text(
  { effect, held, campaigns, regions, requestsADay, leftOut }: DesignStudy,
  advice: DesignAdvice,
  assumes: readonly string[],
): string {
  const titles = ['design', 'bias of the effect', 'standard error', 'days needed'];
  const rows = advice.designs.map(({ design, bias, biasError, standardError, days, daysNeeded }) => [
    design,
    `${percent(bias)} ± ${percent(biasError).replace('+', '')}`,
    `${percent(standardError).replace('+', '')} in ${days < 10 ? Number(days.toFixed(1)) : Math.round(days)} days`,
    daysNeeded === null ? 'more than a year' : String(daysNeeded),
  ]);
  const market =
    campaigns === null
      ? `effect hoped for, on clicks: ${percent(effect)}\n`
      : `true effect on what is spent: ${percent(effect)}; budgets hold back ${percent(held!).replace('+', '')} of ${campaigns} campaigns, ${regions} regions, ${requestsADay} pages a day simulated\n`;
  return [
    market,
    ...tableLines(
      titles.map((name) => ({ name, type: 'VARCHAR' })),
      rows,
    ).map((line) => `${line}\n`),
    `\n${advice.reason}\n`,
    `set up with ${advice.setup}\n`,
    ...leftOut.map((one) => `left out: ${one}\n`),
    ...assumes.map((one) => `assumed: ${one}\n`),
  ].join('');
}
