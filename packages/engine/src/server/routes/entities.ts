/**
 * PUT, GET, list and bulk load of what exists: the same four routes for each kind of entity. Deleting a listing makes it
 * unavailable for good, deleting a ranker takes it out of use; their history stays.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Listing, Ranker } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { RialtoError } from '../../base/errors.ts';
import type { EntityKind, EntityOf } from '../../log/record.ts';
import type { VersionedKind } from '../../market/versions.ts';
import { versionedCampaignSchema } from '../../wire/campaign-schema.ts';
import { entitySchemas } from '../../wire/entity-schema.ts';
import { versionedExperimentSchema } from '../../wire/experiment-schema.ts';
import { id } from '../../wire/field.ts';
import { versionedRankerSchema } from '../../wire/ranker-schema.ts';
import { validate } from '../../wire/validate.ts';
import { bulkAnswerSchema, saveLines } from '../bulk-save.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import { contentEncoding } from '../json-body.ts';
import { savedSchema, saveOne } from '../save-one.ts';
import type { ServerContext } from '../server-context.ts';
import { validatorOfAllButBody } from '../validator.ts';

type NamedKind = Exclude<EntityKind, 'settings'>;

const COLLECTIONS: readonly [path: string, kind: NamedKind][] = [
  ['listings', 'listing'],
  ['shops', 'shop'],
  ['campaigns', 'campaign'],
  ['placements', 'placement'],
  ['reviews', 'review'],
  ['experiments', 'experiment'],
  ['rankers', 'ranker'],
];

/** Read back with their version, of which a change may say that it is one. */
const CHECKED: Readonly<Partial<Record<NamedKind, z.ZodType>>> = {
  campaign: versionedCampaignSchema,
  experiment: versionedExperimentSchema,
  ranker: versionedRankerSchema,
};

const VERSION_NOTE =
  '`version`, as it came with GET, may be sent along: then the change is refused with `version-conflict` where somebody else has changed it since. ' +
  'What must hold between fields is told field by field: `{"error": {"code": "bad-request", "path": "bidMicros", "message": "bidMicros: manual bidding needs it; …"}}`.';

const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];
const LIST_LIMIT = 1_000;

/** A listing, an experiment. */
const nounOf = (kind: NamedKind): string => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;

const idParams = z.strictObject({ id: id() });
const listQuery = z.strictObject({
  after: id().exactOptional(),
  limit: z.coerce.number().int().min(1).max(LIST_LIMIT).default(100),
});
const common = { tags: ['market'], security: [{ apiKey: [] }] };

/** The body with the id of the path, which it may leave out but not contradict. */
function withId(body: unknown, pathId: string): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const bodyId = (body as { id?: unknown }).id;
  if (bodyId !== undefined && bodyId !== pathId) {
    const message = `id: the body says ${JSON.stringify(bodyId).slice(0, 200)} and the path says ${JSON.stringify(pathId)}`;
    throw new RialtoError('bad-request', message, { path: 'id' });
  }
  return { ...body, id: pathId };
}

function readOrThrow<K extends NamedKind>({ engine }: ServerContext, kind: K, entityId: string): EntityOf[K] {
  const entity = engine.read(kind, entityId);
  if (entity === undefined) throw new RialtoError('not-found', `there is no ${kind} ${JSON.stringify(entityId)}`);
  return entity;
}

/**
 * The body without the version that it is a change of, if it names one. A change of an older version than the present one is
 * refused, unless it is what is stored already: then it was sent twice.
 */
function ofPresentVersion({ engine }: ServerContext, kind: VersionedKind, body: unknown, entityId: string): unknown {
  if (typeof body !== 'object' || body === null || !('version' in body)) return body;
  const { version, ...entity } = body;
  const present = engine.version(kind, entityId);
  if (isDeepStrictEqual(engine.read(kind, entityId), entity)) return entity;
  if (version === present && !engine.isSaving(kind, entityId)) return entity;
  const message = `version: the change is of version ${String(version).slice(0, 20)} of ${kind} ${JSON.stringify(entityId)}, which is ${version === present ? 'being changed' : `at version ${present}`}`;
  throw new RialtoError('version-conflict', message, { path: 'version', present });
}

