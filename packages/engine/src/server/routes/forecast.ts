/** GET /v1/forecast: the traffic to come to a placement, or to a segment of it, hour by hour. */
import type { ForecastQuery } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import { forecastQuerySchema, trafficForecastSchema } from '../../wire/forecast-schema.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import type { ServerContext } from '../server-context.ts';

export function forecastRoutes(app: FastifyInstance, { engine }: ServerContext): void {
  const schema = {
    summary: 'The requests to come to a placement, or to a country or device of it, for each hour, with 80 % intervals',
    tags: ['forecasts'],
    security: [{ apiKey: [] }],
    querystring: forecastQuerySchema,
    response: { 200: trafficForecastSchema, default: errorAnswerSchema },
  };
  app.get<{ Querystring: ForecastQuery }>('/v1/forecast', { schema }, ({ query }) => engine.forecast(query));
}
