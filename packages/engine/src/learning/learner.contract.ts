/** What every learner of clicks must do. Its test calls this with the learner. */
import { describe, expect, test } from 'vitest';
import { clickWorld } from './click-world.fixture.ts';
import { type Examples, type LabelledExamples, takeRows } from './examples.ts';
import { type ClickModel, type Learner, schemaOf } from './learner.ts';
import { logLossOf } from './log-loss.ts';
import { sigmoid } from './logistic.ts';

const ROWS = 4000;

function scoresOf(model: ClickModel, examples: Examples): Float64Array {
  const out = new Float64Array(examples.rows);
  model.score(examples, out);
  return out;
}

const lossOf = (model: ClickModel, examples: LabelledExamples): number =>
  logLossOf(examples.labels, scoresOf(model, examples).map(sigmoid));

function inBatches(examples: LabelledExamples, size: number): LabelledExamples[] {
  const batches: LabelledExamples[] = [];
  for (let from = 0; from < examples.rows; from += size) {
    const rows = Math.min(size, examples.rows - from);
    batches.push(
      takeRows(
        examples,
        Int32Array.from({ length: rows }, (_, i) => from + i),
      ),
    );
  }
  return batches;
}

export function learnerContract(learner: Learner): void {
  const { examples } = clickWorld(ROWS, 1);
  const fresh = clickWorld(ROWS, 2);
  const model = learner.train([examples], { seed: 1 });

  describe(`the contract of a learner: ${learner.name}`, () => {
    test('closes most of the gap between the base rate and the truth, on fresh examples', () => {
      const { labels } = fresh.examples;
      const share = labels.reduce((sum, label) => sum + label, 0) / ROWS;
      const base = logLossOf(labels, new Float64Array(ROWS).fill(share));
      const bayes = logLossOf(labels, fresh.truth);
      expect((base - lossOf(model, fresh.examples)) / (base - bayes)).toBeGreaterThan(0.6);
    });

    test('batches teach as much as one table', () => {
      const batched = learner.train(inBatches(examples, 700), { seed: 1 });
      expect(lossOf(batched, fresh.examples)).toBeCloseTo(lossOf(model, fresh.examples), 2);
    });

    test('the same seed makes the same model, to the bit', () => {
      expect(scoresOf(learner.train([examples], { seed: 1 }), fresh.examples)).toEqual(scoresOf(model, fresh.examples));
    });

    test('a model read back scores the same, to the bit', () => {
      const copy = learner.unpack(model.pack(), schemaOf(examples));
      expect(scoresOf(copy, fresh.examples)).toEqual(scoresOf(model, fresh.examples));
      expect(Buffer.from(copy.pack()).equals(Buffer.from(model.pack()))).toBe(true);
    });

    test('one row scores as it does among others', () => {
      const row = takeRows(fresh.examples, Int32Array.of(17));
      expect(scoresOf(model, row)[0]).toBe(scoresOf(model, fresh.examples)[17]);
    });

    test('values never seen, and missing ones, score a number', () => {
      const strange = takeRows(fresh.examples, Int32Array.of(0, 1, 2));
      strange.categories[0]!.values.set([123456789, 0, -1]);
      strange.numbers[0]!.values.set([Number.NaN, Number.MAX_VALUE, Number.NEGATIVE_INFINITY]);
      expect(scoresOf(model, strange).every(Number.isFinite)).toBe(true);
    });

    warmStart(learner, model, fresh.examples);
    refusals(learner, model, examples);
  });
}

function warmStart(learner: Learner, model: ClickModel, more: LabelledExamples): void {
  if (!learner.warmStarts) {
    test('a start is refused', () => {
      expect(() => learner.train([more], { seed: 1, start: model })).toThrow(/cannot go on/);
    });
    return;
  }
  test('goes on from a model, which stays as it was', () => {
    const before = scoresOf(model, more);
    const further = learner.train([more], { seed: 2, start: model });
    expect(lossOf(further, more)).toBeLessThan(lossOf(model, more));
    expect(scoresOf(model, more)).toEqual(before);
  });

  test('goes on from a model that was read back as from the model itself', () => {
    const again = learner.unpack(model.pack());
    const settings = { seed: 2 };
    expect(scoresOf(learner.train([more], { ...settings, start: again }), more)).toEqual(
      scoresOf(learner.train([more], { ...settings, start: model }), more),
    );
  });
}

function refusals(learner: Learner, model: ClickModel, examples: LabelledExamples): void {
  test('refuses to learn from nothing, and from one class', () => {
    expect(() => learner.train([], { seed: 1 })).toThrow(/no examples/);
    expect(() => learner.train([takeRows(examples, new Int32Array(0))], { seed: 1 })).toThrow(/no examples|nothing to/);
    const oneClass = { ...examples, labels: new Uint8Array(examples.rows).fill(1) };
    expect(() => learner.train([oneClass], { seed: 1 })).toThrow(/have the label 1/);
  });

  test('refuses labels other than 0 and 1', () => {
    const labels = examples.labels.slice();
    labels[5] = 3;
    expect(() => learner.train([{ ...examples, labels }], { seed: 1 })).toThrow(/neither 0 nor 1/);
  });

  test('refuses other features, naming them', () => {
    const [price] = examples.numbers;
    const others = { ...examples, numbers: [price!, { ...price!, name: 'height' }] };
    expect(() => scoresOf(model, others)).toThrow(/number noise.*number height/);
    expect(() => learner.unpack(model.pack(), schemaOf(others))).toThrow(/number noise.*number height/);
  });

  test('refuses a model file that is cut, damaged or of another kind', () => {
    const bytes = model.pack();
    for (const length of [0, 10, bytes.length >> 1, bytes.length - 1])
      expect(() => learner.unpack(bytes.subarray(0, length))).toThrow(/not a Rialto model|truncated or damaged/);
    const damaged = bytes.slice();
    damaged[bytes.length - 9]! ^= 1;
    expect(() => learner.unpack(damaged)).toThrow(/truncated or damaged/);
  });
}