function oneRoutes(app: FastifyInstance, context: ServerContext, [path, kind]: readonly [string, NamedKind]): void {
  const schema = entitySchemas[kind] as z.ZodType<EntityOf[NamedKind]>;
  const checked = CHECKED[kind];
  const put = {
    ...common,
    summary: `Create or replace ${nounOf(kind)}`,
    ...(checked && { description: VERSION_NOTE }),
    params: idParams,
    body: schema,
    response: { 200: savedSchema, default: errorAnswerSchema },
  };
  app.put<{ Params: { id: string } }>(
    `/v1/${path}/:id`,
    { schema: put, validatorCompiler: validatorOfAllButBody },
    ({ body, params, keyName }) => {
      const named = withId(body, params.id);
      const entity = checked ? ofPresentVersion(context, kind as VersionedKind, named, params.id) : named;
      return saveOne(context, kind, validate(schema, entity), keyName);
    },
  );
  const get = {
    ...common,
    summary: `Read ${nounOf(kind)}`,
    params: idParams,
    response: { 200: checked ?? schema, default: errorAnswerSchema },
  };
  app.get<{ Params: { id: string } }>(`/v1/${path}/:id`, { schema: get }, ({ params }, reply) => {
    const entity = readOrThrow(context, kind, params.id);
    reply.send(checked ? { ...entity, version: context.engine.version(kind as VersionedKind, params.id) } : entity);
  });
}

function manyRoutes(app: FastifyInstance, context: ServerContext, [path, kind]: readonly [string, NamedKind]): void {
  const page = z.strictObject({ items: z.array(entitySchemas[kind]), next: z.string().exactOptional() });
  const list = {
    ...common,
    summary: `List ${path} in the order of their first appearance; \`next\` is the \`after\` of the next page`,
    querystring: listQuery,
    response: { 200: page, default: errorAnswerSchema },
  };
  app.get<{ Querystring: z.infer<typeof listQuery> }>(`/v1/${path}`, { schema: list }, ({ query }, reply) =>
    reply.send(context.engine.list(kind, query)),
  );
  const bulk = {
    ...common,
    summary: `Create or replace many ${path}: one JSON document a line, of any number, each taken or rejected for itself`,
    consumes: ['application/x-ndjson'],
    body: z.string(),
    response: { 200: bulkAnswerSchema, default: errorAnswerSchema },
  };
  app.post(`/v1/${path}/bulk`, { schema: bulk, validatorCompiler: validatorOfAllButBody }, (request) => {
    const encoding = contentEncoding(request);
    return saveLines(context, kind, { body: request.raw, encoding, by: request.keyName });
  });
}

function removeListings(app: FastifyInstance, context: ServerContext): void {
  const schema = {
    ...common,
    summary: 'Make a listing unavailable for good',
    params: idParams,
    response: { 200: savedSchema, default: errorAnswerSchema },
  };
  app.delete<{ Params: { id: string } }>('/v1/listings/:id', { schema }, ({ params, keyName }) => {
    const removed: Listing = { ...readOrThrow(context, 'listing', params.id), availability: 'removed' };
    return saveOne(context, 'listing', removed, keyName);
  });
}

function removeRankers(app: FastifyInstance, context: ServerContext): void {
  const schema = {
    ...common,
    summary: 'Remove a ranker that nothing names any more; its versions stay',
    params: idParams,
    response: { 200: savedSchema, default: errorAnswerSchema },
  };
  app.delete<{ Params: { id: string } }>('/v1/rankers/:id', { schema }, ({ params, keyName }) => {
    const removed: Ranker = { ...readOrThrow(context, 'ranker', params.id), removed: true };
    return saveOne(context, 'ranker', removed, keyName);
  });
}

export function entityRoutes(app: FastifyInstance, context: ServerContext): void {
  for (const collection of COLLECTIONS) oneRoutes(app, context, collection);
  removeListings(app, context);
  removeRankers(app, context);
  app.register(async (streams) => {
    streams.removeAllContentTypeParsers();
    // The body stays a stream, which the route reads as fast as it can save.
    streams.addContentTypeParser(NDJSON, (_request, _body, done) => done(null));
    for (const collection of COLLECTIONS) manyRoutes(streams, context, collection);
  });
}
