/** `rialto experiment analyse --experiment ID`: experiments whose design says how they are read, from the log. */
import type { Experiment } from '@rialto/sdk';
import { RialtoError } from '../../base/errors.ts';
import { type InterleavingResult, interleavingResult } from '../../experiments/interleaving-result.ts';
import { interleavedLists } from '../../lake/interleaved-lists.ts';
import type { Lake } from '../../lake/open-lake.ts';
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
    const { variants } = await definition(lake, experiment);
    const names = variants.map(({ name }) => name);
    const { shown, clicked } = await interleavedLists(lake, experiment, 1);
    const result = interleavingResult(clicked, shown, alpha);
    process.stdout.write(
      json === true
        ? `${JSON.stringify({ experiment, design: 'interleaving', variants: names, ...result })}\n`
        : interleavingText(result, names),
    );
  } finally {
    lake.close();
  }
}

async function definition(lake: Lake, id: string): Promise<Experiment> {
  const sql =
    "SELECT entity FROM entity_changes WHERE kind = 'experiment' AND id = $1 ORDER BY log_offset DESC LIMIT 1";
  const [found] = await lake.query(sql, [id]);
  if (found === undefined) throw new RialtoError('not-found', `there is no experiment ${JSON.stringify(id)}`);
  const experiment = found['entity'] as unknown as Experiment;
  if (experiment.interleaves !== undefined) return experiment;
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
