/** What actions share, against a known truth: listings and categories differ by page, and rare actions follow what frequent ones like. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { type ActionModel, actionLogits, packActions, unpackActions } from './action-model.ts';
import { networkLogits, trainActionNetwork } from './action-network.ts';
import { type ShownExamples, trainActions } from './action-trainer.ts';
import { priorModel } from './additive-model.ts';
import { categoryOf } from './examples.ts';
import { sigmoid } from './logistic.ts';

const FEATURES = ['a', 'b', 'c'];
const RANKER = priorModel(FEATURES, [1, 0, 0]);
const PAGES = ['home', 'listing', 'cart'];
const LISTINGS = 200;
const CATEGORIES = 10;
const LEVELS = { click: -3, cart: -4.6, purchase: -6.2 };

function world(rows: number, seed: number, { interactions = true } = {}) {
  const rng = new Rng(seed);
  const truth = new Rng(99);
  const quality = Array.from({ length: LISTINGS }, () => 0.6 * truth.normal());
  const tastes = PAGES.map(() => Array.from({ length: CATEGORIES }, () => 0.8 * truth.normal()));
  const draws = Array.from({ length: rows }, () => ({ listing: rng.below(LISTINGS), page: rng.below(PAGES.length) }));
  const values = Float32Array.from({ length: 3 * rows }, () => rng.unit());
  const positions = Int32Array.from({ length: rows }, (_, row) => row % 6);
  const liking = draws.map(({ listing, page }, row) => {
    const known = 1.5 * values[3 * row]! - 0.25 * positions[row]!;
    return interactions ? known + quality[listing]! + tastes[page]![listing % CATEGORIES]! : known;
  });
  const lost = new Map<string, number>();
  const labelled = Object.entries(LEVELS).map(([action, level]): [string, Uint8Array] => {
    let loss = 0;
    const labels = Uint8Array.from(liking, (z, row) => {
      const p = sigmoid(level + z);
      const label = rng.unit() < p ? 1 : 0;
      if (row >= 0.9 * rows) loss -= Math.log(label === 1 ? p : 1 - p);
      return label;
    });
    lost.set(action, loss / (0.1 * rows));
    return [action, labels];
  });
  const examples: ShownExamples = {
    featureNames: FEATURES,
    values,
    gates: new Uint8Array(rows),
    identityNames: ['listing', 'category', 'placement'],
    identities: Int32Array.from(
      draws.flatMap(({ listing, page }) => [
        categoryOf(`l${listing}`),
        categoryOf(`c${listing % CATEGORIES}`),
        categoryOf(PAGES[page]!),
      ]),
    ),
    placements: Int32Array.from(draws, ({ page }) => page),
    positions,
    placementNames: PAGES,
    pages: Int32Array.from({ length: rows }, (_, row) => Math.floor(row / 6)),
  };
  return { examples, labels: new Map(labelled), lost, liking };
}

test('a network for all heads closes most of the gap to the truth; a file of it predicts the same', () => {
  const { examples, labels, lost } = world(20_000, 1);
  const heads = trainActions(RANKER, examples, labels, { seed: 1 });
  for (const action of ['click', 'cart']) {
    const { logLoss, logLossAdditive, calibrationError } = heads.get(action)!.holdout;
    const closed = (logLossAdditive - logLoss) / (logLossAdditive - lost.get(action)!);
    expect(closed, action).toBeGreaterThan(0.5);
    expect(calibrationError, action).toBeLessThan(0.03);
  }
  const again = unpackActions(packActions(heads, FEATURES), examples);
  const [click, cart] = ['click', 'cart'].map((action) => again.get(action)!.network!);
  expect(click!.shared).toBe(cart!.shared);
  const span = { from: 0, to: 200 };
  for (const action of ['click', 'cart'])
    expect(networkLogits(again.get(action)!.network!.shared, examples, span).get(action)).toEqual(
      networkLogits(heads.get(action)!.network!.shared, examples, span).get(action),
    );
});

/** The mean divergence of what is predicted of carts in a fresh world, at the first place, from the truth. */
function divergence(trained: ActionModel, seed: number): number {
  const { examples, liking } = world(4_000, seed);
  const logits = actionLogits('cart', trained, examples, { from: 0, to: liking.length });
  const sum = liking.reduce((all, z, row) => {
    const p = sigmoid(LEVELS.cart + z + 0.25 * examples.positions[row]!);
    const q = sigmoid(logits[row]!);
    return all + p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
  }, 0);
  return sum / liking.length;
}

