/**
 * Exponential smoothing with an additive season and a damped trend (Holt and Winters; Gardner and McKenzie, Management Science
 * 1985), for single series that are too short to learn more from:
 *
 *     l_t = α (y_t − s_{t−m}) + (1 − α)(l_{t−1} + φ b_{t−1})      b_t = β (l_t − l_{t−1}) + (1 − β) φ b_{t−1}
 *     s_t = γ (y_t − l_t) + (1 − γ) s_{t−m}                        ŷ_{t+h} = l_t + (φ + … + φ^h) b_t + s_{t+h−m}
 *
 * α and γ are those of a small grid with the least absolute one-step error. Shorter than two seasons: no season.
 */

const ALPHAS = [0.02, 0.1, 0.3, 0.6, 0.9] as const;
const GAMMAS = [0.05, 0.2, 0.5] as const;
/** β for each α: trends move slower than levels. */
const TREND_SHARE = 0.05;
const DAMPING = 0.9;

interface Smoothed {
  readonly error: number;
  readonly level: number;
  readonly trend: number;
  readonly seasonal: Float64Array; // [period], by t mod period
}

/** `history` must not be empty. [horizon] */
export function smoothedForecast(history: Float64Array, season: number, horizon: number): Float64Array {
  const period = history.length >= 2 * season ? season : 1;
  let best: Smoothed | undefined;
  for (const alpha of ALPHAS) {
    for (const gamma of period > 1 ? GAMMAS : [0]) {
      const fit = smooth(history, period, alpha, gamma);
      if (best === undefined || fit.error < best.error) best = fit;
    }
  }
  const { level, trend, seasonal } = best!;
  let reach = 0;
  return Float64Array.from({ length: horizon }, (_, h) => {
    reach += DAMPING ** (h + 1);
    return level + reach * trend + seasonal[(history.length + h) % period]!;
  });
}

function smooth(history: Float64Array, period: number, alpha: number, gamma: number): Smoothed {
  const seasonal = startingSeason(history, period);
  let level = history[0]! - seasonal[0]!;
  let trend = 0;
  let error = 0;
  const beta = TREND_SHARE * alpha;
  for (let t = 1; t < history.length; t++) {
    const phase = t % period;
    const expected = level + DAMPING * trend;
    const value = history[t]!;
    error += Math.abs(value - expected - seasonal[phase]!);
    const next = expected + alpha * (value - seasonal[phase]! - expected);
    trend = beta * (next - level) + (1 - beta) * DAMPING * trend;
    level = next;
    seasonal[phase] = gamma * (value - level) + (1 - gamma) * seasonal[phase]!;
  }
  return { error, level, trend, seasonal };
}

/** The first two seasons, each against its own mean. */
function startingSeason(history: Float64Array, period: number): Float64Array {
  const seasonal = new Float64Array(period);
  if (period === 1) return seasonal;
  for (let start = 0; start < 2 * period; start += period) {
    const cycle = history.subarray(start, start + period);
    const mean = cycle.reduce((a, b) => a + b, 0) / period;
    cycle.forEach((value, phase) => {
      seasonal[phase]! += (value - mean) / 2;
    });
  }
  return seasonal;
}
