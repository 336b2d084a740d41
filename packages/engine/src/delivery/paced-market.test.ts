/** What of a placement's traffic pacing plans a campaign's day on: what comes while the campaign may run. */
import type { Campaign } from '@rialto/sdk';
import { expect, it } from 'vitest';
import { MILLIS_PER_DAY, MILLIS_PER_HOUR, millis } from '../base/units.ts';
import { openMarket } from './market.fixture.ts';

const DAYS = 7;
const A_HOUR = 100;
const flat = new Float64Array(24).fill(1);

/** The same traffic in each hour of a week, and campaigns on a day after it. */
async function outlookOf(terms: (midnight: number) => Partial<Campaign>) {
  const { engine, clock } = await openMarket();
  const { state } = engine;
  const first = Math.ceil(clock.now() / MILLIS_PER_DAY) * MILLIS_PER_DAY;
  const midnight = first + DAYS * MILLIS_PER_DAY;
  const placement = state.market.placements.ids.find('home');
  for (let hour = 0; hour < 24 * DAYS; hour++)
    state.traffic.observe(placement, millis(first + hour * MILLIS_PER_HOUR), A_HOUR);
  const { rejected } = await engine.save(
    'campaign',
    [
      {
        id: 'flight',
        shop: 'joiner',
        listings: ['l6'],
        bidMicros: 100_000,
        dailyBudgetMicros: 10_000_000,
        ...terms(midnight),
      },
    ],
    'test',
  );
  expect(rejected).toEqual([]);
  const campaign = state.market.campaigns.documents.ids.find('flight');
  return (hour: number) => state.pacedMarket.outlook(campaign, millis(midnight + hour * MILLIS_PER_HOUR), flat);
}

it('is all that is left of the UTC day for a campaign without an end', async () => {
  const at = await outlookOf(() => ({}));
  expect(at(6).hourly).toBeCloseTo(A_HOUR, -1);
  expect(at(6).rest / at(6).hourly).toBeCloseTo(18, 0);
});

it('ends with the campaign, wherever its midnight lies', async () => {
  const at = await outlookOf((midnight) => ({ endsAt: midnight + 9.5 * MILLIS_PER_HOUR }));
  expect(at(6).rest / at(6).hourly).toBeCloseTo(3.5, 1);
  expect(at(9.25).rest / at(9.25).hourly).toBeCloseTo(0.25, 1);
  expect(at(10)).toEqual({ rest: 0, hourly: 0 });
});

it('begins with the campaign', async () => {
  const at = await outlookOf((midnight) => ({ startsAt: midnight + 20 * MILLIS_PER_HOUR }));
  expect(at(6).hourly).toBe(0);
  expect(at(6).rest / A_HOUR).toBeCloseTo(4, 0);
  expect(at(21).rest / at(21).hourly).toBeCloseTo(3, 1);
});
