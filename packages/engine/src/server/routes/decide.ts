/** POST /v1/decide: what to show. The hottest route: usual requests are answered directly, unusual and refused ones by the handler here. */
import type { DecideRequest, DecideResponse } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import { RialtoError } from '../../base/errors.ts';
import { decideRequestSchema, decideResponseSchema } from '../../wire/decide-schema.ts';
import { answerText } from '../answer-text.ts';
import { answerDirectly } from '../direct-answers.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import type { ServerContext } from '../server-context.ts';

export const DECIDE_PATH = '/v1/decide';

export function decideRoutes(
  app: FastifyInstance,
  { engine, keys, metrics, limits, load, turns }: ServerContext,
): void {
  const latency = metrics.latency('POST', DECIDE_PATH);
  const decide = (request: DecideRequest): DecideResponse => {
    const waitedMs = turns.waitedMs();
    if (waitedMs > load.refuseAfterMs) throw overloaded(waitedMs, load.refuseAfterMs);
    return engine.decide(request, waitedMs, waitedMs > load.brownoutAfterMs);
  };
  const schema = {
    summary: 'Decide what to show in the placements of a page',
    tags: ['decisions'],
    security: [{ publishableKey: [] }],
    body: decideRequestSchema,
    response: { 200: decideResponseSchema, default: errorAnswerSchema },
  };
  const serializerCompiler = () => answerText;
  const onRequest = answerDirectly(app, { path: DECIDE_PATH, keys, bodyBytesMax: limits.bodyBytes, decide, latency });
  app.post<{ Body: DecideRequest }>(DECIDE_PATH, { schema, serializerCompiler, onRequest }, (request, reply) => {
    reply.send(decide(request.body));
    latency.observe(reply.elapsedTime);
  });
}

function overloaded(waitedMs: number, limitMs: number): RialtoError {
  const message = `the request has waited for ${Math.round(waitedMs)} ms, and nobody waits longer than ${limitMs} ms for a decision: show the page without it`;
  return new RialtoError('overloaded', message);
}
