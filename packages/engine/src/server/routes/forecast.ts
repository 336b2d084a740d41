/** What is to come: traffic by placement and segment, a campaign before it starts, and one at other budgets. */
import type { CampaignDraft, ForecastQuery } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { campaignDraftSchema } from '../../wire/campaign-schema.ts';
import { id } from '../../wire/field.ts';
import {
  campaignEstimateSchema,
  campaignOutcomesSchema,
  forecastQuerySchema,
  trafficForecastSchema,
} from '../../wire/forecast-schema.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import type { ServerContext } from '../server-context.ts';

const common = { tags: ['forecasts'], security: [{ apiKey: [] }] };

export function forecastRoutes(app: FastifyInstance, { engine }: ServerContext): void {
  const traffic = {
    ...common,
    summary: 'The requests to come to a placement, or to a country or device of it, for each hour, with 80 % intervals',
    querystring: forecastQuerySchema,
    response: { 200: trafficForecastSchema, default: errorAnswerSchema },
  };
  app.get<{ Querystring: ForecastQuery }>('/v1/forecast', { schema: traffic }, ({ query }) => engine.forecast(query));
  const estimate = {
    ...common,
    summary:
      'What a campaign would reach and spend on a day, and what to bid, by deciding logged pages again with it; nothing is saved',
    body: campaignDraftSchema,
    response: { 200: campaignEstimateSchema, default: errorAnswerSchema },
  };
  app.post<{ Body: CampaignDraft }>('/v1/campaigns/estimate', { schema: estimate }, ({ body }) =>
    engine.estimate(body),
  );
  const outcomes = {
    ...common,
    summary:
      'What a campaign would get for other budgets and bids, by deciding logged pages again with it alone changed',
    params: z.strictObject({ id: id() }),
    response: { 200: campaignOutcomesSchema, default: errorAnswerSchema },
  };
  app.get<{ Params: { id: string } }>('/v1/campaigns/:id/outcomes', { schema: outcomes }, ({ params }) =>
    engine.outcomes(params.id),
  );
}
