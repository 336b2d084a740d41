/** `rialto experiment prior`: what past experiments say of the next one. */
import { Command } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { WATCHED } from '../../experiments/guarded-metrics.ts';
import { openExperimentFile } from '../../intake/experiment-file.ts';
import { readPastEffects } from '../../lake/read-history.ts';
import { randomEffects } from '../../statistics/meta-analysis.ts';
import { wholeNumber } from '../number-option.ts';
import { type PastEffects, pastEffects } from '../past-effects.ts';

interface PriorFlags {
  readonly data: string;
  readonly effect?: string;
  readonly error?: string;
  readonly metric?: string;
  readonly windowDays: number;
  readonly json?: boolean;
}

const HELP = `
One past experiment a row, with its relative effect and its standard error. The spread of true effects is estimated by random
effects (Paule–Mandel); the prior goes into \`rialto experiment analyse --prior\`, and pulls what is too good to be true.

With --metric, --data is the data directory: every stopped experiment by buyer, session, listing or shop of the log is read as
\`rialto experiment analyse --experiment\` reads it. Those that cannot be trusted or read are left out, and why is told.

Examples:
  rialto experiment prior --data past.csv --effect lift --error lift_se
  rialto experiment prior --data ./rialto-data --metric orders
`;

export const experimentPriorCommand = new Command('prior')
  .description('a prior from past experiments')
  .option('--data <file>', 'one experiment a row; with --metric, the data directory', './rialto-data')
  .option('--effect <column>', 'relative effects')
  .option('--error <column>', 'their standard errors')
  .option('--metric <name>', `of the log: ${Object.keys(WATCHED).join(', ')}`)
  .option(
    '--window-days <n>',
    'with --metric: how long after the exposure counts',
    wholeNumber({ min: 1, max: 365 }),
    7,
  )
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async (flags: PriorFlags) => {
    const { told, leftOut } = await pastOf(flags);
    const found = randomEffects(
      told.map(({ effect }) => effect),
      told.map(({ standardError }) => standardError),
    );
    const { prior, spread, p } = found;
    const text = [
      ...leftOut.map(({ experiment, reason }) => `left out ${experiment}: ${reason}`),
      `${told.length} experiments: mean effect ${found.mean.toPrecision(3)} ± ${found.standardError.toPrecision(2)}`,
      `true effects spread by ${spread.toPrecision(3)} (p = ${p.toPrecision(2)} that they do not)`,
      `--prior ${prior.mean.toPrecision(4)},${prior.sd.toPrecision(4)}`,
      '',
    ].join('\n');
    const whole = flags.metric === undefined ? found : { ...found, experiments: told, leftOut };
    process.stdout.write(flags.json === true ? `${JSON.stringify(whole)}\n` : text);
  });

interface Past {
  readonly told: readonly { readonly effect: number; readonly standardError: number }[];
  readonly leftOut: PastEffects['leftOut'];
}

async function pastOf({ data, effect, error, metric, windowDays }: PriorFlags): Promise<Past> {
  if (metric !== undefined) {
    if (effect !== undefined || error !== undefined)
      throw new RialtoError(
        'bad-request',
        '--metric reads the log: leave out --effect and --error, which are of a file',
      );
    const { effects, leftOut } = await pastEffects(data, metric, windowDays);
    if (effects.length >= 2) return { told: effects, leftOut };
    const why = leftOut.map(({ experiment, reason }) => `; ${experiment}: ${reason}`).join('');
    throw new RialtoError(
      'no-data',
      `${effects.length} stopped experiments of the log can be read, and a prior is learned from two at least${why}`,
    );
  }
  if (effect === undefined || error === undefined)
    throw new RialtoError(
      'bad-request',
      'name the columns of the file with --effect and --error, or a --metric of the log',
    );
  const file = await openExperimentFile(data);
  try {
    const { effects, standardErrors } = await readPastEffects(file, effect, error);
    return { told: effects.map((one, i) => ({ effect: one, standardError: standardErrors[i]! })), leftOut: [] };
  } finally {
    await file.close();
  }
}
