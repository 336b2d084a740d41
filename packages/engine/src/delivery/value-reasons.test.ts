/** The reasons of a declared ranker's candidates add up to what sets their values apart, and come in words. */
import { expect, test } from 'vitest';
import { millis } from '../base/units.ts';
import { decide } from './decide.ts';
import { event, NOW, openMarket, purchase } from './market.fixture.ts';
import { Trace } from './trace.ts';
import { Workspace } from './workspace.ts';

async function explained(objective: string) {
  const { engine } = await openMarket();
  await engine.save('review', [{ id: 'r', listing: 'l2', rating: 5 }], 'test');
  await engine.ingest([
    ...['bea', 'cid', 'dan'].map((buyer) => purchase(`p-${buyer}`, 'l3', { buyer })),
    purchase('own', 'l5'),
    event('seen', 'view', { listing: 'l4' }),
  ]);
  await engine.save('ranker', [{ id: 'gifts', objective }], 'test');
  const sources = [{ source: 'popular', limit: 9 } as const];
  await engine.save('placement', [{ id: 'shelf', slots: 4, sources, ranker: 'gifts' }], 'test');
  const trace = new Trace();
  const request = { buyer: 'ada', placements: ['shelf'] };
  decide(engine.state, { id: '0-x', at: millis(NOW), request }, new Workspace(), { trace });
  await engine.close();
  return trace.placements[0]!.candidates;
}

const sumOf = (effects: Readonly<Record<string, number>>): number =>
  Object.values(effects).reduce((sum, effect) => sum + effect, 0);

test('effects of all candidates differ by as much as their values do', async () => {
  for (const objective of ['purchase + 0.3*cart - 0.5*hide', 'purchase*price + 0.1*click', '-2*click*cart + click']) {
    const candidates = await explained(objective);
    expect(candidates.length).toBeGreaterThan(4);
    const scores = candidates.map(({ score }) => score!);
    const spread = Math.max(...scores) - Math.min(...scores);
    expect(spread).toBeGreaterThan(0);
    const bases = candidates.map(({ score, features }) => score! - sumOf(features!));
    for (const base of bases) expect(Math.abs(base - bases[0]!) / spread, objective).toBeLessThan(0.002);
  }
});

test('what is predicted makes the value, and price counts where the objective names it', async () => {
  const candidates = await explained('purchase*price + 0.1*click');
  for (const { id, score, predicted } of candidates) {
    expect(Object.keys(predicted!).sort()).toEqual(['click', 'purchase']);
    const price = Number(id.slice(1)) + 1;
    expect(score).toBeCloseTo(predicted!['purchase']! * price + 0.1 * predicted!['click']!, 9);
  }
  const dear = candidates.find(({ id }) => id === 'l8')!;
  expect(dear.why).toContainEqual(
    expect.objectContaining({
      feature: 'objective',
      words: expect.stringMatching(/^what the objective makes of its price and attributes: value \+ 0\.\d+$/),
    }),
  );
  const bought = candidates.find(({ id }) => id === 'l3')!;
  expect(bought.why).toContainEqual(
    expect.objectContaining({
      feature: 'popularity-7-days',
      words: expect.stringMatching(/^“bought often this week” 0\.\d\d, on average 0\.\d\d: value \+ 0\.\d+$/),
    }),
  );
  expect(bought.why!.length).toBeLessThanOrEqual(5);
});
