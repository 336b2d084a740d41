/** Plans of shops whose answer is known: what binds, what does not, and what shares nothing. */
import { expect, test } from 'vitest';
import { adviseDesign } from '../experiments/design-advice.ts';
import type { ShopProfile } from '../experiments/shop-profile.ts';
import { interleavingError } from './interleaving-error.ts';
import { type ChangeKind, planDesigns } from './plan-designs.ts';

/** Of a test at 5 % with a power of 80 %. */
const ERRORS_AWAY = 2.8016;

/** `held` of the campaigns run against their budgets all day, the others spend a tenth of theirs. */
const shop = (held: number): ShopProfile => ({
  days: 28,
  pagesADay: 3_000,
  adPagesADay: 2_000,
  hourShares: Array.from({ length: 24 }, () => 1 / 24),
  regions: 3,
  campaigns: Array.from({ length: 40 }, (_, i) => ({
    id: `c${i}`,
    viewsADay: 60 - i,
    spentADayMicros: 1e6,
    budgetADayMicros: i < 40 * held ? 1e6 : 1e7,
    heldShare: i < 40 * held ? 1 : 0,
    perViewMicros: 20_000 * (1 + (i % 5) / 5),
    regionShare: 0.4,
  })),
  buyers: {
    count: 20_000,
    pagesMean: 4,
    clicksMean: 0.4,
    clicksVariance: 1,
    ordersMean: 0.02,
    ordersVariance: 0.02,
  },
});

const plan = (profile: ShopProfile, change: ChangeKind, effect = 0.02) => {
  const size = { days: 4, draws: 2, requestsADay: 800 };
  const terms = { change, seed: 5, raise: 1.3, slots: 2, effect, pressure: 2, onRun: () => {} };
  const study = planDesigns(profile, { ...terms, ...size });
  return { ...study, ...adviseDesign(study.forecasts, { errorsAway: ERRORS_AWAY, effect: study.effect }) };
};

test('where budgets bind, a plain test of bids is far off, and another is told to be taken', () => {
  const { designs, recommended, held, regions, reason, leftOut } = plan(shop(0.8), 'bids');
  expect(held).toBeGreaterThan(0.6);
  expect(regions).toBe(1);
  // Campaigns are for all three regions.
  expect(designs.map(({ design }) => design)).toEqual(['plain', 'budget-split', 'two-sided']);
  expect(leftOut.join()).toMatch(/switchback/);
  const [plain, split] = designs;
  expect(Math.abs(plain!.bias)).toBeGreaterThan(4 * Math.abs(split!.bias));
  expect(plain!.bias).toBeGreaterThan(0.5);
  expect(recommended).toBe('budget-split');
  expect(reason).toMatch(/a plain test would see/);
});

test('where no budget binds, a plain test is right', () => {
  const { designs, recommended, effect, held } = plan(shop(0), 'bids');
  expect(held).toBe(0);
  expect(effect).toBeGreaterThan(0.15);
  expect(Math.abs(designs[0]!.bias)).toBeLessThan(0.1);
  expect(recommended).toBe('plain');
});

test('campaigns of one region each: regions may take turns', () => {
  const { campaigns, ...rest } = shop(0.8);
  const local = { ...rest, campaigns: campaigns.map((one) => ({ ...one, regionShare: 1 })) };
  const { designs, regions } = plan(local, 'bids');
  expect(regions).toBe(3);
  const switchback = designs.find(({ design }) => design === 'switchback')!;
  expect(Math.abs(switchback.bias)).toBeLessThan(0.5 * designs[0]!.bias);
});

test('more ads on a page: budgets bind there too', () => {
  const { designs, effect } = plan(shop(0.8), 'ad-load');
  expect(effect).toBeGreaterThan(0);
  expect(designs.map(({ design }) => design)).not.toContain('two-sided');
  expect(designs[0]!.bias).toBeGreaterThan(0.5);
});

test('text: how long follows from how buyers differ', () => {
  const { designs, recommended } = plan(shop(0.8), 'text', 0.05);
  // Var(difference) = 4 · 1 / 20,000, relative to .4 clicks and an effect of 5 %.
  expect(designs[0]!.standardError).toBeCloseTo(Math.sqrt(4 / 20_000) / 0.4 / 0.05, 9);
  expect(designs[0]!.daysNeeded).toBe(Math.ceil(28 * (ERRORS_AWAY * designs[0]!.standardError) ** 2));
  expect(recommended).toBe('plain');
});

test('a ranker: interleaving is sharper, and sharper for more pages and larger effects', () => {
  expect(plan(shop(0.8), 'ranking').recommended).toBe('interleaving');
  const input = { seed: 3, effect: 0.05, clicksAPage: 0.1, pages: 10_000 };
  const error = interleavingError(input);
  expect(interleavingError({ ...input, pages: 40_000 })).toBeCloseTo(error / 2, 9);
  expect(interleavingError({ ...input, effect: 0.1 })).toBeLessThan(0.6 * error);
  expect(interleavingError({ ...input, effect: 50 })).toBe(Number.POSITIVE_INFINITY);
});

test('seed 5: the same plan again; too few campaigns are refused', () => {
  expect(plan(shop(0.5), 'bids')).toEqual(plan(shop(0.5), 'bids'));
  const small = { ...shop(0.5), campaigns: shop(0.5).campaigns.slice(0, 3) };
  expect(() => plan(small, 'bids')).toThrow(/3 campaigns were shown in the last 28 days/);
});
