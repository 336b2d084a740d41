/** DELETE /v1/buyers/{id} and /v1/sessions/{id}: somebody who is to be forgotten. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { id } from '../../wire/field.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import type { ServerContext } from '../server-context.ts';

const erasureResultSchema = z.strictObject({ known: z.boolean() }).meta({ id: 'ErasureResult' });

export function buyerRoutes(app: FastifyInstance, { engine, readiness }: ServerContext): void {
  const common = {
    tags: ['buyers'],
    security: [{ apiKey: [] }],
    params: z.strictObject({ id: id() }),
    response: { 200: erasureResultSchema, default: errorAnswerSchema },
  };
  app.delete<{ Params: { id: string } }>(
    '/v1/buyers/:id',
    { schema: { ...common, summary: 'Forget a buyer at once' } },
    async ({ params, keyName }) => {
      const answer = await engine.erase({ buyer: params.id }, keyName);
      readiness.wrote();
      return answer;
    },
  );
  app.delete<{ Params: { id: string } }>(
    '/v1/sessions/:id',
    { schema: { ...common, summary: 'Forget a session at once' } },
    async ({ params, keyName }) => {
      const answer = await engine.erase({ session: params.id }, keyName);
      readiness.wrote();
      return answer;
    },
  );
}
