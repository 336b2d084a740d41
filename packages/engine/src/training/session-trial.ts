/**
 * Recommenders for sessions tried on the end of the past: fitted on the sessions before, asked for the next click after every
 * prefix of the later ones.
 */
import { sumOf } from '../learning/blended-session-recommender.ts';
import type { BlendExamples } from '../learning/blender.ts';
import type { RecommenderOptions } from '../learning/recommender-kinds.ts';
import { SESSION_KINDS, type SessionKind } from '../learning/session-kinds.ts';
import type { Session, SessionRecommender } from '../learning/session-recommender.ts';
import { topScores } from '../learning/top-scores.ts';

/** A session with the time of each click. */
export interface TimedSession extends Session {
  readonly times: Float64Array; // [clicks]
}

export interface NextItemQuality {
  readonly hitRate: number;
  readonly mrr: number;
  readonly predictions: number;
}

/**
 * Every prefix of each session predicts the next click; those whose click is on an item that was not trained on are left out.
 * MRR counts 1 / place within the k shown.
 */
export function nextItemQuality(
  model: SessionRecommender,
  sessions: readonly TimedSession[],
  trained: Uint8Array,
  k: number,
): NextItemQuality {
  const scores = new Float32Array(model.itemCount);
  const top = new Int32Array(k);
  let [hits, places, predictions] = [0, 0, 0];
  for (const { clicks, times } of sessions) {
    for (let length = 1; length < clicks.length; length++) {
      const next = clicks[length]!;
      if (trained[next] !== 1) continue;
      predictions++;
      model.score(clicks.subarray(0, length), times[length - 1]!, scores);
      const place = top.subarray(0, topScores(scores, k, top)).indexOf(next);
      if (place < 0) continue;
      hits++;
      places += 1 / (place + 1);
    }
  }
  const count = Math.max(1, predictions);
  return { hitRate: hits / count, mrr: places / count, predictions };
}

/** 1 = clicked in one of the sessions. [items] */
export function itemsOf(sessions: readonly Session[], itemCount: number): Uint8Array {
  const known = new Uint8Array(itemCount);
  for (const { clicks } of sessions) for (const item of clicks) known[item] = 1;
  return known;
}

export interface SessionSplit {
  readonly itemCount: number;
  readonly before: readonly Session[];
  readonly after: readonly TimedSession[];
  readonly k: number;
}

export class SessionTrial {
  readonly #split: SessionSplit;
  readonly #trained: Uint8Array; // [items]

  constructor(split: SessionSplit) {
    this.#split = split;
    this.#trained = itemsOf(split.before, split.itemCount);
  }

  #fit(kind: SessionKind, options: RecommenderOptions): SessionRecommender {
    return SESSION_KINDS[kind].fit(this.#split.itemCount, this.#split.before, options);
  }

  /** ½ (hit rate + MRR). */
  measure(kind: SessionKind, options: RecommenderOptions): number {
    const { hitRate, mrr } = nextItemQuality(this.#fit(kind, options), this.#split.after, this.#trained, this.#split.k);
    return 0.5 * (hitRate + mrr);
  }

  /** What a blend of these is learned from: each one's best candidates, and what all say of them. */
  examples(specs: readonly { readonly kind: SessionKind; readonly options: RecommenderOptions }[]): BlendExamples {
    const models = specs.map(({ kind, options }) => this.#fit(kind, options));
    const { after, itemCount, k } = this.#split;
    const all = models.map(() => new Float32Array(itemCount));
    const top = new Int32Array(2 * k);
    const [scores, labels, starts]: [number[], number[], number[]] = [[], [], [0]];
    for (const { clicks, times } of after) {
      for (let length = 1; length < clicks.length; length++) {
        const next = clicks[length]!;
        if (this.#trained[next] !== 1) continue;
        const candidates = new Set<number>();
        models.forEach((model, m) => {
          model.score(clicks.subarray(0, length), times[length - 1]!, all[m]!);
          const scale = 1 / sumOf(all[m]!);
          for (let item = 0; item < itemCount; item++) all[m]![item]! *= scale;
          for (const item of top.subarray(0, topScores(all[m]!, top.length, top))) candidates.add(item);
        });
        for (const item of candidates) {
          labels.push(item === next ? 1 : 0);
          for (const one of all) scores.push(one[item]!);
        }
        starts.push(labels.length);
      }
    }
    return {
      models: models.length,
      scores: Float32Array.from(scores),
      labels: Uint8Array.from(labels),
      starts: Int32Array.from(starts),
      wanted: new Int32Array(starts.length - 1).fill(1),
    };
  }
}
