/** `rialto evaluate uplift`: whom a treatment moves, learned on one half of an experiment's people and tried on the other. */
import { Command, Option } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { readColumns, type TableColumns } from '../../intake/table-columns.ts';
import type { EffectDriver } from '../../policies/sparse-uplift.ts';
import { tryUplift, type UpliftTrial, type UpliftTrialOptions } from '../../policies/uplift-trial.ts';
import { wholeNumber } from '../number-option.ts';
import { readProgress, stepProgress } from '../step-progress.ts';

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
const ARMS_MAX = 50;
/** Of each arm in a fold of a half. */
const PEOPLE_PER_FOLD = 10;

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
    mustBeBefore(flags);
    const progress = stepProgress();
    const table = await readColumns(flags.data, [treatment, outcome, ...features], readProgress(progress));
    const arms = table.text(treatment);
    const names = [...new Set(arms)].filter((name) => name !== control).sort();
    mustHave(table, names, flags);
    const columns = features.map((name) => featureOf(table, name));
    const outcomes = table.numbers(outcome);
    mustVary(outcomes, flags);
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

/** What is known before the treatment is neither the treatment nor what came of it. */
function mustBeBefore({ features, treatment, outcome, data }: UpliftFlags): void {
  const wrong = features.find((name) => name === treatment || name === outcome);
  if (wrong === undefined) return;
  const what = wrong === treatment ? 'the treatment' : 'the outcome';
  throw new RialtoError('bad-experiment', `${wrong} is ${what}: leave it out of --features`, { path: data });
}

function mustHave(table: TableColumns, others: readonly string[], flags: UpliftFlags): void {
  const { treatment, control, folds, data: path } = flags;
  const refuse = (message: string): never => {
    throw new RialtoError('bad-experiment', message, { path, column: treatment });
  };
  const arms = table.text(treatment);
  const nameless = arms.indexOf('');
  if (nameless >= 0) refuse(`${path}, line ${table.line(nameless)}: ${treatment} is empty: each person has an arm`);
  const shown = others.slice(0, ARMS_MAX).join(', ');
  if (others.length > ARMS_MAX)
    refuse(`${treatment} has ${others.length} arms, such as ${others.slice(0, 3).join(', ')}: is it the arm?`);
  if (!arms.includes(control)) refuse(`${treatment} has no ${control}: it has ${shown}`);
  if (others.length === 0) refuse(`${treatment} has nothing but ${control}: there is no treatment`);
  const least = PEOPLE_PER_FOLD * 2 * folds;
  const people = new Map<string, number>();
  for (const arm of arms) people.set(arm, (people.get(arm) ?? 0) + 1);
  for (const [arm, count] of people)
    if (count < least)
      refuse(`${arm} has ${count} people: halves and ${folds} folds need at least ${least} in each arm`);
}

function mustVary(outcomes: Float64Array, { outcome, data: path }: UpliftFlags): void {
  if (outcomes.some((value) => value !== outcomes[0])) return;
  throw new RialtoError('bad-experiment', `${outcome} is ${outcomes[0]} for everybody: there is nothing to learn`, {
    path,
    column: outcome,
  });
}

/** As data frames and databases write what they do not have. */
const MISSING = /^(nan|na|n\/a|null|\\n)?$/i;

/** Numbers as they are, words by their rank among the column's words; what is missing is NaN. [rows] */
function featureOf(table: TableColumns, name: string): Float32Array {
  const cells = table.text(name);
  const missing = Uint8Array.from(cells, (cell) => (MISSING.test(cell) ? 1 : 0));
  if (cells.every((cell, row) => missing[row] === 1 || Number.isFinite(Number(cell))))
    return Float32Array.from(cells, (cell, row) => (missing[row] === 1 ? Number.NaN : Number(cell)));
  const words = new Map([...new Set(cells)].sort().map((word, i) => [word, i]));
  return Float32Array.from(cells, (cell, row) => (missing[row] === 1 ? Number.NaN : words.get(cell)!));
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
