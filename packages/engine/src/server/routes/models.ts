/** GET and POST /v1/models, GET of one, POST …/promote, …/rollback and …/status: which model serves, and which could. */
import type { PromoteRequest, RollbackRequest, TryOutRequest } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  modelManifestSchema,
  modelVersionSchema,
  modelVersionsSchema,
  promoteRequestSchema,
  rollbackRequestSchema,
  tryOutRequestSchema,
} from '../../wire/model-schema.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import type { ServerContext } from '../server-context.ts';
import { validatorOfAllButBody } from '../validator.ts';

const common = { tags: ['models'], security: [{ apiKey: [] }] };
const nameSchema = z.strictObject({ name: z.string().max(128) });
const versionSchema = nameSchema.extend({ version: z.coerce.number().int().min(1) });
type Version = z.infer<typeof versionSchema>;
const many = { 200: modelVersionsSchema, default: errorAnswerSchema };
const one = { 200: modelVersionSchema, default: errorAnswerSchema };

/** Takes new versions in: the body stays a stream, which goes to a file. */
function publishRoute(app: FastifyInstance, { engine, uploads }: ServerContext): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('multipart/form-data', (_request, _body, done) => done(null));
  const schema = {
    ...common,
    summary:
      'Publish models, all or none: a form of `manifest` and the bytes of each model as a part of its name; candidates unless `status` says that they serve',
    consumes: ['multipart/form-data'],
    body: z.object({ manifest: modelManifestSchema }),
    response: many,
  };
  app.post('/v1/models', { schema, validatorCompiler: validatorOfAllButBody }, async ({ raw, keyName }) => {
    const { manifest, bytes } = await uploads.take(raw);
    const { models, status = 'candidate' } = manifest;
    const published = models.map(({ name, card = {}, status }, i) => ({
      name,
      bytes: bytes[i]!,
      card,
      by: keyName,
      ...(status && { status }),
    }));
    return { items: await engine.models.publish(published, status) };
  });
}

export function modelRoutes(app: FastifyInstance, context: ServerContext): void {
  const { engine } = context;
  app.register(async (forms) => publishRoute(forms, context));
  const all = { ...common, summary: 'Every version of every model, newest first', response: many };
  app.get('/v1/models', { schema: all }, () => {
    const { verdict, training } = engine.models;
    return { items: engine.models.list(), ...(verdict && { verdict }), ...(training.length > 0 && { training }) };
  });
  const ofName = { ...common, summary: "A model's versions, newest first", params: nameSchema, response: many };
  app.get<{ Params: { name: string } }>('/v1/models/:name', { schema: ofName }, ({ params }) => ({
    items: engine.models.list(params.name),
  }));
  const single = { ...common, summary: 'A version of a model, with its card', params: versionSchema, response: one };
  app.get<{ Params: Version }>('/v1/models/:name/versions/:version', { schema: single }, ({ params }, reply) =>
    reply.send(engine.models.read(params.name, params.version)),
  );
  const promote = {
    ...common,
    summary: 'Let a version serve; `model-refused` where its gates are closed and `force` is not set',
    params: versionSchema,
    body: promoteRequestSchema.nullish(),
    response: one,
  };
  app.post<{ Params: Version; Body: PromoteRequest | null | undefined }>(
    '/v1/models/:name/versions/:version/promote',
    { schema: promote },
    ({ params, body, keyName }) => engine.models.promote(params.name, params.version, body ?? {}, keyName),
  );
  const rollback = {
    ...common,
    summary: 'Bring back what served before',
    params: nameSchema,
    body: rollbackRequestSchema.nullish(),
    response: one,
  };
  app.post<{ Params: { name: string }; Body: RollbackRequest | null | undefined }>(
    '/v1/models/:name/rollback',
    { schema: rollback },
    ({ params, body, keyName }) => engine.models.rollback(params.name, body ?? {}, keyName),
  );
  const tryOut = {
    ...common,
    summary: 'Try a version out as a shadow or canary, or give it up',
    params: versionSchema,
    body: tryOutRequestSchema,
    response: one,
  };
  app.post<{ Params: Version; Body: TryOutRequest }>(
    '/v1/models/:name/versions/:version/status',
    { schema: tryOut },
    ({ params, body, keyName }) => engine.models.tryOut(params.name, params.version, body, keyName),
  );
}
