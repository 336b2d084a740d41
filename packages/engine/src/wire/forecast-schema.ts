/** The form of questions about what is to come, and of their answers. */
import { z } from 'zod';
import { country, id } from './field.ts';

/** Four weeks. */
export const FORECAST_HOURS_MAX = 672;

const device = () => z.enum(['desktop', 'mobile', 'tablet', 'app']);
const estimated = { mean: z.number(), low: z.number(), high: z.number() };
const estimatedSchema = z.strictObject(estimated).meta({ id: 'Estimated' });
const evidenceSchema = z
  .strictObject({ level: z.enum(['none', 'thin', 'fair', 'good']), reason: z.string() })
  .meta({ id: 'Evidence' });

export const forecastQuerySchema = z.strictObject({
  placement: id(),
  hours: z.coerce.number().int().min(1).max(FORECAST_HOURS_MAX).exactOptional(),
  country: country().exactOptional(),
  device: device().exactOptional(),
});

export const trafficForecastSchema = z
  .strictObject({
    placement: z.string(),
    country: z.string().exactOptional(),
    device: device().exactOptional(),
    hours: z.array(z.strictObject({ ...estimated, at: z.int() })),
    total: estimatedSchema,
    evidence: evidenceSchema,
  })
  .meta({ id: 'TrafficForecast' });

const windowSchema = z
  .strictObject({ from: z.int(), to: z.int(), decisions: z.int(), looked: z.int(), replayed: z.int() })
  .meta({ id: 'ReplayWindow' });
const daily = {
  impressions: estimatedSchema,
  visits: estimatedSchema,
  orders: estimatedSchema,
  spendMicros: estimatedSchema,
};
const bid = { bidMicros: z.number().exactOptional(), commissionBasisPoints: z.number().exactOptional() };
const suggestedBidSchema = z
  .strictObject({ ...bid, visitShare: z.number(), visits: z.number(), spendMicros: z.number() })
  .meta({ id: 'SuggestedBid' });

export const campaignEstimateSchema = z
  .strictObject({
    campaign: z.string(),
    currency: z.string(),
    window: windowSchema,
    evidence: evidenceSchema,
    eligible: z.number(),
    opportunities: z.number(),
    missed: z.array(z.strictObject({ reason: z.string(), share: z.number() })),
    ...bid,
    dailyBudgetMicros: z.number(),
    daily: z.strictObject(daily).meta({ id: 'DailyOutcome' }),
    limitedBy: z.enum(['budget', 'bid', 'traffic']),
    suggestedBids: z
      .strictObject({ low: suggestedBidSchema, medium: suggestedBidSchema, high: suggestedBidSchema })
      .exactOptional(),
    notes: z.array(z.string()),
  })
  .meta({ id: 'CampaignEstimate' });

const counted = { visits: z.number(), orders: z.number(), spendMicros: z.number() };

export const campaignOutcomesSchema = z
  .strictObject({
    campaign: z.string(),
    currency: z.string(),
    window: windowSchema,
    evidence: evidenceSchema,
    dailyBudgetMicros: z.number(),
    logged: z.strictObject({ ...counted, impressions: z.number() }),
    budgets: z.array(
      z
        .strictObject({
          ...daily,
          factor: z.number(),
          dailyBudgetMicros: z.number(),
          valueMicros: z.number(),
          marginal: z.strictObject({ visits: z.number(), orders: z.number(), valueMicros: z.number() }),
        })
        .meta({ id: 'BudgetOutcome' }),
    ),
    bids: z.array(
      z.strictObject({ ...bid, ...counted, factor: z.number(), impressions: z.number() }).meta({ id: 'BidOutcome' }),
    ),
    gain: z.strictObject({ ...counted, moreMicros: z.number() }),
    sentence: z.string(),
    notes: z.array(z.string()),
  })
  .meta({ id: 'CampaignOutcomes' });