test('a rare action is learned better beside frequent ones than alone', () => {
  const { examples, labels } = world(16_000, 1);
  const carts = new Map([['cart', labels.get('cart')!]]);
  const alone = trainActions(RANKER, examples, carts, { seed: 1 }).get('cart')!;
  const beside = trainActions(RANKER, examples, labels, { seed: 1 }).get('cart')!;
  expect(divergence(beside, 51)).toBeLessThan(0.9 * divergence(alone, 51));
});

test('the same seed makes the same bytes; where features tell all, the network costs next to nothing', () => {
  const { examples, labels } = world(6_000, 3);
  const bytes = () => packActions(trainActions(RANKER, examples, labels, { seed: 5 }), FEATURES);
  expect(bytes()).toEqual(bytes());
  const plain = world(12_000, 4, { interactions: false });
  const click = trainActions(RANKER, plain.examples, plain.labels, { seed: 1 }).get('click')!;
  expect(click.holdout.logLoss).toBeLessThan(click.holdout.logLossAdditive + 0.002);
});

test('heads of other features, other identities, or cut short are refused', () => {
  const { examples, labels } = world(12_000, 5);
  const heads = trainActions(RANKER, examples, labels, { seed: 1 });
  expect([...heads.values()].some(({ network }) => network !== undefined)).toBe(true);
  const bytes = packActions(heads, FEATURES);
  const columns = { featureNames: FEATURES, identityNames: examples.identityNames };
  expect(() => unpackActions(bytes, { ...columns, featureNames: ['a', 'b', 'd'] })).toThrow(/trained on the features/);
  expect(() => unpackActions(bytes, { ...columns, identityNames: ['listing', 'category'] })).toThrow(/trained/);
  expect(() => unpackActions(bytes.subarray(0, bytes.length - 9), columns)).toThrow(/truncated/);
});

/** Of clicks on the last tenth of 6,000 rows, by networks of five seeds, and z of those rows by the first. */
function lossesWith(columns: number, value: (rng: Rng) => number): { losses: number[]; z: Float64Array } {
  const { examples, labels } = world(6_000, 7);
  const rows = examples.gates.length;
  const rng = new Rng(11);
  const wider = Array.from({ length: columns }, (_, i) => `extra ${i}`);
  const values = Float32Array.from(
    Array.from({ length: rows }, (_, row) => [
      ...examples.values.subarray(3 * row, 3 * row + 3),
      ...wider.map(() => value(rng)),
    ]).flat(),
  );
  const widened = { ...examples, featureNames: [...FEATURES, ...wider], values };
  const clicks = labels.get('click')!;
  const logits = Float64Array.from(clicks, (_, row) => -2.2 - 0.25 * examples.positions[row]!);
  const task = { action: 'click', labels: clicks, logits };
  const span = { from: 0.9 * rows, to: rows };
  const fits = Array.from({ length: 5 }, (_, seed) => {
    const trained = trainActionNetwork(widened, [task], { learned: 0.7 * rows, chosen: 0.9 * rows }, seed + 1)!;
    const z = networkLogits(trained.network, widened, span).get('click')!;
    const loss = z.reduce((sum, one, i) => {
      const p = sigmoid(logits[span.from + i]! + trained.scales[0]! * one);
      return sum - Math.log(clicks[span.from + i] === 1 ? p : 1 - p);
    }, 0);
    return { loss: loss / z.length, z };
  });
  return { losses: fits.map(({ loss }) => loss), z: fits[0]!.z };
}

test('columns that are the same everywhere change nothing, useless ones little, whatever the seed', () => {
  const without = lossesWith(0, () => 0);
  const constant = lossesWith(25, () => 0.7);
  expect(constant.z).toEqual(without.z);
  expect(constant.losses).toEqual(without.losses);
  const useless = lossesWith(5, (rng) => rng.unit());
  const mean = (losses: readonly number[]): number => losses.reduce((sum, loss) => sum + loss / losses.length, 0);
  expect(mean(useless.losses)).toBeLessThan(mean(without.losses) + 0.006);
  for (const loss of without.losses) expect(Math.abs(loss - mean(without.losses))).toBeLessThan(0.006);
});
