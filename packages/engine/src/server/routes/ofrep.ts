/**
 * OpenFeature's remote evaluation protocol (OFREP): POST /ofrep/v1/evaluate/flags and /ofrep/v1/evaluate/flags/{key}. What is known of
 * the context by the names of a decision's context keeps them, everything else of it counts as one of the marketplace's own attributes.
 */
import type { DecideRequest } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { evaluateFeatures } from '../../delivery/evaluate-features.ts';
import { decideRequestSchema } from '../../wire/decide-schema.ts';
import { id } from '../../wire/field.ts';
import { validate } from '../../wire/validate.ts';
import type { ServerContext } from '../server-context.ts';
import { validatorOfAllButBody } from '../validator.ts';

const bodySchema = z
  .object({ context: z.record(z.string(), z.unknown()).exactOptional() })
  .meta({ id: 'FeatureContext' });
const featureSchema = z
  .looseObject({ key: z.string(), value: z.unknown().exactOptional(), reason: z.string() })
  .meta({ id: 'EvaluatedFeature' });
const refusalSchema = z
  .looseObject({ errorCode: z.string(), errorDetails: z.string().exactOptional() })
  .meta({ id: 'FeatureRefusal' });

const KNOWN = ['listing', 'query', 'category', 'cart', 'country', 'language', 'region', 'device', 'audiences'];

/** Throws `bad-request`. */
function contextOf(body: unknown): Omit<DecideRequest, 'placements'> {
  const { context = {} } = validate(bodySchema, body ?? {});
  const { targetingKey, buyer = targetingKey, session, attributes, ...rest } = context;
  const known = Object.entries(rest).filter(([name, value]) => KNOWN.includes(name) && value !== undefined);
  const own = Object.entries(rest).filter(([name]) => !KNOWN.includes(name));
  const { placements: _, ...request } = validate(decideRequestSchema, {
    placements: ['-'],
    ...(buyer !== undefined && { buyer }),
    ...(session !== undefined && { session }),
    context: {
      ...Object.fromEntries(known),
      attributes: { ...(attributes as object | undefined), ...Object.fromEntries(own) },
    },
  });
  return request;
}

export function ofrepRoutes(app: FastifyInstance, { engine, clock }: ServerContext): void {
  const common = { tags: ['experiments'], security: [{ publishableKey: [] }], body: bodySchema };
  const many = {
    ...common,
    summary: "All features for a context, in OpenFeature's remote evaluation protocol",
    response: { 200: z.looseObject({ flags: z.array(featureSchema) }), 400: refusalSchema },
  };
  const one = {
    ...common,
    summary: "One feature for a context, in OpenFeature's remote evaluation protocol",
    params: z.strictObject({ key: id() }),
    response: { 200: featureSchema, 400: refusalSchema, 404: refusalSchema },
  };
  const options = { validatorCompiler: validatorOfAllButBody };
  app.post('/ofrep/v1/evaluate/flags', { schema: many, ...options }, ({ body }, reply) => {
    reply.send({ flags: evaluateFeatures(engine.state, contextOf(body), clock.now()) });
  });
  app.post<{ Params: { key: string } }>(
    '/ofrep/v1/evaluate/flags/:key',
    { schema: one, ...options },
    (request, reply) => {
      const { key } = request.params;
      const found = evaluateFeatures(engine.state, contextOf(request.body), clock.now()).find(
        (feature) => feature.key === key,
      );
      if (found) reply.send(found);
      else
        reply
          .status(404)
          .send({ key, errorCode: 'FLAG_NOT_FOUND', errorDetails: `there is no feature ${JSON.stringify(key)}` });
    },
  );
}
