/**
 * No urgency signal that is served is false: every claim of random logs is checked by brute force over the records, which shares
 * nothing with the code that makes claims. And a claim that is true and strong enough is made.
 */
import type { BuyerEvent, DecideRequest, DecisionExplanation, Listing } from '@rialto/sdk';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { millis } from '../base/units.ts';
import { URGENCY_LANGUAGES, urgencyText } from '../engagement/urgency-text.ts';
import { decodeRecord, encodeRecord } from '../log/codec.ts';
import type { LogRecord } from '../log/record.ts';
import { applyRecord } from './apply.ts';
import { decide } from './decide.ts';
import { recordOf } from './decision-record.ts';
import { DAY, event, NOW, openMarket, purchase } from './market.fixture.ts';
import { State } from './state.ts';
import { Workspace } from './workspace.ts';

const HOUR = DAY / 24;
const PLACEMENT = { id: 'urgency', slots: 8, sources: [], ranks: 'signals' } as const;

const id = (prefix: string, n: number) => fc.nat(n - 1).map((i) => `${prefix}${i}`);
const PRICES = [100, 90, 80, 60, 59].map((price) => price * 1_000_000);

const DEEDS = [
  'cart-add',
  'cart-add',
  'cart-add',
  'cart-remove',
  'purchase',
  'purchase',
  'purchase',
  'return',
  'view',
] as const;

const step = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.record({
      type: fc.constantFrom<BuyerEvent['type']>(...DEEDS),
      again: fc.constantFrom(false, false, false, true),
      listing: id('l', 2),
      buyer: fc.option(id('b', 9), { nil: undefined }),
      session: fc.option(id('s', 4), { nil: undefined }),
      quantity: fc.constantFrom(undefined, 1, 2),
      bot: fc.constantFrom(undefined, undefined, undefined, undefined, true as const),
      lateMs: fc.oneof({ weight: 5, arbitrary: fc.nat(HOUR) }, fc.integer({ min: -300_000, max: 7 * DAY })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      listing: id('l', 2),
      price: fc.constantFrom(...PRICES),
      stock: fc.option(fc.nat(14), { nil: undefined }),
      gone: fc.constantFrom(false, false, false, true),
    }),
  },
);
/** How far the clock goes on before each step. */
const pause = fc.oneof({ weight: 40, arbitrary: fc.nat(HOUR / 2) }, { weight: 1, arbitrary: fc.nat(12 * DAY) });
const steps = fc.array(fc.tuple(pause, step), { minLength: 60, maxLength: 160 });

const compact = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;

function recordsOf(
  all: readonly (readonly [number, typeof step extends fc.Arbitrary<infer T> ? T : never])[],
): LogRecord[] {
  let at = NOW;
  const saved = (listing: Listing): LogRecord => ({ kind: 'listing', at, by: 'test', entity: listing });
  const records: LogRecord[] = ['l0', 'l1'].map((id) =>
    saved({ id, title: id, priceMicros: PRICES[0]!, stock: { quantity: 9 } }),
  );
  for (const [index, [pauseMs, one]] of all.entries()) {
    at += pauseMs;
    if ('price' in one)
      records.push(
        saved({
          id: one.listing,
          title: one.listing,
          priceMicros: one.price,
          ...(one.stock !== undefined && { stock: { quantity: one.stock } }),
          ...(one.gone && { availability: 'out-of-stock' as const }),
        }),
      );
    else {
      const { lateMs, again, ...rest } = one;
      const event = compact({ ...rest, id: `e${index}`, order: `o${index}`, at: at - lateMs });
      const record = { kind: 'event', at, event } as LogRecord;
      records.push(record, ...(again ? [record] : []));
    }
  }
  return records;
}

type Happened = BuyerEvent & { readonly at: number };
type Saved = { readonly at: number; readonly listing: Listing };

/** What the log proves of a listing at a time, found by reading all of it. */
class Truth {
  readonly events: Happened[];
  readonly saves: Saved[];
  readonly at: number;

  constructor(records: readonly LogRecord[], listing: string, at: number) {
    const ids = new Set<string>();
    this.at = at;
    this.saves = records.flatMap((one) =>
      one.kind === 'listing' && one.entity.id === listing ? [{ at: one.at, listing: one.entity }] : [],
    );
    this.events = records.flatMap((one) => {
      if (one.kind !== 'event' || ids.has(one.event.id)) return [];
      ids.add(one.event.id);
      return one.event.bot === true || one.event.listing !== listing ? [] : [one.event];
    });
  }

  /** People other than the viewer whose last deed with it, until now, was to put it in the cart, within a day. */
  carts(viewer: string): number {
    const last = new Map<string, { at: number; held: boolean }>();
    for (const { type, at, buyer, session } of this.events) {
      if (at > this.at || !['cart-add', 'cart-remove', 'purchase'].includes(type)) continue;
      const touch = (key: string, held: boolean) => {
        if ((last.get(key)?.at ?? 0) <= at) last.set(key, { at, held });
      };
      if (buyer !== undefined) touch(`b ${buyer}`, type === 'cart-add');
      if (session !== undefined) touch(`s ${session}`, buyer === undefined && type === 'cart-add');
    }
    last.delete(`b ${viewer}`);
    return [...last.values()].filter(({ at, held }) => held && at > this.at - DAY).length;
  }

