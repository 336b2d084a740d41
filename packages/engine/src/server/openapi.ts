/** The API's description at /openapi.json, made from the schemas, and its page at /docs, which needs no other host. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

const INTRODUCTION = `What Rialto's server takes and answers. Money is integer micros (millionths) of the marketplace's currency, times are
milliseconds since 1970 in UTC. Every error has the form {error: {code, message, path?, details?}, requestId}.`;

type Document = ReturnType<typeof jsonSchemaTransformObject>;

/**
 * zod describes what a schema reads and what it makes apart, as `ListingInput` and `Listing`. None of ours transforms, so
 * the two are the same and one name is enough.
 */
function withoutInputTwins(document: Document): Document {
  const text = JSON.stringify(document).replace(/("#\/components\/schemas\/\w+?)Input"/g, '$1"');
  const merged = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
  const { schemas } = merged.components;
  for (const name of Object.keys(schemas)) if (name.endsWith('Input')) delete schemas[name];
  return merged as Document;
}

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
        { name: 'experiments', description: 'What is tried out, and who gets which variant.' },
        { name: 'models', description: 'What has been learned, what serves of it, and what served before.' },
        { name: 'money', description: 'What sellers pay, owe and are given back.' },
        { name: 'forecasts', description: 'What is to come, and what campaigns would get of it.' },
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
    transformObject: (document) => withoutInputTwins(jsonSchemaTransformObject(document)),
  });
  app.register(swaggerUi, { routePrefix: '/docs', logLevel: 'silent' });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}
