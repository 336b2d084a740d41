/**
 * Which tokens have been seen or clicked, remembered until they expire: 62 bits of hash each, in one set per UTC day of expiry.
 *
 * Two of n living tokens share a hash with a chance of about n² / 2^63: 1 in 90,000 for ten million. It would leave one event
 * unbilled, never bill one twice. Nobody can provoke it: only signed tokens get here, and the engine chose their ids.
 */
import { type Hash64, hash64 } from '../base/hash.ts';
import { PairIndex } from '../base/pair-index.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, type Millis, millis } from '../base/units.ts';
import type { AdClaims, BillingKind } from './token.ts';

const hash: Hash64 = { high: 0, low: 0 };
const NON_NEGATIVE = 0x7fffffff;

export class UsedTokens implements Part {
  readonly #byDay = new Map<number, PairIndex>();

  get size(): number {
    let size = 0;
    for (const used of this.#byDay.values()) size += used.size;
    return size;
  }

  /** Whether the token was used for an event of the kind. A token is its decision, placement, listing and position. */
  has(claims: AdClaims, kind: BillingKind): boolean {
    hashToken(claims, kind);
    const used = this.#byDay.get(dayOf(millis(claims.expiresAt)));
    return used !== undefined && used.find(hash.high & NON_NEGATIVE, hash.low & NON_NEGATIVE) >= 0;
  }

  /** Marks a token that was not used. */
  use(claims: AdClaims, kind: BillingKind): void {
    hashToken(claims, kind);
    this.#ofDay(dayOf(millis(claims.expiresAt))).add(hash.high & NON_NEGATIVE, hash.low & NON_NEGATIVE, 0);
  }

  #ofDay(day: number): PairIndex {
    const known = this.#byDay.get(day);
    if (known !== undefined) return known;
    const made = new PairIndex();
    this.#byDay.set(day, made);
    return made;
  }

  /** Forgets the days before that of `now`: all their tokens have expired. `now` must never go back. */
  forgetExpired(now: Millis): void {
    const today = dayOf(now);
    for (const day of this.#byDay.keys()) if (day < today) this.#byDay.delete(day);
  }

  save(out: SnapshotWriter, name = 'used-tokens'): void {
    out.json(`${name}.days`, [...this.#byDay.keys()]);
    for (const [day, used] of this.#byDay) used.save(out, `${name}.${day}`);
  }

  load(from: SnapshotReader, name = 'used-tokens'): void {
    for (const day of from.json<number[]>(`${name}.days`)) this.#ofDay(day).load(from, `${name}.${day}`);
  }
}

function hashToken({ decisionId, placement, listing, position }: AdClaims, kind: BillingKind): void {
  hash64(JSON.stringify([decisionId, placement, listing, position, kind]), hash);
}
