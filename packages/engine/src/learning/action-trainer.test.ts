/** Heads against a known truth: probabilities of the first position are recovered from what was shown further down, page by page. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { packActions, unpackActions } from './action-model.ts';
import { type ShownExamples, trainActions } from './action-trainer.ts';
import { priorModel } from './additive-model.ts';
import { scoreRow } from './additive-rows.ts';
import { sigmoid } from './logistic.ts';

const FEATURES = ['a', 'b', 'c'];
/** The ranker knows of a; b counts as much but it does not know; c is nothing. */
const RANKER = priorModel(FEATURES, [2, 0, 0]);
const trainAction = (start: typeof RANKER, examples: ShownExamples, labels: Uint8Array, seed: number) =>
  trainActions(start, examples, new Map([['click', labels]]), { seed }).get('click');
const truth = (a: number, b: number): number => -3.2 + 1.5 * a + 1.5 * b * b;
const PAGES = ['home', 'listing', 'cart'];
const INTERCEPTS = [0.8, 0, -0.8];
const effectOf = (position: number): number => -0.35 * position;

/** What is liked stands on top, so that a model without positions takes position for liking. */
function world(rows: number, seed: number): { examples: ShownExamples; labels: Uint8Array; first: Float64Array } {
  const rng = new Rng(seed);
  const values = Float32Array.from({ length: 3 * rows }, () => rng.unit());
  const placements = Int32Array.from({ length: rows }, () => rng.below(PAGES.length));
  const positions = Int32Array.from({ length: rows }, (_, row) =>
    Math.min(7, Math.floor(8 * (0.7 * (1 - values[3 * row]!) + 0.3 * rng.unit()))),
  );
  const logits = Float64Array.from(
    { length: rows },
    (_, row) => truth(values[3 * row]!, values[3 * row + 1]!) + INTERCEPTS[placements[row]!]!,
  );
  const labels = Uint8Array.from(logits, (logit, row) =>
    rng.unit() < sigmoid(logit + effectOf(positions[row]!)) ? 1 : 0,
  );
  const examples = {
    featureNames: FEATURES,
    identityNames: [],
    identities: new Int32Array(0),
    values,
    gates: new Uint8Array(rows),
    placements,
    positions,
    placementNames: PAGES,
    pages: Int32Array.from({ length: rows }, (_, row) => row),
  };
  return { examples, labels, first: logits.map(sigmoid) };
}

test('probabilities of the first position, intercepts of pages, effects of positions', () => {
  const { examples, labels } = world(40_000, 1);
  const trained = trainAction(RANKER, examples, labels, 1)!;
  const models = new Map([['click', trained]]);
  const { model, intercepts } = unpackActions(packActions(models, FEATURES), examples).get('click')!;
  const fresh = world(5_000, 2);
  let error = 0;
  let sum = 0;
  let expected = 0;
  fresh.first.forEach((p, row) => {
    const page = PAGES[fresh.examples.placements[row]!]!;
    const predicted = sigmoid(scoreRow(model, fresh.examples.values, row, 0) + intercepts.get(page)!);
    error += Math.abs(predicted - p) / fresh.first.length;
    sum += predicted;
    expected += p;
  });
  const mean = expected / fresh.first.length;
  expect(error / mean).toBeLessThan(0.12);
  expect(sum / expected).toBeGreaterThan(0.93);
  expect(sum / expected).toBeLessThan(1.07);
  PAGES.forEach((page, i) => {
    expect(Math.abs(intercepts.get(page)! - INTERCEPTS[i]!)).toBeLessThan(0.15);
  });
  expect(trained.positionEffects[4]! / effectOf(4)).toBeGreaterThan(0.75);
  expect(trained.positionEffects[4]! / effectOf(4)).toBeLessThan(1.25);
  expect(trained.holdout.logLoss).toBeLessThan(trained.holdout.logLossBase);
  expect(trained.holdout.calibrationError).toBeLessThan(0.015);
});

test('a page with few rows is drawn to what is usual', () => {
  const { examples, labels } = world(20_000, 3);
  // Four rows of a page of its own, all positive.
  const placements = examples.placements.map((page, row) => (row < 4 ? PAGES.length : page));
  labels.fill(1, 0, 4);
  const { intercepts } = trainAction(
    RANKER,
    { ...examples, placements, placementNames: [...PAGES, 'new'] },
    labels,
    1,
  )!;
  expect(intercepts.get('new')!).toBeGreaterThan(0);
  expect(intercepts.get('new')!).toBeLessThan(2);
});

test('too few positives are not learned from', () => {
  const { examples, labels } = world(4_000, 4);
  let left = 30;
  expect(
    trainAction(
      RANKER,
      examples,
      labels.map((label) => (label === 1 && left-- > 0 ? 1 : 0)),
      1,
    ),
  ).toBeUndefined();
});
