/**
 * How the campaigns of each goal fared on the measured days: how many spent what they wanted, and whether targets held. What a
 * conversion cost and what money brought are by the world's truth, expected at the click.
 */
import type { MarketOutcomes } from './market-outcomes.ts';
import { GOALS, type Goal, type Seller } from './market-sellers.ts';
import type { CampaignDay } from './pacing-meter.ts';

/** Fewer expected conversions say little of a cost. */
const CONVERSIONS_MIN = 20;
/** A target counts as met up to so much worse. */
const TARGET_SLACK = 1.1;
const WITHIN = 0.02;

export interface GoalFigures {
  readonly goal: Goal;
  readonly campaignDays: number;
  readonly couldSpend: number;
  /** Of those. */
  readonly withinTwoPercent: number;
  /** Charged, of their budgets. */
  readonly budgetUsed: number;
  /** Hourly spending against the plan, as of the whole market. */
  readonly hourlyRms: number;
  /** Of all campaigns of the goal: what their budgets no longer paid, relative to what they were charged. */
  readonly overDelivered: number;
  /** Of campaigns with a target and at least 20 conversions: how many, the share that met it, and the median of cost / target. */
  readonly targets?: { readonly campaigns: number; readonly met: number; readonly medianRatio: number };
}

export function goalFigures(
  sellers: readonly Seller[],
  days: readonly CampaignDay[],
  outcomes: MarketOutcomes,
): GoalFigures[] {
  const perGoal = GOALS.map((goal) => ({
    goal,
    rows: days.filter(({ campaign }) => sellers[campaign]?.goal === goal),
  }));
  return perGoal
    .filter(({ rows }) => rows.length > 0)
    .map(({ goal, rows }) => {
      const ratios = targetRatios(goal, sellers, days, outcomes);
      return {
        goal,
        ...dayFigures(rows),
        ...(ratios.length > 0 && {
          targets: {
            campaigns: ratios.length,
            met: ratios.filter((ratio) => ratio <= TARGET_SLACK).length / ratios.length,
            medianRatio: ratios[ratios.length >> 1]!,
          },
        }),
      };
    });
}

export function dayFigures(days: readonly CampaignDay[]): Omit<GoalFigures, 'goal' | 'targets'> {
  const able = days.filter((day) => day.able);
  const within = able.filter(({ spent, goal }) => Math.abs(spent / goal - 1) <= WITHIN).length;
  return {
    campaignDays: days.length,
    couldSpend: able.length,
    withinTwoPercent: able.length === 0 ? 0 : within / able.length,
    budgetUsed: able.length === 0 ? 0 : sum(able, 'spent') / sum(able, 'goal'),
    hourlyRms: Math.sqrt(sum(able, 'squaredError') / Math.max(1, sum(able, 'squaredPlan'))),
    overDelivered: sum(days, 'freeMicros') / Math.max(1, sum(days, 'spent')),
  };
}

function sum(days: readonly CampaignDay[], cell: 'spent' | 'goal' | 'squaredError' | 'squaredPlan' | 'freeMicros') {
  return days.reduce((total, day) => total + day[cell], 0);
}

/** Cost / what the target allows, ascending. */
function targetRatios(
  goal: Goal,
  sellers: readonly Seller[],
  days: readonly CampaignDay[],
  outcomes: MarketOutcomes,
): number[] {
  return sellers
    .flatMap(({ campaign, goal: own }, row) => {
      const { bidding } = campaign;
      const outcome = outcomes.of(campaign.id);
      if (own !== goal || outcome.conversions < CONVERSIONS_MIN) return [];
      const spent = days.reduce((sum, day) => sum + (day.campaign === row ? day.spent : 0), 0);
      if (bidding?.strategy === 'target-cpa') return [spent / outcome.conversions / bidding.cpaMicros];
      return bidding?.strategy === 'target-roas' ? [(spent * bidding.roas) / outcome.valueMicros] : [];
    })
    .sort((a, b) => a - b);
}
