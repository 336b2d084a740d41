/** Each learner by its name closes most of the gap that its form can close, and is the same for the same seed. */
import { expect, test } from 'vitest';
import { CLICK_LEARNERS, stepsOf, trainClicks } from './click-learners.ts';
import { clickWorld } from './click-world.fixture.ts';
import { takeRows } from './examples.ts';
import { logLossOf } from './log-loss.ts';
import { sigmoid } from './logistic.ts';

const { examples } = clickWorld(4000, 3);
const rows = (from: number, to: number) =>
  takeRows(
    examples,
    Int32Array.from({ length: to - from }, (_, i) => from + i),
  );
const [train, test_] = [rows(0, 3000), rows(3000, 4000)];
const share = train.labels.reduce((sum, label) => sum + label, 0) / train.rows;
const baseLoss = logLossOf(test_.labels, new Float64Array(test_.rows).fill(share));

// Trees and their blend, which take their time, have tests of their own.
test.each(CLICK_LEARNERS.filter((name) => name !== 'blend' && name !== 'trees'))('%s', (name) => {
  let steps = 0;
  const onStep = (): void => {
    steps++;
  };
  const losses = [1, 1].map((seed) => {
    const out = new Float64Array(test_.rows);
    trainClicks(train, name, seed, onStep).score(test_, out);
    return logLossOf(test_.labels, out.map(sigmoid));
  });
  expect(steps).toBe(2 * stepsOf(name, train));
  expect(losses[0]).toBe(losses[1]);
  expect(losses[0]).toBeLessThan(0.97 * baseLoss);
});

test('one class alone is refused', () => {
  const all = { ...train, labels: new Uint8Array(train.rows) };
  expect(() => trainClicks(all, 'deep', 1)).toThrow(/the label 0/);
});
