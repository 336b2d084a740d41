/** `rialto experiment ghost-ads`: what ads brought beyond what would have come anyway, from a file of buyers or by deciding the log's pages again. */
import type { Experiment } from '@rialto/sdk';
import { Command } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { logDirectory, openCheckpoints, readState } from '../../delivery/data-directory.ts';
import { type GhostUnit, ghostUnits } from '../../delivery/replay-ghosts.ts';
import { type GhostAdBuyers, ghostAdEffect } from '../../experiments/ghost-ads.ts';
import { readColumns } from '../../intake/table-columns.ts';
import { FileLog } from '../../log/file-log.ts';
import { decimalNumber, wholeNumber } from '../number-option.ts';
import { stepProgress } from '../step-progress.ts';

interface GhostAdFlags {
  readonly data: string;
  readonly treated?: string;
  readonly reached: string;
  readonly outcome?: string;
  readonly experiment?: string;
  readonly campaign?: string;
  readonly windowDays: number;
  readonly alpha: number;
  readonly json?: boolean;
}

const HELP = `
A row for each buyer. Where the campaign won the auction, treated buyers saw its ad and control buyers saw the next one: those are
the reached, and only they are compared.

With --experiment, --data is the data directory, and the experiment one by buyer or session in which one variant takes ads away (such as
"changes": {"home": {"adSlots": null}}). Who would have seen an ad is found by deciding the pages of both arms again as if there were no
experiment; what they bought in the days after is compared. --treated is the variant that sees ads, by default the one without changes.

Examples:
  rialto experiment ghost-ads --data buyers.csv --treated treated --reached reached --outcome revenue --json
  rialto experiment ghost-ads --data ./rialto-data --experiment no-ads --outcome revenue --window-days 14
`;

const OUTCOMES = ['converted', 'orders', 'revenue'] as const;

export const experimentGhostAdsCommand = new Command('ghost-ads')
  .description('what ads brought beyond what would have come anyway')
  .option('--data <file>', 'a row for each buyer; with --experiment, the data directory', './rialto-data')
  .option(
    '--treated <column>',
    '1 where the buyer may see the ad, else 0 (default: treated); with --experiment, the variant',
  )
  .option('--reached <column>', '1 where the ad won at least once, shown or not', 'reached')
  .option('--outcome <column>', `a number, from the first time on; with --experiment one of ${OUTCOMES.join(', ')}`)
  .option('--experiment <id>', 'of the log: one that keeps ads from some')
  .option('--campaign <id>', 'with --experiment: only ads of this campaign (default: any ad)')
  .option('--window-days <n>', 'with --experiment: days from the first ad on', wholeNumber({ min: 1, max: 365 }), 7)
  .option('--alpha <p>', 'how often an interval may miss', decimalNumber({ min: 1e-9, max: 0.5 }), 0.05)
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async (flags: GhostAdFlags) => {
    const { buyers, ...told } = await (flags.experiment === undefined ? ofFile(flags) : ofLog(flags.experiment, flags));
    const result = ghostAdEffect(buyers, flags.alpha);
    const { effect, exposed, ghosts, reachP, incremental } = result;
    const text = [
      `${exposed} buyers saw the ad, ${ghosts} would have; reached alike: p = ${reachP.toPrecision(3)}\n`,
      `effect on each ${effect.absolute.toPrecision(4)} [${effect.ci.map((x) => x.toPrecision(4)).join(', ')}], p = ${effect.p.toPrecision(3)}; ${incremental.toPrecision(4)} in all\n`,
    ];
    process.stdout.write(flags.json === true ? `${JSON.stringify({ ...told, ...result })}\n` : text.join(''));
  });

async function ofFile({
  data,
  treated = 'treated',
  reached,
  outcome,
}: GhostAdFlags): Promise<{ readonly buyers: GhostAdBuyers }> {
  if (outcome === undefined) throw new RialtoError('bad-request', 'name the column of the outcome with --outcome');
  const table = await readColumns(data, [treated, reached, outcome]);
  const flags = (column: string): Uint8Array =>
    Uint8Array.from(table.numbers(column), (value, row) => {
      if (value === 0 || value === 1) return value;
      throw new RialtoError('bad-file', `${data}, row ${row + 1}: ${column} is ${value}; it must be 0 or 1`, {
        column,
      });
    });
  return { buyers: { treated: flags(treated), reached: flags(reached), outcome: table.numbers(outcome) } };
}

async function ofLog(id: string, { data, treated, outcome = 'revenue', campaign, windowDays }: GhostAdFlags) {
  if (!(OUTCOMES as readonly string[]).includes(outcome))
    throw new RialtoError('bad-request', `--outcome ${outcome}: of the log it is one of ${OUTCOMES.join(', ')}`);
  const { market } = await readState(data);
  const row = market.experiments.ids.find(id);
  if (row < 0) throw new RialtoError('not-found', `there is no experiment ${JSON.stringify(id)}`);
  const experiment = market.experiments.at(row);
  if (campaign !== undefined && market.campaigns.documents.ids.find(campaign) < 0)
    throw new RialtoError('not-found', `there is no campaign ${JSON.stringify(campaign)}`);
  const seeing = treated ?? withAds(experiment);
  if (!experiment.variants.some(({ name }) => name === seeing))
    throw new RialtoError(
      'bad-request',
      `--treated ${seeing} is no variant of ${id}; there are ${experiment.variants.map(({ name }) => name).join(', ')}`,
    );
  const progress = stepProgress();
  const log = await FileLog.open(logDirectory(data), { readOnly: true });
  try {
    const onProgress = (done: number, all: number): void => progress.show(done, all, 'deciding again');
    const { units, inTwo } = await ghostUnits({
      log,
      checkpoints: openCheckpoints(data),
      experiment,
      campaign,
      windowDays,
      onProgress,
    });
    const outcomeOf = ({ orders, revenue }: GhostUnit): number =>
      outcome === 'revenue' ? revenue / 1e6 : outcome === 'orders' ? orders : Math.min(1, orders);
    const buyers = {
      treated: Uint8Array.from(units, ({ variant }) => (variant === seeing ? 1 : 0)),
      reached: Uint8Array.from(units, ({ since }) => (since === undefined ? 0 : 1)),
      outcome: Float64Array.from(units, outcomeOf),
    };
    return {
      buyers,
      experiment: id,
      design: 'ghost-ads',
      treated: seeing,
      outcome,
      windowDays,
      units: units.length,
      inTwo,
    };
  } finally {
    progress.end();
    await log.close();
  }
}

/** The variant that changes nothing. */
function withAds({ id, variants }: Experiment): string {
  const [plain, ...others] = variants.filter(({ changes }) => changes === undefined);
  if (plain !== undefined && others.length === 0) return plain.name;
  throw new RialtoError('bad-request', `which variant of ${id} sees ads? Name it with --treated`);
}
