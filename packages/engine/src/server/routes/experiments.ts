/** POST /v1/experiments/{id}/start and /stop, GET /v1/experiments/{id}/status. The records themselves are entities. */

import type { StopRequest } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { experimentStatusSchema, stopRequestSchema } from '../../wire/experiment-schema.ts';
import { id } from '../../wire/field.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import type { ServerContext } from '../server-context.ts';

const common = {
  tags: ['experiments'],
  security: [{ apiKey: [] }],
  params: z.strictObject({ id: id() }),
  response: { 200: experimentStatusSchema, default: errorAnswerSchema },
};

export function experimentRoutes(app: FastifyInstance, { engine }: ServerContext): void {
  const start = { ...common, summary: 'Start an experiment', body: z.strictObject({}).nullish() };
  app.post<{ Params: { id: string } }>('/v1/experiments/:id/start', { schema: start }, ({ params, keyName }) =>
    engine.startExperiment(params.id, keyName),
  );
  const stop = {
    ...common,
    summary: 'Stop an experiment, and leave everybody with the variant that is named, if one is',
    body: stopRequestSchema.nullish(),
  };
  app.post<{ Params: { id: string }; Body: StopRequest | null | undefined }>(
    '/v1/experiments/:id/stop',
    { schema: stop },
    ({ params, body, keyName }) => engine.stopExperiment(params.id, body ?? {}, keyName),
  );
  const status = {
    ...common,
    summary: 'Whether an experiment runs, for how many, and how often its variants were met',
  };
  app.get<{ Params: { id: string } }>('/v1/experiments/:id/status', { schema: status }, ({ params }, reply) =>
    reply.send(engine.experimentStatus(params.id)),
  );
}
