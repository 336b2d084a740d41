/** Visits, trials and blends of a handful of events, against what can be counted by hand. */
import type { BuyerEvent } from '@rialto/sdk';
import { expect, test } from 'vitest';
import type { EventRecord } from '../log/record.ts';
import type { Market } from '../market/market.ts';
import { blendedEdges, recallsOf } from './graph-blend.ts';
import { edgesOf, type ItemEdges, meetingsOf } from './graph-members.ts';
import { graphTrials, thinned } from './graph-trials.ts';
import { visitsOf } from './graph-visits.ts';

const HOUR = 3_600_000;
const ROWS = new Map(Array.from('abcdefgh', (id, row) => [id, row]));
const MARKET = { listings: { ids: { find: (id: string) => ROWS.get(id) ?? -1 } } } as unknown as Market;
/** All but h, whom too few met. */
const NUMBERS = new Map(Array.from('abcdefg', (_, row) => [row, row]));

type Told = readonly [type: BuyerEvent['type'], listing: string, at: number, who: Partial<BuyerEvent>];

const visitsIn = (told: readonly Told[]) => {
  const events = told.map(([type, listing, at, who], i) => ({
    kind: 'event',
    event: { id: `e${i}`, type, listing, at, ...who },
  }));
  return visitsOf({ events: events as unknown as EventRecord[] }, MARKET, events.length);
};

const ada = { buyer: 'ada' };
const order = (id: string, who: Partial<BuyerEvent> = ada): Partial<BuyerEvent> => ({ ...who, order: id });

test('a pause or an order ends a visit; machines and unknown listings are left out, guests are not', () => {
  const { visits, buyers } = visitsIn([
    ['view', 'a', 0, ada],
    ['view', 'a', 1, ada],
    ['impression', 'g', 2, ada],
    ['view', 'b', 3, { ...ada, bot: true }],
    ['cart-add', 'c', 4, ada],
    ['view', 'nobody knows', 5, ada],
    ['purchase', 'c', 6, order('1')],
    ['purchase', 'd', 6, order('1')],
    ['view', 'e', 7, ada],
    ['view', 'f', 7 + HOUR + 1, ada],
    ['purchase', 'a', 8 + HOUR, order('2', {})],
    ['purchase', 'b', 8 + HOUR, order('2', {})],
  ]);
  expect(buyers).toBe(2);
  expect(visits.map(({ first, buyer, rows, acts }) => [first, buyer, rows, acts])).toEqual([
    [0, 0, [0, 2, 2, 3], ['look', 'cart', 'buy', 'buy']],
    [8, 0, [4], ['look']],
    [9, 0, [5], ['look']],
    [10, 1, [0, 1], ['buy', 'buy']],
  ]);
});

test('a past asks for what is new in the next order; a page for what is bought, else looked at next', () => {
  const { visits } = visitsIn([
    ['view', 'a', 0, ada],
    ['purchase', 'b', 1, order('1')],
    ['view', 'c', 2 * HOUR, ada],
    ['cart-add', 'd', 2 * HOUR, ada],
    ['view', 'e', 2 * HOUR, ada],
    ['purchase', 'd', 2 * HOUR, order('2')],
    ['purchase', 'b', 2 * HOUR, order('2')],
    ['view', 'f', 5 * HOUR, ada],
    ['view', 'h', 5 * HOUR, ada],
    ['view', 'g', 5 * HOUR, ada],
    ['purchase', 'a', 9 * HOUR, order('3', {})],
    ['purchase', 'b', 9 * HOUR, order('3', {})],
    ['purchase', 'c', 9 * HOUR, order('3', {})],
  ]);
  const { past, page } = graphTrials(visits, 2, NUMBERS);
  const plain = (trials: typeof past) => trials.map(({ seeds, wanted }) => [[...seeds], [...wanted]]);
  // The latest first; b was bought before.
  expect(plain(past)).toEqual([[[1, 0], [3]]]);
  expect(plain(page)).toEqual([
    [[2], [3, 1]],
    [[4, 3], [1]],
    // h, which is no item, is looked at next from f, and leads nowhere itself.
    [[0, 2], [1]],
  ]);
});

