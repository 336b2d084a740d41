/** Clicks by place: how likely each is to be looked at is found again, and what is ranked does not depend on it. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { aucOf } from './auc.ts';
import { clickWorld } from './click-world.fixture.ts';
import { DEFAULT_DEEP, newDeepModel } from './deep-clicks.ts';
import { categoryOf, type Examples } from './examples.ts';
import { ExaminationTally, fitExamination, holdFixed, placesSeen } from './position-bias.ts';

const ROWS = 40_000;
const EXAMINATION = [1, 0.6, 0.35, 0.2];
const OPTIONS = { ...DEFAULT_DEEP, bits: 8 };

const { examples, truth } = clickWorld(ROWS, 1);
const rng = new Rng(5);
/** Likelier clicks come first, mostly. */
const places = Uint8Array.from(truth, (p) => Math.min(3, Math.max(0, Math.floor(5 * (0.5 - p) + 3 * rng.unit()))));
const labels = Uint8Array.from(truth, (p, row) => (rng.unit() < p * EXAMINATION[places[row]!]! ? 1 : 0));
const fresh = clickWorld(10_000, 2);

function aucAfter(learned: Examples, observation: { labels: Uint8Array; seen?: Float32Array }, test: Examples): number {
  const model = newDeepModel(learned, [observation], OPTIONS, 1);
  model.learn(learned, [observation]);
  const out = new Float64Array(test.rows);
  model.score(test, out);
  return aucOf(fresh.examples.labels, out);
}

test('the chance that a place is looked at is found from clicks', () => {
  const found = fitExamination(examples, { labels, places }, { options: OPTIONS, seed: 1 });
  EXAMINATION.forEach((chance, place) => {
    expect(Math.abs(found[place]! - chance), `place ${place}`).toBeLessThan(0.06);
  });
});

test('what a model of the truth expects of rows that it did not learn from tells how likely places are looked at', () => {
  const tally = new ExaminationTally(EXAMINATION.length);
  const logOdds = Float64Array.from(truth, (p) => Math.log(p / (1 - p)));
  const half = ROWS / 2;
  for (const [from, to] of [[0, half] as const, [half, ROWS] as const])
    tally.add({ labels: labels.subarray(from, to), places: places.subarray(from, to) }, logOdds.subarray(from, to));
  const found = tally.examination();
  expect(found[0]).toBe(1);
  // Within four times the error of clicks by chance.
  EXAMINATION.forEach((chance, place) => {
    const clicks = labels.reduce((sum, label, row) => sum + (places[row] === place ? label : 0), 0);
    expect(Math.abs(found[place]! / chance - 1), `place ${place}`).toBeLessThan(4 * Math.sqrt(2 / clicks));
  });
});

test('learned with places, clicks tell as well apart what is better as clicks of the first place', () => {
  const unbiased = aucAfter(examples, examples, fresh.examples);
  const examined = aucAfter(
    examples,
    { labels, seen: placesSeen(places, Float64Array.from(EXAMINATION)) },
    fresh.examples,
  );
  const withPlace = (of: Examples, values: Int32Array): Examples => ({
    ...of,
    categories: [...of.categories, { name: 'place', values }],
  });
  const placed = withPlace(
    examples,
    Int32Array.from(places, (place) => categoryOf(String(place))),
  );
  const test = holdFixed(withPlace(fresh.examples, new Int32Array(10_000)), 'place', '0');
  const fixed = aucAfter(placed, { labels }, test);
  expect(examined).toBeGreaterThan(0.99 * unbiased);
  expect(fixed).toBeGreaterThan(0.99 * unbiased);
  expect(() => holdFixed(examples, 'place', '0')).toThrow(/no category "place"/);
});
