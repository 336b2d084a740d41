/** What a campaign may spend: its budgets and its shop's credit. All that are given hold together; Infinity where one is not. */
export interface Limits {
  /** The most that a UTC day may cost. */
  readonly dailyBudgetMicros: number;
  /** The most that a week, from Monday 00:00 UTC, may cost. */
  readonly weeklyBudgetMicros: number;
  /** A day may take up to a seventh of the week's budget times this. */
  readonly dayMultiple: number;
  /** The most that the campaign may ever cost. */
  readonly lifetimeBudgetMicros: number;
  /** How far the shop's balance may fall below zero; Infinity where the shop has no wallet. */
  readonly creditLimitMicros: number;
}

export const NO_LIMITS: Limits = {
  dailyBudgetMicros: Number.POSITIVE_INFINITY,
  weeklyBudgetMicros: Number.POSITIVE_INFINITY,
  dayMultiple: 2,
  lifetimeBudgetMicros: Number.POSITIVE_INFINITY,
  creditLimitMicros: Number.POSITIVE_INFINITY,
};

/** The most that a day may cost by the day's and the week's budget. */
export function dayLimitMicros({ dailyBudgetMicros, weeklyBudgetMicros, dayMultiple }: Limits): number {
  if (weeklyBudgetMicros === Number.POSITIVE_INFINITY) return dailyBudgetMicros;
  return Math.min(dailyBudgetMicros, weeklyBudgetMicros, Math.floor((weeklyBudgetMicros * dayMultiple) / 7));
}

/** Weeks since the one of 1970-01-01, a Thursday; they begin on Mondays. */
export function weekOf(day: number): number {
  return Math.floor((day + 3) / 7);
}
