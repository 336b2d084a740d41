/** The seasonal naive forecast: what was one season ago, again and again. The yardstick of every other method. */

/** `history` must not be empty; one shorter than a season repeats its last value. [horizon] */
export function seasonalNaive(history: Float64Array, season: number, horizon: number): Float64Array {
  const period = history.length >= season ? season : 1;
  return Float64Array.from({ length: horizon }, (_, h) => history[history.length - period + (h % period)]!);
}
