/** The closed form of integrated gradients against their definition, by central differences along the path. */
import { expect, test } from 'vitest';
import { clickWorld } from './click-world.fixture.ts';
import { DeepAttribution } from './deep-attribution.ts';
import { DEFAULT_DEEP, newDeepModel } from './deep-clicks.ts';
import { ROW_NUMBERS, WIDTH } from './embedding-rows.ts';
import { type Examples, takeRows } from './examples.ts';
import { addressRows } from './field-slots.ts';

const { examples } = clickWorld(3000, 1);
const model = newDeepModel(examples, [examples], { ...DEFAULT_DEEP, bits: 8 }, 1);
for (let pass = 0; pass < 4; pass++) model.learn(examples, [examples]);
const { network, slots } = model;
const { shape, columns, inputs, table, dense } = network;
const row = (i: number): Examples => {
  const { rows, numbers, categories } = examples;
  return takeRows({ rows, numbers, categories }, Int32Array.of(i));
};

function embedded(example: Examples): Float64Array {
  const addresses = new Int32Array(shape.fields);
  addressRows(slots, example, { from: 0, count: 1, fields: shape.fields, base: 0 }, addresses);
  return Float64Array.from(
    { length: inputs },
    (_, i) => table[(addresses[Math.floor(i / WIDTH)]! / 64) * ROW_NUMBERS + (i % WIDTH)]!,
  );
}

/** z of any point of the embedding space, as deep-network.ts has it. */
function z(x: Float64Array): number {
  const y = Float64Array.from({ length: columns }, (_, column) => {
    let sum = network.biases[column]!;
    for (let i = 0; i < inputs; i++) sum += x[i]! * dense[i * columns + column]!;
    return sum;
  });
  let pairs = 0;
  for (let k = 1; k < WIDTH; k++) {
    let sum = 0;
    let squares = 0;
    for (let i = k; i < inputs; i += WIDTH) {
      sum += x[i]!;
      squares += x[i]! ** 2;
    }
    pairs += (sum ** 2 - squares) / 2;
  }
  const readouts = dense.subarray((inputs + 1) * columns);
  let out = y[0]! + readouts[0]! * pairs;
  for (let p = 0; p < shape.products; p++) out += readouts[1 + p]! * y[1 + 2 * p]! * y[2 + 2 * p]!;
  for (let j = 0; j < shape.units; j++)
    out += readouts[1 + shape.products + j]! * Math.max(0, y[1 + 2 * shape.products + j]!);
  return out;
}

/** By the definition: ∫ ∂z/∂x · d along the path, by field. */
function integrated(from: Float64Array, to: Float64Array): number[] {
  const steps = 200;
  const effects = new Array<number>(shape.fields).fill(0);
  for (let step = 0; step < steps; step++) {
    const point = from.map((x, i) => x + ((step + 0.5) / steps) * (to[i]! - x));
    for (let field = 0; field < shape.fields; field++) {
      const moved = (by: number) =>
        z(point.map((x, i) => (Math.floor(i / WIDTH) === field ? x + by * (to[i]! - from[i]!) : x)));
      effects[field]! += (moved(1e-4) - moved(-1e-4)) / 2e-4 / steps;
    }
  }
  return effects;
}

test('each field has its integrated gradient, and together they are the difference of the scores', () => {
  const baseline = row(0);
  const attribution = new DeepAttribution(model, baseline);
  for (const i of [5, 17, 290]) {
    const [effects] = attribution.attribute(row(i));
    const wanted = integrated(embedded(baseline), embedded(row(i)));
    effects!.forEach((effect, field) => {
      expect(effect).toBeCloseTo(wanted[field]!, 2);
    });
    const difference = model.scoreHeads(row(i))[0]![0]! - model.scoreHeads(baseline)[0]![0]!;
    expect(Math.abs(difference)).toBeGreaterThan(0.05);
    expect(effects!.reduce((sum, effect) => sum + effect, 0)).toBeCloseTo(difference, 4);
  }
  expect(Math.max(...attribution.attribute(baseline)[0]!)).toBe(0);
});
