/**
 * How a market's typical price goes from tick to tick, learned from past periods and continued from where the present one is.
 *
 *     ln m_t = level_t + carry_t ln m_(t-1) + e_t         by least squares for each tick, shrunk for few periods
 *
 * A future is the present price with the errors of one past period: what is likely to follow differs by tick, and what follows
 * together stays together.
 */
export interface PriceDrift {
  /** [ticks] */
  readonly levels: Float64Array;
  readonly carries: Float64Array;
  /** e of each past period. [periods][ticks] */
  readonly errors: readonly Float64Array[];
}

/** Weight of the belief that the last tick says nothing, in squared log price. */
const SHRINKAGE = 0.02;

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** @param periods the typical price of each tick. [periods][ticks] */
export function learnDrift(periods: readonly Float64Array[]): PriceDrift {
  const ticks = periods[0]!.length;
  const levels = new Float64Array(ticks);
  const carries = new Float64Array(ticks);
  for (let tick = 0; tick < ticks; tick++) {
    const now = periods.map((prices) => Math.log(prices[tick]!));
    const before = periods.map((prices) => (tick === 0 ? 0 : Math.log(prices[tick - 1]!)));
    const usual = mean(before);
    const products = before.reduce((sum, x, i) => sum + (x - usual) * now[i]!, 0);
    const squares = before.reduce((sum, x) => sum + (x - usual) ** 2, 0);
    carries[tick] = products / (squares + SHRINKAGE);
    levels[tick] = mean(now) - carries[tick]! * usual;
  }
  const drift = { levels, carries };
  const errors = periods.map((prices) =>
    prices.map((price, tick) => Math.log(price) - Math.log(nextPrice(drift, tick, prices[tick - 1]))),
  );
  return { levels, carries, errors };
}

/** The price expected at a tick after the one before; `before` is undefined at the first. */
export function nextPrice(
  { levels, carries }: Pick<PriceDrift, 'levels' | 'carries'>,
  tick: number,
  before: number | undefined,
): number {
  return Math.exp(levels[tick]! + (before === undefined ? 0 : carries[tick]! * Math.log(before)));
}

/** Prices from `tick` to the end, with the errors of a past period. [ticks - tick] */
export function continuePrices(
  drift: PriceDrift,
  tick: number,
  before: number | undefined,
  past: number,
): Float64Array {
  const prices = new Float64Array(drift.levels.length - tick);
  let last = before;
  for (let i = 0; i < prices.length; i++) {
    last = nextPrice(drift, tick + i, last) * Math.exp(drift.errors[past]![tick + i]!);
    prices[i] = last;
  }
  return prices;
}
