import { expect, test } from 'vitest';
import { experimentSchema } from './experiment-schema.ts';
import { validate } from './validate.ts';

const good = {
  id: 'e',
  unit: 'buyer',
  variants: [
    { name: 'a', weight: 0.5 },
    { name: 'b', weight: 0.5 },
  ],
};

test('an experiment is taken as it is', () => {
  expect(validate(experimentSchema, good)).toEqual(good);
});

test.each([
  [
    {
      variants: [
        { name: 'a', weight: 0.5 },
        { name: 'b', weight: 0.4 },
      ],
    },
    /variants: must have weights that add up to 1, and theirs add up to 0.9;/,
  ],
  [
    {
      variants: [
        { name: 'a', weight: 0.5 },
        { name: 'a', weight: 0.5 },
      ],
    },
    /variants: must not repeat a name/,
  ],
  [{ variants: [] }, /variants/],
  [{ unit: 'galaxy' }, /unit: .*got "galaxy"/],
  [{ startsAt: 2, endsAt: 1 }, /endsAt: must be later than `startsAt`/],
  [
    {
      rollout: [
        { from: 2, coverage: 0.1 },
        { from: 1, coverage: 1 },
      ],
    },
    /rollout: must have stages in ascending order/,
  ],
  [{ rollout: [{ from: 2, coverage: 0.1 }], coverage: 1 }, /coverage: and `rollout` exclude each other/],
  [{ coverage: 1.5 }, /coverage: .*got 1.5/],
  [{ layer: { name: 'l', from: 0.5, to: 0.5 } }, /layer.to: must be above `from`/],
  [{ holdsOut: 'c' }, /holdsOut: must be one of the variants/],
  [{ holdsOut: 'a', layer: { name: 'l', from: 0, to: 1 } }, /holdsOut: goes with neither/],
  [{ overrides: [{ unit: 'u', variant: 'c' }] }, /overrides: must name variants/],
  [{ ship: 'a' }, /ship: must be one of the variants, of a stopped experiment/],
  [{ status: 'stopped', ship: 'c' }, /ship: must be one of the variants/],
  [{ stopReason: 'no' }, /stopReason: is of stopped experiments only/],
  [{ unit: 'region-time' }, /periodHours: is needed for the unit region-time/],
  [{ periodHours: 2 }, /periodHours: is needed for the unit region-time, and for no other/],
  [{ burnInMinutes: 2 }, /burnInMinutes: is of the unit region-time only/],
  [{ unit: 'region-time', periodHours: 1, burnInMinutes: 60 }, /must be shorter than .periodHours./],
  [{ colour: 1 }, /unknown fields: "colour"/],
])('%j is refused', (change, message) => {
  expect(() => validate(experimentSchema, { ...good, ...change })).toThrow(message);
});
