/**
 * The past as training and evaluation see it: every version of what there was, and what buyers did in the order in which
 * it happened, however it came into the log.
 */
import type { Log } from '../log/log.ts';
import { ModelParts } from '../log/model-parts.ts';
import type { EventRecord, LogRecord } from '../log/record.ts';

export interface History {
  /** Listings, shops, placements…, in log order. Models and decisions are left out. */
  readonly entities: readonly LogRecord[];
  /** By time, then by order, then as logged. */
  readonly events: readonly EventRecord[];
  /** How many records the log had. */
  readonly end: number;
}

export async function readHistory(log: Log): Promise<History & { readonly serving: ReadonlyMap<string, Uint8Array> }> {
  const entities: LogRecord[] = [];
  const events: EventRecord[] = [];
  const serving = new Map<string, Uint8Array>();
  const parts = new ModelParts();
  let end = 0;
  for await (const { records } of log.read(0, 0)) {
    for (const record of records) {
      end++;
      if (record.kind === 'event') events.push(record);
      else if (record.kind === 'model') {
        for (const { name, bytes, change } of parts.take(record))
          if ((change?.status ?? 'serving') === 'serving') serving.set(name, bytes);
          else if (change?.withdrawn === true) serving.delete(name);
      } else if (record.kind !== 'decision') entities.push(record);
    }
  }
  const order = (record: EventRecord): string => record.event.order ?? '';
  events.sort((a, b) => a.event.at - b.event.at || (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
  return { entities, events, end, serving };
}

/** One order of a known buyer, and the moment at which it could have been predicted. */
export interface Basket {
  readonly order: string;
  readonly buyer: string;
  /** When the visit began that ended in the order. */
  readonly at: number;
  readonly country: string | undefined;
  /** Index of the visit's first event in `History.events`. */
  readonly first: number;
  /** Distinct listing ids. */
  readonly listings: readonly string[];
}

/** A pause of this length ends a visit; so does an order. */
const PAUSE_MS = 3_600_000;

export interface VisitSpan {
  /** Index of its first event in `History.events`. */
  readonly first: number;
  readonly at: number;
  readonly lastAt: number;
  /** The order that ended it. */
  readonly order: string | undefined;
}

/**
 * The orders of signed-in buyers, in order of their moments. A basket's moment is the start of the visit that led to it: what the buyer
 * viewed and put into the cart on the way would give the answer away.
 */
export function basketsOf({ events }: History): Basket[] {
  const baskets = new Map<string, Basket & { readonly listings: string[] }>();
  const visits = new Map<string, VisitSpan>();
  events.forEach(({ event }, index) => {
    if (event.buyer === undefined || event.bot === true) return;
    const visit = visitWith(visits.get(event.buyer), event, index);
    visits.set(event.buyer, visit);
    const { type, buyer, order, listing, country } = event;
    if (type !== 'purchase' || order === undefined || listing === undefined) return;
    const key = JSON.stringify([buyer, order]);
    const basket = baskets.get(key);
    if (!basket) baskets.set(key, { order, buyer, at: visit.at, country, first: visit.first, listings: [listing] });
    else if (!basket.listings.includes(listing)) basket.listings.push(listing);
  });
  return [...baskets.values()].sort((a, b) => a.first - b.first);
}

/** The visit that an event belongs to: the one under way, or a new one after a pause or an order. */
export function visitWith(visit: VisitSpan | undefined, event: EventRecord['event'], index: number): VisitSpan {
  const order = event.type === 'purchase' ? event.order : undefined;
  const goesOn = visit && event.at - visit.lastAt <= PAUSE_MS && (visit.order === undefined || visit.order === order);
  return goesOn
    ? { ...visit, lastAt: event.at, order: order ?? visit.order }
    : { first: index, at: event.at, lastAt: event.at, order };
}