  sold(): number {
    const week = this.events.filter(({ at }) => at > this.at - 7 * DAY && at <= this.at);
    return Math.max(
      0,
      week.filter(({ type }) => type === 'purchase').length - week.filter(({ type }) => type === 'return').length,
    );
  }

  /** Undefined where nobody can know. */
  left(): number | undefined {
    const { at, listing } = this.saves.at(-1)!;
    if (!listing.stock) return undefined;
    const since = this.events.filter((one) => one.at > at);
    if (since.some(({ type }) => type === 'return')) return undefined;
    return (
      listing.stock.quantity -
      since.filter(({ type }) => type === 'purchase').reduce((sum, one) => sum + (one.quantity ?? 1), 0)
    );
  }

  /** The lowest price that held at any time of the thirty days before `droppedAt`. */
  lowestBefore(droppedAt: number): number {
    const before = this.saves.filter(({ at }) => at < droppedAt);
    const held = before.filter((_, i) => (before[i + 1]?.at ?? droppedAt) > droppedAt - 30 * DAY);
    return Math.min(...held.map(({ listing }) => listing.priceMicros));
  }
}

function stateOf(records: readonly LogRecord[]): State {
  const state = new State();
  for (const record of records) applyRecord(state, record);
  return state;
}

const requestFor = (listing: string): DecideRequest => ({ buyer: 'b0', placements: ['urgency'], context: { listing } });

describe('claims of random logs', () => {
  it.each([7, 8])('are true by brute force over the log, and made where they are (seed %i)', (seed) => {
    const checked = { 'in-carts': 0, 'only-left': 0, 'sold-this-week': 0, 'price-dropped': 0 };
    fc.assert(
      fc.property(steps, fc.constantFrom(0, 1, 5 * HOUR, 23 * HOUR, 3 * DAY), (all, later) => {
        const records: LogRecord[] = [{ kind: 'placement', at: NOW, by: 'test', entity: PLACEMENT }, ...recordsOf(all)];
        const state = stateOf(records);
        const at = records.at(-1)!.at + later;
        for (const listing of ['l0', 'l1']) {
          const input = { id: '0-x', at: millis(at), request: requestFor(listing) };
          const decision = decide(state, input, new Workspace());
          const truth = new Truth(records, listing, at);
          const claims = decision.placements[0]!.signals!.map(({ claim }) => claim);
          const made = (signal: string) => claims.find((claim) => claim.signal === signal);
          const onSale = truth.saves.at(-1)!.listing.availability === undefined;
          const ahead = truth.events.some((one) => one.at > at);
          if (!onSale) expect(claims).toEqual([]);
          for (const { expiresAt, signal } of claims) {
            expect(expiresAt).toBeGreaterThan(at);
            checked[signal]++;
          }
          const carts = truth.carts('b0');
          if (made('in-carts')) expect(made('in-carts')!.value).toBeLessThanOrEqual(carts);
          if (!ahead) expect(made('in-carts')?.value).toBe(onSale && carts >= 3 ? carts : undefined);
          const sold = truth.sold();
          expect(made('sold-this-week')?.value).toBe(onSale && sold >= 10 ? sold : undefined);
          const left = truth.left();
          const counted = at - truth.saves.at(-1)!.at < 7 * DAY;
          expect(made('only-left')?.value).toBe(
            onSale && counted && left !== undefined && left >= 1 && left <= 5 ? left : undefined,
          );
          const drop = made('price-dropped');
          if (!drop) continue;
          const price = truth.saves.at(-1)!.listing.priceMicros;
          expect(drop.value).toBe(price);
          expect(drop.formerMicros).toBe(truth.lowestBefore(drop.since));
          expect(drop.formerMicros! * 0.95).toBeGreaterThanOrEqual(price);
          expect(
            truth.saves.filter((one) => one.at >= drop.since).every((one) => one.listing.priceMicros === price),
          ).toBe(true);
        }
      }),
      { seed, numRuns: 300, endOnFailure: true },
    );
    // Otherwise nothing has been checked.
    for (const count of Object.values(checked)) expect(count).toBeGreaterThan(5);
  });

  it('is in the record as it was decided, also through the codec, and decided again', () => {
    const [all] = fc.sample(steps, { seed: 9, numRuns: 1 });
    const records: LogRecord[] = [{ kind: 'placement', at: NOW, by: 'test', entity: PLACEMENT }, ...recordsOf(all!)];
    const input = { id: '0-x', at: millis(records.at(-1)!.at), request: requestFor('l0') };
    const decided = stateOf(records);
    const record = recordOf(input, decided, decide(decided, input, new Workspace()));
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
    const again = stateOf(records.map((one) => decodeRecord(encodeRecord(one))));
    expect(recordOf(input, again, decide(again, input, new Workspace()))).toEqual(record);
  });
});

