/**
 * Session-kNN with decays, of the family V-SKNN (Ludewig and Jannach, UMUAI 2018) and STAN (Garg et al., SIGIR 2019): the
 * latest clicks of a session say most; of the sessions that share them the alike and recent count; of what was clicked there
 * what followed closely.
 *
 *     sim(s, v)  = Σ_{i ∈ s ∩ v} e^(−steps back of i in s / λ₁) · |i|^−ω · e^(−age of v / (λ₂ span)) / |v|^ν
 *     score(j)   = Σ_{v ∈ N(s)} sim(s, v) · g(d),   d = places from the match in v to j
 *     g(d)       = e^(−(d − 1)/λ₃) after the match, β e^((d + 1)/λ₃) before it, 0 at it
 *
 * where the match is the first click in v on the latest shared item of s, |·| counts clicks, and N(s) are the most alike. Of each item only its latest
 * clicks are walked, so that a question's cost has a bound.
 */
import { packModel, unpackModel } from './model-file.ts';
import { SessionLog } from './session-log.ts';
import type { Session, SessionRecommender } from './session-recommender.ts';
import { topScores } from './top-scores.ts';

const KIND = 'session-knn';
const VERSION = 1;
/** Of a session, the latest clicks that are looked at. */
const CLICKS_MAX = 20;
/** Of each item, the latest clicks that are walked. */
const WALK_MAX = 2500;

export interface SessionKnnOptions {
  readonly neighbours: number;
  readonly stepDecay: number; // λ₁
  readonly ageDecay: number; // λ₂
  readonly placeDecay: number; // λ₃
  readonly backWeight: number; // β
  readonly itemExponent: number; // ω
  readonly lengthExponent: number; // ν
}

export const DEFAULT_SESSION_KNN: SessionKnnOptions = {
  neighbours: 500,
  stepDecay: 1.5,
  ageDecay: 1,
  placeDecay: 3,
  backWeight: 0.5,
  itemExponent: 0.25,
  lengthExponent: 0.25,
};

export function fitSessionKnn(
  itemCount: number,
  sessions: Iterable<Session>,
  options: SessionKnnOptions = DEFAULT_SESSION_KNN,
): SessionRecommender {
  const log = new SessionLog(itemCount);
  for (const { clicks, time } of sessions) log.add(clicks, time);
  return new SessionKnn(log, options, log.span());
}

export function loadSessionKnn(bytes: Uint8Array): SessionRecommender {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const { itemCount, span, ...options } = info as unknown as SessionKnnOptions & { itemCount: number; span: number };
  return new SessionKnn(SessionLog.from(itemCount, arrays), options, span);
}

class SessionKnn implements SessionRecommender {
  readonly #log: SessionLog;
  readonly #options: SessionKnnOptions;
  readonly #span: number;
  #likeness = new Float32Array(0); // [sessions]
  #match = new Int32Array(0); // [sessions], the click of the latest shared item
  readonly #touched: number[] = [];
  #ranked = new Float32Array(1024); // [touched]
  readonly #best: Int32Array; // [neighbours]

  constructor(log: SessionLog, options: SessionKnnOptions, span: number) {
    this.#log = log;
    this.#options = options;
    this.#span = span;
    this.#best = new Int32Array(options.neighbours);
  }

  get itemCount(): number {
    return this.#log.itemCount;
  }

  add(clicks: Int32Array, time: number): void {
    this.#log.add(clicks, time);
  }

  score(clicks: Int32Array, at: number, scores: Float32Array): void {
    scores.fill(0);
    this.#meet(clicks);
    const touched = this.#touched;
    this.#rank(at);
    const size = topScores(this.#ranked, this.#best.length, this.#best, touched.length);
    for (let n = 0; n < size; n++) {
      const neighbour = this.#best[n]!;
      this.#addNeighbour(touched[neighbour]!, this.#ranked[neighbour]!, scores);
    }
    for (const session of touched) this.#likeness[session] = 0;
    touched.length = 0;
  }

  /** Sets `likeness` and `match` of the sessions that share a click, who are in `touched`. */
  #meet(clicks: Int32Array): void {
    const { latest, before, sessions, counts, sessionCount, itemCount } = this.#log;
    const { stepDecay, itemExponent } = this.#options;
    if (this.#likeness.length < sessionCount) {
      this.#likeness = new Float32Array(2 * sessionCount);
      this.#match = new Int32Array(2 * sessionCount);
    }
    for (let c = clicks.length - 1, step = 0; c >= 0 && step < CLICKS_MAX; c--, step++) {
      const item = clicks[c]!;
      if (item < 0 || item >= itemCount || clicks.lastIndexOf(item) !== c) continue;
      const weight = Math.exp(-step / stepDecay) * Math.max(1, counts[item]!) ** -itemExponent;
      let walked = 0;
      let last = -1;
      let isMatch = false;
      for (let click = latest[item]!; click >= 0 && walked < WALK_MAX; click = before[click]!, walked++) {
        const session = sessions[click]!;
        if (session === last) {
          // Clicked there more than once: what follows is counted from the first time, so that "again" is among it.
          if (isMatch) this.#match[session] = click;
          continue;
        }
        last = session;
        isMatch = this.#likeness[session] === 0;
        if (isMatch) {
          this.#touched.push(session);
          this.#match[session] = click;
        }
        this.#likeness[session]! += weight;
      }
    }
  }

  /** Sets `ranked`: likeness with age and length. */
  #rank(at: number): void {
    const { times, starts } = this.#log;
    const { ageDecay, lengthExponent } = this.#options;
    if (this.#ranked.length < this.#touched.length) this.#ranked = new Float32Array(2 * this.#touched.length);
    const scale = 1 / (ageDecay * this.#span);
    const from = this.#log.ageFrom(at, ageDecay * this.#span);
    for (let t = 0; t < this.#touched.length; t++) {
      const session = this.#touched[t]!;
      const age = Math.max(0, from - times[session]!);
      const length = starts[session + 1]! - starts[session]!;
      this.#ranked[t] = this.#likeness[session]! * Math.exp(-age * scale) * length ** -lengthExponent;
    }
  }

  #addNeighbour(session: number, likeness: number, scores: Float32Array): void {
    const { items, starts } = this.#log;
    const { placeDecay, backWeight } = this.#options;
    const fade = Math.exp(-1 / placeDecay);
    const match = this.#match[session]!;
    let weight = likeness;
    for (let click = match + 1; click < starts[session + 1]!; click++, weight *= fade) scores[items[click]!]! += weight;
    weight = likeness * backWeight;
    for (let click = match - 1; click >= starts[session]!; click--, weight *= fade) scores[items[click]!]! += weight;
  }

  pack(): Uint8Array {
    const info = { ...this.#options, itemCount: this.itemCount, span: this.#span };
    return packModel({ kind: KIND, version: VERSION, info, arrays: this.#log.arrays() });
  }
}
