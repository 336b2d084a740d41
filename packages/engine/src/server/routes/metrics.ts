/** GET /metrics, for Prometheus. It tells revenue, so it asks for the API key. */
import type { ServingModel, TrainingOutcome } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import type { LabelledGauge } from '../metrics.ts';
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
      .send(metrics.text(counters, { logOffset: engine.offset, ...modelGauges(engine) }, modelFamilies(engine)));
  });
}

/** Seconds from the last order trained on to the log's end. */
function modelGauges({ models, state }: ServerContext['engine']): Record<string, number> {
  const serving = models.serving('ranker');
  const to = serving?.card['to'];
  return {
    rankerVersion: serving?.version ?? 0,
    modelAlerts: models.verdict?.alerts.length ?? 0,
    ...(typeof to === 'number' && { rankerAgeSeconds: Math.max(0, state.logTime - to) / 1_000 }),
  };
}

/** By model: which version serves, since when, and how old what it knows is. */
function modelFamilies({ models }: ServerContext['engine']): readonly LabelledGauge[] {
  const serving = models.servingModels();
  const gauge = (name: string, help: string, figureOf: (model: ServingModel) => number): LabelledGauge => ({
    name,
    help,
    label: 'model',
    values: serving.map((model) => [model.name, figureOf(model)]),
  });
  const training = (name: string, help: string, figureOf: (last: TrainingOutcome) => number): LabelledGauge => ({
    name,
    help,
    label: 'model',
    values: models.training.map((last) => [last.model, figureOf(last)]),
  });
  return [
    gauge('rialto_model_version', 'The version of a model that serves.', ({ version }) => version),
    gauge('rialto_model_since_seconds', 'When it came to serve, in Unix time.', ({ since }) => since / 1_000),
    training(
      'rialto_training_at_seconds',
      'When the last training by schedule ended, in Unix time.',
      ({ at }) => at / 1_000,
    ),
    training('rialto_training_failed', '1 where it failed, so that it is tried again.', ({ outcome }) =>
      outcome === 'failed' ? 1 : 0,
    ),
    training(
      'rialto_training_refused',
      '1 where its gates were closed, or there was too little to learn from.',
      ({ outcome }) => (outcome === 'refused' ? 1 : 0),
    ),
    gauge(
      'rialto_model_age_seconds',
      "From the last order that it was trained on, or its publication, to the log's end.",
      ({ ageSeconds }) => ageSeconds,
    ),
  ];
}
