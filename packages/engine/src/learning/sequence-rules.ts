/**
 * Sequence rules (Kamehkhosh et al., 2017): what followed an item, wherever it was clicked. Unlike session-kNN it does not
 * ask how alike the rest of the session is, so it knows more of rare items and of first clicks.
 *
 *     score(j) = Σ_{i ∈ s} e^(−steps back of i / λ₁) · Σ_{clicks on i} e^(−age / (λ₂ span)) g(d) / (clicks on i)^γ
 *     g(d)     = e^(−(d − 1)/λ₃) after the click, β e^((d + 1)/λ₃) before it
 *
 * With a slow λ₃ and β = 1 it is plain co-occurrence. Of each item only its latest clicks are walked.
 */
import { packModel, unpackModel } from './model-file.ts';
import { SessionLog } from './session-log.ts';
import type { Session, SessionRecommender } from './session-recommender.ts';

const KIND = 'sequence-rules';
const VERSION = 1;
const CLICKS_MAX = 10;
const WALK_MAX = 2500;
/** A rule reaches no further. */
const PLACES_MAX = 15;

export interface SequenceRulesOptions {
  readonly stepDecay: number; // λ₁
  readonly ageDecay: number; // λ₂
  readonly placeDecay: number; // λ₃
  readonly backWeight: number; // β
  readonly countExponent: number; // γ
}

export const DEFAULT_SEQUENCE_RULES: SequenceRulesOptions = {
  stepDecay: 0.7,
  ageDecay: 1,
  placeDecay: 1.5,
  backWeight: 0.3,
  countExponent: 0.5,
};

export function fitSequenceRules(
  itemCount: number,
  sessions: Iterable<Session>,
  options: SequenceRulesOptions = DEFAULT_SEQUENCE_RULES,
): SessionRecommender {
  const log = new SessionLog(itemCount);
  for (const { clicks, time } of sessions) log.add(clicks, time);
  return new SequenceRules(log, options, log.span());
}

export function loadSequenceRules(bytes: Uint8Array): SessionRecommender {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const { itemCount, span, ...options } = info as unknown as SequenceRulesOptions & { itemCount: number; span: number };
  return new SequenceRules(SessionLog.from(itemCount, arrays), options, span);
}

class SequenceRules implements SessionRecommender {
  readonly #log: SessionLog;
  readonly #options: SequenceRulesOptions;
  readonly #span: number;
  readonly #fades: Float64Array; // [PLACES_MAX + 1], by distance

  constructor(log: SessionLog, options: SequenceRulesOptions, span: number) {
    this.#log = log;
    this.#options = options;
    this.#span = span;
    this.#fades = Float64Array.from({ length: PLACES_MAX + 1 }, (_, d) => Math.exp((1 - d) / options.placeDecay));
  }

  get itemCount(): number {
    return this.#log.itemCount;
  }

  add(clicks: Int32Array, time: number): void {
    this.#log.add(clicks, time);
  }

  score(clicks: Int32Array, at: number, scores: Float32Array): void {
    scores.fill(0);
    const { stepDecay, countExponent } = this.#options;
    for (let c = clicks.length - 1, step = 0; c >= 0 && step < CLICKS_MAX; c--, step++) {
      const item = clicks[c]!;
      if (item < 0 || item >= this.itemCount || clicks.lastIndexOf(item) !== c) continue;
      const weight = Math.exp(-step / stepDecay) * Math.max(1, this.#log.counts[item]!) ** -countExponent;
      this.#addRules(item, weight, at, scores);
    }
  }

  #addRules(item: number, weight: number, at: number, scores: Float32Array): void {
    const { latest, before, sessions, starts, times, items } = this.#log;
    const { ageDecay, backWeight } = this.#options;
    const scale = 1 / (ageDecay * this.#span);
    const now = this.#log.ageFrom(at, ageDecay * this.#span);
    let walked = 0;
    for (let click = latest[item]!; click >= 0 && walked < WALK_MAX; click = before[click]!, walked++) {
      const session = sessions[click]!;
      const fresh = weight * Math.exp(-Math.max(0, now - times[session]!) * scale);
      const to = Math.min(starts[session + 1]! - 1, click + PLACES_MAX);
      for (let other = click + 1; other <= to; other++) scores[items[other]!]! += fresh * this.#fades[other - click]!;
      const from = Math.max(starts[session]!, click - PLACES_MAX);
      for (let other = click - 1; other >= from; other--)
        scores[items[other]!]! += backWeight * fresh * this.#fades[click - other]!;
    }
  }

  pack(): Uint8Array {
    const info = { ...this.#options, itemCount: this.itemCount, span: this.#span };
    return packModel({ kind: KIND, version: VERSION, info, arrays: this.#log.arrays() });
  }
}
