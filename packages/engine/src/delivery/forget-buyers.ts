/**
 * What is kept of buyers, and how long. A hand goes round the rows of buyers, a few with each record, and forgets whoever has not been
 * heard of for longer than the settings say, and another round the units that experiments were dealt: so memory is bounded by those who
 * come, and no record costs much. The time is the record's own, so every fold of the log forgets the same people at the same record.
 *
 * Whoever is forgotten cannot be found from that record on; what was kept of them is cleared with this record and the next ones, and
 * then the row is somebody else's. Counts of listings stay: they are of nobody. What ads cost stays, too: the books know buyers by
 * their keys, and forget them by themselves once no order can follow any more.
 *
 * Whoever asks for it is erased at once, and what was done before and comes late is billed, but teaches nothing.
 */
import type { BuyerEvent, Settings } from '@rialto/sdk';
import { dayOf, type Millis } from '../base/units.ts';
import { holderOf } from '../engagement/live-carts.ts';
import type { ErasureRecord } from '../log/record.ts';
import { buyerKey } from '../market/buyers.ts';
import type { IdleBefore } from '../market/last-seen.ts';
import { searcherOf } from '../retrieval/query-book.ts';
import type { State } from './state.ts';

/** Rows of buyers that a record looks at, each forgotten pair of buyer and listing counted as one. */
const STEPS_PER_RECORD = 8;
/** As long as an order may follow an ad. */
const KEEP_SESSIONS_DAYS = 30;

type Kept = Pick<State, 'market' | 'queries' | 'experiments'>;

/** To be called with the time of each record. A clock that jumps ahead once makes one record forget a few, not all. */
export function forgetIdle(state: Kept, at: Millis): void {
  const before = idleBefore(state.market.settings(), dayOf(at));
  forgetIdleBuyers(state, before);
  state.experiments.sticky.forgetIdle(STEPS_PER_RECORD, before);
}

function forgetIdleBuyers(state: Kept, before: IdleBefore): void {
  const { lastSeen } = state.market.buyers;
  for (let left = STEPS_PER_RECORD; ; ) {
    left -= lastSeen.seekIdle(left, before);
    if (left <= 0) return;
    left -= 1 + forgetSome(state, lastSeen.hand, left);
    // The rest with the next record.
    if (state.market.interactions.first(lastSeen.hand) >= 0) return;
  }
}

function idleBefore({ buyers }: Settings, today: number): IdleBefore {
  const keepDays = buyers?.keepDays;
  return {
    anonymousBefore: Math.max(0, today - (buyers?.keepSessionsDays ?? KEEP_SESSIONS_DAYS)),
    namedBefore: keepDays === undefined ? 0 : Math.max(0, today - keepDays),
  };
}

/** Forgets a buyer, and at most so many pairs; the row is free once none is left. Returns how many pairs. */
function forgetSome({ market: { buyers, interactions }, queries }: Kept, row: number, pairsMax: number): number {
  buyers.remove(row);
  const forgotten = interactions.forget(row, pairsMax);
  if (interactions.first(row) >= 0) return forgotten;
  queries.release(row);
  buyers.release(row);
  return forgotten;
}

export function erasePerson(state: State, { at, who }: ErasureRecord): void {
  const { market, queries, claims, experiments } = state;
  const key = buyerKey(who)!;
  const row = market.buyers.keys.find(key);
  if (row >= 0) forgetSome(state, row, Number.POSITIVE_INFINITY);
  queries.erase(searcherOf(key));
  claims.carts.forget(holderOf(key));
  if ('buyer' in who) experiments.erase('buyer', who.buyer);
  else experiments.erase('session', who.session);
  market.erased.add(key, at);
}

/** Whether the event is of what somebody did before being erased. */
export function isErased(
  { market: { erased } }: Pick<State, 'market'>,
  { at, buyer, session }: BuyerEvent & { readonly at: number },
): boolean {
  if (erased.isEmpty) return false;
  return (
    (buyer !== undefined && erased.covers(buyerKey({ buyer })!, at)) ||
    (session !== undefined && erased.covers(buyerKey({ session })!, at))
  );
}
