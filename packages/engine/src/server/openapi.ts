/** The API's description at /openapi.json, made from the schemas, and its page at /docs, which needs no other host. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

const INTRODUCTION = `What Rialto's server takes and answers. Money is integer micros (millionths) of the marketplace's currency, times are
milliseconds since 1970 in UTC. Every error has the form {error: {code, message, path?, details?}, requestId}.`;

/** Documents the routes registered from here on. */
export function documentApi(app: FastifyInstance): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Rialto', description: INTRODUCTION, version: '1' },
      tags: [
        { name: 'decisions', description: 'What to show, and why it was shown.' },
        { name: 'events', description: 'What buyers do.' },
        { name: 'market', description: 'What exists.' },
        { name: 'segment', description: "Segment's HTTP tracking API." },
        { name: 'operations', description: 'Health and metrics.' },
      ],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key. For servers only.' },
          publishableKey: { type: 'http', scheme: 'bearer', description: 'A publishable key; an API key does too.' },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  app.register(swaggerUi, { routePrefix: '/docs', logLevel: 'silent' });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}
