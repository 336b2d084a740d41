/**
 * GET /api/features/{clientKey} and /sub/{clientKey}: experiments and flags as GrowthBook's SDKs ask for them, once and as a
 * stream. The client key is a publishable key; anybody who has it may read which variants there are, but not who is in them.
 */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { line } from '../../wire/field.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import { FeatureFeed } from '../feature-feed.ts';
import type { ServerContext } from '../server-context.ts';

const paramsSchema = z.strictObject({ clientKey: line(256).min(1) });
const CORS_HEADERS = {
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'authorization, content-type, if-none-match, cache-control, last-event-id',
  'access-control-max-age': '86400',
};
/** How long a page may go by what it has; streams tell it sooner. */
const FRESH_SECONDS = 10;

const payloadSchema = z
  .looseObject({ features: z.record(z.string(), z.unknown()), dateUpdated: z.string() })
  .meta({ id: 'FeaturePayload' });

export function featureRoutes(app: FastifyInstance, { engine, clock, keys }: ServerContext): void {
  const feed = new FeatureFeed(engine, clock);
  app.addHook('preClose', async () => feed.close());
  const common = { tags: ['experiments'], security: [], params: paramsSchema };
  const features = {
    ...common,
    summary: "Experiments and feature flags in the format of GrowthBook's SDKs; the client key is a publishable key",
    response: { 200: payloadSchema, default: errorAnswerSchema },
  };
  app.get<{ Params: { clientKey: string } }>('/api/features/:clientKey', { schema: features }, (request, reply) => {
    keys.authorize(request.params.clientKey, 'publishable');
    const { text, tag } = feed.current();
    reply.headers({
      etag: tag,
      'cache-control': `public, max-age=${FRESH_SECONDS}, stale-while-revalidate=60`,
      'x-sse-support': 'enabled',
      'access-control-expose-headers': 'x-sse-support, etag',
    });
    if (request.headers['if-none-match'] === tag) return reply.status(304).send();
    return reply.header('content-type', 'application/json; charset=utf-8').serializer(String).send(text);
  });
  const stream = { ...common, summary: 'The same as server-sent events: `features`, at once and at every change' };
  app.get<{ Params: { clientKey: string } }>('/sub/:clientKey', { schema: stream }, (request, reply) => {
    keys.authorize(request.params.clientKey, 'publishable');
    feed.stream(reply.raw);
    reply.hijack();
  });
  for (const path of ['/api/features/:clientKey', '/sub/:clientKey'])
    app.options(path, { schema: { hide: true } as object }, (_request, reply) =>
      reply.headers(CORS_HEADERS).status(204).send(),
    );
}
