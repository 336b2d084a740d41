/** The reasons of a candidate add up to what sets its score apart from the mean of all. */
import { expect, test } from 'vitest';
import { millis } from '../base/units.ts';
import { FEATURES } from '../features/catalogue.ts';
import type { FeatureRows } from '../learning/additive-model.ts';
import { OWN_IDENTITY } from '../learning/deep-ranking.ts';
import { decide } from './decide.ts';
import { event, NOW, openMarket, purchase } from './market.fixture.ts';
import { withOwnShare } from './own-share.ts';
import { ScoreReasons } from './score-reasons.ts';
import { Trace } from './trace.ts';
import { Workspace } from './workspace.ts';

test('effects add up to the score less the mean score, and come in words', async () => {
  const { engine } = await openMarket();
  await engine.save('review', [{ id: 'r', listing: 'l2', rating: 5 }], 'test');
  await engine.ingest([
    ...['bea', 'cid', 'dan'].map((buyer) => purchase(`p-${buyer}`, 'l3', { buyer })),
    purchase('own', 'l5'),
    event('seen', 'view', { listing: 'l4' }),
  ]);
  await engine.save('placement', [{ id: 'shelf', slots: 4, sources: [{ source: 'popular', limit: 9 }] }], 'test');
  const { state } = engine;
  const workspace = new Workspace();
  const trace = new Trace();
  const request = { buyer: 'ada', placements: ['shelf'] };
  decide(state, { id: '0-x', at: millis(NOW), request }, workspace, { trace });
  const { candidates } = workspace;
  const matrix = workspace.matrix.whole();
  const model = state.ranker.current;
  const reasons = new ScoreReasons(model, matrix);
  const total = (row: number) =>
    Object.values(reasons.effects[row]!).reduce((sum, effect) => sum + effect, model.bias[matrix.gates[row]!]!);
  const scores = Array.from(candidates.score.subarray(0, candidates.size));
  expect(scores.length).toBeGreaterThan(4);
  expect(new Set(matrix.gates.subarray(0, candidates.size))).toEqual(new Set([0, 1]));
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  scores.forEach((score, row) => {
    expect(total(row)).toBeCloseTo(score, 4);
    const sum = reasons.of(row).reduce((all, { effect }) => all + effect, 0);
    // Effects too small to tell are left out.
    expect(Math.abs(sum - (score - mean))).toBeLessThan(0.1);
  });
  const bought = trace.placements[0]!.candidates.find(({ id }) => id === 'l3')!;
  expect(bought.why).toContainEqual(
    expect.objectContaining({
      feature: 'popularity-7-days',
      words: expect.stringMatching(/^“bought often this week” 0\.\d\d, on average 0\.\d\d: odds × \d/),
    }),
  );
  expect(bought.why!.length).toBeLessThanOrEqual(5);
  await engine.close();
});

test('what is the same for all is told as what having been bought before is worth', () => {
  const column = (shape: 'dense' | 'constant', values: number[]) => ({ shape, values: new Float32Array(values) });
  const columns = FEATURES.map((_, i) => (i === 0 ? column('dense', [0.1, 0.5, 0.9]) : column('constant', [0.7])));
  const matrix = { rows: 3, gates: new Uint8Array([0, 1, 1]), columns } as unknown as FeatureRows;
  const [varies, same] = FEATURES.map(({ name }) => name) as [string, string];
  const [fresh, bought, interacting] = withOwnShare(
    [
      { [varies]: 1, [same]: 0.25 },
      { [varies]: 2, [same]: 2, [OWN_IDENTITY]: 0.5 },
      { [varies]: 3, [same]: 4 },
    ],
    matrix,
  );
  expect(fresh).toMatchObject({ [varies]: 1, [same]: 0, [OWN_IDENTITY]: 0.25 });
  expect(bought).toMatchObject({ [varies]: 2, [same]: -1, [OWN_IDENTITY]: 3.5 });
  expect(interacting).toMatchObject({ [varies]: 3, [same]: 1, [OWN_IDENTITY]: 3 });
});
