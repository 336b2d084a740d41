/** GET /metrics, for Prometheus. It tells revenue, so it asks for the API key. */
import type { FastifyInstance } from 'fastify';
import type { ServerContext } from '../server-context.ts';

export function metricsRoutes(app: FastifyInstance, { engine, metrics }: ServerContext): void {
  const schema = {
    summary: "Metrics in Prometheus' text format",
    tags: ['operations'],
    security: [{ apiKey: [] }],
    produces: ['text/plain'],
  };
  app.get('/metrics', { schema }, (_request, reply) =>
    reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(metrics.text({ ...engine.counters }, { logOffset: engine.offset })),
  );
}
