/** POST /v1/decide: what to show. The hottest route. */
import type { DecideRequest } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import { RialtoError } from '../../base/errors.ts';
import { decideRequestSchema, decideResponseSchema } from '../../wire/decide-schema.ts';
import { answerText } from '../answer-text.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import type { ServerContext } from '../server-context.ts';

export const DECIDE_PATH = '/v1/decide';

export function decideRoutes(app: FastifyInstance, { engine, metrics, load, turns }: ServerContext): void {
  const latency = metrics.latency('POST', DECIDE_PATH);
  const schema = {
    summary: 'Decide what to show in the placements of a page',
    tags: ['decisions'],
    security: [{ publishableKey: [] }],
    body: decideRequestSchema,
    response: { 200: decideResponseSchema, default: errorAnswerSchema },
  };
  const serializerCompiler = () => answerText;
  app.post<{ Body: DecideRequest }>(DECIDE_PATH, { schema, serializerCompiler }, (request, reply) => {
    const waitedMs = turns.waitedMs();
    if (waitedMs > load.refuseAfterMs) throw overloaded(waitedMs, load.refuseAfterMs);
    const answer = engine.decide(request.body, waitedMs, waitedMs > load.brownoutAfterMs);
    reply.send(answer);
    latency.observe(reply.elapsedTime);
  });
}

function overloaded(waitedMs: number, limitMs: number): RialtoError {
  const message = `the request has waited for ${Math.round(waitedMs)} ms, and nobody waits longer than ${limitMs} ms for a decision: show the page without it`;
  return new RialtoError('overloaded', message);
}
