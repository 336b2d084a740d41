/** A feature that tells the label is named; honest ones pass. */
import { describe, expect, test } from 'vitest';
import { clickWorld } from './click-world.fixture.ts';
import { leakingFeature } from './leak.ts';

const { examples } = clickWorld(2000, 5);
const { labels } = examples;

describe('leaks', () => {
  test('honest features pass', () => {
    expect(leakingFeature(examples)).toBeUndefined();
  });

  test.each([
    ['a number that is larger for clicks', (label: number, row: number) => 3 * label + (row % 7) / 7],
    ['a number that is there for clicks only', (label: number) => (label === 1 ? 1 : Number.NaN)],
    [
      'a number of which the middle means a click',
      (label: number, row: number) => (label === 1 ? 0 : row % 2 ? 1 : -1),
    ],
  ])('%s is found', (_, value) => {
    const numbers = [{ name: 'dwell', values: Float32Array.from(labels, value) }];
    expect(leakingFeature({ ...examples, numbers })).toMatchObject({ name: 'dwell' });
  });

  test('a category, and a sparse feature', () => {
    const values = Int32Array.from(labels, (label, row) => 10 * label + (row % 5));
    expect(leakingFeature({ ...examples, categories: [{ name: 'page', values }] })?.name).toBe('page');
    const starts = new Int32Array(labels.length + 1);
    labels.forEach((label, row) => {
      starts[row + 1] = starts[row]! + label;
    });
    const clicks = starts.at(-1)!;
    const sparse = { starts, indices: new Int32Array(clicks).fill(42), values: new Float32Array(clicks).fill(1) };
    expect(leakingFeature({ ...examples, sparse })).toEqual({ name: 'feature 42', auc: 1 });
  });
});
