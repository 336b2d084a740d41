import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AdditiveModel,
  AdditiveScorer,
  cellOf,
  explainRow,
  type FeatureColumn,
  type FeatureRows,
  GATES,
  KNOTS,
  packAdditive,
  priorModel,
  unpackAdditive,
} from './additive-model.ts';
import { packModel } from './model-file.ts';

const FEATURES = ['dense', 'sparse', 'constant', 'zero'];
const ROWS = 7;
const SPARSE_ROWS = [1, 4, 6];

/** Lines that start at 0, as all do, with any heights after. */
const model: fc.Arbitrary<AdditiveModel> = fc
  .tuple(
    fc.array(fc.float({ min: -3, max: 3, noNaN: true }), {
      minLength: GATES * FEATURES.length * KNOTS,
      maxLength: GATES * FEATURES.length * KNOTS,
    }),
    fc.tuple(fc.float({ min: -3, max: 3, noNaN: true }), fc.float({ min: -3, max: 3, noNaN: true })),
  )
  .map(([lines, bias]) => ({
    features: FEATURES,
    bias: Float32Array.from(bias),
    lines: Float32Array.from(lines, (height, i) => (i % KNOTS === 0 ? 0 : height)),
  }));

const unit = fc.oneof(fc.constantFrom(0, 1, 0.125), fc.float({ min: 0, max: 1, noNaN: true }));
const rows: fc.Arbitrary<FeatureRows> = fc
  .tuple(
    fc.array(unit, { minLength: ROWS, maxLength: ROWS }),
    fc.array(unit, { minLength: ROWS, maxLength: ROWS }),
    unit,
    fc.array(fc.nat(1), { minLength: ROWS, maxLength: ROWS }),
  )
  .map(([dense, sparse, constant, gates]) => {
    const column = (shape: FeatureColumn['shape'], values: number[]) => ({
      shape,
      values: Float32Array.from(values),
      sparseRows: Int32Array.from(SPARSE_ROWS),
      sparseCount: SPARSE_ROWS.length,
    });
    return {
      columns: [
        column('dense', dense),
        column(
          'sparse',
          sparse.map((value, row) => (SPARSE_ROWS.includes(row) ? value : 0)),
        ),
        column('constant', new Array(ROWS).fill(constant)),
        column('zero', new Array(ROWS).fill(0.7)), // left over from before: must not count
      ],
      gates: Uint8Array.from(gates),
      rows: ROWS,
    };
  });

/** The formula at the head of the file, written out. */
function scoreByHand({ bias, lines }: AdditiveModel, matrix: FeatureRows, row: number): number {
  const gate = matrix.gates[row]!;
  return matrix.columns.reduce((score, column, feature) => {
    const x = cellOf(column, row) * (KNOTS - 1);
    const knot = Math.min(KNOTS - 2, Math.floor(x));
    const at = (gate * FEATURES.length + feature) * KNOTS + knot;
    return score + lines[at]! + (lines[at + 1]! - lines[at]!) * (x - knot);
  }, bias[gate]!);
}

describe('an additive model', () => {
  it('scores by its formula, whatever shape a column has, and explains each score in full (seed 72)', () => {
    fc.assert(
      fc.property(model, rows, (made, matrix) => {
        const scores = new Float64Array(ROWS);
        new AdditiveScorer(made).scoreRows(matrix, scores);
        for (let row = 0; row < ROWS; row++) {
          expect(scores[row]).toBeCloseTo(scoreByHand(made, matrix, row), 9);
          const parts = Object.values(explainRow(made, matrix, row)).reduce((sum, part) => sum + part, 0);
          expect(parts + made.bias[matrix.gates[row]!]!).toBeCloseTo(scores[row]!, 9);
        }
      }),
      { seed: 72, numRuns: 200 },
    );
  });

  it('is a straight line of each slope before it has learned', () => {
    const prior = priorModel(['up', 'down'], [2, -1]);
    const scores = new Float64Array(3);
    const column = (values: number[]): FeatureColumn => ({
      shape: 'dense',
      values: Float32Array.from(values),
      sparseRows: new Int32Array(0),
      sparseCount: 0,
    });
    const columns = [column([0, 0.5, 1]), column([1, 0, 0.3])];
    new AdditiveScorer(prior).scoreRows({ columns, gates: Uint8Array.of(0, 1, 1), rows: 3 }, scores);
    expect([...scores].map((score) => Math.round(1000 * score) / 1000)).toEqual([-1, 1, 1.7]);
  });

  it('comes back from its bytes, and is refused under other features', () => {
    const made = priorModel(['a', 'b'], [1, 2]);
    made.bias[1] = 0.5;
    expect(unpackAdditive(packAdditive(made), ['a', 'b'])).toEqual(made);
    for (const other of [['a'], ['b', 'a'], ['a', 'b', 'c'], []])
      expect(() => unpackAdditive(packAdditive(made), other)).toThrow('trained on the features a, b');
  });

  it('is refused where weights are missing or no numbers', () => {
    const good = priorModel(['a'], [1]);
    const refused = [
      { ...good, lines: good.lines.subarray(1) },
      { ...good, bias: new Float32Array(GATES + 1) },
      { ...good, bias: Float32Array.of(0, Number.NaN) },
      { ...good, lines: good.lines.map(() => Number.POSITIVE_INFINITY) },
    ];
    for (const bad of refused)
      expect(() => unpackAdditive(packAdditive(bad), ['a'])).toThrow(expect.objectContaining({ code: 'bad-model' }));
    const bare = (info: Record<string, unknown>) => packModel({ kind: 'additive', version: 1, info, arrays: {} });
    for (const info of [{}, { features: ['a'] }])
      expect(() => unpackAdditive(bare(info), ['a'])).toThrow(expect.objectContaining({ code: 'bad-model' }));
  });
});
