/** GET /v1/decisions/{id}: why a decision came out as it did. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { decisionExplanationSchema } from '../../wire/explanation-schema.ts';
import { id } from '../../wire/field.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import type { ServerContext } from '../server-context.ts';

export function decisionRoutes(app: FastifyInstance, { engine }: ServerContext): void {
  const schema = {
    summary: 'Make a decision again and explain it',
    tags: ['decisions'],
    security: [{ apiKey: [] }],
    params: z.strictObject({ id: id() }),
    response: { 200: decisionExplanationSchema, default: errorAnswerSchema },
  };
  app.get<{ Params: { id: string } }>('/v1/decisions/:id', { schema }, (request) => engine.explain(request.params.id));
}
