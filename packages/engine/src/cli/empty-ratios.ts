/** Metrics of the log whose denominators nobody of an arm has yet must not keep the others from being read. */
import { RialtoError } from '../base/errors.ts';
import type { MetricSpec } from '../experiments/metric-spec.ts';

/** Ratios of what nobody has done yet are left out. */
export async function withoutEmptyRatios<T>(
  metrics: readonly MetricSpec[],
  read: (metrics: readonly MetricSpec[]) => Promise<T>,
): Promise<T> {
  try {
    return await read(metrics);
  } catch (error) {
    const plain = metrics.filter(({ kind }) => kind !== 'ratio');
    const empty = error instanceof RialtoError && error.message.includes('denominator');
    if (!empty || plain.length === metrics.length || plain.length === 0) throw error;
    return read(plain);
  }
}
