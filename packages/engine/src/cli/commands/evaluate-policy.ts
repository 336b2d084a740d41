/** `rialto evaluate policy`: what a policy would have earned, from the log of another one. */
import { Command } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { type BanditNames, readBanditLog, readPolicyTable } from '../../intake/bandit-file.ts';
import type { BanditLog } from '../../policies/bandit-log.ts';
import { type PositionPolicy, policyOfLog } from '../../policies/logged-policy.ts';
import {
  DEFAULT_OFF_POLICY,
  type Estimator,
  evaluatePolicy,
  type OffPolicyResult,
  type PolicyValue,
} from '../../policies/off-policy.ts';
import { crossFittedRates } from '../../policies/reward-rates.ts';
import { slatesOf } from '../../policies/slate-log.ts';
import { evaluateSlates, type SlateEstimator, type SlateValue } from '../../policies/slate-policy.ts';
import { type MeanEstimate, skewedMean } from '../../statistics/skewed-mean.ts';
import { decimalNumber, wholeNumber } from '../number-option.ts';

interface PolicyFlags {
  readonly log: string;
  readonly target?: string;
  readonly policy?: string;
  readonly item: string;
  readonly position: string;
  readonly reward: string;
  readonly propensity: string;
  readonly slate?: string;
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
  --policy FILE     a table of item, position and probability
  --policy uniform  every item of the log alike

  ipw, snipw        inverse propensity weighting, and self-normalised
  dm                a model of rewards alone: no interval, for its bias cannot be seen
  dr                doubly robust, the model cross-fitted
  switchDr          the model alone where weights are large
  drShrunk          weights shrunken (optimistic shrinkage)

With --slate COLUMN, rows of one slate are taken together, their rewards added up, and slates tells the value of one for buyers
who look at a position by itself (independent), from the top down (cascade, cascadeDr), or anyhow (standard; pseudoInverse if
positions add up). The policy draws by position.

There is no estimate, and the reason is told as refusal, where the log could not show what the policy would do.

Example:
  rialto evaluate policy --log random-men.csv.gz --target bts-men.csv.gz --json
`;

const ESTIMATORS: readonly Estimator[] = ['ipw', 'snipw', 'dm', 'dr', 'switchDr', 'drShrunk'];
const FOLDS = 5;

export const evaluatePolicyCommand = new Command('policy')
  .description('what a policy would have earned, from the log of another one')
  .requiredOption('--log <file>', 'what the logging policy did, with propensities and rewards')
  .option('--target <file>', 'a log of the policy to be evaluated')
  .option('--policy <file>', 'a table of its probabilities, or "uniform"')
  .option('--item <column>', 'what was shown', 'item_id')
  .option('--position <column>', 'where; "none" if there is but one place', 'position')
  .option('--reward <column>', 'what came of it', 'click')
  .option('--propensity <column>', 'probability of the item at its position', 'propensity_score')
  .option('--slate <column>', 'rows that were shown together')
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
    const names: BanditNames = { items: new Map(), positions: new Map() };
    const { item, reward, propensity, alpha, seed } = flags;
    const position = flags.position === 'none' ? undefined : flags.position;
    const columns = { item, position, reward, propensity, slate: flags.slate };
    const read = await readBanditLog(flags.log, columns, names);
    const { policy, onPolicy } = await policyOf(flags, columns, names);
    const log = { ...read.log, actions: policy.actions, positions: policy.positions };
    const rewards = crossFittedRates(log, { folds: FOLDS, seed });
    const options = { alpha, unsupportedMax: flags.unsupported, effectiveMin: flags.effective };
    const chances = probabilitiesAt(log, policy);
    const result = evaluatePolicy(log, chances, rewards, options);
    const { slate } = read;
    const slates =
      slate === undefined || result.support.refusal !== null
        ? undefined
        : evaluateSlates(slatesOf(log, { slate, order: orderOf(names) }, chances, rewards), alpha);
    const report = { ...reportOf(result, skewedMean(log.reward, alpha), onPolicy, flags), ...(slates && { slates }) };
    process.stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : textOf(report));
  });

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

interface Target {
  readonly policy: PositionPolicy;
  readonly onPolicy?: MeanEstimate & { readonly rows: number };
}

async function policyOf(
  flags: PolicyFlags,
  columns: Parameters<typeof readBanditLog>[1],
  names: BanditNames,
): Promise<Target> {
  if ((flags.target === undefined) === (flags.policy === undefined))
    throw new RialtoError('bad-request', 'name the policy by either --target or --policy', { path: 'target' });
  if (flags.target !== undefined) {
    const { log: target } = await readBanditLog(flags.target, columns, names);
    const onPolicy = { rows: target.rows, ...skewedMean(target.reward, flags.alpha) };
    return { policy: policyOfLog(target), onPolicy };
  }
  if (flags.policy !== 'uniform') return { policy: await readPolicyTable(flags.policy!, columns, names) };
  const [actions, positions] = [names.items.size, Math.max(1, names.positions.size)];
  return { policy: { actions, positions, probability: new Float64Array(actions * positions).fill(1 / actions) } };
}

/** The policy's probabilities at the position of a row. */
function probabilitiesAt(log: BanditLog, policy: PositionPolicy): (row: number, out: Float64Array) => void {
  return (row, out) => {
    const from = log.position[row]! * policy.actions;
    out.set(policy.probability.subarray(from, from + policy.actions));
  };
}

interface Report extends OffPolicyResult {
  readonly effectiveSampleSize: number;
  readonly refusal: OffPolicyResult['support']['refusal'];
  readonly estimate: (PolicyValue & { readonly estimator: Estimator }) | null;
  readonly logged: MeanEstimate;
  readonly onPolicy?: MeanEstimate & { readonly rows: number; readonly covered: boolean | null };
  readonly slates?: Partial<Record<SlateEstimator, SlateValue>>;
}

function reportOf(
  result: OffPolicyResult,
  logged: MeanEstimate,
  onPolicy: Target['onPolicy'],
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
