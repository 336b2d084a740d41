/** `rialto evaluate policy`: what a policy would have earned, from the log of another one. */
import { Command } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import {
  type BanditColumns,
  type BanditFile,
  type BanditNames,
  noNames,
  readBanditLog,
  readPolicyTable,
} from '../../intake/bandit-file.ts';
import type { ActionProbabilities, BanditLog } from '../../policies/bandit-log.ts';
import { fixedPolicy, type PositionPolicy, policyOfLog, probabilitiesOf } from '../../policies/logged-policy.ts';
import {
  DEFAULT_OFF_POLICY,
  type Estimator,
  evaluatePolicy,
  type OffPolicyResult,
  type PolicyValue,
} from '../../policies/off-policy.ts';
import { crossFittedRates } from '../../policies/reward-rates.ts';
import { type SlateRows, slatesOf, withoutRepeats } from '../../policies/slate-log.ts';
import { evaluateSlates, type SlateEstimator, type SlateValue } from '../../policies/slate-policy.ts';
import { clusteredMean, type MeanEstimate, skewedMean } from '../../statistics/skewed-mean.ts';
import { loggedActions } from '../logged-actions.ts';
import { decimalNumber, wholeNumber } from '../number-option.ts';
import { type ReplayedPolicy, replayedPolicy } from '../replayed-policy.ts';

interface PolicyFlags {
  readonly log?: string;
  readonly data?: string;
  readonly placement?: string;
  readonly experiment?: string;
  readonly sinceVersion: number;
  readonly windowHours?: number;
  readonly target?: string;
  readonly policy?: string;
  readonly always?: string;
  readonly ranker?: string;
  readonly by?: readonly string[];
  readonly item: string;
  readonly position: string;
  readonly reward?: string;
  readonly propensity: string;
  readonly slate?: string;
  readonly unit?: string;
  readonly estimator: Estimator;
  readonly alpha: number;
  readonly unsupported: number;
  readonly effective: number;
  readonly seed: number;
  readonly json?: boolean;
}

const HELP = `
The log has a row for each item shown: item, position, probability that it was drawn with (propensity) and reward, such as the
files of the Open Bandit Dataset. The policy to be evaluated is one of

  --target FILE     another log: its policy is estimated by how often it showed each item at each position. Its rewards
                    are used for nothing but the comparison printed as onPolicy
  --policy FILE     a table of item, position and probability; with --by COLUMN,… the policy chooses by these columns, which
                    both the log and the table have
  --policy uniform  every item of the log alike
  --always ITEM     this one, always

  --ranker RANKER   with --data and --placement: a ranker of a file, as rialto rankers takes it, or by name. The log's pages are decided
                    again from the state that they were decided from, and its probabilities for what was shown are taken

Without a file, --data takes the data directory's own log: of a --placement whose ranker explores, what was drawn; of an
--experiment by buyer or session, whose variants a bandit dealt or their weights, the variants (--always calm: what would
everybody have brought?). --reward is a type of event then, which counts within --window-hours, and --by takes country, region,
device, language, category, query, listing, and segment where a bandit learns by them.

  ipw, snipw        inverse propensity weighting, and self-normalised
  dm                a model of rewards alone: no interval, for its bias cannot be seen
  dr                doubly robust, the model cross-fitted
  switchDr          the model alone where weights are large
  drShrunk          weights shrunken (optimistic shrinkage)

With --slate COLUMN, rows of one slate are taken together, their rewards added up, and slates tells the value of one for buyers
who look at a position by itself (independent), from the top down (cascade, cascadeDr), or anyhow (standard; pseudoInverse if
positions add up). The policy draws by position.

There is no estimate, and the reason is told as refusal, where the log could not show what the policy would do.

Examples:
  rialto evaluate policy --log random-men.csv.gz --target bts-men.csv.gz --json
  rialto evaluate policy --data ./rialto-data --placement home --policy uniform
  rialto evaluate policy --data ./rialto-data --placement home --ranker new-ranker.json --reward purchase
  rialto evaluate policy --data ./rialto-data --experiment which-title --by device --policy titles.csv --reward purchase
`;

const ESTIMATORS: readonly Estimator[] = ['ipw', 'snipw', 'dm', 'dr', 'switchDr', 'drShrunk'];
const FOLDS = 5;

