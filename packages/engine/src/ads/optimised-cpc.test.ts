import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { OptimisedCpc } from './optimised-cpc.ts';

const BID = 500_000;
/** The highest that a rival bids: far above, so that twice the bid still wins in proportion. */
const RIVAL_MAX = 2_000_000;

interface Bought {
  readonly clicks: number;
  readonly spent: number;
  readonly conversions: number;
  /** What was bid for the clicks won, on average. */
  readonly meanBid: number;
}

/** Second-price auctions against one rival whose bid is uniform, for clicks whose pCVR is known. */
function buy(seed: number, drawRate: (rng: Rng) => number, optimised: OptimisedCpc | undefined): Bought {
  const rng = new Rng(seed);
  let [clicks, spent, conversions, bids] = [0, 0, 0, 0];
  for (let i = 0; i < 60_000; i++) {
    const rate = drawRate(rng);
    const rival = RIVAL_MAX * rng.unit();
    const bid = Math.floor(BID * (optimised?.factor(0, rate) ?? 1));
    if (bid <= rival) continue;
    optimised?.clicked(0, rate);
    if (i < 10_000) continue;
    clicks++;
    spent += rival;
    conversions += rate;
    bids += bid;
  }
  return { clicks, spent, conversions, meanBid: bids / clicks };
}

describe('optimised cost per click', () => {
  // Winning and paying both go with the bid, so conversions for the money rise by E[p²] / E[p]² where no bound is met.
  it.each([1, 2, 3])('buys as many more sales for the money as rates of clicks differ (seed %i)', (seed) => {
    const drawRate = (rng: Rng) => 0.025 + 0.035 * rng.unit();
    const plain = buy(seed, drawRate, undefined);
    const optimised = buy(seed, drawRate, new OptimisedCpc());
    const gain = optimised.conversions / optimised.spent / (plain.conversions / plain.spent);
    const expected = 1 + 0.035 ** 2 / 12 / 0.0425 ** 2;
    expect(expected).toBeGreaterThan(1.05);
    expect(Math.abs(gain - expected)).toBeLessThan(0.015);
  });

  it.each([1, 2])(
    'bids what the seller asked for on average, also where rates differ more than its bounds (seed %i)',
    (seed) => {
      const drawRate = (rng: Rng) => 0.03 * Math.exp(1.2 * rng.normal());
      const optimised = new OptimisedCpc();
      const plain = buy(seed, drawRate, undefined);
      const bought = buy(seed, drawRate, optimised);
      expect(Math.abs(bought.meanBid / BID - 1)).toBeLessThan(0.02);
      expect(bought.conversions / bought.spent).toBeGreaterThan((1.2 * plain.conversions) / plain.spent);
      expect(optimised.factor(0, 1)).toBe(2);
      expect(optimised.factor(0, 1e-6)).toBe(0.5);
    },
  );

  it('leaves the bid alone before the first click, and where all clicks are alike', () => {
    const optimised = new OptimisedCpc();
    expect(optimised.factor(3, 0.05)).toBe(1);
    for (let i = 0; i < 20; i++) optimised.clicked(3, 0.05);
    optimised.clicked(3, 0);
    expect(optimised.factor(3, 0.05)).toBe(1);
    expect(optimised.factor(2, 0.05)).toBe(1);
  });

  it('goes on from a snapshot as it was', () => {
    const optimised = new OptimisedCpc();
    for (let i = 1; i < 40; i++) optimised.clicked(1, 0.001 * i);
    const out = new SnapshotWriter();
    optimised.save(out);
    const copy = new OptimisedCpc();
    copy.load(new SnapshotReader(out.sections));
    optimised.clicked(1, 0.03);
    copy.clicked(1, 0.03);
    expect(copy.factor(1, 0.02)).toBe(optimised.factor(1, 0.02));
  });
});
