/**
 * Two-sided experiments with doses: every treated buyer's market has its own part of all budgets, and a share of the campaigns – the dose, which
 * changes from day to day – is treated there, by turns. What the treatment does at a dose l, against control buyers on the same day,
 *
 *     r(l) = treated / control − 1 = b · l + c · l²,        effect of treating all = r(1) = b + c
 *
 * is its direct effect with all that treated campaigns take from others in their market; the square is what grows or wears off with how
 * many are treated, which a straight line from one dose misses. Turns let each campaign be treated equally often in each dose. A day is
 * one observation: budgets begin anew with it. Not for effects that reach into the next day.
 */
import { RialtoError } from '../base/errors.ts';
import { around, type Interval } from '../statistics/contrast.ts';
import { studentQuantile, studentTwoSided } from '../statistics/distributions.ts';

export interface DosedDays {
  /** Share of campaigns treated. [days] */
  readonly doses: Float64Array;
  /** What came of a request of each arm of buyers. [days] */
  readonly control: Float64Array;
  readonly treated: Float64Array;
}

export interface DosedEffect {
  /** Of treating everything, relative to nothing treated. */
  readonly relative: number;
  readonly standardError: number;
  readonly ci: Interval;
  readonly p: number;
  /** b and c. */
  readonly linear: number;
  readonly square: number;
  readonly days: number;
}

/** In which each campaign is treated equally often, where doses are quarters. */
const TURNS = 4;
const DAYS_MIN = 4;

/** The dose of a day. */
export function doseOf(doses: readonly number[], day: number): number {
  return doses[day % doses.length]!;
}

/** Whether a campaign at a place in [0, 1), dealt by chance, is treated on a day. */
export function isDosed(doses: readonly number[], day: number, place: number): boolean {
  const turn = Math.floor(day / doses.length) % TURNS;
  return (place + turn / TURNS) % 1 < doseOf(doses, day);
}

/** Throws `bad-experiment` where there are too few days, fewer than two doses, or days on which control has nothing. */
export function dosedEffect({ doses, control, treated }: DosedDays, alpha: number): DosedEffect {
  const days = doses.length;
  if (days < DAYS_MIN || new Set(doses).size < 2)
    throw new RialtoError(
      'bad-experiment',
      `${days} whole days with ${new Set(doses).size} doses: a curve through them needs ${DAYS_MIN} days and two doses at least`,
    );
  const empty = control.findIndex((value) => !(value > 0));
  if (empty >= 0)
    throw new RialtoError(
      'bad-experiment',
      `day ${empty + 1} of ${days} has ${control[empty]} on control: nothing to compare with`,
    );
  const effects = treated.map((value, day) => value / control[day]! - 1);
  const [s2, s3, s4] = [2, 3, 4].map((power) => doses.reduce((sum, dose) => sum + dose ** power, 0)) as [
    number,
    number,
    number,
  ];
  const [y1, y2] = [1, 2].map((power) => doses.reduce((sum, dose, day) => sum + dose ** power * effects[day]!, 0)) as [
    number,
    number,
  ];
  const determinant = s2 * s4 - s3 * s3;
  const linear = (s4 * y1 - s3 * y2) / determinant;
  const square = (s2 * y2 - s3 * y1) / determinant;
  const freedom = days - 2;
  const squares = effects.reduce(
    (sum, effect, day) => sum + (effect - linear * doses[day]! - square * doses[day]! ** 2) ** 2,
    0,
  );
  const standardError = Math.sqrt(((squares / freedom) * (s4 - 2 * s3 + s2)) / determinant);
  const relative = linear + square;
  return {
    relative,
    standardError,
    p: standardError > 0 ? studentTwoSided(relative / standardError, freedom) : 1,
    ci: around(relative, studentQuantile(1 - alpha / 2, freedom) * standardError),
    linear,
    square,
    days,
  };
}
