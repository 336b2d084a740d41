/** What a record put into the books as rows of the money tables: cells in the order of the columns of `lake-tables.ts`. */
import type { GivenBack } from '../ads/ad-books.ts';
import { type Credit, cellAt } from '../ads/attribution-counts.ts';
import type { Settlement } from '../ads/ledger.ts';
import { billingOf } from '../ads/token.ts';
import { dayOf, millis } from '../base/units.ts';
import type { EventEntry } from '../delivery/keep-books.ts';
import type { Offset } from '../log/log.ts';
import type { EventRecord, LogRecord, PaymentRecord } from '../log/record.ts';
import type { ChargeFold, Entry } from './charge-fold.ts';
import type { Cell } from './history-rows.ts';
import type { HistoryTable } from './lake-tables.ts';

export type MoneyRow = readonly [table: HistoryTable, row: Cell[]];

/** The rows of an entry. `fold` knows the ids. */
export function moneyRows(offset: Offset, record: LogRecord, entry: Entry, fold: ChargeFold): MoneyRow[] {
  if (record.kind === 'payment') return [['payments', paymentRow(offset, record)]];
  if (record.kind === 'refund') {
    const { id, reason, decision } = record.refund;
    const given = entry.kind === 'refund' ? entry.givenBack : [];
    return refundRows({ offset, at: record.at, by: record.by, id, reason, decision }, given, fold);
  }
  if (record.kind !== 'event' || entry.kind === 'payment' || entry.kind === 'refund') return [];
  return eventMoneyRows(offset, record, entry, fold);
}

function eventMoneyRows(offset: Offset, record: EventRecord, entry: EventEntry, fold: ChargeFold): MoneyRow[] {
  const rows: MoneyRow[] = [];
  if (entry.kind === 'ad') {
    // An impression that is neither paid for nor invalid is in `events`.
    if (record.event.type === 'click' || entry.settlement.outcome !== 'counted')
      rows.push(['charges', adChargeRow(offset, record, entry, fold)]);
  } else {
    if (entry.kind === 'order' && entry.paid) rows.push(['charges', orderChargeRow(offset, record, entry.paid, fold)]);
    for (const credit of entry.credits) rows.push(['attributions', attributionRow(offset, record, credit, fold)]);
  }
  if (entry.kind === 'order') return rows;
  const reason = entry.kind === 'ad' ? entry.settlement.outcome : 'return';
  const about = { offset, at: record.at, by: 'rialto', id: undefined, reason, decision: record.claims?.decisionId };
  return [...rows, ...refundRows(about, entry.givenBack, fold)];
}

function settlementCells({ chargedMicros, overDeliveredMicros, outcome }: Settlement): Cell[] {
  return [chargedMicros, overDeliveredMicros, outcome];
}

function adChargeRow(
  offset: Offset,
  { at, event }: EventRecord,
  { claims, shop, settlement }: Extract<EventEntry, { kind: 'ad' }>,
  fold: ChargeFold,
): Cell[] {
  return [
    offset,
    at,
    dayOf(millis(at)),
    event.id,
    event.type,
    billingOf(claims),
    claims.campaign,
    fold.shopId(shop),
    claims.listing,
    claims.decisionId,
    claims.placement,
    claims.position,
    claims.priceMicros,
    ...settlementCells(settlement),
  ];
}

function orderChargeRow(
  offset: Offset,
  { at, event }: EventRecord,
  paid: {
    readonly campaign: number;
    readonly shop: number;
    readonly priceMicros: number;
    readonly settlement: Settlement;
  },
  fold: ChargeFold,
): Cell[] {
  return [
    offset,
    at,
    dayOf(millis(at)),
    event.id,
    event.type,
    'order',
    fold.campaignId(paid.campaign),
    fold.shopId(paid.shop),
    event.listing,
    undefined,
    undefined,
    undefined,
    paid.priceMicros,
    ...settlementCells(paid.settlement),
  ];
}

function attributionRow(offset: Offset, { at, event }: EventRecord, credit: Credit, fold: ChargeFold): Cell[] {
  const { windowDays, via, match } = cellAt(credit.cell);
  return [
    offset,
    at,
    dayOf(millis(at)),
    event.id,
    event.order,
    event.listing,
    fold.campaignId(credit.campaign),
    fold.listingId(credit.listing),
    windowDays,
    via,
    match,
    credit.orders,
    credit.units,
    credit.valueMicros,
  ];
}

interface RefundAbout {
  readonly offset: Offset;
  readonly at: number;
  readonly by: string;
  readonly id: string | undefined;
  readonly reason: string;
  readonly decision: string | undefined;
}

function refundRows(about: RefundAbout, given: readonly GivenBack[], fold: ChargeFold): MoneyRow[] {
  return given.map(({ campaign, shop, billedOn, amountMicros }) => [
    'refunds',
    [
      about.offset,
      about.at,
      dayOf(millis(about.at)),
      about.id,
      fold.campaignId(campaign),
      fold.shopId(shop),
      billedOn,
      amountMicros,
      about.reason,
      about.by,
      about.decision,
    ],
  ]);
}

function paymentRow(offset: Offset, { at, by, payment }: PaymentRecord): Cell[] {
  return [offset, at, dayOf(millis(at)), payment.id, payment.shop, payment.amountMicros, payment.at, payment.note, by];
}
