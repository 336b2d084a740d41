/**
 * The kinds of recommender for sessions by name: how each is fitted and loaded, and what a search over its settings tries
 * (recommender-kinds.ts says how axes are read). Co-occurrence is sequence rules that reach far and look both ways.
 */
import type { Axis, RecommenderOptions } from './recommender-kinds.ts';
import { DEFAULT_SEQUENCE_RULES, fitSequenceRules, loadSequenceRules } from './sequence-rules.ts';
import { DEFAULT_SESSION_KNN, fitSessionKnn, loadSessionKnn } from './session-knn.ts';
import type { Session, SessionRecommender } from './session-recommender.ts';
import { DEFAULT_SESSION_TREND, fitSessionTrend, loadSessionTrend } from './session-trend.ts';

export const SESSION_KIND_NAMES = ['session-knn', 'sequence-rules', 'session-co-occurrence', 'session-trend'] as const;
export type SessionKind = (typeof SESSION_KIND_NAMES)[number];

interface SessionKindEntry {
  readonly start: RecommenderOptions;
  readonly axes: readonly Axis[];
  fit(itemCount: number, sessions: Iterable<Session>, options: RecommenderOptions): SessionRecommender;
  load(bytes: Uint8Array): SessionRecommender;
}

function entry<Options>(
  start: Options & RecommenderOptions,
  axes: readonly Axis[],
  fit: (itemCount: number, sessions: Iterable<Session>, options: Options) => SessionRecommender,
  load: (bytes: Uint8Array) => SessionRecommender,
): SessionKindEntry {
  const fitOwn = (itemCount: number, sessions: Iterable<Session>, options: RecommenderOptions): SessionRecommender =>
    fit(itemCount, sessions, options as Options & RecommenderOptions);
  return { start, axes, fit: fitOwn, load };
}

const AGES: Axis = { name: 'ageDecay', values: [0.03, 0.1, 0.3, 1, 3, 10] };
const STEPS: Axis = { name: 'stepDecay', values: [0.3, 0.5, 0.7, 1, 1.5, 2.5, 4] };
const PLACES: Axis = { name: 'placeDecay', values: [0.5, 0.7, 1, 1.5, 2, 3, 5, 10] };
const BACKS: Axis = { name: 'backWeight', values: [0, 0.1, 0.2, 0.3, 0.5, 0.7, 1] };

export const SESSION_KINDS: Readonly<Record<SessionKind, SessionKindEntry>> = {
  'session-knn': entry(
    { ...DEFAULT_SESSION_KNN },
    [
      STEPS,
      PLACES,
      BACKS,
      AGES,
      { name: 'itemExponent', values: [0, 0.25, 0.5, 0.75] },
      { name: 'neighbours', values: [100, 200, 500, 1000] },
    ],
    fitSessionKnn,
    loadSessionKnn,
  ),
  'sequence-rules': entry(
    { ...DEFAULT_SEQUENCE_RULES },
    [STEPS, PLACES, BACKS, AGES, { name: 'countExponent', values: [0, 0.25, 0.5, 0.75, 1] }],
    fitSequenceRules,
    loadSequenceRules,
  ),
  'session-co-occurrence': entry(
    { ...DEFAULT_SEQUENCE_RULES, stepDecay: 4, placeDecay: 10, backWeight: 1, countExponent: 0.75 },
    [STEPS, AGES],
    fitSequenceRules,
    loadSequenceRules,
  ),
  'session-trend': entry(
    { ...DEFAULT_SESSION_TREND },
    [{ name: 'again', values: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3] }, STEPS, AGES],
    fitSessionTrend,
    loadSessionTrend,
  ),
};
