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
  app.get('/metrics', { schema }, (_request, reply) => {
    const { tally, ledger } = engine.state;
    const { chargedMicros, refundedMicros, overDeliveredMicros } = ledger.totals;
    const ads = {
      adChargedMicros: chargedMicros,
      adRefundedMicros: refundedMicros,
      adOverDeliveredMicros: overDeliveredMicros,
    };
    const counters = { ...engine.counters, ...tally, ...ads };
    return reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(metrics.text(counters, { logOffset: engine.offset, ...modelGauges(engine) }));
  });
}

/** Seconds from the last order trained on to the log's end. */
function modelGauges({ models, state }: ServerContext['engine']): Record<string, number> {
  const serving = models.serving('ranker');
  const to = serving?.card['to'];
  return {
    rankerVersion: serving?.version ?? 0,
    modelAlerts: models.alerts.length,
    ...(typeof to === 'number' && { rankerAgeSeconds: Math.max(0, state.logTime - to) / 1_000 }),
  };
}
