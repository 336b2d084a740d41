import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { judgeGates, paired } from './gates.ts';
import type { Judgement } from './judge-rankers.ts';

const ORDERS = 400;

/** Orders whose difficulty both rankers share; `shift` is added to every loss, with noise of its own. */
function judged(seed: number, shift: number, more: Partial<Judgement> = {}): Judgement {
  const difficulty = new Rng(1);
  const noise = new Rng(seed);
  const losses = Float64Array.from(
    { length: ORDERS },
    () => 4 + 3 * difficulty.unit() + shift + 0.2 * (noise.unit() - 0.5),
  );
  const recalls = losses.map((loss) => Math.max(0, 1 - loss / 10));
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / ORDERS;
  return {
    recall: mean(recalls),
    logLoss: mean(losses),
    calibrationError: 0.1,
    reliability: [],
    segments: [],
    recalls,
    losses,
    ...more,
  };
}

const untrained = judged(9, 1);
/** Every other order's recall a little better or worse, on the whole a little worse. */
const moved = (recall: number, order: number): number => recall + (order % 2 === 0 ? 0.05 : -0.052);

describe('gates', () => {
  test('are open to a ranker as good as what serves, and to a better one', () => {
    for (const shift of [0, -0.05])
      expect(judgeGates({ challenger: judged(2, shift), incumbent: judged(3, 0), untrained, k: 20 }).reasons).toEqual(
        [],
      );
  });

  test('find a loss of .02 that is far below the spread between orders, because the same orders are compared', () => {
    const { reasons, paired: found } = judgeGates({
      challenger: judged(2, 0.02),
      incumbent: judged(3, 0),
      untrained,
      k: 20,
    });
    expect(reasons[0]).toMatch(/worse than what serves: log loss \+0\.0\d+ ± 0\.0\d+ on the same 400 orders/);
    expect(found!.logLoss.standardError).toBeLessThan(0.01);
  });

  test('close wrongly in about 5 of 100 trainings of equal rankers', () => {
    let closed = 0;
    for (let seed = 10; seed < 410; seed += 2) {
      const { mean, standardError } = paired(judged(seed, 0).losses, judged(seed + 1, 0).losses);
      if (mean > 1.645 * standardError) closed++;
    }
    expect(closed / 200).toBeGreaterThan(0.01);
    expect(closed / 200).toBeLessThan(0.1);
  });

  test('stay open where a recall misses the untrained one by chance, and the log loss came down', () => {
    const few = judged(2, 0, { recall: untrained.recall - 0.001, recalls: untrained.recalls.map(moved) });
    expect(judgeGates({ challenger: few, untrained, k: 20 }).reasons).toEqual([]);
  });

  test('close where nothing was learned, and where predictions are not what happens', () => {
    expect(judgeGates({ challenger: judged(2, 2), untrained, k: 20 }).reasons[0]).toMatch(/training does not help yet/);
    const missed = judged(2, 0).recalls.map((recall) => recall - 0.5);
    const forgetful = judged(2, 0, { recalls: missed, recall: untrained.recall - 0.4 });
    expect(judgeGates({ challenger: forgetful, untrained, k: 20 }).reasons).toEqual([
      expect.stringMatching(/training does not help yet: recall@20/),
    ]);
    const loose = judged(2, 0, { calibrationError: 0.8 });
    expect(judgeGates({ challenger: loose, untrained, k: 20 }).reasons).toEqual([
      'it is not calibrated: predictions are off by 80 % of the mean, at most 50 % is let through',
    ]);
    expect(
      judgeGates({ challenger: judged(2, 0, { calibrationError: Number.NaN }), untrained, k: 20 }).reasons,
    ).toHaveLength(1);
  });
});