test('of much, so much is tried as the bounds allow, from all of it', () => {
  const told = Array.from({ length: 5000 }, (_, i): Told[] => [
    ['view', 'a', i, { session: `s${i}` }],
    ['view', 'b', i, { session: `s${i}` }],
    ['view', 'c', i, { session: `s${i}` }],
  ]).flat();
  const { visits } = visitsIn(told);
  expect(graphTrials(visits, 0, NUMBERS).page).toHaveLength(2000);
  expect(graphTrials(visits, 3 * 4990, NUMBERS).page).toHaveLength(20);
  expect(thinned([0, 1, 2, 3, 4, 5], 3)).toEqual([0, 2, 4]);
  const long = visitsIn(Array.from({ length: 400 }, (_, i): Told => ['view', 'abcdefg'[i % 7]!, i, ada]));
  expect(graphTrials(long.visits, 0, NUMBERS).page).toHaveLength(20);
});

test('blended edges are the sum of what is normalised, and a fade halves what comes before', () => {
  const one: ItemEdges = {
    perItem: 2,
    targets: Int32Array.of(1, 2, 2, -1, -1, -1),
    weights: Float32Array.of(3, 1, 2, 0, 0, 0),
  };
  const two: ItemEdges = {
    perItem: 2,
    targets: Int32Array.of(2, -1, 0, -1, -1, -1),
    weights: Float32Array.of(5, 0, 1, 0, 0, 0),
  };
  const shares = [
    { edges: one, exponent: 1, scale: 4 },
    { edges: two, exponent: 0, scale: 0.5 },
  ];
  // 0 → 1: 4 · 3/4; 0 → 2: 4 · 1/4 + 5/2; 1 → 2: 4; 1 → 0: 1/2.
  const blend = blendedEdges(shares, 2);
  expect([...blend.targets]).toEqual([2, 1, 2, 0, -1, -1]);
  expect([...blend.weights]).toEqual([3.5, 3, 4, 0.5, 0, 0]);
  expect([...blendedEdges(shares, 1).targets]).toEqual([2, 2, -1]);
  const trial = { seeds: Int32Array.of(0, -1, 1), met: new Set([0, 1]), wanted: new Set([2]) };
  expect([...recallsOf(blend, 0.5, [trial, { ...trial, wanted: new Set([3]) }])]).toEqual([1, 0]);
});

test('what was met in a visit is no edge of who bought what, and too few visits have none', () => {
  const told = Array.from({ length: 30 }, (_, i): Told[] => [
    ['view', 'a', 3 * i * HOUR, { session: `s${i}` }],
    ['view', 'b', 3 * i * HOUR, { session: `s${i}` }],
    ['purchase', 'c', 3 * i * HOUR, order(`${i}`, { buyer: `b${i % 25}` })],
    ['purchase', 'd', 3 * i * HOUR, order(`${i}`, { buyer: `b${i % 25}` })],
  ]).flat();
  const meetings = meetingsOf(visitsIn(told).visits, NUMBERS);
  const leads = (member: Parameters<typeof edgesOf>[0], from: number) => [
    ...edgesOf(member, meetings, 3)!.targets.subarray(3 * from, 3 * from + 3),
  ];
  expect(leads('item-knn', 2)).toEqual([3, -1, -1]);
  expect(leads('item-knn', 0)).toEqual([-1, -1, -1]);
  expect(leads('visit-item-knn', 0)).toEqual([1, -1, -1]);
  expect(leads('session-knn', 0)).toEqual([1, -1, -1]);
  expect(leads('session-knn', 6)).toEqual([-1, -1, -1]);
  const few = meetingsOf(visitsIn(told.slice(0, 40)).visits, NUMBERS);
  expect(edgesOf('sequence-rules', few, 3)).toBeUndefined();
  expect(edgesOf('neighbourhood-ridge', meetings, 3)).toBeUndefined();
});
