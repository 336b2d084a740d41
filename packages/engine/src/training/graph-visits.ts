/**
 * Visits as the graph of listings learns from them: what somebody looked at, put into the cart and bought, in order, until a pause or an order ends it
 * (history.ts). Signed in or not; an order of nobody known is a visit of its own. Machines are left out.
 */
import { buyerKey } from '../market/buyers.ts';
import type { Market } from '../market/market.ts';
import { type History, type VisitSpan, visitWith } from './history.ts';

export type Act = 'look' | 'cart' | 'buy';

export interface Visit {
  /** Index of its first event in `History.events`. */
  readonly first: number;
  /** Whose, as a number. */
  readonly buyer: number;
  /** When its last event happened. */
  endAt: number;
  /** Rows of listings, in order; nothing twice in a row. */
  readonly rows: number[];
  /** What was done with them. [rows] */
  readonly acts: Act[];
}

const ACTS: Readonly<Record<string, Act>> = {
  click: 'look',
  view: 'look',
  favourite: 'look',
  'cart-add': 'cart',
  purchase: 'buy',
};
/** Nobody looks at more in one go. */
const STEPS_MAX = 500;

export interface VisitLog {
  /** In the order in which they began. */
  readonly visits: readonly Visit[];
  readonly buyers: number;
}

/** Of the events before `end`. */
export function visitsOf({ events }: Pick<History, 'events'>, { listings }: Market, end: number): VisitLog {
  const numbers = new Map<string, number>();
  const open: { readonly span: VisitSpan; readonly visit: Visit }[] = [];
  const visits: Visit[] = [];
  for (let index = 0; index < end; index++) {
    const { event } = events[index]!;
    const act = ACTS[event.type];
    const key = act === undefined || event.bot === true ? undefined : buyerKey(event);
    const row = key === undefined || event.listing === undefined ? -1 : listings.ids.find(event.listing);
    if (act === undefined || key === undefined || row < 0) continue;
    const buyer = numbers.get(key) ?? numbers.size;
    numbers.set(key, buyer);
    const under = open[buyer];
    const span = visitWith(under?.span, event, index);
    const goesOn = under !== undefined && span.first === under.span.first;
    const visit = goesOn ? under.visit : { first: index, buyer, endAt: event.at, rows: [], acts: [] };
    if (!goesOn) visits.push(visit);
    open[buyer] = { span, visit };
    addStep(visit, row, act);
    visit.endAt = event.at;
  }
  return { visits, buyers: numbers.size };
}

function addStep({ rows, acts }: Visit, row: number, act: Act): void {
  if (rows.length === STEPS_MAX || (rows.at(-1) === row && acts.at(-1) === act)) return;
  rows.push(row);
  acts.push(act);
}
