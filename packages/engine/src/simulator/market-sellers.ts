/**
 * What the sellers of a market want. On the first day all bid by hand for visits and see what comes of it; then each sets a daily
 * budget and, in a mixed market, a goal: a bid by hand for visits or for sales, the most clicks, conversions or value for the budget,
 * a target for what a conversion costs or a unit of money brings, a commission, or views.
 */
import type { Campaign } from '@rialto/sdk';
import { hash32 } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { WeightedChoice } from './draw.ts';
import type { Outcome } from './market-outcomes.ts';

const CENT_MICROS = 10_000;
const BUDGET_MICROS_MIN = 100 * CENT_MICROS;
/** Of the campaigns, those whose budget is more than they can spend. */
const GENEROUS_SHARE = 0.15;
/** Of a thousand impressions of ads, about. */
const CLICKS_PER_MILLE = 25;
/** Fewer clicks on the first day say nothing of what a conversion costs. */
const CLICKS_MIN = 20;

export const GOALS = [
  'visits',
  'sales',
  'maximise-clicks',
  'maximise-conversions',
  'maximise-value',
  'target-cpa',
  'target-roas',
  'cost-per-sale',
  'views',
] as const;
export type Goal = (typeof GOALS)[number];
const WEIGHTS: Readonly<Record<Goal, number>> = {
  visits: 3,
  sales: 1,
  'maximise-clicks': 1,
  'maximise-conversions': 1,
  'maximise-value': 1,
  'target-cpa': 1,
  'target-roas': 1,
  'cost-per-sale': 0.5,
  views: 0.5,
};

/** What a seller has seen of the first day. */
export interface FirstDay {
  /** What the campaign could spend. */
  readonly potentialMicros: number;
  readonly spentMicros: number;
  readonly outcome: Outcome;
}

export interface Seller {
  readonly goal: Goal;
  readonly campaign: Campaign;
  /** Whether its budget is more than it could spend on the first day. */
  readonly generous: boolean;
}

/** A seller's choice after the first day. The same seed and row give the same choice. */
export function decideGoal(campaign: Campaign, day: FirstDay, options: { seed: number; mixed: boolean }): Seller {
  const rng = new Rng(hash32(`${options.seed}/seller/${campaign.id}`));
  const generous = rng.unit() < GENEROUS_SHARE;
  const share = generous ? 1.5 : 0.2 + 0.6 * rng.unit();
  const drawn = GOALS[new WeightedChoice(GOALS.map((goal) => WEIGHTS[goal])).draw(rng)]!;
  const goal = options.mixed ? drawn : 'visits';
  const dailyBudgetMicros = Math.max(BUDGET_MICROS_MIN, wholeCents(share * day.potentialMicros));
  const { bidMicros = CENT_MICROS, ...rest } = campaign;
  const tightness = 0.8 + 0.4 * rng.unit();
  const terms = termsOf(goal, { bidMicros, day, tightness });
  return { goal, generous, campaign: { ...rest, dailyBudgetMicros, ...terms } };
}

interface Means {
  readonly bidMicros: number;
  readonly day: FirstDay;
  /** Of what the first day's clicks cost and brought, what the seller asks for. */
  readonly tightness: number;
}

function termsOf(goal: Goal, { bidMicros, day, tightness }: Means): Partial<Campaign> {
  const { outcome, spentMicros } = day;
  const known = outcome.clicks >= CLICKS_MIN && spentMicros > 0;
  switch (goal) {
    case 'visits':
      return { bidMicros };
    case 'sales':
      return { objective: 'sales', bidMicros };
    case 'maximise-clicks':
      return { bidding: { strategy: goal } };
    case 'maximise-conversions':
    case 'maximise-value':
      return { objective: 'sales', bidding: { strategy: goal } };
    case 'target-cpa': {
      const cpaMicros = known ? spentMicros / outcome.conversions : bidMicros / 0.06;
      return { objective: 'sales', bidding: { strategy: goal, cpaMicros: wholeCents(tightness * cpaMicros) } };
    }
    case 'target-roas': {
      const roas = known ? outcome.valueMicros / spentMicros : 10;
      return {
        objective: 'sales',
        bidding: { strategy: goal, roas: Math.min(1_000, Math.max(0.01, roas / tightness)) },
      };
    }
    case 'cost-per-sale':
      return { objective: 'cost-per-sale', commissionBasisPoints: 1_000 };
    case 'views':
      return { objective: 'views', bidMicros: CLICKS_PER_MILLE * bidMicros };
  }
}

const wholeCents = (micros: number): number => CENT_MICROS * Math.max(1, Math.round(micros / CENT_MICROS));
