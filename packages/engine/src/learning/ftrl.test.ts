/** FTRL-Proximal: the contract, and the algorithm against its published form written out plainly. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { categoryOf, type LabelledExamples } from './examples.ts';
import { DEFAULT_FTRL, ftrlLearner, newFtrl } from './ftrl.ts';
import { learnerContract } from './learner.contract.ts';
import { logLossOf } from './log-loss.ts';
import { sigmoid } from './logistic.ts';

learnerContract(ftrlLearner({ ...DEFAULT_FTRL, bits: 14, alpha: 0.1 }));

/** McMahan et al., algorithm 1, over named coordinates of value 1. */
class PlainFtrl {
  readonly #z = new Map<string, number>();
  readonly #n = new Map<string, number>();
  readonly #options: { alpha: number; beta: number; l1: number; l2: number };

  constructor(options: { alpha: number; beta: number; l1: number; l2: number }) {
    this.#options = options;
  }

  weight(name: string): number {
    const { alpha, beta, l1, l2 } = this.#options;
    const z = this.#z.get(name) ?? 0;
    if (Math.abs(z) <= l1) return 0;
    return -(1 / ((beta + Math.sqrt(this.#n.get(name) ?? 0)) / alpha + l2)) * (z - Math.sign(z) * l1);
  }

  logit(names: readonly string[]): number {
    return names.reduce((sum, name) => sum + this.weight(name), 0);
  }

  learn(names: readonly string[], label: number): void {
    const g = 1 / (1 + Math.exp(-this.logit(names))) - label;
    for (const name of names) {
      const n = this.#n.get(name) ?? 0;
      const sigma = (Math.sqrt(n + g * g) - Math.sqrt(n)) / this.#options.alpha;
      this.#z.set(name, (this.#z.get(name) ?? 0) + g - sigma * this.weight(name));
      this.#n.set(name, n + g * g);
    }
  }
}

describe('FTRL-Proximal', () => {
  test('follows the published algorithm', () => {
    const rng = new Rng(7);
    const rows = 500;
    const shops = Array.from({ length: rows }, () => `s${rng.below(9)}`);
    const devices = Array.from({ length: rows }, () => `d${rng.below(3)}`);
    const examples: LabelledExamples = {
      rows,
      numbers: [],
      categories: [
        { name: 'shop', values: Int32Array.from(shops, categoryOf) },
        { name: 'device', values: Int32Array.from(devices, categoryOf) },
      ],
      labels: Uint8Array.from({ length: rows }, (_, row) => (rng.unit() < (shops[row] === 's1' ? 0.8 : 0.3) ? 1 : 0)),
    };
    const options = { ...DEFAULT_FTRL, alpha: 0.2, beta: 0.5, l1: 0.4, l2: 0.3 };
    const model = newFtrl(examples, options);
    const hashed = model.hash(examples);
    model.learn(hashed, examples.labels);
    const plain = new PlainFtrl(options);
    const names = (row: number): string[] => ['bias', shops[row]!, devices[row]!];
    for (let row = 0; row < rows; row++) plain.learn(names(row), examples.labels[row]!);
    const scores = new Float64Array(rows);
    model.scoreHashed(hashed, scores);
    for (let row = 0; row < rows; row++) expect(scores[row]).toBeCloseTo(plain.logit(names(row)), 4);
  });

  test('values of sparse features count as they are', () => {
    const sparse = (value: number) => ({
      starts: Int32Array.of(0, 1, 2),
      indices: Int32Array.of(5, 5),
      values: Float32Array.of(value, -value),
    });
    const examples = { rows: 2, numbers: [], categories: [], sparse: sparse(1), labels: Uint8Array.of(1, 0) };
    const model = newFtrl(examples, DEFAULT_FTRL);
    for (let pass = 0; pass < 50; pass++) model.learn(model.hash(examples), examples.labels);
    const [one, two] = [1, 2].map((value) => {
      const out = new Float64Array(2);
      model.score({ ...examples, sparse: sparse(value) }, out);
      return out[0]! - out[1]!;
    });
    expect(one).toBeGreaterThan(0.1);
    expect(two! / one!).toBeCloseTo(2, 5);
  });
});

/** Twelve numbers of very different sizes, each of which adds to the log-odds in proportion; some are missing. */
function straightLines(rows: number, seed: number): LabelledExamples {
  const rng = new Rng(seed);
  const columns = Array.from({ length: 12 }, () => Float32Array.from({ length: rows }, () => rng.normal()));
  const labels = Uint8Array.from({ length: rows }, (_, row) =>
    rng.unit() < sigmoid(columns.reduce((sum, values) => sum + 0.6 * values[row]!, 0)) ? 1 : 0,
  );
  const numbers = columns.map((values, i) => ({
    name: `n${i}`,
    values: values.map((value, row) => ((row + i) % 50 === 0 ? Number.NaN : 5 + value * 10 ** (i - 6))),
  }));
  return { rows, numbers, categories: [], labels };
}

describe('numbers by their slopes', () => {
  const examples = straightLines(600, 1);
  const fresh = straightLines(4000, 2);
  const learn = (slopes: boolean) => ftrlLearner({ ...DEFAULT_FTRL, bits: 12, slopes }).train([examples], { seed: 1 });
  const scores = (model: ReturnType<typeof learn>): Float64Array => {
    const out = new Float64Array(fresh.rows);
    model.score(fresh, out);
    return out;
  };

  test('need fewer examples than ranges where what they tell is in proportion', () => {
    const [ranges, slopes] = [false, true].map((one) => logLossOf(fresh.labels, scores(learn(one)).map(sigmoid)));
    expect(slopes!).toBeLessThan(0.9 * ranges!);
  });

  test('are read back, and a number that is far from all others is bounded', () => {
    const model = learn(true);
    expect(scores(ftrlLearner().unpack(model.pack()) as typeof model)).toEqual(scores(model));
    const far = {
      ...fresh,
      numbers: fresh.numbers.map(({ name }) => ({ name, values: new Float32Array(4000).fill(1e30) })),
    };
    const out = new Float64Array(4000);
    model.score(far, out);
    expect(Math.abs(out[0]!)).toBeLessThan(100);
  });
});