describe('through the engine', () => {
  test('signals are ranked for a listing page, told with items, expire, and are explained', async () => {
    const { engine, clock } = await openMarket();
    await engine.save(
      'placement',
      [PLACEMENT, { id: 'shelf', slots: 3, sources: [{ source: 'popular', limit: 9 }], itemSignals: 1 }],
      'test',
    );
    const cup = engine.read('listing', 'l0')!;
    await engine.save('listing', [{ ...cup, stock: { quantity: 4 } }], 'test');
    clock.set(millis(NOW + 1000));
    await engine.ingest([
      ...['bea', 'cid', 'dan', 'eve'].map((buyer) => event(`cart-${buyer}`, 'cart-add', { buyer })),
      purchase('p', 'l0', { buyer: 'eve', quantity: 2 }),
    ]);
    const ask = (placement: string) =>
      engine.decide({ buyer: 'ada', placements: [placement], context: { listing: 'l0', language: 'de-DE' } });
    const answer = ask('urgency');
    expect(answer.placements[0]!.items).toEqual([]);
    expect(answer.placements[0]!.signals).toMatchObject([
      { signal: 'only-left', value: 2, listing: 'l0', text: 'Nur noch 2 verfügbar' },
      { signal: 'in-carts', value: 3, listing: 'l0', text: 'Jetzt in 3 Warenkörben' },
    ]);
    const explained: DecisionExplanation = await engine.explain(answer.decisionId);
    expect(explained.identical).toBe(true);
    expect(explained.placements[0]!.signals).toContainEqual({
      listing: 'l0',
      signal: 'sold-this-week',
      refused: 'too-few-sales',
    });
    const shelf = engine.decide({ buyer: 'ada', placements: ['shelf'] }).placements[0]!;
    expect(shelf.items.length).toBe(3);
    expect(shelf.signals).toMatchObject([{ listing: 'l0', signal: 'only-left' }]);
    clock.set(millis(NOW + 8 * DAY));
    expect(ask('urgency').placements[0]!.signals).toEqual([]);
    await engine.close();
  });
});

test('the same stock, saved again, is counted again once pieces have gone', async () => {
  const { engine, clock } = await openMarket();
  await engine.save('placement', [PLACEMENT], 'test');
  const cup = { ...engine.read('listing', 'l0')!, stock: { quantity: 4 } };
  const save = () => engine.save('listing', [cup], 'test');
  const left = () =>
    engine
      .decide({ buyer: 'ada', placements: ['urgency'], context: { listing: 'l0' } })
      .placements[0]!.signals!.map(({ value }) => value);
  expect(await save()).toMatchObject({ saved: 1 });
  expect(await save()).toMatchObject({ unchanged: 1 });
  clock.set(millis(NOW + 1000));
  await engine.ingest([purchase('p', 'l0', { buyer: 'eve', quantity: 2, at: NOW + 500 })]);
  expect(left()).toEqual([2]);
  expect(await save()).toMatchObject({ saved: 1 });
  expect(left()).toEqual([4]);
  expect(await save()).toMatchObject({ unchanged: 1 });
  clock.set(millis(NOW + 2 * DAY));
  expect(await save()).toMatchObject({ saved: 1 });
  const plate = { id: 'plate', title: 'Plate', priceMicros: 5_000_000, stock: { quantity: 2 } };
  expect(await engine.save('listing', [plate, plate], 'test')).toMatchObject({ saved: 1, unchanged: 1 });
  await engine.close();
});

describe('words', () => {
  const claim = { signal: 'in-carts', strength: 0.5, since: 0, expiresAt: 1 } as const;
  const money = { ...claim, signal: 'price-dropped', value: 12_500_000, formerMicros: 20_000_000 } as const;
  const tongue = (language: string) => ({ language, currency: 'EUR' });

  test.each(URGENCY_LANGUAGES)('%s has every signal, with the number in it', (language) => {
    for (const signal of ['in-carts', 'only-left', 'sold-this-week'] as const)
      for (const value of [1, 2, 12]) {
        const text = urgencyText({ ...claim, signal, value }, tongue(language));
        expect(text).toContain(String(value));
        expect(text).not.toContain('{');
      }
    expect(urgencyText(money, tongue(language))).toMatch(/12[.,]50.*20[.,]00/);
  });

  test('plural forms are those of the language', () => {
    const one = (language: string, value: number) => urgencyText({ ...claim, value }, tongue(language));
    expect(one('en', 1)).toBe('In 1 cart now');
    expect(one('fr-CA', 0)).toBe('Dans 0 panier en ce moment');
    expect(one('fr', 2)).toBe('Dans 2 paniers en ce moment');
    expect(one('de', 12_000)).toBe('Jetzt in 12.000 Warenkörben');
    expect(one('ja', 12)).toBe('現在12人のカートに入っています');
  });

  test('a language without words gets English, a tag that nobody can read its language', () => {
    expect(urgencyText({ ...claim, value: 4 }, tongue('sv'))).toBe('In 4 carts now');
    expect(urgencyText({ ...claim, value: 4 }, tongue('constructor'))).toBe('In 4 carts now');
    expect(urgencyText({ ...claim, value: 4 }, tongue('de-a-a'))).toBe('Jetzt in 4 Warenkörben');
  });
});
