/**
 * Segment's HTTP tracking API (https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/): its SDKs
 * send here unchanged. As there, the answer is {success: true} once the request itself is well-formed, since SDKs would
 * repeat a refused batch for ever; what was rejected and ignored is counted in the metrics and logged.
 */
import type { BuyerEvent } from '@rialto/sdk';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RialtoError } from '../../base/errors.ts';
import { buyerEventSchema, EVENTS_PER_REQUEST } from '../../wire/event-schema.ts';
import { validateItems } from '../../wire/validate.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import { readJson } from '../json-body.ts';
import { publishableKeyOf } from '../keys.ts';
import { refuseGuarded, saysGuarded } from '../public-events.ts';
import { type SegmentOutcome, segmentOutcome, timeOf } from '../segment-events.ts';
import type { ServerContext } from '../server-context.ts';

/** Each call and what it is short for; `batch` and `import` hold messages of any type. */
const CALLS: readonly [path: string, type: string | undefined][] = [
  ['track', 'track'],
  ['t', 'track'],
  ['page', 'page'],
  ['p', 'page'],
  ['screen', 'screen'],
  ['s', 'screen'],
  ['identify', 'identify'],
  ['i', 'identify'],
  ['group', 'group'],
  ['g', 'group'],
  ['alias', 'alias'],
  ['a', 'alias'],
  ['batch', undefined],
  ['b', undefined],
  ['import', undefined],
];

const MESSAGES_MAX = 2_500;

type Rejection = { readonly reason: string; readonly message: string };
type Body = Readonly<Record<string, unknown>>;

function bodyOf(value: unknown): Body {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body;
  throw new RialtoError('bad-request', 'the body must be an object', { path: '' });
}

function messagesOf(body: Body, type: string | undefined): readonly unknown[] {
  if (type !== undefined) return [body];
  const { batch } = body;
  if (!Array.isArray(batch))
    throw new RialtoError('bad-request', 'batch: must be an array of messages', { path: 'batch' });
  if (batch.length <= MESSAGES_MAX) return batch;
  const message = `batch: has ${batch.length} messages; at most ${MESSAGES_MAX} are taken at once`;
  throw new RialtoError('bad-request', message, { path: 'batch' });
}

/** Hands the events on in requests of the usual size, and returns what was rejected. */
async function ingestAll(
  { engine, metrics, readiness }: ServerContext,
  items: readonly unknown[],
  { imported, publishable }: { readonly imported: boolean; readonly publishable: boolean },
): Promise<Rejection[]> {
  const validated = validateItems<BuyerEvent>(buyerEventSchema, items);
  const settings = engine.state.market.settings();
  const isGuarded = publishable && saysGuarded(validated, settings);
  const { good, bad } = isGuarded ? refuseGuarded(validated, settings) : validated;
  const rejections: Rejection[] = [...bad];
  for (let start = 0; start < good.length; start += EVENTS_PER_REQUEST) {
    const answer = await engine.ingest(good.slice(start, start + EVENTS_PER_REQUEST), { imported });
    if (answer.accepted > 0) readiness.wrote();
    metrics.segment.add('accepted', answer.accepted);
    metrics.segment.add('duplicate', answer.duplicates);
    rejections.push(...answer.rejected);
  }
  return rejections;
}

function outcomesOf(context: ServerContext, body: Body, type: string | undefined): SegmentOutcome[] {
  const setting = {
    receivedAt: context.clock.now(),
    sentAt: timeOf(body['sentAt']),
    currency: context.engine.read('settings', 'settings')?.currency,
    newId: () => crypto.randomUUID(),
  };
  return messagesOf(body, type).map((message) => segmentOutcome(message, type, setting));
}

async function take(
  context: ServerContext,
  request: FastifyRequest,
  call: readonly [string, string | undefined],
): Promise<void> {
  const body = bodyOf(request.body);
  const imported = call[0] === 'import';
  const key = publishableKeyOf(request) ?? (typeof body['writeKey'] === 'string' ? body['writeKey'] : undefined);
  // History of any age changes what is already settled: that is for servers.
  context.keys.authorize(key, imported ? 'api' : 'publishable');
  const outcomes = outcomesOf(context, body, call[1]);
  const events = outcomes.flatMap((outcome) => (outcome.kind === 'events' ? outcome.events : []));
  const rejections: Rejection[] = outcomes.filter((outcome) => outcome.kind === 'rejected');
  rejections.push(...(await ingestAll(context, events, { imported, publishable: context.keys.isPublishable(key) })));
  context.metrics.segment.add('ignored', outcomes.filter((outcome) => outcome.kind === 'ignored').length);
  context.metrics.segment.add('rejected', rejections.length);
  if (rejections.length > 0) {
    request.log.warn({ rejected: rejections.length, first: rejections.slice(0, 5) }, 'Segment messages were rejected');
  }
}

export function segmentRoutes(app: FastifyInstance, context: ServerContext): void {
  readJson(app, ['text/plain'], context.limits.bodyBytes);
  for (const call of CALLS) {
    const [path] = call;
    const latency = context.metrics.latency('POST', `/v1/${path}`);
    const schema = {
      hide: path.length === 1,
      summary: `Segment's ${path} call`,
      tags: ['segment'],
      security: [path === 'import' ? { apiKey: [] } : { publishableKey: [] }],
      response: { 200: z.strictObject({ success: z.literal(true) }), default: errorAnswerSchema },
    };
    app.post(`/v1/${path}`, { schema }, async (request, reply) => {
      await take(context, request, call);
      latency.observe(reply.elapsedTime);
      return { success: true };
    });
  }
}
