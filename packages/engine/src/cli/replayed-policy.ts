/** The probabilities of a ranker for what a placement showed, by deciding the log's pages again: what `rialto evaluate policy --ranker` evaluates. */
import { existsSync } from 'node:fs';
import { RialtoError } from '../base/errors.ts';
import type { RankerChange } from '../delivery/changed-market.ts';
import { logDirectory, openCheckpoints, readState } from '../delivery/data-directory.ts';
import { problemsOf } from '../delivery/ranker-trial.ts';
import { replayChances } from '../delivery/replay-chances.ts';
import type { BanditFile, BanditNames } from '../intake/bandit-file.ts';
import { FileLog } from '../log/file-log.ts';
import type { ActionProbabilities } from '../policies/bandit-log.ts';
import { type ToldChances, toldPolicy } from '../policies/told-policy.ts';
import { readRankerFile } from './ranker-file.ts';
import { stepProgress } from './step-progress.ts';

export interface ReplayedFlags {
  readonly data: string;
  readonly placement: string;
  /** A file of rankers, or the name of one. */
  readonly ranker: string;
}

export interface ReplayedPolicy {
  readonly chances: ActionProbabilities;
  /** What part of its actions the rankers that served could not have shown: mean over rows. */
  readonly unsupported: number;
}

/** Items that the log never shows are numbered after its own in `names`. */
export async function replayedPolicy(
  { data, placement, ranker }: ReplayedFlags,
  { log, slate, slates }: BanditFile,
  names: BanditNames,
): Promise<ReplayedPolicy> {
  const change = await changeOf(ranker, placement);
  const problems = problemsOf(change, await readState(data));
  if (problems.length > 0) throw new RialtoError('bad-request', `--ranker ${ranker}: ${problems.join('; ')}`);
  const rows = new Map<string, number>();
  const items = [...names.items.keys()];
  log.action.forEach((action, row) => {
    rows.set(`${slates[slate![row]!]}\0${items[action]}`, row);
  });
  const told = new Array<ToldChances | undefined>(log.rows);
  let [unsupported, places] = [0, 0];
  const progress = stepProgress();
  const files = await FileLog.open(logDirectory(data), { readOnly: true });
  try {
    const onProgress = (done: number, all: number): void => progress.show(done, all, 'deciding again');
    for await (const place of replayChances({
      log: files,
      checkpoints: openCheckpoints(data),
      change,
      placement,
      onProgress,
    })) {
      const row = rows.get(`${place.decisionId}\0${place.shown}`);
      if (row === undefined) continue;
      const actions = Int32Array.from(place.listings, (listing) => numberOf(listing, names.items));
      unsupported += place.unsupported;
      places++;
      told[row] = { actions, chances: place.chances };
    }
  } finally {
    progress.end();
    await files.close();
  }
  return { chances: toldPolicy(told), unsupported: unsupported / Math.max(1, places) };
}

function numberOf(name: string, items: Map<string, number>): number {
  if (!items.has(name)) items.set(name, items.size);
  return items.get(name)!;
}

/** A file with one ranker, or a ranker by name, serves on the placement; a file that changes the placement itself says how. */
async function changeOf(ranker: string, placement: string): Promise<RankerChange> {
  if (!existsSync(ranker)) return { rankers: [], placements: [{ id: placement, ranker }] };
  const { rankers, placements } = await readRankerFile(ranker);
  if (placements.some(({ id }) => id === placement)) return { rankers, placements };
  const [only, ...others] = rankers;
  if (only === undefined || others.length > 0)
    throw new RialtoError(
      'bad-request',
      `${ranker} has ${rankers.length} rankers, and does not say which is to serve on placement ${JSON.stringify(placement)}: add {"placements": [{"id": ${JSON.stringify(placement)}, "ranker": …}]}`,
    );
  return { rankers, placements: [...placements, { id: placement, ranker: only.id }] };
}
