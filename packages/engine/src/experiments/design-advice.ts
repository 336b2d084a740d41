/**
 * Which design fits a change: of all that were forecast, the one whose estimate is nearest to the truth after four weeks, bias and chance
 * together,
 *
 *     error(d)² = bias² + standardError(d)²,      standardError(d) = standardError · √(simulated days / d)
 *
 * in units of the true effect. A plain test is preferred where it is off by less than a tenth of the effect and takes at most twice as
 * long: it is easier to run and to read.
 */

export type DesignForecastName = 'plain' | 'budget-split' | 'two-sided' | 'switchback' | 'cluster' | 'interleaving';

export interface DesignForecast {
  readonly design: DesignForecastName;
  /** Mean error, relative to the true effect: .5 sees half as much again. */
  readonly bias: number;
  /** Of the bias: what the number of draws leaves open. */
  readonly biasError: number;
  /** Of an experiment of `days`, relative to the true effect. */
  readonly standardError: number;
  readonly days: number;
}

export interface PlannedDesign extends DesignForecast {
  /** Until the effect is found with the power that was asked for; null where that takes more than a year. */
  readonly daysNeeded: number | null;
  /** After four weeks, relative to the true effect. */
  readonly error: number;
}

export interface DesignAdvice {
  readonly designs: readonly PlannedDesign[];
  readonly recommended: DesignForecastName;
  readonly reason: string;
  /** What the experiment's record needs. */
  readonly setup: string;
}

/** Standard errors that an effect has to be away from zero, to be found by a test at alpha with the power. */
export interface AdviceOptions {
  readonly errorsAway: number;
  readonly effect: number;
}

const WEEKS_4 = 28;
const DAYS_MIN = 7;
const DAYS_MAX = 365;
/** A plain test may be so far off, and take so much longer than the best. */
const PLAIN_BIAS_MAX = 0.1;
const PLAIN_SLOWER_MAX = 2;

export function adviseDesign(
  forecasts: readonly DesignForecast[],
  { errorsAway, effect }: AdviceOptions,
): DesignAdvice {
  const designs = forecasts.map((forecast): PlannedDesign => {
    const { bias, biasError, standardError, days } = forecast;
    const sure = Math.max(0, bias * bias - biasError * biasError);
    const needed = Math.max(DAYS_MIN, Math.ceil(days * (errorsAway * standardError) ** 2));
    return {
      ...forecast,
      error: Math.sqrt(sure + (standardError * standardError * days) / WEEKS_4),
      daysNeeded: needed > DAYS_MAX ? null : needed,
    };
  });
  const best = designs.reduce((least, one) => (one.error < least.error ? one : least));
  const plain = designs.find(({ design }) => design === 'plain');
  const chosen = plain !== undefined && isGoodEnough(plain, best) ? plain : best;
  return { designs, recommended: chosen.design, reason: reasonOf(chosen, plain, effect), setup: SETUP[chosen.design] };
}

function isGoodEnough(plain: PlannedDesign, { daysNeeded }: PlannedDesign): boolean {
  const sure = Math.max(0, Math.abs(plain.bias) - plain.biasError);
  const slowest = daysNeeded === null ? Number.POSITIVE_INFINITY : PLAIN_SLOWER_MAX * daysNeeded;
  return sure < PLAIN_BIAS_MAX && (plain.daysNeeded ?? Number.POSITIVE_INFINITY) <= slowest;
}

const WHY: Readonly<Record<DesignForecastName, string>> = {
  plain: 'its arms share too little to matter',
  'budget-split': 'each arm has its own part of every budget, so neither takes from the other',
  'two-sided':
    'each arm of buyers has its own part of every budget, and doses of campaigns tell what they take from each other',
  switchback: 'budgets begin anew each day, so days do not reach into each other',
  cluster: 'budgets are spent within regions, so regions do not reach into each other',
  interleaving: 'each buyer compares both rankings in one list, so that buyers differing is no noise',
};

const SETUP: Readonly<Record<DesignForecastName, string>> = {
  plain: '"unit": "buyer"',
  'budget-split': '"unit": "buyer", "splitsBudgets": true',
  'two-sided': '"unit": "two-sided", "otherSide": "campaign", "splitsBudgets": true, "doses": [0.5, 0.9]',
  switchback: '"unit": "region-time", "periodHours": 24',
  cluster: '"unit": "region-time", "periodHours": 672',
  interleaving: '"unit": "buyer", "interleaves": "team-draft"',
};

function reasonOf(chosen: PlannedDesign, plain: PlannedDesign | undefined, effect: number): string {
  const why = `${chosen.design}: ${WHY[chosen.design]}`;
  const found =
    chosen.daysNeeded === null
      ? `an effect of ${share(effect)} takes more than a year to find`
      : `an effect of ${share(effect)} is found in ${chosen.daysNeeded} days`;
  if (plain === undefined || plain === chosen) return `${why}; ${found}`;
  if (Math.abs(plain.bias) > 2 * plain.biasError && Math.abs(plain.bias) > 0.1)
    return `${why}; a plain test would see ${share(1 + plain.bias)} of the true effect; ${found}`;
  const days = plain.daysNeeded === null ? 'more than a year' : `${plain.daysNeeded} days`;
  return `${why}; ${found}, by a plain test in ${days}`;
}

const share = (value: number): string => `${Number((100 * value).toPrecision(3))} %`;
