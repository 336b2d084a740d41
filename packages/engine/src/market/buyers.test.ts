import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { millis } from '../base/units.ts';
import { Buyers, buyerKey } from './buyers.ts';

const DAY = 86_400_000;
const AT = millis(20_000 * DAY);
const line = (order: string, at = 1, quantity = 1, priceMicros = 1_000_000) => ({ order, at, quantity, priceMicros });

describe('buyerKey', () => {
  it('prefers the signed-in buyer, then the session, then the order', () => {
    expect(buyerKey({ buyer: 'b', session: 's', order: 'o' })).toBe('b');
    expect(buyerKey({ session: 's', order: 'o' })).toBe(buyerKey({ session: 's' }));
    expect(buyerKey({})).toBeUndefined();
  });

  it('never lets two kinds of buyer meet (seed 16)', () => {
    // Ids as the wire lets them through: no control characters.
    const id = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(id, id, id, (a, b, c) => {
        expect(new Set([buyerKey({ buyer: a }), buyerKey({ session: b }), buyerKey({ order: c })]).size).toBe(3);
        expect(buyerKey({ session: a }) === buyerKey({ session: b })).toBe(a === b);
        expect(buyerKey({ order: a }) === buyerKey({ order: b })).toBe(a === b);
      }),
      { seed: 16 },
    );
  });
});

describe('Buyers', () => {
  it('counts an order once, however many lines it has, and says which of the buyer it is', () => {
    const buyers = new Buyers();
    const ada = buyers.put('ada', AT);
    const bob = buyers.put('bob', AT);
    expect(['o1', 'o1', 'o1', 'o2', 'o2'].map((order) => buyers.countLine(ada, line(order)))).toEqual([1, 1, 1, 2, 2]);
    expect(buyers.countLine(bob, line('o2'))).toBe(1);
    expect([buyers.orders.data[ada], buyers.lines.data[ada], buyers.orders.data[bob]]).toEqual([2, 5, 1]);
  });

  it('adds up pieces and money, and keeps the time of the latest order though lines come late', () => {
    const buyers = new Buyers();
    const ada = buyers.put('ada', AT);
    buyers.countLine(ada, line('o1', 500, 3, 2_000_000));
    buyers.countLine(ada, line('o0', 100, 1, 500_000));
    expect([buyers.pieces.data[ada], buyers.spentMicros.data[ada], buyers.lastOrderAt.data[ada]]).toEqual([
      4, 6_500_000, 500,
    ]);
  });

  it('tells so many countries apart as there can be, whatever a page sends', () => {
    const buyers = new Buyers();
    const ada = buyers.put('ada', AT);
    for (let i = 0; i < 5_000; i++) buyers.setCountry(ada, `country ${i}`);
    expect(buyers.countries.size).toBe(1_000);
    buyers.setCountry(ada, 'country 7');
    expect(buyers.countries.text(buyers.country.data[ada]!)).toBe('country 7');
    buyers.setCountry(ada, 'elsewhere');
    expect(buyers.countries.text(buyers.country.data[ada]!)).toBe('country 7');
  });

  it('is the same after being saved and loaded, in the middle of an order too', () => {
    const buyers = new Buyers();
    for (const key of ['ada', '\u0001session', '東京']) buyers.setCountry(buyers.put(key, AT), key);
    buyers.countLine(0, line('o1'));
    const loaded = new Buyers();
    loaded.load(readerOf((out) => buyers.save(out)));
    for (const each of [buyers, loaded]) {
      each.countLine(0, line('o1'));
      each.countLine(each.put('new', AT), line('o9'));
    }
    expect(loaded.orders.data[0]).toBe(1);
    expect(loaded.country.data[loaded.put('newer', AT)]).toBe(-1);
    buyers.put('newer', AT);
    expect(fingerprint((out) => loaded.save(out))).toEqual(fingerprint((out) => buyers.save(out)));
  });

  it('gives the row of a forgotten buyer to the next one, with nothing in it', () => {
    const buyers = new Buyers();
    const ada = buyers.put('ada', AT);
    buyers.put('bob', AT);
    buyers.setCountry(ada, 'DE');
    buyers.countLine(ada, line('o1', 500, 3));
    buyers.remove(ada);
    expect([buyers.keys.find('ada'), buyers.size, buyers.keys.rows]).toEqual([-1, 1, 2]);
    expect(buyers.put('cleo', AT)).toBe(2);
    buyers.release(ada);
    expect(buyers.put('\u0001visit', AT)).toBe(ada);
    const { orders, lines, pieces, spentMicros, lastOrderAt, country } = buyers;
    expect([orders, lines, pieces, spentMicros, lastOrderAt].map(({ data }) => data[ada])).toEqual([0, 0, 0, 0, 0]);
    expect(country.data[ada]).toBe(-1);
    expect(buyers.countLine(ada, line('o1'))).toBe(1);
  });

  it('says who is idle: sessions and orders by one day, named buyers by another', () => {
    const buyers = new Buyers();
    const idle = (anonymousBefore: number, namedBefore: number): number[] => {
      const found = new Set<number>();
      for (let i = 0; i < 3; i++)
        if (buyers.lastSeen.seekIdle(1, { anonymousBefore, namedBefore }) === 0) {
          found.add(buyers.lastSeen.hand);
          buyers.lastSeen.seekIdle(1, { anonymousBefore: 0, namedBefore: 0 });
        }
      return [...found].sort();
    };
    for (const key of ['ada', '\u0001visit', '\u0002order']) buyers.put(key, AT);
    expect(idle(20_000, 20_000)).toEqual([]);
    expect(idle(20_001, 20_000)).toEqual([1, 2]);
    expect(idle(0, 20_001)).toEqual([0]);
    buyers.meet('\u0001visit', millis(AT + DAY));
    expect(idle(20_001, 20_000)).toEqual([2]);
    expect(buyers.meet('nobody', AT)).toBe(-1);
    buyers.remove(0);
    expect(idle(0, 0)).toEqual([0]);
    buyers.release(0);
    expect(idle(30_000, 30_000)).toEqual([1, 2]);
  });
});