export const evaluatePolicyCommand = new Command('policy')
  .description('what a policy would have earned, from the log of another one')
  .option('--log <file>', 'what the logging policy did, with propensities and rewards')
  .option('--data <dir>', 'or a data directory: what was drawn there')
  .option('--placement <id>', 'with --data: the items of this placement')
  .option('--experiment <id>', 'with --data: the variants of this experiment')
  .option(
    '--since-version <n>',
    'with --experiment: from this version of its record on',
    wholeNumber({ min: 1, max: 1e9 }),
    1,
  )
  .option(
    '--window-hours <n>',
    'with --data: how long after it a reward counts (default: 24, or as the bandit says)',
    wholeNumber({ min: 1, max: 24 * 28 }),
  )
  .option('--target <file>', 'a log of the policy to be evaluated')
  .option('--policy <file>', 'a table of its probabilities, or "uniform"')
  .option('--always <item>', 'the policy that takes this item, or variant, always')
  .option('--ranker <file>', 'with --placement: this ranker, of a file or by name, decides the pages again')
  .option('--by <columns>', 'what the policy chooses by, such as country,device', listOf)
  .option('--item <column>', 'what was shown', 'item_id')
  .option('--position <column>', 'where; "none" if there is but one place', 'position')
  .option('--reward <column>', 'what came of it; with --data a type of event (default: click)')
  .option('--propensity <column>', 'probability of the item at its position', 'propensity_score')
  .option('--slate <column>', 'rows that were shown together')
  .option(
    '--unit <column>',
    'whose a row is, such as the buyer: rows of one are not independent (default: each by itself)',
  )
  .option('--estimator <name>', `the one printed as estimate: ${ESTIMATORS.join(', ')}`, estimatorOf, 'dr')
  .option('--alpha <p>', 'how often an interval may miss', decimalNumber({ min: 1e-9, max: 0.5 }), 0.05)
  .option(
    '--unsupported <share>',
    'how much of the policy the log may leave unseen',
    decimalNumber({ min: 0, max: 1 }),
    DEFAULT_OFF_POLICY.unsupportedMax,
  )
  .option(
    '--effective <rows>',
    'the least effective sample size',
    decimalNumber({ min: 1, max: 1e12 }),
    DEFAULT_OFF_POLICY.effectiveMin,
  )
  .option('--seed <n>', 'of the folds', wholeNumber({ min: 0, max: 2 ** 32 - 1 }), 1)
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async (flags: PolicyFlags) => {
    const names = noNames();
    const { alpha, seed } = flags;
    const source = await sourceOf(flags);
    try {
      const read = await readBanditLog(source.path, source.columns, names);
      const target = await targetOf(flags, source, { read, names });
      // What the policy names and the log never shows is numbered by now.
      const log = { ...read.log, actions: names.items.size, positions: Math.max(1, names.positions.size) };
      const rewards = crossFittedRates(log, { folds: FOLDS, seed });
      const { unsupported: unsupportedMax, effective: effectiveMin } = flags;
      const options = { alpha, unsupportedMax, effectiveMin, unsupported: target.unsupported, clusters: read.unit };
      const slates = read.slate && { slate: read.slate, order: orderOf(names), clusters: read.unit };
      const chances = target.chances ?? byTable(target.policy, log, source.repeats ? undefined : slates);
      const result = evaluatePolicy(log, chances, rewards, options);
      const bySlate =
        slates !== undefined &&
        result.support.refusal === null &&
        evaluateSlates(slatesOf(log, slates, chances, rewards), alpha);
      const report = {
        ...reportOf(result, clusteredMean(log.reward, read.unit, alpha), target.onPolicy, flags),
        ...(bySlate && { slates: bySlate }),
      };
      process.stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : textOf(report));
    } finally {
      await source.close();
    }
  });

interface Source {
  readonly path: string;
  readonly columns: BanditColumns;
  /** Whether one slate may show an item twice. */
  readonly repeats: boolean;
  readonly close: () => Promise<void>;
}

/** Each with its option. */
const OF_DATA = [
  ['placement', '--placement'],
  ['experiment', '--experiment'],
  ['windowHours', '--window-hours'],
  ['ranker', '--ranker'],
] as const;
const OF_FILES = [
  ['slate', '--slate'],
  ['unit', '--unit'],
  ['target', '--target'],
] as const;

async function sourceOf(flags: PolicyFlags): Promise<Source> {
  const { log, data, item, propensity, slate, unit, by, reward = 'click' } = flags;
  if ((log === undefined) === (data === undefined))
    throw new RialtoError('bad-request', 'name what was logged by either --log FILE or --data DIR', { path: 'log' });
  const unheard = (data === undefined ? OF_DATA : OF_FILES).find(([name]) => flags[name] !== undefined);
  if (unheard !== undefined)
    throw new RialtoError(
      'bad-request',
      `${unheard[1]} goes with ${data === undefined ? '--data DIR, not with a file' : '--log FILE: of the log it is known'}`,
    );
  if (data !== undefined) return loggedActions({ ...flags, data });
  const position = flags.position === 'none' ? undefined : flags.position;
  return {
    path: log!,
    columns: { item, position, reward, propensity, slate, unit, by },
    repeats: true,
    close: async () => {},
  };
}

