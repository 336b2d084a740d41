/** Training on several threads: the same model as on one; heads that share embeddings; what is refused. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { DEFAULT_DEEP, deepLearner, newDeepModel } from '../learning/deep-clicks.ts';
import { categoryOf, type Examples } from '../learning/examples.ts';
import { logLossOf } from '../learning/log-loss.ts';
import { sigmoid } from '../learning/logistic.ts';
import { UNKNOWN } from '../learning/observation.ts';
import { trainDeep } from './train-deep.ts';

/** Buyers, shops and tags with tastes; clicks are one in five, and one click in twelve is a purchase. */
function shopWorld(rows: number, seed: number) {
  const rng = new Rng(seed);
  const tastes = new Rng(99);
  const taste = Array.from({ length: 3 }, () => Array.from({ length: 60 }, () => [tastes.normal(), tastes.normal()]));
  const columns = taste.map(() => new Int32Array(rows));
  const starts = Int32Array.from({ length: rows + 1 }, (_, row) => 2 * row);
  const indices = new Int32Array(2 * rows);
  const clicks = new Uint8Array(rows);
  const purchases = new Uint8Array(rows);
  const truth = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const drawn = taste.map((of, f) => {
      const value = rng.below(60);
      columns[f]![row] = categoryOf(`${value}`);
      return of[value]!;
    });
    const tag = rng.below(4);
    indices.set([tag, 4 + rng.below(20)], 2 * row);
    const [buyer, shop, item] = drawn as [number[], number[], number[]];
    const z = 0.9 * (buyer[0]! * shop[0]! + shop[1]! * item[1]!) + 0.5 * item[0]! + 0.4 * (tag - 1.5);
    const click = sigmoid(z - 1.8);
    clicks[row] = rng.unit() < click ? 1 : 0;
    truth[row] = click * sigmoid(0.5 * z - 2.5);
    purchases[row] = clicks[row] === 1 && rng.unit() < truth[row]! / click ? 1 : 0;
  }
  const categories = columns.map((values, f) => ({ name: `c${f}`, values }));
  const sparse = { starts, indices, values: new Float32Array(2 * rows).fill(1) };
  const examples: Examples = { rows, numbers: [], categories, sparse };
  return { examples, clicks, purchases, truth };
}

const world = shopWorld(30_000, 1);
const fresh = shopWorld(20_000, 2);
const options = { ...DEFAULT_DEEP, bits: 12, heads: ['click', 'purchase'] };
const both = [{ labels: world.clicks }, { labels: world.purchases }];

describe('training a network', () => {
  test('on two threads, on four or without any makes the same bytes', async () => {
    const alone = newDeepModel(world.examples, both, options, 4);
    alone.learn(world.examples, both);
    for (const threads of [2, 4]) {
      const model = await trainDeep(world.examples, both, { seed: 4, options, threads });
      expect(Buffer.from(model.pack()).equals(Buffer.from(alone.pack())), `${threads} threads`).toBe(true);
    }
  });

  test('purchases, which are few, are predicted better by a network that learns from clicks as well', async () => {
    const lossOf = (scores: Float64Array): number => logLossOf(fresh.purchases, scores.map(sigmoid));
    const shared = await trainDeep(world.examples, both, { seed: 1, options });
    const separate = await trainDeep(world.examples, [both[1]!], {
      seed: 1,
      options: { ...options, heads: ['purchase'] },
    });
    const base = new Float64Array(20_000).fill(world.purchases.reduce((sum, label) => sum + label, 0) / 30_000);
    const bayes = logLossOf(fresh.purchases, fresh.truth);
    const closed = (loss: number): number =>
      (logLossOf(fresh.purchases, base) - loss) / (logLossOf(fresh.purchases, base) - bayes);
    const ofShared = closed(lossOf(shared.scoreHeads(fresh.examples)[1]!));
    const ofSeparate = closed(lossOf(separate.scoreHeads(fresh.examples)[0]!));
    expect(ofShared).toBeGreaterThan(ofSeparate + 0.05);
  });

  test('goes on from a model of several heads that was read back', async () => {
    const first = await trainDeep(world.examples, both, { seed: 1, options });
    const read = deepLearner(options).unpack(first.pack()) as typeof first;
    const further = await trainDeep(world.examples, both, { seed: 1, start: first });
    const furtherRead = await trainDeep(world.examples, both, { seed: 1, start: read });
    expect(Buffer.from(further.pack()).equals(Buffer.from(furtherRead.pack()))).toBe(true);
    expect(further.seen).toBe(60_000);
    expect(first.seen).toBe(30_000);
  });

  test('labels that are not known teach nothing', async () => {
    const labels = world.purchases.slice();
    labels.fill(UNKNOWN, 15_000);
    const model = await trainDeep(world.examples, [both[0]!, { labels }], { seed: 1, options });
    expect(model.scoreHeads(fresh.examples)[1]!.every(Number.isFinite)).toBe(true);
  });

  test('refuses labels for other heads, and a start of other features', async () => {
    await expect(trainDeep(world.examples, [both[0]!], { seed: 1, options })).rejects.toThrow(
      /1 heads.*click, purchase/,
    );
    const start = await trainDeep(world.examples, both, { seed: 1, options });
    const { sparse, ...others } = world.examples;
    await expect(trainDeep(others, both, { seed: 1, start })).rejects.toThrow(/other features.*sparse/);
  });
});
