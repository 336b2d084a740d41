/**
 * Chooses how to recommend within a session: the settings of each kind by climbing on the latest part of the sessions, then a
 * blend of the kinds, then all of it fitted on everything.
 */
import { BlendedSessionRecommender } from '../learning/blended-session-recommender.ts';
import { learnBlend } from '../learning/blender.ts';
import { SESSION_KIND_NAMES, SESSION_KINDS, type SessionKind } from '../learning/session-kinds.ts';
import { climb, type Measured } from './climb.ts';
import { SessionTrial, type TimedSession } from './session-trial.ts';

export interface SessionChoiceOptions {
  readonly k: number;
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

export interface ChosenSessionPart extends Measured {
  readonly kind: SessionKind;
  readonly weight: number;
}

export interface SessionChoice {
  readonly model: BlendedSessionRecommender;
  readonly parts: readonly ChosenSessionPart[];
  /** ½ (hit rate + MRR) on the sessions held out. */
  readonly goal: number;
}

const HELD_OUT_SHARE = 0.15;
/** Clicks to predict × items. */
const CELLS_MAX = 30_000_000;
const PREDICTIONS = { min: 500, max: 9000 };
const TRIES_MAX = 14;
/** Of the trend, where the blend does without: enough to order what nothing else speaks for, as after clicks on unknown items. */
const TIE_WEIGHT = 1e-4;

/** `sessions` are in the order in which they ended; at least two. */
export async function chooseSessionRecommender(
  itemCount: number,
  sessions: readonly TimedSession[],
  { k, onProgress }: SessionChoiceOptions,
): Promise<SessionChoice> {
  const cut = Math.max(1, Math.floor(sessions.length * (1 - HELD_OUT_SHARE)));
  const after = thinned(sessions.slice(cut), itemCount);
  const trial = new SessionTrial({ itemCount, before: sessions.slice(0, cut), after, k });
  const all = SESSION_KIND_NAMES.length * TRIES_MAX;
  const found: (Measured & { readonly kind: SessionKind })[] = [];
  for (const [i, kind] of SESSION_KIND_NAMES.entries()) {
    const { start, axes } = SESSION_KINDS[kind];
    let tries = i * TRIES_MAX;
    const measure = async (options: Measured['options']): Promise<number> => {
      onProgress?.(++tries, all, `trying ${kind}`);
      return trial.measure(kind, options);
    };
    const best = await climb(
      { options: start, goal: await measure(start) },
      { axes, triesMax: TRIES_MAX - 1, measure },
    );
    found.push({ kind, ...best });
  }
  const blend = learnBlend(trial.examples(found), { k, discount: (position) => 1 / (position + 1) });
  const parts = found.map((one, i) => ({ ...one, weight: blend.weights[i]! }));
  const model = new BlendedSessionRecommender(
    parts
      .map((part) => (part.kind === 'session-trend' ? { ...part, weight: Math.max(part.weight, TIE_WEIGHT) } : part))
      .filter(({ weight }) => weight > 0)
      .map(({ kind, options, weight }) => ({
        kind,
        weight,
        model: SESSION_KINDS[kind].fit(itemCount, sessions, options),
      })),
  );
  return { model, parts, goal: blend.goal };
}

/** As many of the sessions, spread evenly, as the bounds of time allow. */
function thinned(sessions: readonly TimedSession[], itemCount: number): readonly TimedSession[] {
  const most = Math.min(PREDICTIONS.max, Math.max(PREDICTIONS.min, Math.floor(CELLS_MAX / Math.max(1, itemCount))));
  const predictions = sessions.reduce((sum, { clicks }) => sum + clicks.length - 1, 0);
  if (predictions <= most) return sessions;
  const step = predictions / most;
  return Array.from({ length: Math.floor(sessions.length / step) }, (_, i) => sessions[Math.floor(i * step)]!);
}
