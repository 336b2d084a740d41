/** Gates of heads on worlds whose truth is known, and heads trained on a log of pages. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { event, NOW, openMarket } from '../delivery/market.fixture.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { packActions, unpackActions } from '../learning/action-model.ts';
import { trainActions as fitHeads, type ShownExamples } from '../learning/action-trainer.ts';
import { priorModel } from '../learning/additive-model.ts';
import { sigmoid } from '../learning/logistic.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { ACTION_COLUMNS } from '../ranking/action-heads.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { headReasons, tryHead } from './head-gates.ts';
import { trainActions } from './train-actions.ts';

const ROWS = 16_000;
const PER_PAGE = 4;
const RANKER = priorModel(['a', 'b'], [1, 0]);

/** The click rate of a row's values; `late` rows are the last tenth, by which heads are judged. */
function world(seed: number, logit: (a: number, b: number, late: boolean) => number) {
  const rng = new Rng(seed);
  const values = Float32Array.from({ length: 2 * ROWS }, () => rng.unit());
  const rows = Int32Array.from({ length: ROWS }, (_, row) => row);
  const examples: ShownExamples = {
    featureNames: ['a', 'b'],
    identityNames: [],
    identities: new Int32Array(0),
    values,
    gates: new Uint8Array(ROWS),
    placements: new Int32Array(ROWS),
    positions: rows.map((row) => row % PER_PAGE),
    pages: rows.map((row) => Math.floor(row / PER_PAGE)),
    placementNames: ['home'],
  };
  const labels = Uint8Array.from(rows, (row) => {
    const p = sigmoid(logit(values[2 * row]!, values[2 * row + 1]!, row >= 0.9 * ROWS));
    return rng.unit() < p ? 1 : 0;
  });
  return {
    examples,
    labels,
    trained: fitHeads(RANKER, examples, new Map([['click', labels]]), { seed: 1 }).get('click')!,
  };
}

const judge = (made: ReturnType<typeof world>, incumbent?: ReturnType<typeof world>['trained']) => {
  const trial = tryHead({ action: 'click', start: RANKER, incumbent, ...made });
  return { trial, reasons: headReasons('click', { trial }) };
};

describe('the gates of a head', () => {
  const sound = world(1, (a, b) => -3 + 2 * a - b);

  test('are open where it beats the prior, or is as good as the head that serves', () => {
    const { trial, reasons } = judge(sound);
    expect(reasons).toEqual([]);
    expect(trial).toMatchObject({ against: 'prior', rows: ROWS / 10 });
    expect(trial.logLoss).toBeLessThan(trial.logLossServing);
    expect(trial.logLoss).toBeLessThan(trial.logLossMean);
    expect(judge(sound, world(2, (a, b) => -3 + 2 * a - b).trained)).toMatchObject({
      reasons: [],
      trial: { against: 'head' },
    });
  });

  test('are open to the very head that serves, whose level is of the rows that judge', () => {
    for (const seed of [1, 2, 3, 7, 8]) {
      const made = world(seed, (a, b) => -3 + 2 * a - b);
      const { reasons, trial } = judge(made, made.trained);
      expect(reasons, `seed ${seed}`).toEqual([]);
      expect(Math.abs(trial.paired.serving.mean), `seed ${seed}`).toBeLessThan(1e-3);
    }
  });

  test('are closed where the head that serves knows better what comes', () => {
    const knows = world(3, (a, b) => -3 + 3 * b - a);
    const turned = world(4, (a, b, late) => (late ? -3 + 3 * b - a : -3 + 3 * a - b));
    const { reasons } = judge(turned, knows.trained);
    expect(reasons[0]).toMatch(
      /^click: it predicts worse than the head that serves: log loss .* on the latest 1600 items$/,
    );
    expect(reasons[1]).toContain('worse than the mean alone');
  });

  test('are closed where it is not calibrated on what comes later, but not by chance', () => {
    const fallen = world(5, (a, b, late) => (late ? -5 : -2) + a - b);
    expect(judge(fallen).reasons.join()).toContain('not calibrated');
    const rare = world(6, (a) => -5 + a);
    expect(judge(rare).reasons).toEqual([]);
  });
});

test('heads are trained on a log of pages; one that has too few examples now is kept as it serves', async () => {
  const log = new MemoryLog();
  const { engine, clock } = await openMarket(log);
  await engine.save('placement', [{ id: 'page', slots: 4, sources: [{ source: 'popular', limit: 20 }] }], 'test');
  const rng = new Rng(7);
  for (let page = 0; page < 240; page++) {
    clock.set((NOW + 60_000 * page) as never);
    const buyer = `b${page % 40}`;
    const { items } = engine.decide({ buyer, placements: ['page'] }).placements[0]!;
    const seen = items.map(({ id, token }, i) => event(`i${page}-${i}`, 'impression', { listing: id, token, buyer }));
    const clicked = items.filter(({ id }) => rng.unit() < (id < 'l4' ? 0.5 : 0.05));
    const clicks = clicked.map(({ id, token }) => event(`c${page}-${id}`, 'click', { listing: id, token, buyer }));
    await engine.ingest([...seen, ...clicks]);
  }
  const first = (await trainActions({ log, start: PRIOR_MODEL, seed: 1 }))!;
  expect(Object.keys(first.card.heads)).toEqual(['click']);
  expect(first.card).toMatchObject({ items: 960, kept: [], heads: { click: { trial: { against: 'prior' } } } });
  const click = unpackActions(first.bytes, ACTION_COLUMNS).get('click')!;
  const serving = packActions(new Map([...unpackActions(first.bytes, ACTION_COLUMNS), ['hide', click]]), FEATURE_NAMES);
  const again = (await trainActions({ log, start: PRIOR_MODEL, seed: 1, serving }))!;
  expect(again.card).toMatchObject({ kept: ['hide'], heads: { click: { trial: { against: 'head' } } } });
  expect(unpackActions(again.bytes, ACTION_COLUMNS).get('hide')!.model.bias).toEqual(click.model.bias);
  await engine.close();
});
