/** DELETE /v1/buyers/{id} and /v1/sessions/{id}: somebody who is to be forgotten. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { id } from '../../wire/field.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import type { ServerContext } from '../server-context.ts';

const erasureResultSchema = z.strictObject({ known: z.boolean() }).meta({ id: 'ErasureResult' });

export function buyerRoutes(app: FastifyInstance, { engine, readiness }: ServerContext): void {
  for (const kind of ['buyer', 'session'] as const) {
    const schema = {
      tags: ['buyers'],
      summary: `Forget a ${kind} at once`,
      security: [{ apiKey: [] }],
      params: z.strictObject({ id: id() }),
      response: { 200: erasureResultSchema, default: errorAnswerSchema },
    };
    app.delete<{ Params: { id: string } }>(`/v1/${kind}s/:id`, { schema }, async ({ params, keyName }) => {
      const answer = await engine.erase(kind === 'buyer' ? { buyer: params.id } : { session: params.id }, keyName);
      readiness.wrote();
      return answer;
    });
  }
}
