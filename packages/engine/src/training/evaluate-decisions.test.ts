/** How good decisions would have been, with the sources that are asked about, on the part of the past that is asked for. */

import type { Source } from '@rialto/sdk';
import { beforeAll, expect, test } from 'vitest';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import { evaluateDecisions } from './evaluate-decisions.ts';
import type { History } from './history.ts';
import { tastePast } from './taste.fixture.ts';

const OPTIONS = { split: 0.8, k: 3, seed: 1, learners: ['additive'] } as const;
let past: History;
beforeAll(async () => {
  past = await tastePast();
});

test('the named sources bring the candidates, in training as in prediction', () => {
  const found = (sources: readonly Source[]) => evaluateDecisions(past, { ...OPTIONS, sources });
  const own = found([{ source: 'history', limit: 60 }]);
  // Nobody's own listings are new to them.
  expect(own.recallNew).toBe(0);
  expect(own.recall).toBeGreaterThan(0.1);
  const popular: Source[] = [{ source: 'popular', limit: 60 }];
  const both = found(popular);
  expect(both.sources).toEqual(popular);
  expect(both.recallNew).toBeGreaterThan(both.popularityNew);
  expect({ ...both, ...found([{ source: 'popular', limit: 30 }]) }).not.toEqual(both);
});

test('orders by buyers without a history tell nothing, and that is said', () => {
  const strangers = past.events.map(({ event, ...record }, i) => ({
    ...record,
    event: event.buyer === undefined ? event : { ...event, buyer: `stranger${i}`, order: `o${i}` },
  }));
  const sources: Source[] = [{ source: 'popular', limit: 60 }];
  expect(() => evaluateDecisions({ ...past, events: strangers }, { ...OPTIONS, sources })).toThrow(
    /none of the \d+ orders/,
  );
});

test('where a source follows the graph, it is trained on what lies before', () => {
  // A hundred buyers a time: each has a cup first, and the chair that goes with it next.
  const events = Array.from({ length: 1_200 }, (_, i) => {
    const buyer = 100 * Math.floor(i / 200) + (i % 100);
    const listing = `l${(buyer % 3) + (i % 200 < 100 ? 0 : 6)}`;
    const { at } = past.events[0]!.event;
    const event = {
      id: `e${i}`,
      type: 'purchase',
      at: at + i * MILLIS_PER_HOUR,
      buyer: `b${buyer}`,
      order: `o${i}`,
    } as const;
    return { ...past.events[0]!, event: { ...event, listing, quantity: 1, priceMicros: 1_000_000 } };
  });
  const sources = [{ source: 'recommended', limit: 1 }] as const;
  expect(evaluateDecisions({ ...past, events }, { ...OPTIONS, k: 1, sources }).recallNew).toBe(1);
});

test('orders after the part that is looked at change nothing', () => {
  const half = evaluateDecisions(past, { ...OPTIONS, until: 0.5 });
  const orders = past.events.slice(0, past.events.length / 2);
  expect(half).toEqual(evaluateDecisions({ ...past, events: orders }, OPTIONS));
  expect(half.orders).toBeLessThan(evaluateDecisions(past, OPTIONS).orders);
  expect(() => evaluateDecisions(past, { ...OPTIONS, until: 0.001 })).toThrow(
    /0 orders of known buyers cannot be split/,
  );
});

test('in brief, the same orders are predicted from fewer candidates', () => {
  const sources: Source[] = [{ source: 'popular', limit: 16 }];
  const { brownout, ...whole } = evaluateDecisions(past, { ...OPTIONS, sources, brownout: true });
  expect(whole).toEqual(evaluateDecisions(past, { ...OPTIONS, sources }));
  expect(brownout!.recall).toBeGreaterThan(0);
  expect(brownout!.recall).toBeLessThan(whole.recall);
  expect(brownout!.difference.recall.mean).toBeCloseTo(brownout!.recall - whole.recall, 12);
});

test('learned sources are compared on the same orders, and know nothing after the split', () => {
  const sources: Source[] = [
    { source: 'history', limit: 4 },
    { source: 'popular', limit: 8 },
  ];
  const options = { ...OPTIONS, sources, learnSources: true };
  const { recall, learnedSources } = evaluateDecisions(past, options);
  const { difference, places, studies } = learnedSources!;
  expect(places).toBe(12);
  expect(difference.recall.mean).toBeCloseTo(learnedSources!.recall - recall, 12);
  const { list, judged } = studies[0]!.judged!;
  expect(judged).toBe(120);
  // The same split, where a tenth of the orders, all of them after it, is not there.
  const sooner = evaluateDecisions(past, { ...options, until: 0.9, split: 0.8901 }).learnedSources!;
  expect(sooner.studies[0]!.judged).toMatchObject({ list, judged });
  expect(evaluateDecisions(past, { ...options, places: 6, learnSources: false }).sources).toEqual([
    { source: 'history', limit: 2 },
    { source: 'popular', limit: 4 },
  ]);
});
