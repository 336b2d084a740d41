/**
 * The past as training and evaluation see it: the marketplace as it is known now, and what buyers did in the order in which
 * it happened, however it came into the log.
 */
import type { Log } from '../log/log.ts';
import type { EventRecord, LogRecord } from '../log/record.ts';

export interface History {
  /** Listings, shops, placements…, in log order. Models and decisions are left out. */
  readonly entities: readonly LogRecord[];
  /** By time, then by order, then as logged. */
  readonly events: readonly EventRecord[];
}

export async function readHistory(log: Log): Promise<History> {
  const entities: LogRecord[] = [];
  const events: EventRecord[] = [];
  for await (const { records } of log.read(0, 0)) {
    for (const record of records) {
      if (record.kind === 'event') events.push(record);
      else if (record.kind !== 'decision' && record.kind !== 'model') entities.push(record);
    }
  }
  const order = (record: EventRecord): string => record.event.order ?? '';
  events.sort((a, b) => a.event.at - b.event.at || (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
  return { entities, events };
}

/** One order of a known buyer: where its first line stands among the events, and what was bought. */
export interface Basket {
  readonly order: string;
  readonly buyer: string;
  readonly at: number;
  readonly country: string | undefined;
  /** Index of its first line in `History.events`. */
  readonly first: number;
  /** Distinct listing ids. */
  readonly listings: readonly string[];
}

/** The orders of signed-in buyers, in time order. */
export function basketsOf({ events }: History): Basket[] {
  const baskets = new Map<string, Basket & { readonly listings: string[] }>();
  events.forEach(({ event }, first) => {
    if (
      event.type !== 'purchase' ||
      event.buyer === undefined ||
      event.order === undefined ||
      event.listing === undefined
    )
      return;
    const key = JSON.stringify([event.buyer, event.order]);
    const basket = baskets.get(key);
    if (!basket)
      baskets.set(key, {
        order: event.order,
        buyer: event.buyer,
        at: event.at,
        country: event.country,
        first,
        listings: [event.listing],
      });
    else if (!basket.listings.includes(event.listing)) basket.listings.push(event.listing);
  });
  return [...baskets.values()];
}
