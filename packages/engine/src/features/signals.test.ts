import { describe, expect, it } from 'vitest';
import { type Millis, millis } from '../base/units.ts';
import { Market } from '../market/market.ts';
import { BUYERS, PIECES, PURCHASES, REPEAT_BUYERS, VIEWS } from './listing-counters.ts';
import { Signals } from './signals.ts';
import type { Together } from './together.ts';

const DAY = 86_400_000;
const START = 1_700_000_000_000;
const at = (days: number): Millis => millis(START + days * DAY);

function open() {
  const market = new Market();
  const signals = new Signals();
  for (let i = 0; i < 8; i++) market.listings.put({ id: `l${i}`, title: 'x', priceMicros: 1 }, START);
  signals.statistics.counters.grow(8);
  const who = (name: string) => market.buyers.put(name, millis(0));
  return {
    market,
    signals,
    buy: (name: string, order: string, listings: readonly number[], day: number) => {
      for (const listing of listings)
        signals.purchase(market, {
          buyer: who(name),
          listing,
          at: at(day),
          order: `${name}-${order}`,
          quantity: 2,
          priceMicros: 5,
        });
    },
    view: (name: string, listing: number, day: number) => signals.view(market, who(name), listing, at(day)),
  };
}

const metOf = (together: Together, listing: number): Record<number, number> => {
  const start = together.start(listing);
  return Object.fromEntries(
    Array.from({ length: together.size(listing) }, (_, i) => [
      together.cells[start + 2 * i],
      together.cells[start + 2 * i + 1],
    ]),
  );
};

describe('a purchase', () => {
  it('counts lines, pieces, buyers, and buyers who came back', () => {
    const { signals, market, buy } = open();
    buy('ada', '1', [0, 1], 1);
    buy('ada', '2', [0], 2);
    buy('bob', '1', [0], 3);
    const { counters, totalPurchases } = signals.statistics;
    expect([PURCHASES, PIECES, BUYERS, REPEAT_BUYERS].map((counter) => counters.get(0, counter))).toEqual([3, 6, 2, 1]);
    expect(totalPurchases).toBe(4);
    expect([market.buyers.orders.data[0], market.buyers.lines.data[0], market.buyers.repeatLines.data[0]]).toEqual([
      2, 3, 1,
    ]);
    const row = market.interactions.find(0, 0);
    expect(market.interactions.firstPurchaseAt.data[row]).toBe(at(1));
    expect(market.interactions.lastPurchaseAt.data[row]).toBe(at(2));
    expect(market.interactions.lastOrder.data[row]).toBe(2);
  });

  it('meets the other lines of its order, each pair once', () => {
    const { signals, buy } = open();
    buy('ada', '1', [0, 1, 2], 1);
    buy('bob', '1', [0, 1], 1);
    expect(metOf(signals.together, 0)).toEqual({ 1: 2, 2: 1 });
    expect(metOf(signals.together, 2)).toEqual({ 0: 1, 1: 1 });
  });

  it('does not meet what was bought in another order, or by others', () => {
    const { signals, buy } = open();
    buy('ada', '1', [0], 1);
    buy('ada', '2', [1], 2);
    buy('bob', '1', [2], 2);
    expect([metOf(signals.together, 0), metOf(signals.together, 1)]).toEqual([{}, {}]);
  });

  it('follows what the order before held, and not the one before that', () => {
    const { signals, buy } = open();
    buy('ada', '1', [0], 1);
    buy('ada', '2', [1, 2], 2);
    buy('ada', '3', [3], 3);
    expect(metOf(signals.nextOrder, 0)).toEqual({ 1: 1, 2: 1 });
    expect(metOf(signals.nextOrder, 1)).toEqual({ 3: 1 });
    expect(metOf(signals.nextOrder, 3)).toEqual({});
  });

  it('follows the order before though other things were looked at in between', () => {
    const { signals, buy, view } = open();
    buy('ada', '1', [0, 1], 1);
    for (const listing of [4, 5, 0]) view('ada', listing, 2);
    buy('ada', '2', [4], 2);
    expect([metOf(signals.nextOrder, 0), metOf(signals.nextOrder, 1)]).toEqual([{ 4: 1 }, { 4: 1 }]);
  });

  it('does not follow what was only looked at', () => {
    const { signals, buy, view } = open();
    view('ada', 5, 1);
    buy('ada', '1', [0], 1);
    expect(metOf(signals.nextOrder, 5)).toEqual({});
  });

  it('that arrives late does not turn the times back', () => {
    const { signals, market, buy } = open();
    buy('ada', '2', [0], 9);
    buy('ada', '1', [0], 3);
    expect(market.interactions.lastPurchaseAt.data[market.interactions.find(0, 0)]).toBe(at(9));
    expect([signals.lastEventAt, market.buyers.lastOrderAt.data[0]]).toEqual([at(9), at(9)]);
  });
});

describe('a view', () => {
  it('meets what was viewed in the same visit, not what was viewed the day before', () => {
    const { signals, view } = open();
    view('ada', 0, 1);
    view('ada', 1, 2);
    view('ada', 2, 2);
    expect(metOf(signals.viewedTogether, 2)).toEqual({ 1: 1 });
    expect(metOf(signals.viewedTogether, 0)).toEqual({});
    expect(signals.statistics.counters.get(2, VIEWS)).toBe(1);
  });

  it('that arrives days late does not meet the views of today', () => {
    const { signals, view } = open();
    view('ada', 0, 6);
    view('ada', 1, 2);
    expect(metOf(signals.viewedTogether, 1)).toEqual({});
  });

  it('of the same listing again does not meet itself', () => {
    const { signals, view, market } = open();
    view('ada', 0, 1);
    view('ada', 0, 1);
    expect(metOf(signals.viewedTogether, 0)).toEqual({});
    expect(market.interactions.views.data[market.interactions.find(0, 0)]).toBe(2);
  });
});

it('taking out of the cart what was never in it leaves nothing below zero', () => {
  const { signals, market, view } = open();
  view('ada', 0, 1);
  signals.cartRemove(market, 0, 0);
  signals.cartAdd(market, 0, 0, at(1));
  signals.cartRemove(market, 0, 0);
  signals.cartRemove(market, 0, 0);
  signals.cartRemove(market, -1, 0);
  expect(market.interactions.carts.data[market.interactions.find(0, 0)]).toBe(0);
});
