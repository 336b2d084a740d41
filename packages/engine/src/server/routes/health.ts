/** Probes: /healthz says that the process is up and which models serve, /readyz that it can do its work. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { healthSchema } from '../../wire/model-schema.ts';
import type { ServerContext } from '../server-context.ts';

const readySchema = z.strictObject({ ready: z.boolean(), logWritable: z.boolean(), offset: z.int() });

export function healthRoutes(app: FastifyInstance, { engine, readiness }: ServerContext): void {
  const health = {
    summary: 'Whether the process is up, and which models serve',
    tags: ['operations'],
    response: { 200: healthSchema },
  };
  app.get('/healthz', { schema: health }, () => ({ status: 'ok', ...engine.models.health() }));
  const ready = {
    summary: 'Whether the state is folded and the log can be written',
    tags: ['operations'],
    response: { 200: readySchema, 503: readySchema },
  };
  app.get('/readyz', { schema: ready }, (_request, reply) => {
    const { writable } = readiness;
    return reply.status(writable ? 200 : 503).send({ ready: writable, logWritable: writable, offset: engine.offset });
  });
}
