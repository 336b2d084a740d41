/**
 * Pages of the past to learn candidate sources from: what a placement was asked for, and what the visitor went on to buy within a day, wherever on the
 * site. Where too few pages led to a purchase, what was put into the cart counts too, and where those are too few, what was clicked: clicks are the
 * weakest witness, for only what was shown can be clicked.
 */
import type { DecideRequest, Placement } from '@rialto/sdk';
import { hashUnit } from '../base/hash.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import type { Log } from '../log/log.ts';
import type { DecisionRecord, EventRecord } from '../log/record.ts';
import { buyerKey } from '../market/buyers.ts';
import { PAGES_MIN } from './source-study.ts';

const SEED = 0x50c3;
const WINDOW_MS = MILLIS_PER_DAY;
/** Of one placement; more would only cost time. */
const PAGES_MAX = 800;
/** How much of the log's end is looked at. */
const RECORDS_MAX = 1_000_000;

/** What counts as wanted, from the strongest witness on; each with those before it. */
export const WITNESSES = ['purchase', 'cart-add', 'click'] as const;
export type Witness = (typeof WITNESSES)[number];

export interface PastPage {
  readonly placement: string;
  readonly stateOffset: number;
  readonly at: number;
  readonly request: DecideRequest;
  /** Listing ids that placements before it on the same page showed. */
  readonly shown: readonly string[];
  /** Listing ids. */
  readonly wanted: readonly string[];
}

export interface PlacementPages {
  readonly witness: Witness;
  /** By the state that decided. */
  readonly pages: readonly PastPage[];
}

interface Met {
  readonly at: number;
  readonly witness: number;
  readonly listing: string;
}

/** A page with what was wanted by each witness. */
interface Followed extends Omit<PastPage, 'wanted'> {
  readonly unit: number;
  readonly wanted: readonly (readonly string[])[];
}

/** By placement, of those that enough pages were made for. */
export async function decidedPages(
  log: Log,
  events: readonly EventRecord[],
  placements: ReadonlyMap<string, Placement>,
): Promise<ReadonlyMap<string, PlacementPages>> {
  const met = outcomesOf(events);
  const end = log.end()[0]!;
  const begin = Math.max(0, end - RECORDS_MAX);
  const followed = new Map<string, Map<string, Followed>>();
  for await (const { records } of log.read(0, begin, end))
    for (const record of records)
      if (record.kind === 'decision' && record.stateOffset >= begin) follow(record, met, placements, followed);
  const chosen = new Map<string, PlacementPages>();
  for (const [placement, pages] of followed) {
    const enough = choose([...pages.values()]);
    if (enough !== undefined) chosen.set(placement, enough);
  }
  return chosen;
}

function outcomesOf(events: readonly EventRecord[]): ReadonlyMap<string, readonly Met[]> {
  const met = new Map<string, Met[]>();
  for (const { event } of events) {
    const witness = WITNESSES.indexOf(event.type as Witness);
    const viewer = buyerKey(event);
    if (witness < 0 || viewer === undefined || event.listing === undefined || event.bot === true) continue;
    const own = met.get(viewer);
    const one = { at: event.at, witness, listing: event.listing };
    if (own === undefined) met.set(viewer, [one]);
    else own.push(one);
  }
  return met;
}

/** One page a visitor, placement and day: others would lead to the same. */
function follow(
  record: DecisionRecord,
  met: ReadonlyMap<string, readonly Met[]>,
  placements: ReadonlyMap<string, Placement>,
  followed: Map<string, Map<string, Followed>>,
): void {
  const { id, at, stateOffset, request } = record;
  const viewer = buyerKey(request);
  const own = viewer === undefined ? undefined : met.get(viewer);
  if (own === undefined) return;
  const after = own.slice(firstAfter(own, at)).filter((one) => one.at <= at + WINDOW_MS);
  if (after.length === 0) return;
  const wanted = WITNESSES.map((_, witness) => [
    ...new Set(after.filter((one) => one.witness <= witness).map(({ listing }) => listing)),
  ]);
  const unit = hashUnit(SEED, id);
  const shown: string[] = [];
  for (const { placement, listings } of record.placements) {
    if (placements.has(placement)) {
      const pages = followed.get(placement) ?? new Map<string, Followed>();
      followed.set(placement, pages);
      const key = `${Math.floor(at / WINDOW_MS)} ${viewer}`;
      if (unit < (pages.get(key)?.unit ?? 1))
        pages.set(key, { placement, stateOffset, at, request, shown: [...shown], unit, wanted });
    }
    shown.push(...listings);
  }
}

/** Of events by time, the first after `at`. */
function firstAfter(events: readonly Met[], at: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle]!.at <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function choose(pages: readonly Followed[]): PlacementPages | undefined {
  for (let witness = 0; witness < WITNESSES.length; witness++) {
    const led = pages.filter(({ wanted }) => wanted[witness]!.length > 0);
    if (led.length < 2 * PAGES_MIN) continue;
    const kept = led.sort((a, b) => a.unit - b.unit).slice(0, PAGES_MAX);
    kept.sort((a, b) => a.stateOffset - b.stateOffset);
    return {
      witness: WITNESSES[witness]!,
      pages: kept.map(({ unit: _, wanted, ...page }) => ({ ...page, wanted: wanted[witness]! })),
    };
  }
  return undefined;
}
