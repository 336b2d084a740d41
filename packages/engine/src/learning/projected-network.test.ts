/** Sums of what values add, read out, are the scores of whole examples. */
import { expect, test } from 'vitest';
import { clickWorld } from './click-world.fixture.ts';
import { DEFAULT_DEEP, newDeepModel } from './deep-clicks.ts';
import { ProjectedNetwork } from './projected-network.ts';

test('value by value as whole examples', () => {
  const { examples } = clickWorld(3000, 1);
  const model = newDeepModel(examples, [examples], { ...DEFAULT_DEEP, bits: 8 }, 1);
  for (let pass = 0; pass < 3; pass++) model.learn(examples, [examples]);
  const network = new ProjectedNetwork(model);
  const [wanted] = model.scoreHeads(examples);
  const sums = new Float64Array(3 * network.width);
  const at = network.width;
  for (let row = 0; row < 200; row++) {
    sums.fill(0);
    network.addBiases(sums, at);
    examples.numbers.forEach(({ values }, i) => {
      network.addNumber(i, values[row]!, sums, at);
    });
    examples.categories.forEach(({ values }, i) => {
      network.addCategory(i, values[row]!, sums, at);
    });
    expect(network.score(sums, at)).toBeCloseTo(wanted![row]!, 4);
  }
  expect(new Set(wanted).size).toBeGreaterThan(100);
});