function listOf(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function estimatorOf(text: string): Estimator {
  const found = ESTIMATORS.find((name) => name === text);
  if (found === undefined)
    throw new RialtoError('bad-request', `--estimator is ${text}: it must be one of ${ESTIMATORS.join(', ')}`);
  return found;
}

/** Positions from the top: by number, or as they come in the file where they are no numbers. */
function orderOf({ positions }: BanditNames): Int32Array {
  const names = [...positions.keys()];
  const order = Int32Array.from({ length: Math.max(1, names.length) }, (_, i) => i);
  return names.some((name) => Number.isNaN(Number(name)))
    ? order
    : order.sort((a, b) => Number(names[a]) - Number(names[b]));
}

type OnPolicy = MeanEstimate & { readonly rows: number };

/** A table, or what was told of each row. */
type Target =
  | {
      readonly policy: PositionPolicy;
      readonly chances?: undefined;
      readonly unsupported?: undefined;
      readonly onPolicy?: OnPolicy;
    }
  | (ReplayedPolicy & { readonly onPolicy?: undefined });

function byTable(policy: PositionPolicy, log: BanditLog, slates: SlateRows | undefined): ActionProbabilities {
  const plain = probabilitiesOf(policy, log);
  return slates === undefined ? plain : withoutRepeats(log, slates, plain);
}

async function targetOf(
  flags: PolicyFlags,
  { columns }: Source,
  { read, names }: { readonly read: BanditFile; readonly names: BanditNames },
): Promise<Target> {
  const { target, policy, always, ranker, data, placement } = flags;
  if ([target, policy, always, ranker].filter((one) => one !== undefined).length !== 1)
    throw new RialtoError('bad-request', 'name the policy by one of --target, --policy, --always and --ranker', {
      path: 'target',
    });
  if (ranker !== undefined) {
    if (data === undefined || placement === undefined)
      throw new RialtoError('bad-request', '--ranker decides pages of the log again: it needs --data and --placement');
    return replayedPolicy({ data, placement, ranker }, read, names);
  }
  if (target !== undefined) {
    const { log } = await readBanditLog(target, columns, names);
    const onPolicy = { rows: log.rows, ...skewedMean(log.reward, flags.alpha) };
    return { policy: policyOfLog({ ...log, contexts: Math.max(1, names.contexts.size) }), onPolicy };
  }
  const size = { actions: names.items.size, positions: Math.max(1, names.positions.size) };
  if (always !== undefined) return { policy: fixedPolicy(size, itemNamed(always, names)) };
  if (policy === 'uniform') return { policy: fixedPolicy(size) };
  return { policy: await readPolicyTable(policy!, columns, names) };
}

function itemNamed(name: string, { items }: BanditNames): number {
  const found = items.get(name);
  if (found !== undefined) return found;
  const some = [...items.keys()].slice(0, 10).join(', ');
  throw new RialtoError(
    'bad-request',
    `--always ${name}: the log never shows it; it shows ${some}${items.size > 10 ? ', …' : ''}`,
  );
}

interface Report extends OffPolicyResult {
  readonly effectiveSampleSize: number;
  readonly refusal: OffPolicyResult['support']['refusal'];
  readonly estimate: (PolicyValue & { readonly estimator: Estimator }) | null;
  readonly logged: MeanEstimate;
  readonly onPolicy?: OnPolicy & { readonly covered: boolean | null };
  readonly slates?: Partial<Record<SlateEstimator, SlateValue>>;
}

function reportOf(
  result: OffPolicyResult,
  logged: MeanEstimate,
  onPolicy: OnPolicy | undefined,
  { estimator }: PolicyFlags,
): Report {
  const { effectiveSampleSize, refusal } = result.support;
  const chosen = result.estimates?.[estimator];
  const estimate = chosen === undefined ? null : { estimator, ...chosen };
  const ci = chosen?.ci ?? null;
  const covered = onPolicy === undefined || ci === null ? null : ci[0] <= onPolicy.mean && onPolicy.mean <= ci[1];
  return {
    estimate,
    effectiveSampleSize,
    refusal,
    ...result,
    logged,
    ...(onPolicy !== undefined && { onPolicy: { ...onPolicy, covered } }),
  };
}

function textOf({ estimates, support, refusal, logged, onPolicy, slates, rows }: Report): string {
  const line = (name: string, value: number, ci: readonly number[] | null): string =>
    `  ${name.padEnd(10)}${value.toPrecision(4).padEnd(12)}${ci === null ? '' : `[${ci.map((x) => x.toPrecision(4)).join(', ')}]`}\n`;
  return [
    `${rows} rows, worth ${support.effectiveSampleSize.toFixed(0)} of the policy's own; largest weight ${support.weightMax.toFixed(2)}, ${(100 * support.unsupported).toFixed(2)} % of the policy unseen\n`,
    ...(refusal === null ? [] : [`no answer (${refusal.reason}): ${refusal.message}\n`]),
    ...(estimates === null ? [] : ESTIMATORS.map((name) => line(name, estimates[name].value, estimates[name].ci))),
    line('logged', logged.mean, logged.ci),
    ...(onPolicy === undefined ? [] : [line('on policy', onPolicy.mean, onPolicy.ci)]),
    ...(slates === undefined ? [] : ['a slate\n']),
    ...Object.entries(slates ?? {}).map(([name, { mean, ci }]) => line(name.slice(0, 13).padEnd(14), mean, ci)),
  ].join('');
}
