/** POST /v1/decide: what to show. The hottest route. */
import type { DecideRequest } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import { decideRequestSchema, decideResponseSchema } from '../../wire/decide-schema.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import type { ServerContext } from '../server-context.ts';

export function decideRoutes(app: FastifyInstance, { engine, metrics }: ServerContext): void {
  const latency = metrics.latency('POST', '/v1/decide');
  const schema = {
    summary: 'Decide what to show in the placements of a page',
    tags: ['decisions'],
    security: [{ publishableKey: [] }],
    body: decideRequestSchema,
    response: { 200: decideResponseSchema, default: errorAnswerSchema },
  };
  app.post<{ Body: DecideRequest }>('/v1/decide', { schema }, (request, reply) => {
    const answer = engine.decide(request.body);
    reply.send(answer);
    latency.observe(reply.elapsedTime);
  });
}
