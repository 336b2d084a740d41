/**
 * How well the next click of a session is predicted on a fixed split: chosen and fitted on one file of sessions, judged on
 * every prefix of each session of another. Clicks on items that training never saw are not asked for.
 */
import { RialtoError } from '../base/errors.ts';
import {
  chooseSessionRecommender,
  type SessionChoice,
  type SessionChoiceOptions,
} from './choose-session-recommender.ts';
import { itemsOf, type NextItemQuality, nextItemQuality, type TimedSession } from './session-trial.ts';

/** One entry a click, in any order. */
export interface SessionClicks {
  readonly users: readonly string[]; // sessions
  readonly items: readonly string[];
  /** Empty: clicks are in order as they stand. */
  readonly times: Float64Array;
}

export interface SessionEvaluation extends NextItemQuality {
  /** What was blended. */
  readonly model: string;
  readonly parts: SessionChoice['parts'];
}

export interface NextItemFit {
  readonly choice: SessionChoice;
  evaluate(test: SessionClicks): SessionEvaluation;
}

/** Throws `no-data` where no session has two clicks. */
export async function fitNextItem(train: SessionClicks, options: SessionChoiceOptions): Promise<NextItemFit> {
  const items = new Map<string, number>();
  for (const item of train.items) if (!items.has(item)) items.set(item, items.size);
  const sessions = sessionsOf(train, items);
  if (sessions.length < 2 || !sessions.some(({ clicks }) => clicks.length > 1))
    throw new RialtoError(
      'no-data',
      'the training file has no session with two clicks: nothing can be learned from it',
    );
  const choice = await chooseSessionRecommender(items.size, sessions, options);
  return {
    choice,
    evaluate(test) {
      const isTimed = train.times.length > 0 && test.times.length > 0;
      const asked = isTimed ? sessionsOf(test, items) : askedAt(sessions.at(-1)!.time, sessionsOf(test, items));
      const trained = itemsOf(sessions, items.size);
      const quality = nextItemQuality(choice.model, asked, trained, options.k);
      if (quality.predictions === 0)
        throw new RialtoError('no-data', 'the test file has no session whose second or later click was in training');
      return { ...quality, model: nameOf(choice), parts: choice.parts };
    },
  };
}

/** In the order in which they ended. Items that `items` does not know are numbered beyond it. */
function sessionsOf({ users, items: names, times }: SessionClicks, items: ReadonlyMap<string, number>): TimedSession[] {
  const rows = new Map<string, number[]>();
  users.forEach((session, row) => {
    const own = rows.get(session);
    if (own === undefined) rows.set(session, [row]);
    else own.push(row);
  });
  const timeOf = (row: number): number => (times.length === 0 ? row : times[row]!);
  const sessions = Array.from(rows.values(), (own) => {
    own.sort((a, b) => timeOf(a) - timeOf(b) || a - b);
    return {
      clicks: Int32Array.from(own, (row) => items.get(names[row]!) ?? items.size),
      times: Float64Array.from(own, timeOf),
      time: timeOf(own.at(-1)!),
    };
  });
  return sessions.sort((a, b) => a.time - b.time);
}

/** Rows of the two files cannot be compared as times: what is asked comes after all that was learned. */
function askedAt(time: number, sessions: readonly TimedSession[]): TimedSession[] {
  return sessions.map(({ clicks }) => ({ clicks, times: new Float64Array(clicks.length).fill(time), time }));
}

function nameOf({ parts }: SessionChoice): string {
  return parts
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ kind, weight }) => `${weight.toFixed(2)} ${kind}`)
    .join(' + ');
}
