/**
 * What a session's own past and the day say, without looking at other sessions' sequences: items of the session are clicked
 * again, the later the likelier, and items that many click these days are clicked by whoever comes.
 *
 *     score(j) = Σ_{clicks of s on j} ρ e^(−steps back/λ₁) + Σ_{clicks on j} e^(−age / (λ₂ span)) / Σ_{clicks} e^(−age / (λ₂ span))
 *
 * Ages count from the latest session known, which orders items as any later moment would.
 */
import { packModel, unpackModel } from './model-file.ts';
import { SessionLog } from './session-log.ts';
import type { Session, SessionRecommender } from './session-recommender.ts';

const KIND = 'session-trend';
const VERSION = 1;

export interface SessionTrendOptions {
  readonly ageDecay: number; // λ₂
  readonly again: number; // ρ
  readonly stepDecay: number; // λ₁
}

export const DEFAULT_SESSION_TREND: SessionTrendOptions = { ageDecay: 0.3, again: 0.3, stepDecay: 1 };

export function fitSessionTrend(
  itemCount: number,
  sessions: Iterable<Session>,
  options: SessionTrendOptions = DEFAULT_SESSION_TREND,
): SessionRecommender {
  const log = new SessionLog(itemCount);
  for (const { clicks, time } of sessions) log.add(clicks, time);
  return new SessionTrend(log, options, log.span());
}

export function loadSessionTrend(bytes: Uint8Array): SessionRecommender {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const { itemCount, span, ...options } = info as unknown as SessionTrendOptions & { itemCount: number; span: number };
  return new SessionTrend(SessionLog.from(itemCount, arrays), options, span);
}

class SessionTrend implements SessionRecommender {
  readonly #log: SessionLog;
  readonly #options: SessionTrendOptions;
  readonly #span: number;
  #shares: Float32Array | undefined; // [items]

  constructor(log: SessionLog, options: SessionTrendOptions, span: number) {
    this.#log = log;
    this.#options = options;
    this.#span = span;
  }

  get itemCount(): number {
    return this.#log.itemCount;
  }

  add(clicks: Int32Array, time: number): void {
    this.#log.add(clicks, time);
    this.#shares = undefined;
  }

  score(clicks: Int32Array, _at: number, scores: Float32Array): void {
    const { again, stepDecay } = this.#options;
    this.#shares ??= this.#sharesNow();
    scores.set(this.#shares);
    for (let c = clicks.length - 1; c >= 0; c--) {
      const item = clicks[c]!;
      if (item >= 0 && item < this.itemCount) scores[item]! += again * Math.exp((c - clicks.length + 1) / stepDecay);
    }
  }

  #sharesNow(): Float32Array {
    const { items, sessions, times, clickCount, sessionCount } = this.#log;
    const shares = new Float32Array(this.itemCount);
    const now = sessionCount === 0 ? 0 : times.subarray(0, sessionCount).reduce((a, b) => Math.max(a, b));
    const scale = 1 / (this.#options.ageDecay * this.#span);
    let total = 0;
    for (let click = 0; click < clickCount; click++) {
      const weight = Math.exp((times[sessions[click]!]! - now) * scale);
      shares[items[click]!]! += weight;
      total += weight;
    }
    return total === 0 ? shares : shares.map((share) => share / total);
  }

  pack(): Uint8Array {
    const info = { ...this.#options, itemCount: this.itemCount, span: this.#span };
    return packModel({ kind: KIND, version: VERSION, info, arrays: this.#log.arrays() });
  }
}
