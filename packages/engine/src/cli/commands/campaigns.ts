/** `rialto campaigns`: what campaigns would get, before they start or at other budgets, from a data directory. */
import type { CampaignDraft, CampaignEstimate, CampaignOutcomes, Estimated } from '@rialto/sdk';
import { Command } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import {
  answerOutlook,
  type OutlookAnswers,
  type OutlookQuestion,
  questionOfCampaign,
  questionOfDraft,
} from '../../delivery/answer-outlook.ts';
import { logDirectory, openCheckpoints, readState } from '../../delivery/data-directory.ts';
import type { State } from '../../delivery/state.ts';
import { FileLog } from '../../log/file-log.ts';
import { campaignDraftSchema } from '../../wire/campaign-schema.ts';
import { validate } from '../../wire/validate.ts';
import { moneyText } from '../live-view.ts';
import { sparkline } from '../sparkline.ts';
import { stepProgress } from '../step-progress.ts';
import { readTextFile } from '../text-file.ts';

interface CampaignFlags {
  readonly data: string;
  readonly json?: boolean;
}

const ESTIMATE_HELP = `
FILE holds a campaign as PUT /v1/campaigns/{id} takes it, as JSON; its id may be missing, and its bid where one should be suggested.
Nothing is saved. docs/forecast.md has more.

Example:
  echo '{"shop":"potter","listings":["cup"],"dailyBudgetMicros":5000000}' > draft.json
  rialto campaigns estimate draft.json
`;
const OUTCOMES_HELP = `
Budgets from half to three times the present one, and other bids, with only this campaign changed. docs/forecast.md has more.

Example:
  rialto campaigns outcomes winter-tea
`;

export const campaignsCommand = new Command('campaigns')
  .description('what campaigns would get: before they start, or at other budgets')
  .addCommand(
    new Command('estimate')
      .description('reach, spend and suggested bids of a campaign that is not there yet')
      .argument('<file>', 'the campaign, as JSON')
      .option('--data <dir>', 'the data directory', './rialto-data')
      .option('--json', 'print one JSON object')
      .addHelpText('after', ESTIMATE_HELP)
      .action(estimate),
  )
  .addCommand(
    new Command('outcomes')
      .description('visits, orders and spend of a campaign at other budgets and bids')
      .argument('<id>', 'the campaign')
      .option('--data <dir>', 'the data directory', './rialto-data')
      .option('--json', 'print one JSON object')
      .addHelpText('after', OUTCOMES_HELP)
      .action(outcomes),
  );

async function estimate(file: string, { data, json }: CampaignFlags): Promise<void> {
  const draft = await readDraft(file);
  const answer = await ask(data, (state) => questionOfDraft(state, draft));
  print(json === true ? JSON.stringify(answer) : estimateText(answer));
}

async function outcomes(id: string, { data, json }: CampaignFlags): Promise<void> {
  const answer = await ask(data, (state) => questionOfCampaign(state, id));
  print(json === true ? JSON.stringify(answer) : outcomesText(answer));
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function readDraft(file: string): Promise<CampaignDraft> {
  const text = await readTextFile(file);
  try {
    return validate(campaignDraftSchema, JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RialtoError('bad-json', `${file} is not JSON: ${error.message}`);
  }
}

async function ask<Kind extends keyof OutlookAnswers>(
  data: string,
  questionOf: (state: State) => OutlookQuestion & { readonly kind: Kind },
): Promise<OutlookAnswers[Kind]> {
  const progress = stepProgress();
  const question = questionOf(await readState(data, (applied) => progress.show(applied, 0, 'records folded')));
  progress.end();
  const log = await FileLog.open(logDirectory(data), { readOnly: true });
  try {
    return await answerOutlook({ log, checkpoints: openCheckpoints(data) }, question);
  } finally {
    await log.close();
  }
}

const LABEL = 16;
const row = (label: string, text: string): string => `${label.padEnd(LABEL)}${text}`;
const whole = (value: number): string => (value < 10 ? value.toFixed(1) : String(Math.round(value)));
const within = ({ mean, low, high }: Estimated, text: (value: number) => string): string =>
  `${text(mean)}  (80 %: ${text(low)} – ${text(high)})`;

function evidenceRow({ evidence }: Pick<CampaignEstimate, 'evidence'>): string {
  return row('evidence', `${evidence.level}: ${evidence.reason}`);
}

function estimateText(answer: CampaignEstimate): string {
  const { daily, suggestedBids, currency, missed } = answer;
  const money = (micros: number): string => moneyText(micros, currency);
  const bid = bidText(answer, money);
  return [
    row('a day', `budget ${money(answer.dailyBudgetMicros)}${bid === '' ? '' : `, bid ${bid}`}`),
    row('eligible', `${whole(answer.eligible)} ad placements, shown could be in ${whole(answer.opportunities)}`),
    ...(missed.length > 0
      ? [
          row(
            'not in',
            missed
              .slice(0, 4)
              .map(({ reason, share }) => `${reason} ${(100 * share).toFixed(1)} %`)
              .join(', '),
          ),
        ]
      : []),
    row('impressions', within(daily.impressions, whole)),
    row('visits', within(daily.visits, whole)),
    row('orders', within(daily.orders, whole)),
    row('spend', within(daily.spendMicros, money)),
    row('limited by', answer.limitedBy),
    ...Object.entries(suggestedBids ?? {}).map(([name, of]) =>
      row(
        `${name} bid`,
        `${bidText(of, money)}: ${(100 * of.visitShare).toFixed(0)} % of the visits to be had, ${whole(of.visits)} for ${money(of.spendMicros)}`,
      ),
    ),
    evidenceRow(answer),
    ...answer.notes.map((note) => row('', note)),
  ].join('\n');
}

function bidText(
  of: { readonly bidMicros?: number; readonly commissionBasisPoints?: number },
  money: (micros: number) => string,
): string {
  if (of.bidMicros !== undefined) return money(of.bidMicros);
  return of.commissionBasisPoints === undefined ? '' : `${(of.commissionBasisPoints / 100).toFixed(2)} %`;
}

const COLUMN = 12;
const cells = (texts: readonly string[]): string => texts.map((text) => text.padStart(COLUMN)).join('');

function outcomesText(answer: CampaignOutcomes): string {
  const { budgets, bids, logged, currency } = answer;
  const money = (micros: number): string => moneyText(micros, currency);
  return [
    answer.sentence,
    '',
    cells(['budget', 'visits', 'orders', 'spend', `visits/${currency}`, 'return']),
    ...budgets.map(({ dailyBudgetMicros, visits, orders, spendMicros, marginal }) =>
      cells([
        money(dailyBudgetMicros),
        whole(visits.mean),
        whole(orders.mean),
        money(spendMicros.mean),
        marginal.visits.toFixed(2),
        (marginal.valueMicros / 1e6).toFixed(2),
      ]),
    ),
    row(
      '',
      `visits ${sparkline(
        budgets.map(({ visits }) => visits.mean),
        budgets.length,
      )}`,
    ),
    ...(bids.length > 0 ? ['', cells(['bid', 'visits', 'orders', 'spend'])] : []),
    ...bids.map((bid) => cells([bidText(bid, money), whole(bid.visits), whole(bid.orders), money(bid.spendMicros)])),
    '',
    row(
      'logged',
      `${whole(logged.visits)} visits and ${whole(logged.orders)} orders a day for ${money(logged.spendMicros)}`,
    ),
    evidenceRow(answer),
    ...answer.notes.map((note) => row('', note)),
  ].join('\n');
}
