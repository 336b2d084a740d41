/** Target encodings against their formula, and the property that no row sees its own label. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { aucOf } from './auc.ts';
import { dealFolds } from './folds.ts';
import { countValues, encodeFresh, encodeOutOfFold } from './target-encoding.ts';

const OPTIONS = { smoothing: 4, folds: 5, seed: 1 };

function someRows(rows: number, values: number, seed: number) {
  const rng = new Rng(seed);
  return {
    name: 'shop',
    values: Int32Array.from({ length: rows }, () => rng.below(values)),
    labels: Uint8Array.from({ length: rows }, () => rng.below(2)),
  };
}

const encode = (column: { name: string; values: Int32Array }, labels: Uint8Array, seed: number) => {
  const folds = dealFolds(labels.length, OPTIONS.folds, seed);
  return encodeOutOfFold(column, labels, countValues(column.values, labels), folds, OPTIONS);
};

describe('target encoding', () => {
  test.each(Array.from({ length: 20 }, (_, i) => i + 1))('never sees the label of its own row (seed %i)', (seed) => {
    const { labels, ...column } = someRows(80, 1 + (seed % 9), seed);
    const { encodings, logCounts } = encode(column, labels, seed);
    for (let row = 0; row < labels.length; row++) {
      const other = labels.slice();
      other[row] = 1 - other[row]!;
      const changed = encode(column, other, seed);
      expect(changed.encodings[row]).toBe(encodings[row]);
      expect(changed.logCounts[row]).toBe(logCounts[row]);
    }
  });

  test('values that are all different tell nothing of the rows that they were learned from', () => {
    const { labels } = someRows(2000, 1, 3);
    const { encodings } = encode({ name: 'id', values: Int32Array.from(labels.keys()) }, labels, 1);
    expect(Math.abs(aucOf(labels, encodings) - 0.5)).toBeLessThan(0.05);
  });

  test('of later rows is (positives + a · share) / (rows + a)', () => {
    const values = Int32Array.of(1, 1, 1, 2, 2);
    const known = countValues(values, Uint8Array.of(1, 1, 0, 0, 0));
    const { encodings, logCounts } = encodeFresh({ name: 'shop', values: Int32Array.of(1, 2, 3) }, known, OPTIONS);
    expect(encodings).toEqual(Float32Array.of((2 + 4 * 0.4) / 7, (4 * 0.4) / 6, 0.4));
    expect(logCounts).toEqual(Float32Array.of(Math.log(4), Math.log(3), 0));
  });

  test('out of fold is that of the other folds', () => {
    const { labels, ...column } = someRows(60, 3, 9);
    const folds = dealFolds(60, OPTIONS.folds, 2);
    const { encodings } = encodeOutOfFold(column, labels, countValues(column.values, labels), folds, OPTIONS);
    for (let row = 0; row < 60; row++) {
      const others = [...labels.keys()].filter((one) => folds[one] !== folds[row]);
      const same = others.filter((one) => column.values[one] === column.values[row]);
      const positives = (rows: number[]): number => rows.filter((one) => labels[one] === 1).length;
      const share = positives(others) / others.length;
      expect(encodings[row]).toBeCloseTo((positives(same) + 4 * share) / (same.length + 4), 6);
    }
  });
});
