/** Models that are one change come together or not at all. */
import { expect, test } from 'vitest';
import { asOneChange, ModelParts } from './model-parts.ts';
import type { ModelRecord } from './record.ts';

const model = (name: string): ModelRecord => ({
  kind: 'model',
  at: 1,
  by: 'x',
  name,
  bytes: new Uint8Array(1),
  card: {},
});
const taken = (parts: ModelParts, records: readonly ModelRecord[]): string[] =>
  records.map((record) =>
    parts
      .take(record)
      .map(({ name }) => name)
      .join(' '),
  );

test('with the last of them; one alone at once', () => {
  const parts = new ModelParts();
  expect(taken(parts, [...asOneChange([model('a'), model('b'), model('c')]), ...asOneChange([model('d')])])).toEqual([
    '',
    '',
    'a b c',
    'd',
  ]);
});

test.each([1, 2])('what a crash left after %i of three is passed over, whatever comes next', (left) => {
  const three = asOneChange([model('a'), model('b'), model('c')]);
  for (const next of [[model('d')], asOneChange([model('d'), model('e')])]) {
    const parts = new ModelParts();
    taken(parts, three.slice(0, left));
    expect(taken(parts, next).at(-1)).toBe(next.map(({ name }) => name).join(' '));
    // Its end without its beginning is nothing either.
    expect(taken(parts, three.slice(left))).toEqual(three.slice(left).map(() => ''));
  }
});
