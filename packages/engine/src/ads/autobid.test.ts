import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { Autobid, autoBidMicros } from './autobid.ts';

const usual = { value: 0.05, meanValue: 0.05, meanCostMicros: 200_000 };
const free = { capMicros: Infinity, factor: 1, allowedWorth: Infinity };

describe('an automatic bid', () => {
  it('is what a click usually costs where the click is worth what it usually is', () => {
    expect(autoBidMicros(usual, free)).toBe(200_000);
    expect(autoBidMicros({ ...usual, value: 0.1 }, free)).toBe(400_000);
  });

  it('is the least of what cap, budget and target allow', () => {
    expect(autoBidMicros(usual, { ...free, capMicros: 150_000 })).toBe(150_000);
    expect(autoBidMicros(usual, { ...free, factor: 0.5 })).toBe(100_000);
    expect(autoBidMicros(usual, { ...free, allowedWorth: 1_500_000 })).toBe(75_000);
    expect(autoBidMicros(usual, { capMicros: 90_000, factor: 0.3, allowedWorth: 1_000_000 })).toBe(50_000);
  });

  it('is nothing where nothing is expected', () => {
    expect(autoBidMicros({ ...usual, value: 0 }, free)).toBe(0);
    expect(autoBidMicros({ ...usual, meanValue: 0 }, free)).toBe(0);
  });
});

describe('the controller of a target', () => {
  /** Second-price auctions whose best rival bid is uniform: wins where the bid is higher, and pays the rival's. */
  function costPerConversion(target: number, seed: number): number {
    const rng = new Rng(seed);
    const autobid = new Autobid();
    let [cost, value] = [0, 0];
    for (let i = 0; i < 40_000; i++) {
      const pCvr = 0.02 + 0.06 * rng.unit();
      const rival = Math.floor(1_000_000 * rng.unit());
      const bid = autoBidMicros(
        { value: pCvr, meanValue: 0.05, meanCostMicros: 1e9 },
        { ...free, allowedWorth: autobid.allowedWorth(0, target) },
      );
      if (bid <= rival) continue;
      autobid.clicked(0, target, { value: pCvr, costMicros: rival });
      if (i < 20_000) continue;
      cost += rival;
      value += pCvr;
    }
    return cost / value;
  }

  it.each([1, 2, 3])('holds the cost of a conversion at its target in a market of known prices (seed %i)', (seed) => {
    const target = 5_000_000;
    expect(costPerConversion(target, seed) / target).toBeGreaterThan(0.93);
    expect(costPerConversion(target, seed) / target).toBeLessThan(1.05);
  });

  it('goes on from a snapshot as it was', () => {
    const autobid = new Autobid();
    for (let i = 0; i < 50; i++) autobid.clicked(2, 5_000_000, { value: 0.01, costMicros: 300_000 });
    const out = new SnapshotWriter();
    autobid.save(out);
    const copy = new Autobid();
    copy.load(new SnapshotReader(out.sections));
    expect(copy.allowedWorth(2, 5_000_000)).toBe(autobid.allowedWorth(2, 5_000_000));
    expect(copy.allowedWorth(2, 5_000_000)).toBeLessThan(autobid.allowedWorth(0, 5_000_000));
  });
});
