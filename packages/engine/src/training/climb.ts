/** A search over a model's settings: along each axis, up and then down, while it helps. */
import type { Axis, RecommenderOptions } from '../learning/recommender-kinds.ts';

export interface ClimbOptions {
  readonly axes: readonly Axis[];
  /** Added to what was found, and kept where it is better. */
  readonly grown?: RecommenderOptions | undefined;
  readonly triesMax: number;
  /** `best` is the best before. */
  measure(options: RecommenderOptions, best: RecommenderOptions): Promise<number>;
}

export interface Measured {
  readonly options: RecommenderOptions;
  /** Higher is better. */
  readonly goal: number;
}

export async function climb(start: Measured, { axes, grown, triesMax, measure }: ClimbOptions): Promise<Measured> {
  let left = triesMax;
  let best = start;
  const measured = async (options: RecommenderOptions): Promise<Measured> => ({
    options,
    goal: await measure(options, best.options),
  });
  for (const { name, values } of axes) {
    for (const direction of [1, -1]) {
      for (;;) {
        const next = values[nearestIndex(values, best.options[name]!) + direction];
        if (next === undefined || left-- <= 0) break;
        const one = await measured({ ...best.options, [name]: next });
        if (one.goal <= best.goal) break;
        best = one;
      }
      if (best.options[name] !== start.options[name]) break;
    }
  }
  if (grown === undefined) return best;
  const large = await measured({ ...best.options, ...grown });
  return large.goal > best.goal ? large : best;
}

function nearestIndex(values: readonly number[], value: number): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]! - value) < Math.abs(values[best]! - value)) best = i;
  return best;
}
