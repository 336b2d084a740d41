import { evalCondition } from '@growthbook/growthbook';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileCondition } from './condition.ts';

const scalar = fc.oneof(
  fc.constantFrom('DE', 'de', 'FR', '', '3', 'true', 'null', 'pro', '1.2.3', 'v1.10.0-beta+7', '1.9', 'a/b'),
  fc.integer({ min: -2, max: 5 }),
  fc.boolean(),
  fc.constant(null),
);
const list = fc.array(scalar, { maxLength: 3 });
const operand = fc.oneof(scalar, list);

const plainOperator = fc.oneof(
  fc
    .constantFrom('$eq', '$ne', '$lt', '$lte', '$gt', '$gte')
    .chain((name) => scalar.map((value) => ({ [name]: value }))),
  fc
    .constantFrom('$veq', '$vne', '$vlt', '$vlte', '$vgt', '$vgte')
    .chain((name) => scalar.map((value) => ({ [name]: value }))),
  fc
    .constantFrom('$in', '$nin', '$ini', '$nini', '$all', '$alli')
    .chain((name) => list.map((value) => ({ [name]: value }))),
  fc.boolean().map((value) => ({ $exists: value })),
  fc.constantFrom('string', 'number', 'boolean', 'null', 'array', 'object').map((value) => ({ $type: value })),
  fc
    .constantFrom('^D', 'e$', '[0-9]+', 'a/b', '.')
    .chain((value) => fc.constantFrom('$regex', '$regexi').map((name) => ({ [name]: value }))),
  fc.nat(3).map((value) => ({ $size: value })),
);
const operators = fc.oneof(
  plainOperator,
  fc.tuple(plainOperator, plainOperator).map(([one, two]) => ({ ...one, ...two })),
  plainOperator.map((inner) => ({ $not: inner })),
  plainOperator.map((inner) => ({ $elemMatch: inner })),
  plainOperator.map((inner) => ({ $size: inner })),
);
const path = fc.constantFrom(
  'country',
  'device',
  'audiences',
  'attributes.plan',
  'attributes.deep.er',
  'attributes.tags',
);
const leaf = fc.tuple(path, fc.oneof(operand, operators)).map(([key, value]) => ({ [key]: value }));
const { condition } = fc.letrec<{ condition: Record<string, unknown> }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.tuple(leaf, leaf).map(([one, two]) => ({ ...one, ...two })),
    fc
      .constantFrom('$or', '$and', '$nor')
      .chain((name) => fc.array(tie('condition'), { maxLength: 3 }).map((value) => ({ [name]: value }))),
    tie('condition').map((value) => ({ $not: value })),
  ),
}));

const attributes = fc.record(
  {
    country: scalar,
    device: scalar,
    audiences: list,
    attributes: fc.record(
      { plan: scalar, tags: list, deep: fc.oneof(scalar, fc.record({ er: operand })) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

/** Plain data: generated objects have no prototype, which nothing off the wire lacks. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

test('every condition means what it means to GrowthBook', () => {
  let met = 0;
  const runs = 4_000;
  fc.assert(
    fc.property(condition, attributes, (rule, subject) => {
      const [ours, theirs] = [
        compileCondition(plain(rule))(plain(subject)),
        evalCondition(plain(subject), plain(rule) as never),
      ];
      if (theirs) met++;
      expect(ours).toBe(theirs);
    }),
    { numRuns: runs, seed: 5 },
  );
  expect(met).toBeGreaterThan(runs / 10);
  expect(met).toBeLessThan((9 * runs) / 10);
});

test('elements of lists may be objects', () => {
  const rule = { 'attributes.orders': { $elemMatch: { shop: 'potter', pieces: { $gte: 2 } } } };
  const subject = (pieces: number) => ({
    attributes: {
      orders: [
        { shop: 'weaver', pieces: 9 },
        { shop: 'potter', pieces },
      ],
    },
  });
  expect([1, 2].map((pieces) => compileCondition(rule)(subject(pieces)))).toEqual([false, true]);
  expect([1, 2].map((pieces) => evalCondition(subject(pieces), rule))).toEqual([false, true]);
});

test.each([
  [{ colour: 'red' }, /no attribute "colour"; there are buyer,/],
  [{ country: { $near: 1 } }, /no operator "\$near"/],
  [{ $xor: [] }, /no operator "\$xor"/],
  [{ $or: 3 }, /\$or must be a list, not 3/],
  [{ $not: [] }, /\$not must be an object/],
  [{ country: { $in: 'DE' } }, /\$in must be a list, not "DE"/],
  [{ country: { $regex: '(' } }, /\$regex: Invalid regular expression/],
  [{ country: { $regex: 'x'.repeat(1_001) } }, /at most 1000 characters/],
])('%j is refused', (rule, message) => {
  expect(() => compileCondition(rule)).toThrow(message);
});
