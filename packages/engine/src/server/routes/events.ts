/** POST /v1/events: what buyers did, in batches. Each event is taken or rejected for itself. */
import type { BuyerEvent, EventsResponse, RejectedEvent } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import type { Engine } from '../../delivery/engine.ts';
import {
  buyerEventSchema,
  eventsEnvelopeSchema,
  eventsRequestSchema,
  eventsResponseSchema,
} from '../../wire/event-schema.ts';
import { type ValidatedItems, validate, validateItems } from '../../wire/validate.ts';
import { isBotAgent } from '../bot-agent.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import { readJson } from '../json-body.ts';
import { publishableKeyOf } from '../keys.ts';
import { refuseGuarded, saysGuarded } from '../public-events.ts';
import type { ServerContext } from '../server-context.ts';
import { validatorOfAllButBody } from '../validator.ts';

/** The engine counts among the good events; callers count among all that they sent. */
function inBatch({ goodIndexes, bad }: ValidatedItems<BuyerEvent>, answer: EventsResponse): EventsResponse {
  if (goodIndexes === undefined) return answer;
  const refused: RejectedEvent[] = answer.rejected.map((rejected) => ({
    ...rejected,
    index: goodIndexes[rejected.index]!,
  }));
  return { ...answer, rejected: [...bad, ...refused].sort((a, b) => a.index - b.index) };
}

interface Sender {
  readonly bot: boolean;
  readonly publishable: () => boolean;
}

async function ingest(engine: Engine, items: readonly unknown[], from: Sender): Promise<EventsResponse> {
  let validated = validateItems(buyerEventSchema, items);
  const settings = engine.state.market.settings();
  if (saysGuarded(validated, settings) && from.publishable()) validated = refuseGuarded(validated, settings);
  if (validated.good.length === 0) return { accepted: 0, duplicates: 0, rejected: validated.bad };
  const good = from.bot ? validated.good.map((event) => ({ ...event, bot: true as const })) : validated.good;
  return inBatch(validated, await engine.ingest(good));
}

export function eventRoutes(app: FastifyInstance, { engine, keys, metrics, limits, readiness }: ServerContext): void {
  // What navigator.sendBeacon sends without asking the server first.
  readJson(app, ['text/plain'], limits.bodyBytes);
  const latency = metrics.latency('POST', '/v1/events');
  const schema = {
    summary: 'Report what buyers did: up to 1,000 events, each taken or rejected for itself, counted once by its id',
    tags: ['events'],
    security: [{ publishableKey: [] }],
    body: eventsRequestSchema,
    response: { 200: eventsResponseSchema, default: errorAnswerSchema },
  };
  app.post('/v1/events', { schema, validatorCompiler: validatorOfAllButBody }, async (request, reply) => {
    const { events } = validate(eventsEnvelopeSchema, request.body);
    const answer = await ingest(engine, events, {
      bot: isBotAgent(request.headers['user-agent']),
      publishable: () => keys.isPublishable(publishableKeyOf(request)),
    });
    if (answer.accepted > 0) readiness.wrote();
    latency.observe(reply.elapsedTime);
    return answer;
  });
}
