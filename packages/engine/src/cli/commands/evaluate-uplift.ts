/** `rialto evaluate uplift`: whom a treatment moves, learned on one half of an experiment's people and tried on the other. */
import { Command, Option } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { readColumns, type TableColumns } from '../../intake/table-columns.ts';
import type { EffectDriver } from '../../policies/sparse-uplift.ts';
import { tryUplift, type UpliftTrial, type UpliftTrialOptions } from '../../policies/uplift-trial.ts';
import { wholeNumber } from '../number-option.ts';
import { stepProgress } from '../step-progress.ts';

interface UpliftFlags {
  readonly data: string;
  readonly treatment: string;
  readonly control: string;
  readonly outcome: string;
  readonly features: readonly string[];
  readonly splits: number;
  readonly folds: number;
  readonly seed: number;
  readonly learner: UpliftTrialOptions['learner'];
  readonly json?: boolean;
}

/** Of what effects hang on. */
const DRIVERS_SHOWN = 5;

const HELP = `
Each arm is set against the control by itself. The people of both are split into halves by chance, --splits times; a model is learned on
each training half; the other half is read once. Learners:

  sparse     effects hang on few things: curves of a feature, tables of two, what a person is expected to do anyway; by how likely it is
             that each matters, which is printed as well
  s, t, x, r S-, T-, X-learners and causal trees; blend: the mean of the four. The size of their trees is chosen by cross-validation

  qini      area between the uplift curve and the random line: 0 is chance
  auuc      area under the uplift curve; random: under the random line
  twoModel  the same for two models of outcomes, one an arm, whose size is chosen by their error; twoModelByQini: by Qini

Example:
  rialto evaluate uplift --data hillstrom.csv.gz --treatment segment --control "No E-Mail" --outcome visit \\
    --features recency,history,mens,womens,zip_code,newbie,channel --splits 20 --json
`;

export const evaluateUpliftCommand = new Command('uplift')
  .description('whom a treatment moves: Qini and AUUC on held-out halves')
  .requiredOption('--data <file>', 'a row for each person of a randomised experiment')
  .requiredOption('--treatment <column>', 'the arm')
  .requiredOption('--control <name>', 'the arm to compare with')
  .requiredOption('--outcome <column>', 'what came of it, a number')
  .requiredOption('--features <list>', 'columns known before, numbers or words', (text: string) =>
    text.split(',').map((name) => name.trim()),
  )
  .option('--splits <n>', 'how many times people are halved', wholeNumber({ min: 1, max: 1000 }), 20)
  .addOption(
    new Option('--learner <name>', 'of effects').choices(['sparse', 'blend', 's', 't', 'x', 'r']).default('sparse'),
  )
  .option('--folds <n>', 'of the choice within a training half', wholeNumber({ min: 2, max: 20 }), 2)
  .option('--seed <n>', 'of the splits', wholeNumber({ min: 0, max: 2 ** 32 - 1 }), 1)
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async (flags: UpliftFlags) => {
    const { treatment, control, outcome, features, splits, folds, seed, learner } = flags;
    const table = await readColumns(flags.data, [treatment, outcome, ...features]);
    const arms = table.text(treatment);
    const names = [...new Set(arms)].filter((name) => name !== control).sort();
    mustHave(arms, control, names, flags);
    const columns = features.map((name) => featureOf(table, name));
    const outcomes = table.numbers(outcome);
    const progress = stepProgress();
    const trials = names.map((name, n) => {
      const rows = Int32Array.from(arms.keys()).filter((row) => arms[row] === name || arms[row] === control);
      const people = {
        columns: columns.map((column) => Float32Array.from(rows, (row) => column[row]!)),
        treated: Uint8Array.from(rows, (row) => (arms[row] === name ? 1 : 0)),
        outcomes: Float64Array.from(rows, (row) => outcomes[row]!),
      };
      const onSplit = (done: number): void => progress.show(n * splits + done, names.length * splits, 'splits');
      const trial = tryUplift(people, { splits, folds, seed, learner, onSplit });
      return { arm: name, ...trial, drivers: trial.drivers.map((driver) => namedDriver(driver, features)) };
    });
    progress.end();
    const result = { control, outcome, learner, splits, arms: trials };
    process.stdout.write(flags.json === true ? `${JSON.stringify(result)}\n` : trials.map(textOf).join(''));
  });

function mustHave(arms: readonly string[], control: string, others: readonly string[], flags: UpliftFlags): void {
  const where = { path: flags.data, column: flags.treatment };
  if (!arms.includes(control))
    throw new RialtoError('bad-experiment', `${flags.treatment} has no ${control}: it has ${others.join(', ')}`, where);
  if (others.length === 0)
    throw new RialtoError(
      'bad-experiment',
      `${flags.treatment} has nothing but ${control}: there is no treatment`,
      where,
    );
  if (others.length > 50)
    throw new RialtoError('bad-experiment', `${flags.treatment} has ${others.length} arms: is it the arm?`, where);
}

/** Numbers as they are, words by their rank among the column's words; an empty cell is missing. [rows] */
function featureOf(table: TableColumns, name: string): Float32Array {
  const cells = table.text(name);
  if (cells.every((cell) => cell === '' || Number.isFinite(Number(cell))))
    return Float32Array.from(cells, (cell) => (cell === '' ? Number.NaN : Number(cell)));
  const words = new Map([...new Set(cells)].sort().map((word, i) => [word, i]));
  return Float32Array.from(cells, (cell) => (cell === '' ? Number.NaN : words.get(cell)!));
}

interface NamedDriver {
  readonly name: string;
  readonly probability: number;
}

const SCORE_NAMES = { outcome: 'what is expected anyway', 'two models': 'two models of the outcome' } as const;

function namedDriver({ features, score, probability }: EffectDriver, names: readonly string[]): NamedDriver {
  const name = score === undefined ? features.map((feature) => names[feature]!).join(' × ') : SCORE_NAMES[score];
  return { name, probability };
}

type NamedTrial = Omit<UpliftTrial, 'drivers'> & { readonly arm: string; readonly drivers: readonly NamedDriver[] };

function textOf({ arm, ...trial }: NamedTrial): string {
  const line = (name: string, { mean, standardError }: UpliftTrial['qini']): string =>
    `  ${name.padEnd(22)}${mean.toFixed(5)} ± ${standardError.toFixed(5)}\n`;
  const drivers = trial.drivers.slice(0, DRIVERS_SHOWN);
  return [
    `${arm}: ${trial.treated} of ${trial.rows} treated, effect ${trial.effect.toFixed(4)}\n`,
    line('Qini', trial.qini),
    line('Qini of two models', trial.twoModel.qini),
    line('… chosen by Qini', trial.twoModelByQini.qini),
    line('above two models', trial.aboveTwoModel),
    line('AUUC', trial.auuc),
    line('AUUC by chance', trial.random),
    ...drivers.map(({ name, probability }) => `  hangs on ${name}: ${probability.toFixed(2)}\n`),
  ].join('');
}
