/** `rialto experiment analyse --experiment ID`: experiments whose design says how they are read, from the log. */
import type { Experiment } from '@rialto/sdk';
import { RialtoError } from '../../base/errors.ts';
import { type InterleavingResult, interleavingResult } from '../../experiments/interleaving-result.ts';
import { dealtUnits } from '../../lake/dealt-units.ts';
import { interleavedLists } from '../../lake/interleaved-lists.ts';
import type { Lake } from '../../lake/open-lake.ts';
import { type BanditResult, banditResult } from '../../policies/bandit-result.ts';
import { openFreshLake } from '../fresh-lake.ts';

export interface DesignFlags {
  readonly experiment: string;
  readonly data: string;
  readonly alpha: number;
  readonly json?: boolean;
}

/** Throws `not-found`; `bad-request` for designs that are read from a file of outcomes. */
export async function analyseDesign({ experiment, data, alpha, json }: DesignFlags): Promise<void> {
  const lake = await openFreshLake(data);
  try {
    const found = await definition(lake, experiment);
    const variants = found.variants.map(({ name }) => name);
    if (found.bandit !== undefined) {
      const result = banditResult(await dealtUnits(lake, { ...found, bandit: found.bandit }), variants, alpha);
      print({ experiment, design: 'bandit', ...result }, banditText(result), json);
    } else {
      const { shown, clicked } = await interleavedLists(lake, experiment, 1);
      const result = interleavingResult(clicked, shown, alpha);
      print({ experiment, design: 'interleaving', variants, ...result }, interleavingText(result, variants), json);
    }
  } finally {
    lake.close();
  }
}

function print(result: object, text: string, json: boolean | undefined): void {
  process.stdout.write(json === true ? `${JSON.stringify(result)}\n` : text);
}

function banditText({ units, arms, effects }: BanditResult): string {
  const percent = (x: number): string => `${(100 * x).toFixed(2)} %`;
  const told = ({ mean, ci }: BanditResult['arms'][number] | BanditResult['effects'][number]): string =>
    `${percent(mean)} [${percent(ci[0])}, ${percent(ci[1])}]`;
  const armLines = arms.map(
    (arm) => `${arm.variant}: ${arm.units} units, ${told(arm)}; now dealt ${percent(arm.probability)}\n`,
  );
  const effectLines = effects.map(
    (one) => `${one.variant} against ${arms[0]!.variant}: ${told(one)}, p = ${one.p.toPrecision(3)}\n`,
  );
  return [`${units} units\n`, ...armLines, ...effectLines].join('');
}

async function definition(lake: Lake, id: string): Promise<Experiment> {
  const sql =
    "SELECT entity FROM entity_changes WHERE kind = 'experiment' AND id = $1 ORDER BY log_offset DESC LIMIT 1";
  const [found] = await lake.query(sql, [id]);
  if (found === undefined) throw new RialtoError('not-found', `there is no experiment ${JSON.stringify(id)}`);
  const experiment = found['entity'] as unknown as Experiment;
  if (experiment.interleaves !== undefined || experiment.bandit !== undefined) return experiment;
  throw new RialtoError(
    'bad-request',
    `experiment ${JSON.stringify(id)} neither interleaves nor deals by a bandit: write its outcomes with \`rialto experiment outcomes ${id} --out FILE\`, and analyse the file`,
  );
}

function interleavingText(result: InterleavingResult, [first, second]: readonly string[]): string {
  const { units, lists, listsClicked, preferred, secondShare, ci, p, decision } = result;
  const better =
    decision === 'first' ? `${first} is better` : decision === 'second' ? `${second} is better` : 'no difference seen';
  const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
  return [
    `${lists} lists for ${units} units, ${listsClicked} of them clicked on\n`,
    `${preferred.first} units preferred ${first}, ${preferred.second} preferred ${second}, ${preferred.neither} neither\n`,
    `${percent(secondShare)} [${percent(ci[0])}, ${percent(ci[1])}] for ${second}, p = ${p.toPrecision(3)}: ${better}\n`,
  ].join('');
}
