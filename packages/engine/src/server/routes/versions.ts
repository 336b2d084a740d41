/** GET /v1/campaigns/{id}/versions, and the same of shops, placements, experiments and rankers: who changed what, and when. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { VersionedKind } from '../../market/versions.ts';
import { id } from '../../wire/field.ts';
import { entityVersionsSchema } from '../../wire/version-schema.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import type { ServerContext } from '../server-context.ts';

const COLLECTIONS: readonly [path: string, kind: VersionedKind][] = [
  ['campaigns', 'campaign'],
  ['shops', 'shop'],
  ['placements', 'placement'],
  ['experiments', 'experiment'],
  ['rankers', 'ranker'],
];
/** Each version is a read of the log. */
const LIMIT_MAX = 100;

const paramsSchema = z.strictObject({ id: id() });
const querySchema = z.strictObject({
  before: z.coerce.number().int().min(1).exactOptional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(20),
});

export function versionRoutes(app: FastifyInstance, { engine }: ServerContext): void {
  for (const [path, kind] of COLLECTIONS) {
    const schema = {
      summary: `The versions of one of the ${path}, newest first: number, time, the name of the key that saved it, what changed; \`next\` is the \`before\` of the next page`,
      tags: ['market'],
      security: [{ apiKey: [] }],
      params: paramsSchema,
      querystring: querySchema,
      response: { 200: entityVersionsSchema, default: errorAnswerSchema },
    };
    app.get<{ Params: { id: string }; Querystring: z.infer<typeof querySchema> }>(
      `/v1/${path}/:id/versions`,
      { schema },
      ({ params, query }) => engine.versions({ kind, id: params.id, ...query }),
    );
  }
}
