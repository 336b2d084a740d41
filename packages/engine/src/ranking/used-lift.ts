/**
 * How much more often something is used than was to be expected of it, for choosing among things of which little is known: a draw
 * from what is believed of the factor (Thompson sampling; Chapelle & Li, NIPS 2011). With a Gamma prior of mean m and weight K,
 *
 *     factor ~ Gamma(shape K m + used, rate K + expected)
 *
 * What was often seen gets nearly used / expected, what is new anything around m: it has a chance, and loses it where nobody wants it.
 * The draw is a quantile (Wilson & Hilferty, PNAS 1931), so that one who always draws the same sees the order change only as
 * knowledge does.
 */
import { normalQuantile } from '../statistics/distributions.ts';

const WEIGHT = 5;
const DRAW_MIN = 0.001;

export interface Usage {
  readonly used: number;
  /** Uses of something average that had been seen as often, and where. */
  readonly expected: number;
}

/** `draw` is in [0, 1). */
export function drawLift({ used, expected }: Usage, mean: number, draw: number): number {
  const shape = WEIGHT * mean + used;
  const rate = WEIGHT + expected;
  const z = normalQuantile(Math.min(1 - DRAW_MIN, Math.max(DRAW_MIN, draw)));
  const root = 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape));
  return (shape / rate) * Math.max(0, root) ** 3;
}

/** The same without chance. */
export function meanLift({ used, expected }: Usage, mean: number): number {
  return (WEIGHT * mean + used) / (WEIGHT + expected);
}
