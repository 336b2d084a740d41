/** Known truth: pages whose modules are used by r_m · e_p, which the order must find from what was seen and used where. */
import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { type ModuleCounts, orderModules, positionEffects } from './module-order.ts';
import { drawLift, meanLift } from './used-lift.ts';

const EFFECTS = [1, 0.6, 0.35, 0.2];
const RATES = { hero: 0.08, trending: 0.2, recent: 0.3, shops: 0.05 };
const IDS = Object.keys(RATES) as (keyof typeof RATES)[];

/** `pages` shown in the order of `pick`, or at random. */
function world(seed: number, pages: number, pick?: (counts: ReadonlyMap<string, number[]>, rng: Rng) => string[]) {
  const rng = new Rng(seed);
  const counts = new Map(IDS.map((id) => [id as string, [] as number[]]));
  let best = 0;
  for (let page = 0; page < pages; page++) {
    const order = pick?.(counts, rng) ?? shuffled(rng);
    if (order[0] === 'recent' && order[1] === 'trending') best++;
    order.forEach((id, p) => {
      const cells = counts.get(id)!;
      while (cells.length < 2 * p + 2) cells.push(0);
      cells[2 * p]!++;
      if (rng.unit() < RATES[id as keyof typeof RATES] * EFFECTS[p]!) cells[2 * p + 1]!++;
    });
  }
  return { counts, best };
}

function shuffled(rng: Rng): string[] {
  return IDS.map((id) => ({ id, at: rng.unit() }))
    .sort((a, b) => a.at - b.at)
    .map(({ id }) => id);
}

const order = (counts: ReadonlyMap<string, number[]>, drawOf: (id: string) => number = () => 0.5) =>
  orderModules(IDS.map((id): ModuleCounts => ({ id, counts: counts.get(id) ?? [], ofStage: [], draw: drawOf(id) })));

describe('the order of modules', () => {
  it.each([1, 2, 3])('finds rates and positions of pages in random order (seed %i)', (seed) => {
    const { counts } = world(seed, 8_000);
    expect(order(counts).map(({ id }) => id)).toEqual(['recent', 'trending', 'hero', 'shops']);
    const effects = positionEffects([...counts.values()]);
    for (const [p, effect] of EFFECTS.entries()) expect(Math.abs(effects[p]! - effect)).toBeLessThan(0.06);
  });

  it('does not take a good place for a good module', () => {
    // The weak one stood first a thousand times, the good one last: more clicks, and yet fewer than the place alone makes.
    const counts = world(4, 4_000).counts;
    const weak = counts.get('hero')!;
    const good = counts.get('recent')!;
    for (const [cells, p, rate] of [
      [weak, 0, RATES.hero],
      [good, 3, RATES.recent],
    ] as const) {
      cells[2 * p]! += 100_000;
      cells[2 * p + 1]! += Math.round(100_000 * rate * EFFECTS[p]!);
    }
    const rateOf = (cells: readonly number[]) =>
      cells.reduce((sum, n, i) => sum + (i % 2) * n, 0) / cells.reduce((sum, n, i) => sum + (1 - (i % 2)) * n, 0);
    expect(rateOf(weak)).toBeGreaterThan(rateOf(good) * 0.99);
    expect(order(counts)[0]!.id).toBe('recent');
  });

  it('learns while it shows, and comes to show the best first (seed 5)', () => {
    const ask = (counts: ReadonlyMap<string, number[]>, rng: Rng) =>
      order(counts, () => rng.unit()).map(({ id }) => id);
    const late = world(5, 4_000, ask).best - world(5, 3_000, ask).best;
    expect(late).toBeGreaterThan(800);
  });

  it('is the configured one before anything is known, and gives the new a chance', () => {
    expect(order(new Map()).map(({ id }) => id)).toEqual(IDS);
    const { counts } = world(6, 3_000);
    counts.set('shops', []);
    const first = Array.from({ length: 200 }, (_, i) =>
      order(counts, (id) => (id === 'shops' ? (i + 0.5) / 200 : 0.5)),
    );
    const ahead = first.filter((one) => one.findIndex(({ id }) => id === 'shops') < 2).length;
    expect(ahead).toBeGreaterThan(5);
    expect(ahead).toBeLessThan(150);
    expect(orderModules([])).toEqual([]);
  });

  it('follows what visitors of the same stage use', () => {
    const { counts } = world(7, 6_000);
    const [id] = IDS;
    const ofStage = [200, 90];
    const asked = IDS.map((one) => ({
      id: one,
      counts: counts.get(one)!,
      draw: 0.5,
      ofStage: one === id ? ofStage : [],
    }));
    expect(orderModules(asked)[0]!.id).toBe(id);
  });
});

describe('the factor of use', () => {
  it('is drawn from its Gamma distribution: mean and spread by the formula', () => {
    for (const [used, expected, mean] of [
      [0, 0, 1],
      [12, 4, 1],
      [40, 80, 0.9],
    ] as const) {
      const n = 4_000;
      const draws = Array.from({ length: n }, (_, i) => drawLift({ used, expected }, mean, (i + 0.5) / n));
      const average = draws.reduce((sum, draw) => sum + draw, 0) / n;
      const variance = draws.reduce((sum, draw) => sum + (draw - average) ** 2, 0) / n;
      expect(average / meanLift({ used, expected }, mean)).toBeCloseTo(1, 2);
      expect(variance / ((5 * mean + used) / (5 + expected) ** 2)).toBeGreaterThan(0.96);
      expect(variance / ((5 * mean + used) / (5 + expected) ** 2)).toBeLessThan(1.04);
    }
  });
});
