/** A question about a change of rankers and placements, answered from the log: what is wrong with it, or what it would have changed. */
import type { RankerCheck, RankerTrial } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import type { RankerChange } from './changed-market.ts';
import type { ReplayedLog } from './log-replay.ts';
import { problemsOf, tryRankers } from './ranker-trial.ts';
import { rebuild } from './rebuild.ts';

export interface ChangeQuestion {
  readonly kind: keyof ChangeAnswers;
  readonly change: RankerChange;
  readonly hours: number;
  /** The most pages to decide again. */
  readonly pages: number;
}

export interface ChangeAnswers {
  readonly check: RankerCheck;
  readonly diff: RankerTrial;
}

/** Throws `bad-request` where a change that cannot be applied is to be tried, `no-data` where no page was decided in that time. */
export async function answerChange<Kind extends keyof ChangeAnswers>(
  source: Pick<ReplayedLog, 'log' | 'checkpoints'>,
  { kind, change, hours, pages }: ChangeQuestion & { readonly kind: Kind },
  stopwatch: () => number = () => 0,
): Promise<ChangeAnswers[Kind]> {
  const problems = problemsOf(change, await rebuild(source));
  const answers = {
    check: async (): Promise<RankerCheck> => ({ ok: problems.length === 0, problems }),
    diff: async (): Promise<RankerTrial> => {
      if (problems.length > 0) throw new RialtoError('bad-request', problems.join('\n'));
      return tryRankers({ ...source, change, hours, pagesMax: pages, stopwatch });
    },
  };
  return answers[kind]() as Promise<ChangeAnswers[Kind]>;
}
