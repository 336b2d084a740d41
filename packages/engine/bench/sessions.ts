/**
 * What anonymous buyers cost in memory over months: as many new sessions every day, each seen on that day only, folded in this process. The
 * state may only hold those of the days that settings keep, so memory must stand still once there are so many.
 */
import { SnapshotWriter } from '../src/base/snapshot.ts';
import { MILLIS_PER_DAY } from '../src/base/units.ts';
import { applyRecord } from '../src/delivery/apply.ts';
import { State } from '../src/delivery/state.ts';
import type { LogRecord } from '../src/log/record.ts';
import type { Bench } from './bench.ts';
import { machineFacts, rounded } from './figures.ts';
import { listingId, Marketplace, marketplaceOf } from './marketplace.ts';

const DAYS = 120;
const MARK_EVERY = 20;
const SESSIONS_PER_DAY = 16_667;
const SMALL_SESSIONS_PER_DAY = 25;
const BEGINS_AT = Date.UTC(2026, 0, 1);
const TYPES = [
  'impression',
  'impression',
  'impression',
  'view',
  'view',
  'view',
  'search',
  'cart-add',
  'purchase',
] as const;

export const sessionsBench: Bench = async ({ small, listings, say }) => {
  const marketplace = new Marketplace(marketplaceOf(listings ?? (small ? 500 : 20_000), BEGINS_AT));
  const perDay = small ? SMALL_SESSIONS_PER_DAY : SESSIONS_PER_DAY;
  const state = new State();
  for (const record of marketplace.entities()) applyRecord(state, record);
  const marks: { day: number; sessionsHeld: number; stateMiB: number; residentMiB: number }[] = [];
  const fromRecord = state.offset;
  for (let day = 1; day <= DAYS; day++) {
    for (const record of recordsOf(marketplace, day, perDay)) applyRecord(state, record);
    if (day % MARK_EVERY !== 0) continue;
    const sessionsHeld = state.market.buyers.size;
    const residentMiB = rounded(process.memoryUsage().rss / 2 ** 20);
    marks.push({ day, sessionsHeld, stateMiB: rounded(stateBytes(state) / 2 ** 20, 3), residentMiB });
    say(`day ${day}: ${sessionsHeld} sessions held, ${residentMiB} MiB resident`);
  }
  return { sessions: DAYS * perDay, records: state.offset - fromRecord, marks, machine: machineFacts() };
};

/** A day's sessions: three impressions and views each, a search of every fifth, a cart of every tenth, an order of every thirtieth. */
function* recordsOf(marketplace: Marketplace, day: number, perDay: number): Generator<LogRecord> {
  const rng = marketplace.rng(100 + day);
  for (let i = 0; i < perDay; i++) {
    const session = `${day.toString(36).padStart(8, '0')}-visitor-${i.toString(36).padStart(12, '0')}`;
    const at = BEGINS_AT + day * MILLIS_PER_DAY + Math.floor((i * MILLIS_PER_DAY) / perDay);
    for (const [nth, type] of TYPES.entries()) {
      if (
        (type === 'search' && i % 5 > 0) ||
        (type === 'cart-add' && i % 10 > 0) ||
        (type === 'purchase' && i % 30 > 0)
      )
        continue;
      const listing = type !== 'search' && { listing: listingId(marketplace.drawRow(rng)) };
      const rest = {
        ...listing,
        ...(type === 'search' && { query: `word ${rng.below(2_000)}` }),
        order: `o-${session}`,
      };
      yield { kind: 'event', at, event: { id: `${session}-${nth}`, type, at, session, ...rest } };
    }
  }
}

function stateBytes(state: State): number {
  const out = new SnapshotWriter();
  state.save(out);
  return out.sections.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
