/** GET and PUT /v1/settings: facts about the whole marketplace. */
import type { Settings } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import { settingsSchema } from '../../wire/settings-schema.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import { savedSchema, saveOne } from '../save-one.ts';
import type { ServerContext } from '../server-context.ts';

export function settingsRoutes(app: FastifyInstance, context: ServerContext): void {
  const common = { tags: ['market'], security: [{ apiKey: [] }] };
  const get = {
    ...common,
    summary: 'Read the settings',
    response: { 200: settingsSchema, default: errorAnswerSchema },
  };
  app.get('/v1/settings', { schema: get }, () => context.engine.read('settings', 'settings'));
  const put = {
    ...common,
    summary: 'Change the settings',
    body: settingsSchema,
    response: { 200: savedSchema, default: errorAnswerSchema },
  };
  app.put<{ Body: Settings }>('/v1/settings', { schema: put }, (request) =>
    saveOne(context, 'settings', request.body, request.keyName),
  );
}
