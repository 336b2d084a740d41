/**
 * The seasonal naive forecast: what was one season ago, again and again. The yardstick of every other method. With several
 * cycles, their mean: less of the last season's noise.
 */

/** `history` must not be empty; one shorter than the cycles repeats its last value. [horizon] */
export function seasonalNaive(history: Float64Array, season: number, horizon: number, cycles = 1): Float64Array {
  const long = history.length >= cycles * season;
  const period = long ? season : 1;
  const count = long ? cycles : 1;
  return Float64Array.from({ length: horizon }, (_, h) => {
    let sum = 0;
    for (let cycle = 1; cycle <= count; cycle++) sum += history[history.length - cycle * period + (h % period)]!;
    return sum / count;
  });
}
