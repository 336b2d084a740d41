/** What a data directory's own log has of actions that were drawn by chance, as a file that `rialto evaluate policy` reads. */
import type { Experiment } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import type { BanditColumns } from '../intake/bandit-file.ts';
import { dealtVariants, drawnItems, REWARDS } from '../lake/logged-actions.ts';
import type { Lake } from '../lake/open-lake.ts';
import { openFreshLake } from './fresh-lake.ts';
import { answerFile } from './lake-answer.ts';

export interface LoggedFlags {
  readonly data: string;
  readonly placement?: string;
  readonly experiment?: string;
  readonly sinceVersion: number;
  readonly reward?: string;
  readonly windowHours?: number;
  readonly by?: readonly string[];
}

const HOURS = 24;
const COLUMNS = { item: 'item_id', reward: 'reward', propensity: 'propensity_score' };

/** `close` must be called in the end. Throws `bad-request`, `not-found`, and `no-data` where nothing was drawn. */
export async function loggedActions(flags: LoggedFlags) {
  const { data, placement, experiment, by = [], sinceVersion } = flags;
  if ((placement === undefined) === (experiment === undefined))
    throw new RialtoError('bad-request', 'with --data, name either a --placement or an --experiment');
  const lake = await openFreshLake(data);
  try {
    if (placement !== undefined) {
      const { reward = 'click', windowHours = HOURS } = flags;
      mustBeReward(reward);
      const file = await answerFile(
        await drawnItems(lake, placement, { reward, windowHours, by }),
        `items of ${placement}`,
      );
      const columns: BanditColumns = { ...COLUMNS, position: 'position', slate: 'slate', unit: 'unit', by };
      return { path: file.path, columns, repeats: false, close: file.close };
    }
    const record = await definition(lake, experiment!);
    const { reward = record.bandit?.reward ?? 'click', windowHours = record.bandit?.windowHours ?? HOURS } = flags;
    mustBeReward(reward);
    const answer = await dealtVariants(lake, record, { reward, windowHours, by, sinceVersion });
    const file = await answerFile(answer, `variants of ${experiment}`);
    const columns: BanditColumns = { ...COLUMNS, by };
    return { path: file.path, columns, repeats: true, close: file.close };
  } finally {
    lake.close();
  }
}

function mustBeReward(reward: string): void {
  if ((REWARDS as readonly string[]).includes(reward)) return;
  throw new RialtoError('bad-request', `--reward ${reward}: it must be one of ${REWARDS.join(', ')}`, {
    option: '--reward',
  });
}

/** The record of an experiment as the log has it now. Throws `not-found`. */
export async function definition(lake: Lake, id: string): Promise<Experiment> {
  const sql =
    "SELECT entity FROM entity_changes WHERE kind = 'experiment' AND id = $1 ORDER BY log_offset DESC LIMIT 1";
  const [found] = await lake.query(sql, [id]);
  if (found === undefined) throw new RialtoError('not-found', `there is no experiment ${JSON.stringify(id)}`);
  return found['entity'] as unknown as Experiment;
}
